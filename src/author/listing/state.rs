// SPDX-License-Identifier: GPL-2.0-or-later
//! What the states of patches on a Patchwork mean to their author.
//!
//! Each Patchwork has states of its own beside the usual ones: an unknown word is shown as it is, and asks nothing of the author.

/// What a state asks of the author, in the order in which states are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing any more: the patch is merged.
    Accepted,
    /// Nothing: the maintainer has it.
    Reviewed,
    /// To wait for an answer.
    Waiting,
    /// To make it again.
    Changes,
    /// Nothing: it will not be merged as it is.
    Refused,
    /// A word that is not known here, or no state at all.
    Unknown,
}

impl Standing {
    /// All of them, in their order.
    pub const ALL: [Standing; 6] = [
        Standing::Accepted,
        Standing::Reviewed,
        Standing::Waiting,
        Standing::Changes,
        Standing::Refused,
        Standing::Unknown,
    ];

    /// What a state means; none is a patch that no Patchwork was asked about.
    pub fn of(state: Option<&str>) -> Standing {
        let Some(state) = state else {
            return Standing::Unknown;
        };
        let same = |c: char| {
            if matches!(c, ' ' | '_') {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        };
        let usual = || named(&state.trim().chars().map(same).collect::<String>());
        named(state).or_else(usual).unwrap_or(Standing::Unknown)
    }
}

/// What a state means that is spelt as a Patchwork's API spells it.
fn named(state: &str) -> Option<Standing> {
    Some(match state {
        "accepted" | "mainlined" | "merged" | "applied" | "committed" => Standing::Accepted,
        "awaiting-upstream" | "in-next" | "queued" => Standing::Reviewed,
        "new" | "under-review" | "rfc" | "needs-review-ack" | "needs-ack" | "needs-review" => {
            Standing::Waiting
        }
        "changes-requested" => Standing::Changes,
        "rejected" | "superseded" | "not-applicable" | "handled-elsewhere" | "deferred" => {
            Standing::Refused
        }
        _ => return None,
    })
}

/// A state as it is told; what no Patchwork was asked about is `unknown`, as patman says.
pub fn word(state: Option<&str>) -> &str {
    state.unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known_however_they_are_spelt() {
        for (state, standing) in [
            (Some("accepted"), Standing::Accepted),
            (Some("Changes Requested"), Standing::Changes),
            (Some("under_review"), Standing::Waiting),
            (Some(" awaiting-upstream "), Standing::Reviewed),
            (Some("not-applicable"), Standing::Refused),
            (Some("in-limbo"), Standing::Unknown),
            (Some("5"), Standing::Unknown),
            (None, Standing::Unknown),
        ] {
            assert_eq!(Standing::of(state), standing, "{state:?}");
        }
        assert!(Standing::ALL.is_sorted());
    }
}
