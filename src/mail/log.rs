// SPDX-License-Identifier: GPL-2.0-or-later
//! Splits the text of a mail from its patch, and reads the headers at the top of the text.

use super::body::{MailRefusal, MimePart, Sink};
use super::charset;
use super::encoded_word;
use super::lines::{is_space, until_nul, value_of};
use super::mailinfo::MailinfoOptions;

/// The headers that a commit needs, in the order of [`Fields`].
const NAMES: [&str; 3] = ["From", "Subject", "Date"];

/// The decoded values of `From`, `Subject` and `Date`.
pub(super) type Fields = [Option<Vec<u8>>; 3];

/// A mail split into headers, text and patch, as `git mailinfo` does it.
#[derive(Debug)]
pub(super) struct MailSections<'o> {
    options: &'o MailinfoOptions,
    /// The mail's own headers.
    pub fields: Fields,
    /// The headers at the top of its text.
    pub in_body: Fields,
    /// The text.
    pub message: Vec<u8>,
    /// The patch.
    pub diff: Vec<u8>,
    /// The `Message-ID:` unchanged, if requested.
    pub message_id: Option<Vec<u8>>,
    stage: SectionKind,
    /// An in-body header whose folded lines may still follow.
    begun: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum SectionKind {
    InBodyHeaders,
    Text,
    Patch,
}

impl<'o> MailSections<'o> {
    /// Starts before the first line.
    pub fn new(options: &'o MailinfoOptions) -> Self {
        MailSections {
            options,
            fields: Fields::default(),
            in_body: Fields::default(),
            message: Vec::new(),
            diff: Vec::new(),
            message_id: None,
            stage: SectionKind::InBodyHeaders,
            begun: Vec::new(),
        }
    }

    /// Stores an in-body header that was cut off by the end of the mail.
    pub fn finish(&mut self) -> Result<(), MailRefusal> {
        let begun = std::mem::take(&mut self.begun);
        match begun.is_empty() {
            true => Ok(()),
            false => take_field(&mut self.in_body, &begun, false),
        }
    }

    fn text_line(&mut self, line: &[u8], part: &MimePart) -> Result<(), MailRefusal> {
        if self.stage == SectionKind::InBodyHeaders {
            if line.is_empty() || line == b"\n" {
                if !self.begun.is_empty() {
                    self.finish()?;
                    self.stage = SectionKind::Text;
                }
                return Ok(());
            }
            if self.options.in_body_headers && self.in_body_header(line)? {
                return Ok(());
            }
            self.stage = SectionKind::Text;
        }
        let line =
            charset::to_utf8(line, &part.charset).ok_or_else(|| refused_charset(&part.charset))?;
        if self.options.scissors && is_scissors(&line) {
            self.message.clear();
            self.in_body = Fields::default();
            self.stage = SectionKind::InBodyHeaders;
            return Ok(());
        }
        if begins_patch(&line) {
            if let Some(id) = &self.message_id {
                self.message.extend_from_slice(b"Message-ID: ");
                self.message.extend_from_slice(id);
                self.message.push(b'\n');
            }
            self.stage = SectionKind::Patch;
            self.diff.extend_from_slice(&line);
            return Ok(());
        }
        self.message.extend_from_slice(&line);
        Ok(())
    }

    /// Whether the line belongs to the headers at the top of the text; if so, it is stored.
    fn in_body_header(&mut self, line: &[u8]) -> Result<bool, MailRefusal> {
        if !self.begun.is_empty() && matches!(line.first(), Some(b' ' | b'\t')) {
            if self.options.scissors && is_scissors(line) {
                self.finish()?;
                return Ok(false);
            }
            if self.begun.ends_with(b"\n") {
                self.begun.pop();
            }
            self.begun.extend_from_slice(line);
            return Ok(true);
        }
        self.finish()?;
        if let Some(envelope) = line.strip_prefix(b">")
            && line.starts_with(b">From")
            && line.get(5).is_some_and(|&b| is_space(b))
        {
            return Ok(is_format_patch_envelope(envelope));
        }
        if line.starts_with(b"[PATCH]") && line.get(7).is_some_and(|&b| is_space(b)) {
            self.in_body[1] = Some(line.to_vec());
            return Ok(true);
        }
        let is_new = |(name, field): (&&str, &Option<Vec<u8>>)| {
            field.is_none() && value_of(line, name).is_some()
        };
        if NAMES.iter().zip(&self.in_body).any(is_new) {
            self.begun.extend_from_slice(line);
            return Ok(true);
        }
        Ok(false)
    }
}

