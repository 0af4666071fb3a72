// SPDX-License-Identifier: GPL-2.0-or-later
//! The diff between the patches of the database and those of the branch.

use crate::author::branch::branch_series::BranchSeries;
use crate::db::patch::PatchRow;
use crate::output::colour::Paint;
use crate::output::{Output, escape_controls};
use crate::series::moved;

/// How a patch differs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// It has not changed.
    Same,
    /// It is only in the branch.
    Added,
    /// It is only in the database.
    Removed,
    /// It had this position, from 1, and this subject if that has changed.
    Moved(usize, Option<String>),
    /// It had this subject.
    Renamed(String),
    /// It has another Change-Id.
    Marked,
}

/// A line of the diff.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ScanLine {
    what: What,
    /// Its position, from 1, in the branch; for a removed patch, in the database.
    number: usize,
    subject: String,
}

/// How the branch differs from the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanDiff {
    lines: Vec<ScanLine>,
}

impl ScanDiff {
    /// Compares rows with a branch, given the row that each patch of the branch was.
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
        self.lines.iter().any(|line| line.what != What::Same)
    }

    /// The lines that differ, or all lines.
    pub fn text(&self, out: &Output, shows_all: bool) -> String {
        let width = self
            .lines
            .iter()
            .map(|line| line.number)
            .max()
            .unwrap_or_default()
            .to_string()
            .len();
        let shown = self
            .lines
            .iter()
            .filter(|line| shows_all || line.what != What::Same);
        shown.map(|line| line.text(out, width)).collect()
    }

    /// `5 patches: 2 added, 1 removed`.
    pub fn summary(&self) -> String {
        let count = |is: fn(&What) -> bool| self.lines.iter().filter(|line| is(&line.what)).count();
        let removed = count(|what| *what == What::Removed);
        let parts = [
            (count(|what| *what == What::Added), "added"),
            (removed, "removed"),
            (
                count(|what| matches!(what, What::Renamed(_) | What::Moved(_, Some(_)))),
                "renamed",
            ),
            (count(|what| matches!(what, What::Moved(..))), "moved"),
            (
                count(|what| *what == What::Marked),
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

impl ScanLine {
    fn text(&self, out: &Output, width: usize) -> String {
        let subject = escape_controls(&self.subject);
        let (sign, paint, note) = match &self.what {
            What::Same => (' ', None, String::new()),
            What::Added => ('+', Some(Paint::Good), String::new()),
            What::Removed => ('-', Some(Paint::Bad), String::new()),
            What::Moved(from, None) => ('>', Some(Paint::Attention), format!(" (was {from})")),
            What::Moved(from, Some(old)) => (
                '>',
                Some(Paint::Attention),
                format!(" (was {from}, '{}')", escape_controls(old)),
            ),
            What::Renamed(old) => (
                '~',
                Some(Paint::Attention),
                format!(" (was '{}')", escape_controls(old)),
            ),
            What::Marked => (
                '~',
                Some(Paint::Attention),
                " (another Change-Id)".to_owned(),
            ),
        };
        let text = format!("{sign} {:>width$} {subject}{note}", self.number);
        let text = paint.map_or(text.clone(), |paint| out.paint(paint, &text));
        text + "\n"
    }
}

/// The lines of the diff, in the order of the new list; a removed patch stays at its position.
fn compare(
    old: &[(&str, Option<&str>)],
    new: &[(&str, Option<&str>)],
    was: &[Option<usize>],
) -> Vec<ScanLine> {
    let is_moved = moved(was);
    let is_used = |at: usize| was.contains(&Some(at));
    let gone = |at: usize| ScanLine {
        what: What::Removed,
        number: at + 1,
        subject: old[at].0.to_owned(),
    };
    let mut lines = Vec::with_capacity(new.len());
    let mut next = 0;
    for (at, (subject, change_id)) in new.iter().enumerate() {
        let what = match was[at] {
            None => What::Added,
            Some(from) => {
                let is_renamed = old[from].0 != *subject;
                if !is_moved[at] {
                    lines.extend((next..from).filter(|at| !is_used(*at)).map(gone));
                    next = from + 1;
                }
                match () {
                    () if is_moved[at] => {
                        What::Moved(from + 1, is_renamed.then(|| old[from].0.to_owned()))
                    }
                    () if is_renamed => What::Renamed(old[from].0.to_owned()),
                    () if old[from].1 != *change_id => What::Marked,
                    () => What::Same,
                }
            }
        };
        lines.push(ScanLine {
            what,
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

    fn told(old: &[&str], new: &[&str], was: &[Option<usize>]) -> (String, String) {
        let list = |subjects: &[&'static str]| -> Vec<(&'static str, Option<&'static str>)> {
            subjects.iter().map(|subject| (*subject, None)).collect()
        };
        let leak = |subjects: &[&str]| -> Vec<&'static str> {
            subjects
                .iter()
                .map(|subject| &*Box::leak((*subject).to_owned().into_boxed_str()))
                .collect()
        };
        let diff = ScanDiff {
            lines: compare(&list(&leak(old)), &list(&leak(new)), was),
        };
        (diff.text(&Output::default(), false), diff.summary())
    }

    #[test]
    fn what_was_added_removed_renamed_and_moved_is_shown() {
        let (text, summary) = told(
            &["a", "b", "c", "d"],
            &["d", "a", "x", "new", "c"],
            &[Some(3), Some(0), Some(1), None, Some(2)],
        );
        assert_eq!(text, "> 1 d (was 4)\n~ 3 x (was 'b')\n+ 4 new\n");
        assert_eq!(summary, "5 patches: 1 added, 1 renamed, 1 moved");
        let (text, summary) = told(&["a", "b", "c"], &["a", "new"], &[Some(0), None]);
        assert_eq!(text, "+ 2 new\n- 2 b\n- 3 c\n");
        assert_eq!(summary, "2 patches: 1 added, 2 removed");
        let (text, _) = told(&["a", "b", "c"], &["a", "c"], &[Some(0), Some(2)]);
        assert_eq!(text, "- 2 b\n");
        let (text, summary) = told(&["a"], &["a"], &[Some(0)]);
        assert_eq!((text.as_str(), summary.as_str()), ("", "1 patch"));
    }
}
