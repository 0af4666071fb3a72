// SPDX-License-Identifier: GPL-2.0-or-later
//! Splits a file into mails: mboxo, mboxrd, mboxcl and git's own output, split where `git mailsplit` splits.
//!
//! A mail begins at a `From ` line that ends in a time and a year. If the previous mail gives its
//! length (`Content-Length:`), and a mail or the end of the file does follow there, the length takes
//! precedence.

use super::lines::{HeaderLine, LineCursor, is_space, trim, value_of};
use super::log::is_format_patch_envelope;
use std::borrow::Cow;

/// One mail of a file.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    /// The envelope line; empty if the mail has none.
    pub envelope: &'a [u8],
    /// The mail after it, unchanged.
    pub mail: &'a [u8],
    /// Whether its length was given and correct, so that it may contain a `From ` line.
    pub counted: bool,
}

impl<'a> Piece<'a> {
    /// The mail, with `>From ` lines unquoted.
    ///
    /// Some mails are left unchanged: those without an envelope line, those of `git format-patch`,
    /// which quotes nothing, and those of known length that contain a `From ` line.
    pub fn unquoted(&self) -> Cow<'a, [u8]> {
        let is_bare =
            self.envelope.is_empty() || is_format_patch_envelope(&without_cr(self.envelope));
        if is_bare || (self.counted && lines(self.mail).any(|line| line.starts_with(b"From "))) {
            return Cow::Borrowed(self.mail);
        }
        if !lines(self.mail).any(is_quoted) {
            return Cow::Borrowed(self.mail);
        }
        let mut out = Vec::with_capacity(self.mail.len());
        lines(self.mail).for_each(|line| {
            out.extend_from_slice(if is_quoted(line) { &line[1..] } else { line })
        });
        Cow::Owned(out)
    }
}

/// Maximum number of blank bytes between a mail of known length and the next mail.
const MAX_BLANK_GAP: usize = 8;

/// Splits a file; the first mail may lack an envelope line. Empty pieces are left out.
pub(super) fn split(file: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let start = file
        .iter()
        .position(|&b| !is_space(b))
        .unwrap_or(file.len());
    let mut rest = &file[start..];
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (envelope, body) = match first_line(rest) {
            line if is_envelope(line) => rest.split_at(line.len()),
            _ => rest.split_at(0),
        };
        let (length, counted) = match counted_length(body) {
            Some(length) => (length, true),
            None => (uncounted_length(body, envelope.is_empty()), false),
        };
        let (mail, behind) = body.split_at(length);
        rest = behind;
        Some(Piece {
            envelope,
            mail,
            counted,
        })
    })
    .filter(|piece| !trim(piece.mail).is_empty())
}

/// Whether the text begins with an envelope line.
pub(super) fn begins_with_envelope(text: &[u8]) -> bool {
    is_envelope(first_line(text))
}

fn first_line(text: &[u8]) -> &[u8] {
    LineCursor::new(text).next_line().unwrap_or_default()
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut lines = LineCursor::new(text);
    std::iter::from_fn(move || lines.next_line())
}

fn without_cr(line: &[u8]) -> Cow<'_, [u8]> {
    super::lines::without_cr(line)
}

fn is_quoted(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|&&b| b == b'>').count();
    marks > 0 && line[marks..].starts_with(b"From ")
}

