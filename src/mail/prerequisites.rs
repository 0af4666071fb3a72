// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the prerequisites that a version names.
//!
//! Four forms are understood: `prerequisite-patch-id:` of `git format-patch --base`,
//! `prerequisite-change-id:` and `prerequisite-message-id:` of b4, and `Depends-on:` and `Based-on:`
//! with a message id, the URL of a mail in an archive, or a change-id. Everything else is prose, and is
//! ignored.

use super::thread::MailedVersion;
use super::{Message, MessageId};
use crate::series::VersionNumber;
use percent_encoding::percent_decode_str;
use std::collections::HashSet;
use std::fmt;

/// Maximum number of prerequisites read from a version.
pub const MAX_PREREQUISITES: usize = 1000;

/// Maximum number of them that are not single patches.
const MAX_PREREQUISITE_SERIES: usize = 100;

/// Maximum length of a line that can name a prerequisite, in bytes.
const MAX_LINE_LEN: usize = 2000;

/// A patch or series that must be applied first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prerequisite {
    /// A patch, by its `git patch-id --stable`.
    Patch(String),
    /// A series by its `change-id`, and its version; `None` means the newest.
    Change(String, Option<VersionNumber>),
    /// The series that a mail belongs to.
    Mail(MessageId),
}

impl fmt::Display for Prerequisite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Prerequisite::Patch(id) => write!(f, "patch-id {}", &id[..12.min(id.len())]),
            Prerequisite::Change(id, None) => write!(f, "change-id {id}"),
            Prerequisite::Change(id, Some(version)) => write!(f, "change-id {id} {version}"),
            Prerequisite::Mail(id) => write!(f, "<{id}>"),
        }
    }
}

/// The prerequisites that a version names, in order, without duplicates.
///
/// They are read from the cover letter and the text of the patches.
pub fn prerequisites(version: &MailedVersion) -> Vec<Prerequisite> {
    let own = version.change_id();
    let mut found: Vec<Prerequisite> = Vec::new();
    let mut series = 0;
    let mut seen = HashSet::new();
    for mail in version
        .cover
        .iter()
        .chain(version.patches.iter().map(|patch| &patch.message))
    {
        for one in in_text(&mail.text()) {
            // A series is not a prerequisite of itself.
            if matches!(&one, Prerequisite::Change(id, _) if own.as_ref() == Some(id)) {
                continue;
            }
            let is_series = !matches!(one, Prerequisite::Patch(_));
            if is_series && series == MAX_PREREQUISITE_SERIES {
                continue;
            }
            if found.len() < MAX_PREREQUISITES && seen.insert(one.clone()) {
                series += usize::from(is_series);
                found.push(one);
            }
        }
    }
    let mails = version
        .cover
        .iter()
        .chain(version.patches.iter().map(|patch| &patch.message));
    let own: HashSet<MessageId> = mails.filter_map(Message::message_id).collect();
    found.retain(|one| !matches!(one, Prerequisite::Mail(id) if own.contains(id)));
    found
}

/// The prerequisites in a text, up to [`MAX_PREREQUISITES`].
fn in_text(text: &str) -> impl Iterator<Item = Prerequisite> {
    text.lines()
        .filter(|line| line.len() <= MAX_LINE_LEN)
        .filter_map(in_line)
        .take(MAX_PREREQUISITES)
}

fn in_line(line: &str) -> Option<Prerequisite> {
    let (name, value) = line.split_once(':')?;
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "prerequisite-patch-id" => {
            is_hex(value, 40).then(|| Prerequisite::Patch(value.to_ascii_lowercase()))
        }
        "prerequisite-change-id" => change(value, is_word),
        "prerequisite-message-id" => message(value),
        "depends-on" | "based-on" => {
            let value = value.strip_prefix("change-id:").map_or(value, str::trim);
            message(value)
                .or_else(|| address(value))
                .or_else(|| change(value, is_b4))
        }
        _ => None,
    }
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Parses `<id>` or `<id>:v<N>`.
fn change(value: &str, fits: impl Fn(&str) -> bool) -> Option<Prerequisite> {
    let (id, version) = match value.rsplit_once(':') {
        Some((id, version)) => (
            id,
            Some(version.strip_prefix('v')?.parse::<VersionNumber>().ok()?),
        ),
        None => (value, None),
    };
    fits(id).then(|| Prerequisite::Change(id.to_owned(), version))
}

