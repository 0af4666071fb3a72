// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the position of a hunk in a file by git's rules, and applies it there.
//!
//! The expected position is the hunk's first line in the *new* file, because the hunks before it are already
//! applied. If the old lines are not there, the nearest match is used, and the later of two that are equally
//! near. A hunk that begins at line 1 must match at the beginning, a hunk without trailing context must match
//! at the end, and lines that an earlier hunk added are never matched. There is no fuzz. The search time is
//! proportional to the file, not to file times hunk, and the work for all hunks of a file is limited.

use crate::diff::Hunk;

/// Maximum number of lines to compare or move for one file, so that no patch can keep the program busy for
/// ever.
const MAX_WORK: usize = 1 << 31;

/// Why hunks could not be placed.
#[derive(Debug, PartialEq, Eq)]
pub enum HunkError {
    /// The hunk of that index, from 0, matches nowhere.
    NoPlace(usize),
    /// The hunks and the file are too large for the limit.
    TooMuchWork,
}

#[derive(Clone, Copy)]
struct TargetLine<'a> {
    text: &'a [u8],
    patched: bool,
}

/// The file with the hunks applied, and whether each was at its given line.
pub fn place(file: &[u8], hunks: &[Hunk<'_>]) -> Result<(Vec<u8>, bool), HunkError> {
    let mut lines: Vec<TargetLine<'_>> = split(file)
        .map(|text| TargetLine {
            text,
            patched: false,
        })
        .collect();
    let mut exact = true;
    let mut work = 0usize;
    for (number, hunk) in hunks.iter().enumerate() {
        let sides = hunk.sides();
        let wanted = ExpectedLines {
            // git keeps line numbers in an int; a number that overflows is beyond every end.
            line: usize::try_from(hunk.new_start.saturating_sub(1) as i32).unwrap_or(usize::MAX),
            beginning: hunk.old_start <= 1,
            end: hunk.trailing == 0,
        };
        let at = find(&lines, &sides.old, &wanted, &mut work).ok_or(HunkError::NoPlace(number))?;
        exact &= at == wanted.line;
        let moved = if sides.old.len() == sides.new.len() {
            0
        } else {
            (lines.len() - at) / 8
        };
        work = work.saturating_add(moved + sides.new.len());
        lines.splice(
            at..at + sides.old.len(),
            sides.new.iter().map(|&text| TargetLine {
                text,
                patched: true,
            }),
        );
        if work > MAX_WORK {
            return Err(HunkError::TooMuchWork);
        }
    }
    let mut out = Vec::with_capacity(lines.iter().map(|line| line.text.len()).sum());
    lines
        .iter()
        .for_each(|line| out.extend_from_slice(line.text));
    Ok((out, exact))
}

/// The lines of a file, each with its newline.
fn split(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &file[at..];
        let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        at += len;
        (len > 0).then(|| &rest[..len])
    })
}

struct ExpectedLines {
    line: usize,
    beginning: bool,
    end: bool,
}

fn find(
    lines: &[TargetLine<'_>],
    old: &[&[u8]],
    wanted: &ExpectedLines,
    work: &mut usize,
) -> Option<usize> {
    let last = lines.len().checked_sub(old.len())?;
    let fits = |at: usize| {
        lines[at..at + old.len()]
            .iter()
            .zip(old)
            .all(|(line, old)| !line.patched && line.text == *old)
    };
    if wanted.beginning || wanted.end {
        let at = if wanted.beginning { 0 } else { last };
        *work += old.len();
        return ((!wanted.end || at == last) && fits(at)).then_some(at);
    }
    let start = wanted.line.min(lines.len());
    *work += old.len();
    if start <= last && fits(start) {
        return Some(start);
    }
    *work += lines.len() + old.len();
    nearest(lines, old, start)
}

/// The occurrence of `old` that is nearest to `start`, in one pass over the lines (Knuth-Morris-Pratt).
fn nearest(lines: &[TargetLine<'_>], old: &[&[u8]], start: usize) -> Option<usize> {
    if old.is_empty() {
        return Some(start);
    }
    // For each number of matched lines, how many still match when the next line differs.
    let mut shorter = vec![0usize; old.len() + 1];
    let mut matched = 0;
    for at in 1..old.len() {
        while matched > 0 && old[at] != old[matched] {
            matched = shorter[matched];
        }
        matched += usize::from(old[at] == old[matched]);
        shorter[at + 1] = matched;
    }
    let mut best: Option<usize> = None;
    matched = 0;
    for (index, line) in lines.iter().enumerate() {
        if line.patched {
            matched = 0;
            continue;
        }
        while matched > 0 && (matched == old.len() || old[matched] != line.text) {
            matched = shorter[matched];
        }
        matched += usize::from(old[matched] == line.text);
        if matched == old.len() {
            let at = index + 1 - old.len();
            if best.is_none_or(|best| at.abs_diff(start) <= best.abs_diff(start)) {
                best = Some(at);
            } else {
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test stops where it fails
    use super::*;
    use crate::diff::{ContentChange, parse};

    fn apply(file: &str, hunks: &str) -> Result<(String, bool), HunkError> {
        let diff = format!("--- a/f\n+++ b/f\n{hunks}");
        let files = parse(diff.as_bytes()).unwrap();
        let ContentChange::Text(hunks) = &files[0].change else {
            panic!("no hunks")
        };
        place(file.as_bytes(), hunks)
            .map(|(bytes, exact)| (String::from_utf8(bytes).unwrap(), exact))
    }

    #[test]
    fn the_later_of_two_places_as_near_is_taken() {
        let file = "x\na\nb\nx\na\nb\nx\na\nb\nz\n";
        let (out, exact) = apply(file, "@@ -4,3 +5,3 @@\n a\n-b\n+B\n x\n").unwrap();
        assert_eq!(
            (out.as_str(), exact),
            ("x\na\nb\nx\na\nB\nx\na\nb\nz\n", true)
        );
        let (out, exact) =
            apply("a\nb\nq\nq\na\nb\nq\n", "@@ -3,3 +3,3 @@\n a\n-b\n+B\n q\n").unwrap();
        assert_eq!((out.as_str(), exact), ("a\nb\nq\nq\na\nB\nq\n", false));
    }

    #[test]
    fn short_context_anchors_a_hunk() {
        assert_eq!(
            apply("a\nb\nc\n", "@@ -2 +2,2 @@\n b\n+x\n"),
            Err(HunkError::NoPlace(0))
        );
        assert_eq!(
            apply("n\na\nb\n", "@@ -1,2 +1,3 @@\n+x\n a\n b\n"),
            Err(HunkError::NoPlace(0))
        );
        assert_eq!(
            apply("a\nb\n", "@@ -9 +9,2 @@\n b\n+x\n").unwrap().0,
            "a\nb\nx\n"
        );
    }

    #[test]
    fn a_line_that_was_put_in_is_not_matched_again() {
        let hunks = "@@ -2,2 +2,3 @@\n a\n+b\n c\n@@ -3,2 +3,2 @@\n-b\n+B\n c\n";
        assert_eq!(apply("s\na\nc\ne\n", hunks), Err(HunkError::NoPlace(1)));
    }

    #[test]
    fn repetition_does_not_make_the_search_slow() {
        let file = "\n".repeat(400_000);
        let hunk = format!(
            "@@ -10,100002 +10,100002 @@\n{}-x\n+y\n \n",
            " \n".repeat(100_000)
        );
        let begun = std::time::Instant::now();
        assert_eq!(apply(&file, &hunk), Err(HunkError::NoPlace(0)));
        assert!(begun.elapsed().as_secs() < 10);
    }
}