/// Whether a line looks like `From <anything> 10:20:30 2024`: digits around the last colon, and a year after 1990.
fn is_envelope(line: &[u8]) -> bool {
    if line.len() < 20 || !line.starts_with(b"From ") {
        return false;
    }
    let Some(colon) = line[5..line.len() - 2]
        .iter()
        .rposition(|&b| b == b':')
        .map(|at| at + 5)
    else {
        return false;
    };
    let digit = |at: Option<usize>| {
        at.and_then(|at| line.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let round = [
        colon.checked_sub(4),
        Some(colon - 2),
        Some(colon - 1),
        Some(colon + 1),
        Some(colon + 2),
    ];
    if !round.into_iter().all(digit) {
        return false;
    }
    let year = line.get(colon + 3..).unwrap_or_default();
    let year = year
        .iter()
        .skip_while(|&&b| is_space(b) || matches!(b, b'\x0b' | b'\x0c'));
    let digits = year
        .skip_while(|&&b| b == b'+')
        .take_while(|b| b.is_ascii_digit());
    digits.fold(0u32, |sum, b| {
        sum.saturating_mul(10).saturating_add(u32::from(b - b'0'))
    }) > 90
}

/// The length up to the next envelope line.
fn uncounted_length(body: &[u8], first_is_text: bool) -> usize {
    let mut length = 0;
    for line in lines(body) {
        if is_envelope(line) && !(first_is_text && length == 0) {
            break;
        }
        length += line.len();
    }
    length
}

/// The length from the mail's `Content-Length:`, if a mail or the end of the file follows there.
fn counted_length(body: &[u8]) -> Option<usize> {
    let mut cursor = LineCursor::new(body);
    let mut count = None;
    loop {
        match cursor.next_header() {
            HeaderLine::Header(header) if header.starts_with(b"From ") => return None,
            HeaderLine::Header(header) => {
                if let Some(value) = value_of(&header, "Content-Length") {
                    count = std::str::from_utf8(value)
                        .ok()
                        .and_then(|digits| digits.trim().parse::<usize>().ok());
                }
            }
            HeaderLine::End(line) if line == b"\n" => break,
            _ => return None,
        }
    }
    let text = cursor.rest();
    let behind = text.get(count?..)?;
    let gap = behind
        .iter()
        .take(MAX_BLANK_GAP)
        .take_while(|&&b| is_space(b))
        .count();
    let follows = gap == behind.len() || is_envelope(first_line(&behind[gap..]));
    let at_line =
        behind.is_empty() || behind.starts_with(b"\n") || behind.starts_with(b"\r\n") || gap == 0;
    (follows && at_line).then(|| body.len() - behind.len() + gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(file: &str) -> Vec<String> {
        split(file.as_bytes())
            .map(|piece| String::from_utf8_lossy(&piece.unquoted()).into_owned())
            .collect()
    }

    const LINE: &str = "From a@example.com Tue Jan  2 10:20:30 2024\n";

    #[test]
    fn mails_begin_at_envelope_lines() {
        assert_eq!(
            cut(&format!("{LINE}A: 1\n\nx\n{LINE}B: 2\n\nFrom me\n")),
            ["A: 1\n\nx\n", "B: 2\n\nFrom me\n"]
        );
        assert_eq!(
            cut(&format!("\n\nA: 1\n\nx\n{LINE}B: 2\n")),
            ["A: 1\n\nx\n", "B: 2\n"]
        );
        assert_eq!(cut("").len(), 0);
    }

    #[test]
    fn quoting_is_undone_once_but_not_in_what_git_wrote() {
        assert_eq!(
            cut(&format!("{LINE}A: 1\n\n>From x\n>>From y\n> From z\n")),
            ["A: 1\n\nFrom x\n>From y\n> From z\n"]
        );
        let own = format!(
            "From {} Mon Sep 17 00:00:00 2001\nA: 1\n\n>From x\n",
            "0".repeat(40)
        );
        assert_eq!(cut(&own), ["A: 1\n\n>From x\n"]);
    }

    #[test]
    fn a_length_that_is_right_is_believed() {
        let body = format!("a\n{LINE}b\n");
        let file = format!(
            "{LINE}Content-Length: {}\n\n{body}\n{LINE}B: 2\n\ny\n",
            body.len()
        );
        assert_eq!(cut(&file).len(), 2);
        assert_eq!(cut(&file.replace("Length: ", "Length: 9")).len(), 3);
    }
}
