// SPDX-License-Identifier: GPL-2.0-or-later
//! A commit message line by line, and what each line is: the one place that knows how tags look.
//!
//! Reading, cleaning and editing all use this, so that they agree on what a tag is. It works on bytes, looks
//! at each line once, and goes ahead by no more than one line. A section (`Cover-letter:`, `Series-notes:`, `Commit-notes:`)
//! goes on to `END`, or to the next tag where that is missing; a list of changes goes on to an empty line, to the next tag,
//! or to a trailer.

/// Which family a tag is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `Series-...`
    Series,
    /// `Cover-...`
    Cover,
    /// `Commit-...`, and `Patch-cc`, which means what `Commit-cc` does.
    Commit,
}

impl Family {
    /// What its tags begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Family::Series => "Series-",
            Family::Cover => "Cover-",
            Family::Commit => "Commit-",
        }
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind<'a> {
    /// Of the subject, which may have several lines.
    Subject,
    /// A line of the text.
    Text,
    /// An empty line of the text.
    Blank,
    /// `---`, behind which trailers are no longer looked for.
    Cut,
    /// A tag; what it opens follows.
    Tag {
        family: Family,
        name: &'a str,
        value: &'a [u8],
    },
    /// `Change-Id:`
    ChangeId { value: &'a [u8] },
    /// Inside the section that the last tag has opened.
    Section,
    /// The `END` of it.
    End,
    /// Inside the list of changes that the last tag has opened.
    Change,
    /// The empty line that ends the list, or one between its tag and its first item.
    ChangeBlank,
    /// A trailer that is read and stays.
    Trailer { name: &'a str, value: &'a [u8] },
    /// `Signed-off-by:`
    SignOff { value: &'a [u8] },
    /// What never leaves the house: `BUG=`, `Reviewed-on:`, the trailers of machines.
    Junk,
}

impl LineKind<'_> {
    /// Whether the line is taken out before the message is mailed.
    pub(super) fn is_removed(&self) -> bool {
        !matches!(
            self,
            LineKind::Subject
                | LineKind::Text
                | LineKind::Blank
                | LineKind::Cut
                | LineKind::Trailer { .. }
                | LineKind::SignOff { .. }
        )
    }
}

/// A line of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageLine<'a> {
    /// As it stands, with its end.
    pub raw: &'a [u8],
    /// Without the newline and the carriage return before it.
    pub text: &'a [u8],
    /// What it is.
    pub part: LineKind<'a>,
    /// Whether a section was still open when this line, which is none of it, came.
    pub is_unended: bool,
    /// Whether it is a tag right below the subject, with no empty line between.
    pub is_glued: bool,
}

/// Names of trailers that are read; `Patch-cc` and `Signed-off-by` are apart.
const TRAILERS: [&str; 4] = ["Tested-by", "Acked-by", "Reviewed-by", "Fixes"];

/// How lines begin that are taken out as they are.
const JUNK: [&str; 5] = ["BUG=", "TEST=", "BRANCH=", "Review URL:", "Reviewed-on:"];

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenSection {
    Nothing,
    Section,
    Changes { is_empty: bool },
}

/// The lines of a message.
pub(super) fn scan(message: &[u8]) -> Vec<MessageLine<'_>> {
    let raw: Vec<&[u8]> = message.split_inclusive(|&byte| byte == b'\n').collect();
    let mut scanner = Scanner {
        place: ScanState::Above,
        open: OpenSection::Nothing,
    };
    let mut lines = Vec::with_capacity(raw.len());
    for (at, &raw_line) in raw.iter().enumerate() {
        let text = without_end(raw_line);
        let next = raw.get(at + 1).map(|line| without_end(line));
        let was_subject = scanner.place == ScanState::Subject;
        let was_section = scanner.open == OpenSection::Section;
        let part = scanner.part(text, next);
        let is_unended = was_section && !matches!(part, LineKind::Section | LineKind::End);
        let is_glued = was_subject && scanner.place == ScanState::Body && part != LineKind::Blank;
        lines.push(MessageLine {
            raw: raw_line,
            text,
            part,
            is_unended,
            is_glued,
        });
    }
    lines
}

/// How far into the message we are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScanState {
    Above,
    Subject,
    Body,
    BelowCut,
}

struct Scanner {
    place: ScanState,
    open: OpenSection,
}

