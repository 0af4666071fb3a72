// SPDX-License-Identifier: GPL-2.0-or-later
//! Rebuilds mails from the data that Patchwork stores: headers, text and diff.
//!
//! Patchwork splits a mail into text and diff line by line, and goes wrong after a binary change that
//! is followed by another change: index lines, modes and whole binary changes end up in the text, and
//! the rest applies to a wrong tree. [`is_torn`] detects such a patch, which must be fetched from
//! elsewhere.
//!
//! A patch changes bytes, but Patchwork stores text: the charset of the mail is used to restore the
//! bytes. A file with the CRLF line ends of mail was sent as base64 or quoted-printable, and the
//! rebuilt mail must be encoded too to preserve them.

use super::answer::{PersonAnswer, ProjectAnswer, Submission};
use crate::mail::from_utf8;
use crate::mail::sender::address;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Headers about the encoding of the original mail, which the rebuilt mail does not have.
const OF_THE_FORM: [&str; 6] = [
    "content-type",
    "content-transfer-encoding",
    "mime-version",
    "content-length",
    "content-disposition",
    "lines",
];

/// The parts of a mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct MailParts<'a> {
    pub headers: Option<&'a Map<String, Value>>,
    /// Patchwork's `msgid`, which takes precedence.
    pub message_id: Option<&'a str>,
    /// When it was sent, in UTC.
    pub date: Option<&'a str>,
    /// The sender, whom Patchwork knows even if a mailing list has put its own address there.
    pub submitter: Option<&'a PersonAnswer>,
    pub project: Option<&'a ProjectAnswer>,
    pub content: Option<&'a str>,
    pub diff: Option<&'a str>,
}

impl<'a> MailParts<'a> {
    /// The parts of a patch or cover letter.
    pub fn of(one: &'a Submission) -> MailParts<'a> {
        MailParts {
            headers: one.headers.as_ref(),
            message_id: one.msgid.as_deref(),
            date: one.date.as_deref(),
            submitter: one.submitter.as_ref(),
            project: one.project.as_ref(),
            content: one.content.as_deref(),
            diff: one.diff.as_deref(),
        }
    }

    /// The rebuilt mail.
    pub fn mail(&self) -> Vec<u8> {
        let mut mail = String::new();
        if let Some(id) = self.message_id.map(one_line).filter(|id| !id.is_empty()) {
            header(
                &mut mail,
                "Message-ID",
                &if id.starts_with('<') {
                    id
                } else {
                    format!("<{id}>")
                },
            );
        }
        self.write_from(&mut mail);
        let mut has_date = false;
        for (name, value) in self.headers.into_iter().flatten() {
            let lower = name.to_ascii_lowercase();
            let is_ours = lower == "message-id" && self.message_id.is_some() || lower == "from";
            if is_ours || OF_THE_FORM.contains(&lower.as_str()) || !is_name(name) {
                continue;
            }
            has_date |= lower == "date";
            values(value).for_each(|value| header(&mut mail, name, value));
        }
        if let Some(date) = self.date.filter(|_| !has_date) {
            header(
                &mut mail,
                "Date",
                &format!("{} +0000", date.replace('T', " ")),
            );
        }
        let body = self.body();
        let (charset, mut bytes) = match self
            .charset()
            .and_then(|name| Some((name, from_utf8(&body, name.as_bytes())?)))
        {
            Some((name, bytes)) => (name, bytes),
            None => ("utf-8", body.into_bytes()),
        };
        let mut encoding = "8bit";
        if self.has_own_crlf() {
            encoding = "quoted-printable";
            bytes = quoted_printable(&bytes);
        }
        header(&mut mail, "MIME-Version", "1.0");
        header(
            &mut mail,
            "Content-Type",
            &format!("text/plain; charset={charset}"),
        );
        header(&mut mail, "Content-Transfer-Encoding", encoding);
        mail.push('\n');
        let mut mail = mail.into_bytes();
        mail.append(&mut bytes);
        mail
    }

    /// The charset of the mail, if it was a single text.
    fn charset(&self) -> Option<&'a str> {
        let kind = |(name, _): &(&String, &Value)| name.eq_ignore_ascii_case("content-type");
        let value = values(self.headers?.iter().find(kind)?.1).next()?;
        let lower = value.to_ascii_lowercase();
        let at = lower
            .find("charset=")
            .filter(|_| lower.trim_start().starts_with("text/"))?;
        let name = value[at + "charset=".len()..].trim_start_matches('"');
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        Some(&name[..name.find(|c| !is_part(c)).unwrap_or(name.len())])
            .filter(|name| !name.is_empty())
    }

