// SPDX-License-Identifier: GPL-2.0-or-later
//! Which commit of a version is which of its recorded patches.
//!
//! The commits are the authority: after a rebase they are others, in another order, or fewer. A recorded patch is placed
//! at its commit by [`match_patches`], never by its position, so that a state is never shown for the wrong commit. Only
//! commits that were made from the patches, one for each, are also placed in order.

use super::{PatchIdentity, SameName, match_patches, moved, title};

/// How the commits of a version were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOrigin {
    /// By the author of the series.
    Branch,
    /// From the patches, by applying them.
    Applied,
}

/// How a recorded patch and its commit agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    /// They agree.
    Same,
    /// The commit has another title.
    Renamed,
    /// The commit has another position.
    Moved,
    /// The commit is not recorded: it was made after the version was scanned.
    New,
    /// The patch is no commit of the version any more.
    Dropped,
}

impl RowStatus {
    /// The status in a word.
    pub fn word(self) -> &'static str {
        match self {
            RowStatus::Same => "same",
            RowStatus::Renamed => "renamed",
            RowStatus::Moved => "moved",
            RowStatus::New => "new",
            RowStatus::Dropped => "dropped",
        }
    }
}

/// A recorded patch and its commit, or one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchAndCommit {
    /// The position of the recorded patch.
    pub row: Option<usize>,
    /// The position of the commit.
    pub commit: Option<usize>,
    /// How they agree.
    pub change: RowStatus,
}

/// The recorded patch of each commit.
fn rows_of_commits(
    rows: &[PatchIdentity],
    commits: &[PatchIdentity],
    origin: CommitOrigin,
) -> Vec<Option<usize>> {
    let mut found = match_patches(rows, commits, SameName::InOrder);
    if origin == CommitOrigin::Applied && rows.len() == commits.len() {
        let left: Vec<usize> = (0..rows.len())
            .filter(|row| !found.contains(&Some(*row)))
            .collect();
        let unmatched = found.iter_mut().filter(|row| row.is_none());
        unmatched
            .zip(left)
            .for_each(|(row, left)| *row = Some(left));
    }
    found
}

/// Whether it takes what the commits change to find their rows: some row has that, and a commit is not the only one of its
/// Change-Id or title.
pub fn needs_content(rows: &[PatchIdentity], commits: &[PatchIdentity]) -> bool {
    rows.iter().any(|row| row.patch_id.is_some())
        && match_patches(rows, commits, SameName::Skipped).contains(&None)
}

/// Recorded patches and commits side by side, in the order of the commits; a patch without a commit comes after the patch
/// before it.
pub fn place_commits(
    rows: &[PatchIdentity],
    commits: &[PatchIdentity],
    origin: CommitOrigin,
) -> Vec<PatchAndCommit> {
    let found = rows_of_commits(rows, commits, origin);
    let moved = moved(&found);
    let status = |commit: usize| match found[commit] {
        None => RowStatus::New,
        Some(row) if title(&rows[row].subject) != title(&commits[commit].subject) => {
            RowStatus::Renamed
        }
        Some(_) if moved[commit] => RowStatus::Moved,
        Some(_) => RowStatus::Same,
    };
    let mut lines: Vec<PatchAndCommit> = (0..commits.len())
        .map(|commit| PatchAndCommit {
            row: found[commit],
            commit: Some(commit),
            change: status(commit),
        })
        .collect();
    for row in (0..rows.len()).filter(|row| !found.contains(&Some(*row))) {
        let before = row
            .checked_sub(1)
            .and_then(|before| lines.iter().position(|line| line.row == Some(before)));
        lines.insert(
            before.map_or(0, |before| before + 1),
            PatchAndCommit {
                row: Some(row),
                commit: None,
                change: RowStatus::Dropped,
            },
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identities(names: &str) -> Vec<PatchIdentity> {
        let one = |name: &str| match name.split_once('=') {
            Some((id, subject)) => PatchIdentity {
                change_id: Some(id.to_owned()),
                subject: subject.to_owned(),
                ..PatchIdentity::default()
            },
            None => PatchIdentity {
                subject: name.to_owned(),
                ..PatchIdentity::default()
            },
        };
        names.split_whitespace().map(one).collect()
    }

    /// The lines in few words: row, commit, change.
    fn lines(rows: &str, commits: &str) -> String {
        let position = |at: Option<usize>| at.map_or("-".to_owned(), |at| at.to_string());
        let show = |line: &PatchAndCommit| {
            format!(
                "{}/{} {}",
                position(line.row),
                position(line.commit),
                line.change.word()
            )
        };
        place_commits(
            &identities(rows),
            &identities(commits),
            CommitOrigin::Branch,
        )
        .iter()
        .map(show)
        .collect::<Vec<_>>()
        .join(", ")
    }

    #[test]
    fn rows_are_placed_at_their_commits() {
        assert_eq!(lines("a b c", "a b c"), "0/0 same, 1/1 same, 2/2 same");
        assert_eq!(lines("a b c", "a c"), "0/0 same, 1/- dropped, 2/1 same");
        assert_eq!(lines("a b c", "b c"), "0/- dropped, 1/0 same, 2/1 same");
        assert_eq!(lines("a b", "a x b"), "0/0 same, -/1 new, 1/2 same");
        assert_eq!(lines("a b c", "c a b"), "2/0 moved, 0/1 same, 1/2 same");
        assert_eq!(
            lines("a b c d", "b a c x"),
            "1/0 moved, 0/1 same, 2/2 same, 3/- dropped, -/3 new"
        );
        assert_eq!(lines("1=a 2=b", "1=a 2=B"), "0/0 same, 1/1 renamed");
        assert_eq!(lines("1=a 2=b", "2=a 1=b"), "1/0 renamed, 0/1 renamed");
        assert_eq!(
            lines("a b c d", ""),
            "0/- dropped, 1/- dropped, 2/- dropped, 3/- dropped"
        );
        assert_eq!(lines("", "a"), "-/0 new");
        assert_eq!(lines("a a", "a a a"), "0/0 same, 1/1 same, -/2 new");
    }

    #[test]
    fn applied_patches_are_also_placed_in_order() {
        let (rows, commits) = (identities("a b c"), identities("x c a"));
        let found = |commits: &[PatchIdentity], origin| rows_of_commits(&rows, commits, origin);
        assert_eq!(
            found(&commits, CommitOrigin::Applied),
            [Some(1), Some(2), Some(0)]
        );
        assert_eq!(
            found(&commits, CommitOrigin::Branch),
            [None, Some(2), Some(0)]
        );
        assert_eq!(
            found(&commits[..2], CommitOrigin::Applied),
            [None, Some(2)],
            "there are fewer commits than patches"
        );
    }

    #[test]
    fn the_content_is_needed_only_for_commits_without_a_row() {
        let needs = |rows: &str, commits: &str| {
            let mut rows = identities(rows);
            rows[0].patch_id = Some("1".to_owned());
            needs_content(&rows, &identities(commits))
        };
        assert!(!needs("1=a b c", "c 1=x"));
        assert!(needs("a b", "a x"));
        assert!(needs("a a", "a a"), "titles that come twice decide nothing");
        assert!(!needs_content(&identities("a"), &identities("x")));
    }
}