impl Scanner {
    fn part<'a>(&mut self, text: &'a [u8], next: Option<&[u8]>) -> LineKind<'a> {
        let is_blank = text.trim_ascii().is_empty();
        match self.place {
            ScanState::Above if is_blank => return LineKind::Blank,
            ScanState::Above => {
                self.place = ScanState::Subject;
                return LineKind::Subject;
            }
            ScanState::Subject if is_blank => {
                self.place = ScanState::Body;
                return LineKind::Blank;
            }
            ScanState::Subject if tag(text).is_none() => return LineKind::Subject,
            ScanState::Subject => self.place = ScanState::Body,
            ScanState::Body | ScanState::BelowCut => {}
        }
        self.body(text, is_blank, next)
    }

    fn body<'a>(&mut self, text: &'a [u8], is_blank: bool, next: Option<&[u8]>) -> LineKind<'a> {
        let tag = tag(text);
        if tag.is_some_and(|part| !matches!(part, LineKind::Trailer { .. })) && !is_patch_cc(text) {
            self.open = OpenSection::Nothing;
        }
        if self.open == OpenSection::Section {
            let is_end = text.trim_ascii_end() == b"END";
            if is_end {
                self.open = OpenSection::Nothing;
            }
            return if is_end {
                LineKind::End
            } else {
                LineKind::Section
            };
        }
        if is_junk(text) {
            return LineKind::Junk;
        }
        if let OpenSection::Changes { is_empty } = self.open
            && let Some(part) = self.change(text, is_blank, is_empty, next)
        {
            return part;
        }
        match tag {
            Some(LineKind::Trailer { .. }) if self.place == ScanState::BelowCut => LineKind::Text,
            Some(part) => {
                self.opens(part);
                part
            }
            None if is_blank => LineKind::Blank,
            None if text == b"---" => {
                self.place = ScanState::BelowCut;
                LineKind::Cut
            }
            None => LineKind::Text,
        }
    }

    /// What a line is in a list of changes; none where it ends the list and is something else.
    fn change(
        &mut self,
        text: &[u8],
        is_blank: bool,
        is_empty: bool,
        next: Option<&[u8]>,
    ) -> Option<LineKind<'static>> {
        let is_item_next = next.is_some_and(|next| next.starts_with(b"-") && next != b"---");
        if is_blank && is_empty && is_item_next {
            return Some(LineKind::ChangeBlank);
        }
        if is_blank {
            self.open = OpenSection::Nothing;
            return Some(LineKind::ChangeBlank);
        }
        if text == b"---" || is_given_by(text) {
            self.open = OpenSection::Nothing;
            return None;
        }
        self.open = OpenSection::Changes { is_empty: false };
        Some(LineKind::Change)
    }

    fn opens(&mut self, part: LineKind<'_>) {
        if let LineKind::Tag { family, name, .. } = part {
            self.open = match (family, name) {
                (Family::Cover, "letter") | (Family::Series | Family::Commit, "notes") => {
                    OpenSection::Section
                }
                (_, "changes") => OpenSection::Changes { is_empty: true },
                _ => OpenSection::Nothing,
            };
        }
    }
}

/// Whether a line is a tag by its form, wherever it stands.
pub(super) fn is_tag(text: &[u8]) -> bool {
    matches!(
        tag(text),
        Some(LineKind::Tag { .. } | LineKind::ChangeId { .. })
    )
}

/// The tag or trailer that a line is, wherever it stands.
fn tag(text: &[u8]) -> Option<LineKind<'_>> {
    let colon = text.iter().take(64).position(|&byte| byte == b':')?;
    let key = std::str::from_utf8(&text[..colon]).ok()?;
    let value = text[colon + 1..].trim_ascii();
    let is_apart = text.get(colon + 1) == Some(&b' ');
    for family in [Family::Series, Family::Cover, Family::Commit] {
        if let Some(name) = key.strip_prefix(family.prefix()) {
            return is_name(name).then_some(LineKind::Tag {
                family,
                name,
                value,
            });
        }
    }
    match key {
        "Patch-cc" => Some(LineKind::Tag {
            family: Family::Commit,
            name: "cc",
            value,
        }),
        "Change-Id" => Some(LineKind::ChangeId { value }),
        "Signed-off-by" => Some(LineKind::SignOff { value }),
        _ if is_apart && TRAILERS.contains(&key) => Some(LineKind::Trailer { name: key, value }),
        _ => None,
    }
}

/// Whether it is written as a name of a tag is: in small letters.
fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// Whether a line is taken out and was never for this list: of other tools, or a machine's trailer.
fn is_junk(text: &[u8]) -> bool {
    if JUNK.iter().any(|junk| text.starts_with(junk.as_bytes())) {
        return true;
    }
    let Some(colon) = text.iter().position(|&byte| byte == b':') else {
        return false;
    };
    let (key, value) = (&text[..colon], &text[colon + 1..]);
    if let Some(name) = key.strip_prefix(b"Commit-") {
        return !name
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || *byte == b'-')
            && name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    }
    let is_credit =
        key.eq_ignore_ascii_case(b"co-developed-by") || key.eq_ignore_ascii_case(b"co-authored-by");
    is_credit
        && value
            .to_ascii_lowercase()
            .windows(8)
            .any(|window| window == b"noreply@")
}

/// Whether a line is a trailer that a person gives, which no list of changes holds.
fn is_given_by(text: &[u8]) -> bool {
    let key = text
        .iter()
        .take(64)
        .position(|&byte| byte == b':')
        .map(|colon| &text[..colon]);
    matches!(tag(text), Some(LineKind::Trailer { .. }))
        || is_patch_cc(text)
        || key.is_some_and(|key| {
            key.ends_with(b"-by") && key.iter().all(|&c| c.is_ascii_alphanumeric() || c == b'-')
        })
}

/// Whether a line is the one tag that is a trailer too, and ends no section.
fn is_patch_cc(text: &[u8]) -> bool {
    text.starts_with(b"Patch-cc:")
}

/// A line without its end.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
