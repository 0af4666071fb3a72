// SPDX-License-Identifier: GPL-2.0-or-later
//! Extracts the parts of a commit from a mail: author, date, subject, text and patch, byte for byte as
//! `git mailinfo` does.
//!
//! There is one improvement over git: if a mailing list has rewritten the `From:`
//! (`Name via List <list@...>`) and there is no `From:` at the top of the text, the author is the
//! person in `X-Original-From:` or `Reply-To:`; git makes the list the author.

use super::body::{MailRefusal, walk};
use super::charset::repaired;
use super::ident::{author, committed, squeezed};
use super::lines::{LineCursor, is_space, trim, until_nul, without_cr};
use super::log::MailSections;
use crate::error::{Error, Result};
use crate::series::Person;
use crate::tags::stripspace::stripspace;
use memchr::{memchr, memmem};

/// Options for reading a mail; the defaults are those of `git am` without options and configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailinfoOptions {
    /// Whether to drop the text above a scissors line (`--scissors`).
    pub scissors: bool,
    /// Whether to keep the CR of lines that end in CRLF (`--keep-cr`).
    pub keep_cr: bool,
    /// Whether to keep brackets in the subject that do not contain `PATCH` (`-b`, `--keep-non-patch`).
    pub keep_non_patch_brackets: bool,
    /// Whether to keep the subject unchanged (`-k`, `--keep`).
    pub keep_subject: bool,
    /// Whether to add the `Message-ID:` to the text (`--message-id`).
    pub message_id: bool,
    /// Whether `From:`, `Subject:` and `Date:` at the top of the text override the mail's own headers.
    pub in_body_headers: bool,
}

impl Default for MailinfoOptions {
    fn default() -> Self {
        MailinfoOptions {
            scissors: false,
            keep_cr: false,
            keep_non_patch_brackets: false,
            keep_subject: false,
            message_id: false,
            in_body_headers: true,
        }
    }
}

/// The parts of a commit in a mail.
///
/// Header bytes that are not UTF-8 are read as Latin-1, as git does when it commits; text and patch are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailInfo {
    /// The name and address as `git mailinfo` prints them.
    pub author: Option<Person>,
    /// Whether the author is the person behind a mailing list's address, where git would name the list.
    pub author_restored: bool,
    /// The `Date:` unchanged, except that blanks are squeezed.
    pub date: Option<String>,
    /// The subject, without `Re:` and brackets.
    pub subject: Option<String>,
    /// The text above the patch.
    pub message: Vec<u8>,
    /// The patch, from its first line.
    pub diff: Vec<u8>,
}

impl MailInfo {
    /// The commit message as `git am` creates it: subject, an empty line and the text, without
    /// superfluous white space.
    ///
    /// It is empty or ends in a newline.
    pub fn commit_message(&self) -> Vec<u8> {
        let mut text = self.subject.clone().unwrap_or_default().into_bytes();
        text.extend_from_slice(b"\n\n");
        text.extend_from_slice(&self.message);
        repaired(&stripspace(&text)).into_bytes()
    }

    /// The author as `git am` writes it into the commit: name and address without brackets and outer punctuation.
    pub fn committed_author(&self) -> Option<Person> {
        self.author.as_ref().map(committed)
    }
}

/// Parses a mail.
///
/// # Errors
/// If git refuses the mail: it is empty, an encoded word in a header is broken, the text is invalid in
/// its charset, or multiparts are nested too deeply.
pub fn mailinfo(raw: &[u8], options: &MailinfoOptions) -> Result<MailInfo> {
    let text = if options.keep_cr {
        raw.into()
    } else {
        without_cr(raw)
    };
    let lines = LineCursor::behind_space(&text).ok_or_else(|| Error::new("the mail is empty"))?;
    let mut log = MailSections::new(options);
    walk(lines, &mut log)
        .and_then(|()| log.finish())
        .map_err(refused)?;

    let in_body = !log.diff.is_empty();
    let [from, subject, date] = [0, 1, 2].map(|at| {
        let above = log.in_body[at].take().filter(|_| in_body);
        let is_in_body = above.is_some();
        above
            .or(log.fields[at].take())
            .map(|value| (value, is_in_body))
    });
    if [&from, &subject, &date]
        .into_iter()
        .flatten()
        .any(|(value, _)| value.contains(&0))
    {
        return Err(refused(MailRefusal("a header holds a NUL".to_owned())));
    }
    let mut info = MailInfo {
        author: from
            .as_ref()
            .and_then(|(value, _)| author(value))
            .filter(|person| *person != Person::default()),
        author_restored: false,
        date: date.map(|(value, _)| repaired(&squeezed(&value))),
        subject: subject.map(|(value, _)| repaired(&printed_subject(&value, options))),
        message: log.message,
        diff: log.diff,
    };
    if from.is_some_and(|(_, is_in_body)| !is_in_body)
        && let Some(person) = super::header::munging(raw).person()
    {
        info.author = Some(person);
        info.author_restored = true;
    }
    Ok(info)
}

