// SPDX-License-Identifier: GPL-2.0-or-later
//! The states of patches: one table of the words of patman and Patchwork, and what each means to the author.
//!
//! Each Patchwork may have states of its own beside the usual ones: an unknown word is shown as it is, and needs no action.

/// What the state of a patch means to its author, in the order in which states are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The patch is merged.
    Accepted,
    /// The maintainer has it.
    Reviewed,
    /// It waits for a review.
    Waiting,
    /// The author has to change it.
    Changes,
    /// It will not be merged as it is.
    Refused,
    /// The word is unknown, or there is no state.
    Unknown,
}

/// The known states, as the API of Patchwork spells them.
const STATES: &[(&str, Standing)] = &[
    ("accepted", Standing::Accepted),
    ("mainlined", Standing::Accepted),
    ("merged", Standing::Accepted),
    ("applied", Standing::Accepted),
    ("committed", Standing::Accepted),
    ("awaiting-upstream", Standing::Reviewed),
    ("in-next", Standing::Reviewed),
    ("queued", Standing::Reviewed),
    ("new", Standing::Waiting),
    ("under-review", Standing::Waiting),
    ("rfc", Standing::Waiting),
    ("needs-review-ack", Standing::Waiting),
    ("needs-ack", Standing::Waiting),
    ("needs-review", Standing::Waiting),
    ("changes-requested", Standing::Changes),
    ("rejected", Standing::Refused),
    ("superseded", Standing::Refused),
    ("not-applicable", Standing::Refused),
    ("handled-elsewhere", Standing::Refused),
    ("deferred", Standing::Refused),
];

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

    /// What a state means, however it is spelt; `None` is a patch whose state was never fetched.
    pub fn of(state: Option<&str>) -> Standing {
        let Some(state) = state else {
            return Standing::Unknown;
        };
        named(state)
            .or_else(|| named(&as_in_api(state)))
            .unwrap_or(Standing::Unknown)
    }

    /// Whether the patch still waits for a review or a new version.
    pub fn is_open(self) -> bool {
        matches!(self, Standing::Waiting | Standing::Changes)
    }
}

/// Whether a patch in this state is merged.
pub fn is_accepted(state: Option<&str>) -> bool {
    Standing::of(state) == Standing::Accepted
}

/// A state as it is shown; a state that was never fetched is `unknown`, as in patman.
pub fn word(state: Option<&str>) -> &str {
    state.unwrap_or("unknown")
}

fn named(state: &str) -> Option<Standing> {
    STATES
        .iter()
        .find(|(word, _)| *word == state)
        .map(|(_, standing)| *standing)
}

/// A state as the API spells it: `Changes Requested` is `changes-requested`.
fn as_in_api(state: &str) -> String {
    let letter = |c: char| match c {
        ' ' | '_' => '-',
        c => c.to_ascii_lowercase(),
    };
    state.trim().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_known_however_they_are_spelt() {
        for (state, standing) in [
            (Some("accepted"), Standing::Accepted),
            (Some("mainlined"), Standing::Accepted),
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

    #[test]
    fn each_state_is_in_the_table_once_in_the_order_of_its_meaning() {
        assert!(STATES.is_sorted_by_key(|(_, standing)| *standing));
        for (at, (word, _)) in STATES.iter().enumerate() {
            assert!(!STATES[..at].iter().any(|(before, _)| before == word));
            assert_eq!(&as_in_api(word), word);
        }
    }
}