    /// Whether lines of the diff end in CRLF, but the lines between them, which belong to no file, do not.
    fn has_own_crlf(&self) -> bool {
        let diff = self.diff.unwrap_or_default();
        let is_between = |line: &&str| line.starts_with("diff --git ") || line.starts_with("@@ -");
        diff.contains("\r\n")
            && !diff
                .split('\n')
                .filter(is_between)
                .any(|line| line.ends_with('\r'))
    }

    /// Writes the `From:` as it was sent, or the sender if a mailing list has put its own address there.
    fn write_from(&self, mail: &mut String) {
        let from = self.headers.and_then(|all| {
            all.iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("from"))
        });
        let from = from
            .and_then(|(_, value)| values(value).next())
            .map(one_line);
        let list = self
            .project
            .and_then(|project| project.list_email.as_deref())
            .unwrap_or_default();
        let is_list = |from: &str| address(from).is_some_and(|it| it.eq_ignore_ascii_case(list));
        match (
            from,
            self.submitter
                .map(PersonAnswer::person)
                .filter(|person| !person.email.is_empty()),
        ) {
            (Some(from), Some(person)) if is_list(&from) => {
                header(mail, "From", &written(&person));
                header(mail, "X-Patchwork-Original-From", &from);
            }
            (Some(from), _) => header(mail, "From", &from),
            (None, Some(person)) => header(mail, "From", &written(&person)),
            (None, None) => {}
        }
    }

    /// The text and the diff, with a `---` line between them.
    ///
    /// Without that line, the signature of the mail, which Patchwork has moved before the diff, would
    /// become part of the commit message.
    fn body(&self) -> String {
        let content = self.content.unwrap_or_default().trim();
        let Some(diff) = self.diff.filter(|diff| !diff.trim().is_empty()) else {
            return format!("{content}\n");
        };
        let mut text = String::with_capacity(content.len() + diff.len() + 8);
        let mut is_behind = false;
        for line in content.lines() {
            if !is_behind && line.trim_end() == "--" {
                text.push_str("---\n");
                is_behind = true;
            }
            is_behind |= line.trim_end() == "---";
            text.push_str(line);
            text.push('\n');
        }
        if !is_behind {
            text.push_str("---\n");
        }
        text.push('\n');
        text.push_str(diff);
        if !diff.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

/// Whether Patchwork has torn a patch apart: a binary change is not its last, or parts of one are in the text.
pub(super) fn is_torn(content: &str, diff: &str) -> bool {
    let is_binary = |line: &str| line.starts_with("GIT binary patch");
    let mut seen = false;
    for line in diff.lines() {
        if seen && line.starts_with("diff ") {
            return true;
        }
        seen |= is_binary(line);
    }
    content.lines().any(is_binary)
        || seen && content.lines().any(|line| line.starts_with("diff --git "))
}

/// Encodes the bytes as quoted-printable, so that every reader decodes the same bytes.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for (at, &byte) in bytes.iter().enumerate() {
        let is_last = bytes.get(at + 1).is_none_or(|&next| next == b'\n');
        match byte {
            b'=' | b'\r' | 0x80.. => out.extend(format!("={byte:02X}").bytes()),
            b' ' | b'\t' if is_last => out.extend(format!("={byte:02X}").bytes()),
            _ => out.push(byte),
        }
    }
    out
}

