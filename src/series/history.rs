// SPDX-License-Identifier: GPL-2.0-or-later
//! How the patches of a version differ from those of the version before.

use super::{PatchIdentity, SameName, VersionNumber, match_patches, moved, title};

/// What a patch is to the version before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchChange {
    /// It is not in the version before.
    New,
    /// It is in both versions, and changes the same.
    Same,
    /// It is in both versions, and changes something else.
    Changed,
    /// It is in both versions; what it changes in one of them is unknown.
    Kept,
}

impl PatchChange {
    /// The change in a word.
    pub fn word(self) -> &'static str {
        match self {
            PatchChange::New => "new",
            PatchChange::Same => "same",
            PatchChange::Changed => "changed",
            PatchChange::Kept => "kept",
        }
    }
}

/// How a patch came from the version before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchHistory {
    /// The position of the patch in the version before.
    pub was: Option<usize>,
    /// What it is to the version before.
    pub change: PatchChange,
    /// Whether its position among the patches in both versions has changed.
    pub is_moved: bool,
    /// Whether it has another title.
    pub is_renamed: bool,
}

/// The history of each patch of a version. The old patches that no history names were dropped.
pub fn histories(old: &[PatchIdentity], new: &[PatchIdentity]) -> Vec<PatchHistory> {
    let found = match_patches(old, new, SameName::InOrder);
    let moved = moved(&found);
    let history = |((patch, was), is_moved): ((&PatchIdentity, Option<usize>), bool)| {
        let before = was.map(|at| &old[at]);
        PatchHistory {
            was,
            change: before.map_or(PatchChange::New, |before| change(before, patch)),
            is_moved,
            is_renamed: before
                .is_some_and(|before| title(&before.subject) != title(&patch.subject)),
        }
    };
    new.iter().zip(found).zip(moved).map(history).collect()
}

fn change(before: &PatchIdentity, patch: &PatchIdentity) -> PatchChange {
    match (&before.patch_id, &patch.patch_id) {
        (Some(then), Some(now)) if then == now => PatchChange::Same,
        (Some(_), Some(_)) => PatchChange::Changed,
        _ => PatchChange::Kept,
    }
}

/// How many patches of a version have changed in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeCounts {
    /// How many change the same.
    pub same: usize,
    /// How many change something else.
    pub changed: usize,
    /// How many are new.
    pub new: usize,
    /// How many were dropped.
    pub dropped: usize,
    /// For how many it is unknown whether they have changed.
    pub unknown: usize,
}

impl ChangeCounts {
    /// Compares two versions.
    pub fn new(old: &[PatchIdentity], new: &[PatchIdentity]) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        for history in histories(old, new) {
            match history.change {
                PatchChange::New => counts.new += 1,
                PatchChange::Same => counts.same += 1,
                PatchChange::Changed => counts.changed += 1,
                PatchChange::Kept => counts.unknown += 1,
            }
        }
        counts.dropped = old.len() + counts.new - new.len();
        counts
    }

    /// The counts in words, compared with the version `number`.
    pub fn since(&self, number: VersionNumber) -> String {
        let parts = [
            (self.same, format!("as in {number}")),
            (self.unknown, format!("from {number}")),
            (self.changed, "changed".to_owned()),
            (self.new, "new".to_owned()),
            (self.dropped, "dropped".to_owned()),
        ];
        let words = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"));
        words.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::identity::identities;

    #[test]
    fn each_patch_has_its_history() {
        let shown = |old: &str, new: &str| -> Vec<String> {
            let one = |step: PatchHistory| {
                let was = step.was.map_or("-".to_owned(), |at| at.to_string());
                let moved = if step.is_moved { " moved" } else { "" };
                let renamed = if step.is_renamed { " renamed" } else { "" };
                format!("{was} {:?}{moved}{renamed}", step.change)
            };
            histories(&identities(old), &identities(new))
                .into_iter()
                .map(one)
                .collect()
        };
        assert_eq!(shown("", "-/-/a"), ["- New"]);
        assert_eq!(
            shown("-/p1/a|-/p2/b", "-/p1/a|-/p3/b"),
            ["0 Same", "1 Changed"]
        );
        assert_eq!(shown("-/-/a|-/p2/b", "-/p1/a|-/-/b"), ["0 Kept", "1 Kept"]);
        assert_eq!(
            shown("I1/-/a|-/-/[v1,2/2] b", "I1/-/c|-/-/[v2,2/2] b"),
            ["0 Kept renamed", "1 Kept"]
        );
        assert_eq!(
            shown("-/-/a|-/-/b|-/-/c|-/-/d", "-/-/d|-/-/a|-/-/x|-/-/c"),
            ["3 Kept moved", "0 Kept", "- New", "2 Kept"]
        );
    }

    #[test]
    fn changes_are_counted() {
        let one = |id: &str, patch: Option<&str>| PatchIdentity {
            change_id: Some(id.to_owned()),
            patch_id: patch.map(str::to_owned),
            subject: id.to_owned(),
            ..PatchIdentity::default()
        };
        let old = [
            one("a", Some("1")),
            one("b", Some("2")),
            one("c", Some("3")),
            one("d", None),
        ];
        let new = [
            one("a", Some("1")),
            one("b", Some("9")),
            one("d", Some("4")),
            one("e", Some("5")),
        ];
        let counts = ChangeCounts::new(&old, &new);
        assert_eq!(
            counts,
            ChangeCounts {
                same: 1,
                changed: 1,
                new: 1,
                dropped: 1,
                unknown: 1
            }
        );
        let text = counts.since(VersionNumber::FIRST);
        assert_eq!(text, "1 as in v1, 1 from v1, 1 changed, 1 new, 1 dropped");
    }
}
