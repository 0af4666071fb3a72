// SPDX-License-Identifier: GPL-2.0-or-later
//! The text of a mail for people, and whether it contains a patch.

use super::body::{MailRefusal, MimePart, Sink, walk};
use super::charset;
use super::lines::{LineCursor, value_of, without_cr};
use super::mailinfo::{MailinfoOptions, mailinfo};

/// The plain text of a mail, decoded, or that of its other parts if there is none. Damage is ignored.
pub(super) fn text(raw: &[u8]) -> String {
    let mut text = TextPart::default();
    let raw = without_cr(raw);
    if let Some(lines) = LineCursor::behind_space(&raw) {
        // The text before the damage is shown.
        drop(walk(lines, &mut text));
    }
    if text.plain.trim().is_empty() {
        text.other
    } else {
        text.plain
    }
}

/// Whether a mail contains a patch that can be applied.
pub(super) fn has_diff(raw: &[u8]) -> bool {
    match mailinfo(raw, &MailinfoOptions::default()) {
        Ok(info) => is_diff(&info.diff),
        Err(_) => is_diff(text(raw).as_bytes()),
    }
}

/// Whether the text contains the header of a file's diff, in git's format or any other.
fn is_diff(text: &[u8]) -> bool {
    let mut old_name = false;
    let mut lines = LineCursor::new(text);
    while let Some(line) = lines.next_line() {
        if line.starts_with(b"diff --git ") || (old_name && line.starts_with(b"+++ ")) {
            return true;
        }
        old_name = line.starts_with(b"--- ");
    }
    false
}

#[derive(Debug, Default)]
struct TextPart {
    plain: String,
    other: String,
}

impl Sink for TextPart {
    fn header(&mut self, _header: &[u8], _top: bool) -> Result<(), MailRefusal> {
        Ok(())
    }

    fn mime_value(&self, header: &[u8], name: &str) -> Result<Option<Vec<u8>>, MailRefusal> {
        Ok(value_of(header, name).map(<[u8]>::to_vec))
    }

    fn line(&mut self, line: &[u8], part: &MimePart) -> Result<(), MailRefusal> {
        let kind = part.content_type.to_ascii_lowercase();
        let is_plain = kind.is_empty()
            || kind.starts_with(b"multipart/")
            || (kind.starts_with(b"text/") && !kind.starts_with(b"text/html"));
        let text = if is_plain {
            &mut self.plain
        } else {
            &mut self.other
        };
        text.push_str(&charset::readable(line, &part.charset));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_the_plain_part() {
        let raw = b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\nna=EFve\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n";
        assert_eq!(text(raw).trim_end(), "na\u{ef}ve");
    }

    #[test]
    fn patches_are_told_from_text() {
        assert!(has_diff(
            b"Subject: x\n\n---\ndiff --git a/x b/x\nnew file mode 100644\n"
        ));
        assert!(has_diff(b"Subject: x\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n"));
        assert!(!has_diff(b"Subject: x\n\n---\n x | 1 +\n"));
        assert!(!has_diff(b"Subject: x\n\n> diff --git a/x b/x\n"));
        assert!(has_diff(b"Subject: =?broken\n\n--- a/x\n+++ b/x\n"));
    }
}
