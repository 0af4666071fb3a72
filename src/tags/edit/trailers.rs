// SPDX-License-Identifier: GPL-2.0-or-later
//! Trailers that reviewers have given, written into a message.

use super::line_end;
use crate::tags::scan::{Line, Part, scan};

/// Adds lines such as `Reviewed-by: ...` below the first trailers of a message; where it has none, as a last paragraph, above
/// the `---` if there is one. The result has no newline at its end, as with patman, which passes the lines sorted.
pub fn add_trailers(message: &[u8], new: &[String]) -> Vec<u8> {
    let end = line_end(message);
    let lines = scan(message.trim_ascii_end());
    let mut out: Vec<&[u8]> = lines.iter().map(|line| line.text).collect();
    let new = new.iter().map(String::as_bytes);
    match lines.iter().position(is_trailer) {
        Some(begin) => {
            let at = begin + lines[begin..].iter().take_while(|line| is_trailer(line)).count();
            out.splice(at..at, new);
        }
        None => match lines.iter().position(|line| line.part == Part::Cut) {
            Some(cut) => {
                let blank = out[..cut].last().is_some_and(|line| !line.is_empty()).then_some(&b""[..]);
                out.splice(cut..cut, blank.into_iter().chain(new));
            }
            None => out.extend([&b""[..]].into_iter().chain(new)),
        },
    }
    out.join(end)
}

/// Whether patman counts a line to the trailers that it adds to.
fn is_trailer(line: &Line<'_>) -> bool {
    match line.part {
        Part::Subject => false,
        Part::Trailer { .. } | Part::SignOff { .. } => true,
        _ => line.text.starts_with(b"Patch-cc: "),
    }
}
