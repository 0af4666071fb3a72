// SPDX-License-Identifier: GPL-2.0-or-later
//! Trailers that reviewers have given, written into a message.

use crate::tags::scan::{Line, Part, scan};

/// Adds lines such as `Reviewed-by: ...` below the first trailers of a message, or as a last paragraph where it has none.
/// The result has no newline at its end, as with patman, which passes the lines sorted.
pub fn add_trailers(message: &[u8], new: &[String]) -> Vec<u8> {
    let lines = scan(message.trim_ascii_end());
    let is_block = |line: &Line<'_>| is_trailer(line);
    let begin = lines.iter().position(is_block);
    let end = begin.map(|begin| begin + lines[begin..].iter().take_while(|line| is_block(line)).count());
    let mut out: Vec<&[u8]> = lines.iter().map(|line| line.text).collect();
    let at = end.unwrap_or(out.len());
    if begin.is_none() {
        out.push(b"");
    }
    let at = if begin.is_none() { at + 1 } else { at };
    out.splice(at..at, new.iter().map(String::as_bytes));
    out.join(&b"\n"[..])
}

/// Whether patman counts a line to the trailers that it adds to.
fn is_trailer(line: &Line<'_>) -> bool {
    match line.part {
        Part::Subject => false,
        Part::Trailer { .. } | Part::SignOff { .. } => true,
        _ => line.text.starts_with(b"Patch-cc: "),
    }
}
