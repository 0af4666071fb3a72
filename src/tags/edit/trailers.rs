// SPDX-License-Identifier: GPL-2.0-or-later
//! Where trailers that reviewers have given go in a message that also holds tags.
//!
//! The tags, such as `Series-changes:` with the lines below it, are taken out before a patch is mailed. A trailer stands where
//! `git interpret-trailers` would put it in what is mailed, so that none gets into a list of changes or behind a Change-Id.
//! Sections go on to their `END` here, whatever stands in them: to the reader (`scan.rs`), as to patman, a sign-off ends one,
//! and what is left of a cover letter would be the last paragraph of the message.

use crate::mail::commit_trailers::has_block;

/// Tags with lines below them, up to a line `END`.
const TO_END: [&str; 3] = ["cover-letter:", "commit-notes:", "series-notes:"];

/// Tags with lines below them, up to an empty line.
const TO_BLANK: [&str; 3] = ["series-changes:", "commit-changes:", "cover-changes:"];

/// Beginnings of other tags of a line.
const LINES: [&str; 5] = ["series-", "commit-", "cover-", "patch-cc:", "change-id:"];

/// Adds lines such as `Reviewed-by: ...` to the trailers of a message, as its last; where it has none, as a paragraph below
/// the text. The result ends in a newline.
pub fn add_trailers(message: &[u8], new: &[Vec<u8>]) -> Vec<u8> {
    let lines: Vec<&[u8]> = message.trim_ascii_end().split(|&c| c == b'\n').collect();
    let is_tag = tags(&lines);
    let kept: Vec<usize> = (0..lines.len()).filter(|&at| !is_tag[at]).collect();
    let mailed: Vec<u8> = kept.iter().flat_map(|&at| [lines[at], b"\n"].concat()).collect();
    let last = kept.iter().rev().copied().find(|&at| !lines[at].trim_ascii().is_empty());
    // A subject that is all there is, or nothing but tags.
    let end = last.map_or(lines.len(), |at| at + 1);
    let mut out: Vec<&[u8]> = lines[..end].to_vec();
    let is_begun = !has_block(&mailed);
    if is_begun {
        out.push(b"");
    }
    out.extend(new.iter().map(Vec::as_slice));
    let rest = &lines[end..];
    if is_begun && rest.first().is_some_and(|line| !line.trim_ascii().is_empty()) {
        out.push(b"");
    }
    out.extend(rest);
    let mut bytes = out.join(&b"\n"[..]);
    bytes.push(b'\n');
    bytes
}

/// Which lines are tags of patman's, or belong to one.
fn tags(lines: &[&[u8]]) -> Vec<bool> {
    let mut until: Option<&[u8]> = None;
    let mut is_tag = |at: usize, line: &[u8]| {
        let text = String::from_utf8_lossy(line).to_lowercase();
        if let Some(end) = until {
            let ends = match end {
                b"" => line.trim_ascii().is_empty(),
                end => line.trim_ascii_end() == end,
            };
            if ends {
                until = None;
            }
            // An empty line belongs to the message.
            return !(ends && end.is_empty());
        }
        let begins = |names: &[&str]| names.iter().any(|name| text.starts_with(name));
        let word = text.split(':').next().unwrap_or_default();
        let is_word = text.contains(':') && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        // The subject is none, whatever it looks like.
        if at == 0 || !is_word || !begins(&LINES) {
            return false;
        }
        if begins(&TO_END) {
            until = Some(b"END");
        } else if begins(&TO_BLANK) {
            until = Some(b"");
        }
        true
    };
    lines.iter().enumerate().map(|(at, line)| is_tag(at, line)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::mail::commit_trailers::add;

    const TAG: &str = "Reviewed-by: Bea <bea@x>";

    fn placed(message: &str) -> String {
        String::from_utf8(add_trailers(message.as_bytes(), &[TAG.into()])).unwrap()
    }

    #[test]
    fn trailers_stay_out_of_the_tags_of_patman() {
        let sign = "a: B\n\nBody.\n\nSigned-off-by: A <a@x>\n";
        for behind in [
            "",
            "\nChange-Id: I1\nSeries-links: 1:110\n",
            "Series-changes: 2\n- Fix it\n",
            "\nSeries-changes: 2\n- Fix it\n\nCommit-notes:\nSigned-off-by: No <n@x>\nEND\n",
            "\nCover-letter:\nTitle\n\nSigned-off-by: No <n@x>\nEND\nSeries-to: u-boot\n",
        ] {
            assert_eq!(placed(&format!("{sign}{behind}")), format!("{sign}{TAG}\n{behind}"));
        }
    }

    #[test]
    fn a_block_is_begun_where_there_is_none() {
        assert_eq!(placed("a: B\n"), format!("a: B\n\n{TAG}\n"));
        assert_eq!(placed("a: B\n\nBody.\n"), format!("a: B\n\nBody.\n\n{TAG}\n"));
        assert_eq!(placed("a: B\n\nBody.\n\nSeries-to: x\n"), format!("a: B\n\nBody.\n\n{TAG}\n\nSeries-to: x\n"));
        assert_eq!(placed("a: B\n\nBody.\nSeries-to: x\n"), format!("a: B\n\nBody.\n\n{TAG}\n\nSeries-to: x\n"));
        assert_eq!(placed("Commit-x: B\n"), format!("Commit-x: B\n\n{TAG}\n"));
    }

    #[test]
    fn without_tags_it_is_where_git_puts_it() {
        for message in [
            "x: Y\n\nText.\n\nSigned-off-by: A <a@b>\n[a: note]\nAcked-by: C <c@d>\n",
            "x: Y\n\nText.\n\nFixes: 1234\n\nLink: https://x\n",
            "x: Y\n\nNote: this is not\na trailer\n",
        ] {
            assert_eq!(placed(message).as_bytes(), add(message.as_bytes(), &[TAG.into()], ""));
        }
    }

    #[test]
    fn what_is_added_to_once_more_comes_behind() {
        let once = add_trailers(b"a: B\n\nSigned-off-by: A <a@x>\n\nChange-Id: I1\n", &[TAG.into()]);
        let twice = add_trailers(&once, &["Acked-by: C <c@x>".into()]);
        let wanted = format!("a: B\n\nSigned-off-by: A <a@x>\n{TAG}\nAcked-by: C <c@x>\n\nChange-Id: I1\n");
        assert_eq!(String::from_utf8(twice).unwrap(), wanted);
    }
}
