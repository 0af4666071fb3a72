// SPDX-License-Identifier: GPL-2.0-or-later
//! A message with the tags taken out, as it is mailed.
//!
//! What stood in different paragraphs stays in different paragraphs, with one empty line between; where nothing was taken
//! out, empty lines stay as they are. A sign-off stays once.

use super::scan::{LineKind, MessageLine};
use std::collections::HashSet;

/// The message that is left; it ends in a newline unless nothing is left. A `Tested-by` of `me` goes.
pub(super) fn cleaned(lines: &[MessageLine<'_>], me: Option<&str>) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(lines.iter().map(|line| line.raw.len()).sum());
    let mut signed: HashSet<&[u8]> = HashSet::new();
    let (mut blanks, mut is_gap, mut is_below_subject) = (0, false, false);
    for line in lines {
        match line.part {
            LineKind::Blank => blanks += 1,
            LineKind::ChangeBlank => (blanks, is_gap) = (blanks + 1, true),
            part if part.is_removed() || is_own_test(&part, me) => is_gap = true,
            LineKind::SignOff { value } if !signed.insert(value) => is_gap = true,
            part => {
                let is_glued = is_below_subject && part != LineKind::Subject;
                let between = if is_glued && blanks == 0 || is_gap && blanks > 0 {
                    1
                } else {
                    blanks
                };
                out.extend(std::iter::repeat_n(
                    b'\n',
                    if out.is_empty() { 0 } else { between },
                ));
                out.extend_from_slice(line.text);
                out.push(b'\n');
                is_below_subject = part == LineKind::Subject;
                (blanks, is_gap) = (0, false);
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether it says that the author has tested his own patch.
pub(super) fn is_own_test(part: &LineKind<'_>, me: Option<&str>) -> bool {
    let LineKind::Trailer {
        name: "Tested-by",
        value,
    } = part
    else {
        return false;
    };
    me.is_some_and(|me| !me.is_empty() && memchr::memmem::find(value, me.as_bytes()).is_some())
}