fn is_word(id: &str) -> bool {
    (1..=200).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether an id has the form of b4: a date, words, and twelve hexadecimal digits, joined by dashes.
fn is_b4(id: &str) -> bool {
    let begins = id
        .split_once('-')
        .is_some_and(|(date, _)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
    begins && is_word(id) && id.rsplit_once('-').is_some_and(|(_, end)| is_hex(end, 12))
}

/// Parses `<id@host>`, with or without angle brackets.
fn message(value: &str) -> Option<Prerequisite> {
    let bare = match value.strip_prefix('<') {
        Some(rest) => rest.split_once('>')?.0,
        None => value.split_whitespace().next()?,
    };
    let bare = bare.strip_prefix("message-id:").unwrap_or(bare);
    (bare.contains('@') && !bare.contains('/'))
        .then(|| MessageId::new(bare).ok().map(Prerequisite::Mail))?
}

/// Parses the URL of a mail in an archive or on a Patchwork: the id is the last part of the path with an `@`.
fn address(value: &str) -> Option<Prerequisite> {
    let url = value
        .trim_start_matches('<')
        .split(|c: char| c.is_whitespace() || c == '>')
        .next()?;
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next()?;
    let part = path
        .rsplit('/')
        .find(|part| part.contains('@') || part.contains("%40"))?;
    let id = percent_decode_str(part).decode_utf8().ok()?;
    MessageId::new(&id).ok().map(Prerequisite::Mail)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn one(line: &str) -> Option<String> {
        in_line(line).map(|found| match found {
            Prerequisite::Patch(id) => format!("patch {id}"),
            Prerequisite::Change(id, version) => {
                format!("change {id} {}", version.map_or(0, |v| v.get()))
            }
            Prerequisite::Mail(id) => format!("mail {id}"),
        })
    }

    #[test]
    fn each_form_is_understood() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        for (line, wanted) in [
            (
                &*format!("prerequisite-patch-id: {hex}"),
                &*format!("patch {hex}"),
            ),
            (
                "prerequisite-change-id: 20260101-some-name-0123456789ab:v3",
                "change 20260101-some-name-0123456789ab 3",
            ),
            ("prerequisite-change-id: some-name", "change some-name 0"),
            ("prerequisite-message-id: <a@b>", "mail a@b"),
            ("Depends-on: <a.b-c@example.com>", "mail a.b-c@example.com"),
            ("depends-on: a@example.com", "mail a@example.com"),
            ("Based-on: <a@b> (\"[PATCH 0/3] title\")", "mail a@b"),
            ("Based-on: https://lore.kernel.org/r/a%40b.c/", "mail a@b.c"),
            (
                "Depends-on: https://lore.kernel.org/u-boot/a@b.c/T/#u",
                "mail a@b.c",
            ),
            (
                "Depends-on: <https://patchwork.ozlabs.org/project/uboot/patch/a@b.c/>",
                "mail a@b.c",
            ),
            (
                "Depends-on: 20260101-name-0123456789ab:v2",
                "change 20260101-name-0123456789ab 2",
            ),
            (
                "Depends-on: change-id: 20260101-name-0123456789ab",
                "change 20260101-name-0123456789ab 0",
            ),
        ] {
            assert_eq!(one(line).as_deref(), Some(wanted), "{line}");
        }
    }

    #[test]
    fn what_is_prose_or_broken_is_left_alone() {
        for line in [
            "prerequisite-patch-id: 0123",
            "prerequisite-patch-id: zz23456789abcdef0123456789abcdef01234567",
            "prerequisite-change-id: a b",
            "prerequisite-change-id: name:latest",
            "prerequisite-change-id:",
            "Depends-on: CONFIG_FOO",
            "Depends-on: the series by Bob",
            "Depends-on: https://example.com/series/1",
            "Based-on: next",
            "change-id: 20260101-name-0123456789ab",
            "> Depends-on: <a@b>",
            "Depends-on: https://lore.kernel.org/r/a@b%ff",
        ] {
            assert_eq!(one(line), None, "{line}");
        }
        assert_eq!(one(&format!("Depends-on: <{}@b>", "a".repeat(5000))), None);
    }

    #[test]
    fn lines_beyond_count_are_not_kept() {
        let text: String = (0..100_000)
            .map(|n| format!("prerequisite-patch-id: {n:040x}\n"))
            .collect();
        assert_eq!(in_text(&text).count(), MAX_PREREQUISITES);
        assert_eq!(
            in_text(&format!(
                "Depends-on: {}\nDepends-on: <a@b>\n",
                "x".repeat(1 << 20)
            ))
            .count(),
            1
        );
    }
}