fn header(mail: &mut String, name: &str, value: &str) {
    // A further line of a value continues the value: it must not start a header of its own.
    let lines: Vec<&str> = value
        .split(['\r', '\n'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    // Writing to a string cannot fail.
    writeln!(mail, "{name}: {}", lines.join("\n ")).unwrap_or_default();
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}

/// The values of a header: a string, or a list of strings if the header occurs more than once.
fn values(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str().into_iter();
    one.chain(
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str),
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn written(person: &crate::series::Person) -> String {
    let name = one_line(&person.name).replace(['"', '\\'], "");
    let is_plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || " -'_".contains(c));
    let email = person
        .email
        .replace(|c: char| c.is_whitespace() || "<>".contains(c), "");
    if is_plain {
        format!("{name} <{email}>")
    } else {
        format!("\"{name}\" <{email}>")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use crate::mail::Message;
    use crate::mail::mailinfo::{MailinfoOptions, mailinfo};

    fn built(answer: &str) -> Message {
        let one: Submission = serde_json::from_str(answer).unwrap();
        Message::new(MailParts::of(&one).mail(), "x".to_owned())
    }

    const DIFF: &str = "diff --git a/x b/x\\n--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-a\\n+b\\n";

    #[test]
    fn a_mail_is_built_of_headers_text_and_diff() {
        let mail = built(&format!(
            r#"{{"id": 1, "msgid": "<a@x>", "headers": {{"Subject": "[PATCH v2\n 1/2] =?utf-8?q?=C3=A4?=", "From": "A <a@x>",
            "Message-Id": "<other@x>", "Received": ["one", "two"], "Content-Type": "multipart/mixed; boundary=x",
            "X-Odd": "a\n\nInjected: b", "Bad Name": "x", "Date": "Thu, 1 Jan 2026 00:00:00 +0100"}},
            "content": "ä text\n\nSigned-off-by: A <a@x>\n---\n x | 2 +-\n-- \n2.47", "diff": "{DIFF}"}}"#
        ));
        assert_eq!(mail.message_id().unwrap().to_string(), "a@x");
        assert_eq!(mail.subject().title, "ä");
        assert_eq!(mail.headers("Received"), ["one", "two"]);
        assert_eq!(mail.header("Injected"), None);
        let info = mailinfo(mail.raw(), &MailinfoOptions::default()).unwrap();
        assert_eq!(
            String::from_utf8(info.commit_message()).unwrap(),
            "ä\n\nä text\n\nSigned-off-by: A <a@x>\n"
        );
        assert!(String::from_utf8(info.diff).unwrap().contains("\n-a\n+b\n"));
        assert_eq!(mail.date().unwrap().offset_minutes, 60);
    }

    #[test]
    fn a_patch_gets_the_bytes_of_its_charset_back() {
        let mail = built(
            r#"{"id": 1, "headers": {"Subject": "x", "content-type": "text/plain; charset=\"ISO-8859-1\""},
            "content": "Schön", "diff": "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-ä\n+ö\n"}"#,
        );
        let info = mailinfo(mail.raw(), &MailinfoOptions::default()).unwrap();
        assert_eq!(
            String::from_utf8(info.commit_message()).unwrap(),
            "x\n\nSchön\n"
        );
        assert!(
            info.diff.ends_with(b"\n-\xe4\n+\xf6\n"),
            "{:?}",
            String::from_utf8_lossy(&info.diff)
        );
        // Characters that the charset does not have, for example because the header is wrong, are left unchanged.
        let mail = built(
            r#"{"id": 1, "headers": {"Content-Type": "text/plain; charset=ascii"}, "content": "Schön"}"#,
        );
        assert!(mail.raw().ends_with("8bit\n\nSchön\n".as_bytes()));
    }

    #[test]
    fn a_file_keeps_the_line_ends_of_mail_and_a_mail_does_not() {
        let diff = "diff --git a/x b/x\r\n--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n-a=3D\r\n+b \r\n";
        let of = |diff: &str| {
            let answer =
                serde_json::json!({"id": 1, "headers": {"Subject": "x"}, "diff": diff}).to_string();
            mailinfo(built(&answer).raw(), &MailinfoOptions::default())
                .unwrap()
                .diff
        };
        assert!(of(diff).ends_with(b"@@ -1 +1 @@\n-a=3D\n+b \n"));
        let own = diff.replace("@@\r", "@@").replace("/x\r", "/x");
        assert!(of(&own).ends_with(b"@@ -1 +1 @@\n-a=3D\r\n+b \r\n"));
    }

    #[test]
    fn a_signature_does_not_become_a_part_of_the_message() {
        let mail = built(&format!(
            r#"{{"id": 1, "headers": {{"Subject": "x"}}, "content": "why\n-- \n2.47", "diff": "{DIFF}"}}"#
        ));
        let info = mailinfo(mail.raw(), &MailinfoOptions::default()).unwrap();
        assert_eq!(
            String::from_utf8(info.commit_message()).unwrap(),
            "x\n\nwhy\n"
        );
    }

    #[test]
    fn the_sender_is_put_back_where_the_list_stands() {
        let mail = built(
            r#"{"id": 1, "headers": {"From": "B via L <l@list.org>"}, "submitter": {"name": "Doe, B", "email": "b@x"},
            "project": {"list_email": "l@list.org"}, "date": "2026-01-02T03:04:05", "content": null}"#,
        );
        assert_eq!(mail.header("From").unwrap(), "\"Doe, B\" <b@x>");
        assert_eq!(mail.date().unwrap().seconds, 1_767_323_045);
    }

    #[test]
    fn a_patch_that_goes_on_behind_a_binary_change_is_torn() {
        let binary = "diff --git a/i b/i\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIc\n\n";
        assert!(!is_torn(
            "text",
            &format!("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n{binary}")
        ));
        assert!(is_torn(
            "text",
            &format!("{binary}diff --git a/z b/z\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n-a\n+b\n")
        ));
        assert!(is_torn(
            "text\nindex 1..2\nGIT binary patch\nliteral 1\n",
            binary
        ));
    }
}