impl Sink for MailSections<'_> {
    fn header(&mut self, header: &[u8], top: bool) -> Result<(), MailRefusal> {
        if let Some(id) = value_of(header, "Message-ID") {
            let id = decoded(id)?;
            self.message_id = self.options.message_id.then_some(id);
        }
        take_field(&mut self.fields, header, top)
    }

    fn mime_value(&self, header: &[u8], name: &str) -> Result<Option<Vec<u8>>, MailRefusal> {
        value_of(header, name).map(decoded).transpose()
    }

    fn line(&mut self, line: &[u8], part: &MimePart) -> Result<(), MailRefusal> {
        if self.stage == SectionKind::Patch {
            self.diff.extend_from_slice(line);
            return Ok(());
        }
        self.text_line(line, part)
    }
}

/// Stores a header if it is one of the three; an existing value is kept unless `overwrite`.
fn take_field(fields: &mut Fields, header: &[u8], overwrite: bool) -> Result<(), MailRefusal> {
    for (name, field) in NAMES.iter().zip(fields) {
        if (overwrite || field.is_none())
            && let Some(value) = value_of(header, name)
        {
            *field = Some(decoded(value)?);
            return Ok(());
        }
    }
    Ok(())
}

fn decoded(value: &[u8]) -> Result<Vec<u8>, MailRefusal> {
    encoded_word::strict(value)
        .ok_or_else(|| MailRefusal("a header holds a broken encoded word".to_owned()))
}

fn refused_charset(charset: &[u8]) -> MailRefusal {
    MailRefusal(format!(
        "its text is not of the charset '{}' or that is not known",
        String::from_utf8_lossy(charset)
    ))
}

/// `From <id> Mon Sep 17 00:00:00 2001`: the envelope line of `git format-patch`.
pub(super) fn is_format_patch_envelope(line: &[u8]) -> bool {
    let Some((id, date)) = line
        .strip_prefix(b"From ")
        .and_then(|rest| rest.split_at_checked(40))
    else {
        return false;
    };
    id.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && date == b" Mon Sep 17 00:00:00 2001\n"
}

/// Whether a line of text begins the patch: `diff -`, `Index: `, `--- file`, or only `---`.
fn begins_patch(line: &[u8]) -> bool {
    if line.starts_with(b"diff -") || line.starts_with(b"Index: ") {
        return true;
    }
    let Some(rest) = line.strip_prefix(b"---").filter(|rest| !rest.is_empty()) else {
        return false;
    };
    if let [b' ', name @ ..] = rest
        && !name.first().is_some_and(|&b| is_space(b))
    {
        return true;
    }
    rest.iter().find(|&&b| b == b'\n' || !is_space(b)) == Some(&b'\n')
}

/// Whether a line is a scissors line, by git's rules.
///
/// It has scissors and at least eight visible columns; the perforation of dashes and scissors takes
/// more than a third of them, and less than half of the perforation is gaps.
fn is_scissors(line: &[u8]) -> bool {
    let line = until_nul(line);
    let (mut scissors, mut gap, mut perforation) = (false, 0, 0);
    let mut inside = false;
    let (mut first, mut last) = (None, 0);
    let mut at = 0;
    while at < line.len() {
        let here = &line[at..];
        if is_space(line[at]) {
            if inside {
                perforation += 1;
                gap += 1;
            }
            at += 1;
            continue;
        }
        first.get_or_insert(at);
        last = at;
        if here.starts_with(b"-") {
            inside = true;
            perforation += 1;
        } else if [b">8", b"8<", b">%", b"%<"]
            .iter()
            .any(|mark| here.starts_with(*mark))
        {
            inside = true;
            perforation += 2;
            scissors = true;
            at += 1;
        } else {
            inside = false;
        }
        at += 1;
    }
    let visible = first.map_or(0, |first| last - first + 1);
    scissors && visible >= 8 && visible < perforation * 3 && gap * 2 < perforation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_begin_where_git_sees_them() {
        for yes in [
            "diff --git a/x b/x\n",
            "Index: x\n",
            "---\n",
            "--- x\n",
            "---  \t\n",
            "--- ",
        ] {
            assert!(begins_patch(yes.as_bytes()), "{yes:?}");
        }
        for no in [
            "diff\n", "---", "--\n", "----\n", "---x\n", "---  x\n", "-- \n", "",
        ] {
            assert!(!begins_patch(no.as_bytes()), "{no:?}");
        }
    }

    #[test]
    fn scissors_are_long_enough() {
        for yes in [
            "-- >8 --\n",
            "--- 8< --- cut here --- 8< ---\n",
            "- - >% - - %< - -\n",
            ">8>8>8>8-",
        ] {
            assert!(is_scissors(yes.as_bytes()), "{yes:?}");
        }
        for no in [
            "->8-\n",
            "-------- \n",
            "-- >8 -- some long text that is wider than the cut\n",
            "",
        ] {
            assert!(!is_scissors(no.as_bytes()), "{no:?}");
        }
    }
}