fn refused(why: MailRefusal) -> Error {
    Error::new("git cannot read the mail").with_cause(why.0)
}

/// The subject as written into the commit.
fn printed_subject(subject: &[u8], options: &MailinfoOptions) -> Vec<u8> {
    if options.keep_subject {
        return until_nul(subject).to_vec();
    }
    squeezed(trim(&without_prefixes(
        subject,
        options.keep_non_patch_brackets,
    )))
}

/// Removes `Re:`, colons, blanks and brackets from the start of the subject.
fn without_prefixes(subject: &[u8], keep_non_patch: bool) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = subject;
    loop {
        rest = match rest {
            [b'r' | b'R', b'e' | b'E', b':', _, ..] => &rest[3..],
            [b' ' | b'\t' | b':', tail @ ..] => tail,
            [b'[', ..] => {
                let Some(close) = memchr(b']', rest) else {
                    break;
                };
                let (bracket, tail) = rest.split_at(close + 1);
                if !keep_non_patch
                    || (bracket.len() >= 7 && memmem::find(bracket, b"PATCH").is_some())
                {
                    tail
                } else {
                    kept.extend_from_slice(bracket);
                    let space = tail.first().filter(|&&b| is_space(b));
                    kept.extend(space);
                    &tail[usize::from(space.is_some())..]
                }
            }
            _ => break,
        };
    }
    kept.extend_from_slice(rest);
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn subjects_are_cleaned_as_git_cleans_them() {
        let clean = |text: &str| {
            String::from_utf8_lossy(&printed_subject(
                text.as_bytes(),
                &MailinfoOptions::default(),
            ))
            .into_owned()
        };
        assert_eq!(clean("Re: [PATCH v2 1/3] [foo] bar:  baz "), "bar: baz");
        assert_eq!(clean("re:[x"), "[x");
        assert_eq!(clean("[PATCH] Re:"), "Re:");
        let keep = MailinfoOptions {
            keep_non_patch_brackets: true,
            ..MailinfoOptions::default()
        };
        assert_eq!(
            printed_subject(b"[PATCH 1/2] [foo] [bar]x", &keep),
            b"[foo] [bar]x"
        );
    }

    #[test]
    fn a_commit_is_made_of_the_mail() {
        let mail = b"From: A U Thor <a@example.com>\nDate: Mon, 1 Jan 2024 10:00:00 +0100\nSubject: [PATCH] x: Y\n\n\
            Why.  \n\n\n\nSigned-off-by: A\n---\n x | 1 +\n\ndiff --git a/x b/x\n";
        let info = mailinfo(mail, &MailinfoOptions::default()).unwrap();
        assert_eq!(info.commit_message(), b"x: Y\n\nWhy.\n\nSigned-off-by: A\n");
        assert_eq!(info.diff, b"---\n x | 1 +\n\ndiff --git a/x b/x\n");
        assert_eq!(info.author.unwrap().to_string(), "A U Thor <a@example.com>");
    }

    #[test]
    fn the_person_behind_a_list_is_the_author() {
        let mail = b"From: A via List <list@example.org>\nList-Id: The list <list.example.org>\n\
            Reply-To: A <a@example.com>\nSubject: x\n\n---\ndiff --git a/x b/x\n";
        let info = mailinfo(mail, &MailinfoOptions::default()).unwrap();
        assert_eq!(
            (info.author.unwrap().email.as_str(), info.author_restored),
            ("a@example.com", true)
        );
    }
}
