// SPDX-License-Identifier: GPL-2.0-or-later
//! The differences between the patches of a branch and those of the database, as a diff of two lists.

use crate::author::branch::branch_series::BranchSeries;
use crate::db::patch::PatchRow;
use crate::series::moved;

/// How a patch of the branch differs from its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanChange {
    /// It does not differ.
    Same,
    /// It has no row.
    Added,
    /// Only the row exists.
    Removed,
    /// The row has another number, from 1, and maybe another subject.
    Moved(usize, Option<String>),
    /// The row has another subject.
    Renamed(String),
    /// The row has another Change-Id.
    Marked,
}

/// A patch of the branch, or a row whose patch was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanLine {
    /// How it differs.
    pub change: ScanChange,
    /// Its number from 1, in the branch; of a removed patch, in the database.
    pub number: usize,
    /// The subject of the patch.
    pub subject: String,
}

/// How the branch differs from the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanDiff {
    /// The patches in order; a removed one is where it was.
    pub lines: Vec<ScanLine>,
}

impl ScanDiff {
    /// Compares rows with a branch, given the row of each patch of the branch.
    pub fn new(rows: &[PatchRow], written: &BranchSeries, was: &[Option<usize>]) -> ScanDiff {
        let new: Vec<(&str, Option<&str>)> = (written.patches.iter())
            .map(|one| {
                (
                    one.identity.subject.as_str(),
                    one.identity.change_id.as_deref(),
                )
            })
            .collect();
        let old: Vec<(&str, Option<&str>)> = rows
            .iter()
            .map(|row| (row.subject.as_str(), row.change_id.as_deref()))
            .collect();
        ScanDiff {
            lines: compare(&old, &new, was),
        }
    }

    /// Whether anything differs.
    pub fn has_changes(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.change != ScanChange::Same)
    }

    /// `5 patches: 2 added, 1 removed`.
    pub fn summary(&self) -> String {
        let count =
            |is: fn(&ScanChange) -> bool| self.lines.iter().filter(|line| is(&line.change)).count();
        let removed = count(|what| *what == ScanChange::Removed);
        let parts = [
            (count(|what| *what == ScanChange::Added), "added"),
            (removed, "removed"),
            (
                count(|what| {
                    matches!(what, ScanChange::Renamed(_) | ScanChange::Moved(_, Some(_)))
                }),
                "renamed",
            ),
            (count(|what| matches!(what, ScanChange::Moved(..))), "moved"),
            (
                count(|what| *what == ScanChange::Marked),
                "with another Change-Id",
            ),
        ];
        let told = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"));
        let told = told.collect::<Vec<_>>().join(", ");
        let total = super::patches(self.lines.len() - removed);
        if told.is_empty() {
            total
        } else {
            format!("{total}: {told}")
        }
    }
}

/// The lines of the diff, in the order of the new list; removed patches are listed at their old position.
fn compare(
    old: &[(&str, Option<&str>)],
    new: &[(&str, Option<&str>)],
    was: &[Option<usize>],
) -> Vec<ScanLine> {
    let is_moved = moved(was);
    let is_used = |at: usize| was.contains(&Some(at));
    let gone = |at: usize| ScanLine {
        change: ScanChange::Removed,
        number: at + 1,
        subject: old[at].0.to_owned(),
    };
    let mut lines = Vec::with_capacity(new.len());
    let mut next = 0;
    for (at, (subject, change_id)) in new.iter().enumerate() {
        let change = match was[at] {
            None => ScanChange::Added,
            Some(from) => {
                let is_renamed = old[from].0 != *subject;
                if !is_moved[at] {
                    lines.extend((next..from).filter(|at| !is_used(*at)).map(gone));
                    next = from + 1;
                }
                match () {
                    () if is_moved[at] => {
                        ScanChange::Moved(from + 1, is_renamed.then(|| old[from].0.to_owned()))
                    }
                    () if is_renamed => ScanChange::Renamed(old[from].0.to_owned()),
                    () if old[from].1 != *change_id => ScanChange::Marked,
                    () => ScanChange::Same,
                }
            }
        };
        lines.push(ScanLine {
            change,
            number: at + 1,
            subject: (*subject).to_owned(),
        });
    }
    lines.extend((next..old.len()).filter(|at| !is_used(*at)).map(gone));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that differ, and the summary.
    fn differing(old: &[&str], new: &[&str], was: &[Option<usize>]) -> (Vec<ScanLine>, String) {
        fn unmarked<'s>(subjects: &[&'s str]) -> Vec<(&'s str, Option<&'s str>)> {
            subjects.iter().map(|subject| (*subject, None)).collect()
        }
        let diff = ScanDiff {
            lines: compare(&unmarked(old), &unmarked(new), was),
        };
        let summary = diff.summary();
        let differs = |line: &ScanLine| line.change != ScanChange::Same;
        (diff.lines.into_iter().filter(differs).collect(), summary)
    }

    fn line(change: ScanChange, number: usize, subject: &str) -> ScanLine {
        ScanLine {
            change,
            number,
            subject: subject.to_owned(),
        }
    }

    #[test]
    fn what_was_added_removed_renamed_and_moved_is_found() {
        let (lines, summary) = differing(
            &["a", "b", "c", "d"],
            &["d", "a", "x", "new", "c"],
            &[Some(3), Some(0), Some(1), None, Some(2)],
        );
        assert_eq!(
            lines,
            [
                line(ScanChange::Moved(4, None), 1, "d"),
                line(ScanChange::Renamed("b".to_owned()), 3, "x"),
                line(ScanChange::Added, 4, "new"),
            ]
        );
        assert_eq!(summary, "5 patches: 1 added, 1 renamed, 1 moved");
        let (lines, summary) = differing(&["a", "b", "c"], &["a", "new"], &[Some(0), None]);
        assert_eq!(
            lines,
            [
                line(ScanChange::Added, 2, "new"),
                line(ScanChange::Removed, 2, "b"),
                line(ScanChange::Removed, 3, "c"),
            ]
        );
        assert_eq!(summary, "2 patches: 1 added, 2 removed");
        let (lines, _) = differing(&["a", "b", "c"], &["a", "c"], &[Some(0), Some(2)]);
        assert_eq!(lines, [line(ScanChange::Removed, 2, "b")]);
        let (lines, summary) = differing(&["a"], &["a"], &[Some(0)]);
        assert_eq!((lines.len(), summary.as_str()), (0, "1 patch"));
    }
}
