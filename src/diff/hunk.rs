// SPDX-License-Identifier: GPL-2.0-or-later
//! Hunks: the `@@` line, the count of lines that it announces, and how much context stands round the change.

use super::{DiffError, corrupt_at, line};

/// One hunk. Its lines are borrowed from the patch.
#[derive(Debug, Clone)]
pub struct Hunk<'a> {
    /// First line in the old file, from 1; 0 in an empty file.
    pub old_start: u64,
    /// Lines taken from the old file.
    pub old_lines: u64,
    /// First line in the new file, from 1.
    pub new_start: u64,
    /// Lines given to the new file.
    pub new_lines: u64,
    /// Lines of context after the last change.
    pub trailing: usize,
    /// What the `@@` line says behind the numbers: the function that the hunk is in.
    pub heading: &'a [u8],
    /// The lines after the `@@` line, with their first characters.
    pub text: &'a [u8],
}

/// The lines of a hunk as they must be found, and as they become. A line has its newline unless the file ends without.
#[derive(Debug, Default)]
pub struct Sides<'a> {
    /// The lines to find.
    pub old: Vec<&'a [u8]>,
    /// The lines that replace them.
    pub new: Vec<&'a [u8]>,
}

impl<'a> Hunk<'a> {
    /// The two sides of the hunk.
    pub fn sides(&self) -> Sides<'a> {
        let mut sides = Sides::default();
        let mut at = 0;
        while at < self.text.len() {
            let whole = line(self.text, at);
            at += whole.len();
            let unended = self.text.get(at) == Some(&b'\\');
            let body = &whole[1..whole.len() - usize::from(unended && whole.len() > 1)];
            match whole[0] {
                b'\n' if unended => {}
                b'\n' => {
                    sides.old.push(whole);
                    sides.new.push(whole);
                }
                b' ' => {
                    sides.old.push(body);
                    sides.new.push(body);
                }
                b'-' => sides.old.push(body),
                b'+' => sides.new.push(body),
                _ => {}
            }
        }
        sides
    }
}

/// Reads the hunks at `at` and returns them with the place where they end.
pub fn hunks(text: &[u8], mut at: usize) -> Result<(Vec<Hunk<'_>>, usize), DiffError> {
    let mut hunks = Vec::new();
    while text.len() - at > 4 && text[at..].starts_with(b"@@ -") {
        let (hunk, end) = match one(text, at) {
            Ok(read) => read,
            Err(wrong) => return Err(corrupt_at(text, wrong, "corrupt patch")),
        };
        hunks.push(hunk);
        at = end;
    }
    Ok((hunks, at))
}

/// Reads one hunk; the error is the place that is wrong.
fn one(text: &[u8], start: usize) -> Result<(Hunk<'_>, usize), usize> {
    let head = line(text, start);
    let (old_start, old_lines, new_start, new_lines) = head_numbers(head).ok_or(start)?;
    let body = start + head.len();
    let (mut old_left, mut new_left) = (old_lines, new_lines);
    let (mut trailing, mut changed) = (0, false);
    let mut at = body;
    while at < text.len() && (old_left, new_left) != (0, 0) {
        let whole = line(text, at);
        if !whole.ends_with(b"\n") {
            return Err(at);
        }
        match whole[0] {
            b' ' | b'\n' => {
                old_left = old_left.wrapping_sub(1);
                new_left = new_left.wrapping_sub(1);
                trailing += 1;
            }
            b'-' => {
                old_left = old_left.wrapping_sub(1);
                (trailing, changed) = (0, true);
            }
            b'+' => {
                new_left = new_left.wrapping_sub(1);
                (trailing, changed) = (0, true);
            }
            b'\\' if whole.len() >= 12 && whole[1] == b' ' => {}
            _ => return Err(at),
        }
        at += whole.len();
    }
    if (old_left, new_left) != (0, 0) || !changed {
        return Err(at);
    }
    // The marker for a missing newline comes after the last line counted.
    if text.len() - at > 12 && text[at..].starts_with(b"\\ ") {
        at += line(text, at).len();
    }
    let text = &text[body..at];
    let heading =
        memchr::memmem::find(head, b" @@").map_or(&[][..], |end| head[end + 3..].trim_ascii());
    Ok((
        Hunk {
            old_start,
            old_lines,
            new_start,
            new_lines,
            trailing,
            heading,
            text,
        },
        at,
    ))
}

/// The four numbers of `@@ -a,b +c,d @@`; a count that is not given is 1.
pub fn head_numbers(head: &[u8]) -> Option<(u64, u64, u64, u64)> {
    if !head.ends_with(b"\n") {
        return None;
    }
    let (old, old_lines, rest) = range(head.strip_prefix(b"@@ -")?)?;
    let (new, new_lines, rest) = range(rest.strip_prefix(b" +")?)?;
    rest.starts_with(b" @@")
        .then_some((old, old_lines, new, new_lines))
}

fn range(text: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (first, rest) = number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => number(rest).map(|(count, rest)| (first, count, rest)),
        None => Some((first, 1, rest)),
    }
}

/// Decimal digits, at least one; a number too large is the largest.
pub fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
    let value = text[..digits].iter().fold(0u64, |sum, c| {
        sum.saturating_mul(10).saturating_add(u64::from(c - b'0'))
    });
    (digits > 0).then(|| (value, &text[digits..]))
}
