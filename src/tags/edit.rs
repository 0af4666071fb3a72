// SPDX-License-Identifier: GPL-2.0-or-later
//! Commit messages changed: each function takes the bytes of a message and gives those of the new one.
//!
//! The result is, byte for byte, what patman makes of the message, so that the same command of either gives the same commit;
//! odd as that is at times: a new `Change-Id` is the last line and has no newline, and `Series-version` stands right below
//! whatever the message ends in. Where patman would damage a message, this does not:
//!
//! - a message that is a subject only stays one: a tag is put into a paragraph of its own;
//! - what only looks like a tag, such as "Change-Ids are..." in a text, is left alone;
//! - lines are those that git knows: a form feed or a line separator within one stays, and CRLF stays CRLF;
//! - a change is added below the last line of its list, and not into the middle of an item of several lines.

mod changes;
mod trailers;

pub use changes::add_change;
pub use trailers::add_trailers;

use super::links::SeriesLinks;
use super::scan::{Family, LineKind, MessageLine, scan};

/// What `series inc`, `version-change`, `add -f`, `set-link -u`, `autolink` and `gather` do to each message of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageUpdate<'a> {
    /// The version that the branch has had so far: a link without a version is of this one, and is written with it.
    pub of: u32,
    /// The new value of `Series-version`, if it changes.
    pub version: Option<u32>,
    /// The new link of version `of`, if there is one.
    pub link: Option<&'a str>,
    /// Whether the tags are added where the message has them not: for the commit at
    /// [`place_of_version`](super::Tags::place_of_version), and that at [`place_of_links`](super::Tags::place_of_links).
    pub add_version: bool,
    /// The same for the link.
    pub add_link: bool,
}

/// Sets version and link in a message, and writes links in order, each with its version.
///
/// patman does this to each commit of the branch, and adds what no commit holds to the last one. There is no
/// `Series-version` in version 1. The result ends in a newline.
pub fn update(message: &[u8], update: &MessageUpdate<'_>) -> Vec<u8> {
    let version = update.version.map(|version| (version, update.add_version));
    rewrite(
        message,
        version,
        Some((update.of, update.link, update.add_link)),
    )
}

/// Sets `Series-version`: replaces it where the message holds it, else adds it as the last line. Version 1 has none.
///
/// Links stay as they are. A link without a version would now belong to the new version: use [`update`]
/// on a branch that may have such links.
pub fn set_version(message: &[u8], version: u32) -> Vec<u8> {
    rewrite(message, Some((version, true)), None)
}

/// Sets the link of a version: links of others stay, that of the version itself is replaced, and one without a version is
/// taken to be of this one. The newest version comes first, as in `Series-links: 2:453001 1:110`.
///
/// `series set-link -u` of patman sets `Series-version` by the way, as [`update`] does with both.
pub fn set_link(message: &[u8], version: u32, link: &str) -> Vec<u8> {
    rewrite(message, None, Some((version, Some(link), true)))
}

/// Takes the link of a version out; one without a version is taken to be of this one. Links of others stay; a tag that has
/// none left goes, with the empty line above it where it was a paragraph of its own at the end.
pub fn remove_link(message: &[u8], version: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut is_gone = false;
    for line in scan(message) {
        is_gone = false;
        let LineKind::Tag {
            family: Family::Series,
            name: "links",
            value,
        } = line.part
        else {
            out.extend_from_slice(line.raw);
            continue;
        };
        let mut links = SeriesLinks::parse(&String::from_utf8_lossy(value), version);
        if links.of.remove(&version).is_none() {
            out.extend_from_slice(line.raw);
        } else if links.written().is_empty() {
            is_gone = true;
        } else {
            out.extend_from_slice(format!("Series-links: {}", links.written()).as_bytes());
            out.extend_from_slice(&line.raw[line.raw.trim_ascii_end().len()..]);
        }
    }
    if is_gone
        && let Some(end) = [&b"\r\n\r\n"[..], b"\n\n"]
            .into_iter()
            .find(|end| out.ends_with(end))
    {
        out.truncate(out.len() - end.len() / 2);
    }
    out
}

/// Adds a `Change-Id` as a last paragraph, with no newline behind it; a message that has one stays as it is.
pub fn add_change_id(message: &[u8], id: &str) -> Vec<u8> {
    if change_id(message).is_some() {
        return message.to_vec();
    }
    let end = line_end(message);
    let lines = scan(message);
    let is_open_subject = lines
        .last()
        .is_some_and(|line| line.part == LineKind::Subject && !line.raw.ends_with(b"\n"));
    let mut out = message.to_vec();
    if is_open_subject {
        out.extend_from_slice(end);
    }
    out.extend_from_slice(end);
    out.extend_from_slice(format!("Change-Id: {id}").as_bytes());
    out
}

/// Takes every `Change-Id` out. What is left ends as the line before it did, less one newline: an empty line above the tag
/// is the newline of the line above that. A message that has none stays as it is.
pub fn remove_change_id(message: &[u8]) -> Vec<u8> {
    let lines = scan(message);
    let is_mark = |line: &MessageLine<'_>| matches!(line.part, LineKind::ChangeId { .. });
    if !lines.iter().any(is_mark) {
        return message.to_vec();
    }
    let mut out: Vec<u8> = lines
        .iter()
        .filter(|line| !is_mark(line))
        .flat_map(|line| line.raw)
        .copied()
        .collect();
    for end in [b'\n', b'\r'] {
        if out.last() == Some(&end) {
            out.pop();
        }
    }
    out
}

/// The `Change-Id` of a message: the first that says something.
pub fn change_id(message: &[u8]) -> Option<String> {
    scan(message).iter().find_map(|line| match line.part {
        LineKind::ChangeId { value } if !value.is_empty() => {
            Some(String::from_utf8_lossy(value).into_owned())
        }
        _ => None,
    })
}

/// Rewrites version and links; `links` is the version of a link without one, the new link, and whether to add it.
fn rewrite(
    message: &[u8],
    version: Option<(u32, bool)>,
    links: Option<(u32, Option<&str>, bool)>,
) -> Vec<u8> {
    let end = line_end(message);
    let lines = scan(message);
    let mut tags = Vec::with_capacity(2);
    let (mut version_line, mut links_line) = (None, None);
    if let Some((version, _)) = version {
        version_line = Some(if version > 1 {
            format!("Series-version: {version}")
        } else {
            String::new()
        });
    }
    if let Some((of, link, _)) = links {
        links_line = Some(links_tag(&lines, of, link));
    }
    let mut out = Vec::with_capacity(message.len() + 80);
    for line in &lines {
        let written = match line.part {
            LineKind::Tag {
                family: Family::Series,
                name: "version",
                ..
            } if version.is_some() => version_line.take(),
            LineKind::Tag {
                family: Family::Series,
                name: "links",
                ..
            } if links.is_some() => links_line.take(),
            _ => {
                out.extend_from_slice(line.raw);
                continue;
            }
        };
        push(&mut out, written.as_deref().unwrap_or_default(), end);
    }
    if version.is_some_and(|(_, is_added)| is_added) {
        tags.extend(version_line.filter(|line| !line.is_empty()));
    }
    if links.is_some_and(|(_, link, is_added)| link.is_some() && is_added) {
        tags.extend(links_line);
    }
    if !out.ends_with(b"\n") {
        out.extend_from_slice(end);
    }
    if !tags.is_empty()
        && scan(&out)
            .last()
            .is_none_or(|line| line.part == LineKind::Subject)
    {
        out.extend_from_slice(end);
    }
    for tag in &tags {
        push(&mut out, tag, end);
    }
    out
}

/// The line of links: all that the message holds, with the new one.
fn links_tag(lines: &[MessageLine<'_>], of: u32, link: Option<&str>) -> String {
    let values = lines.iter().filter_map(|line| match line.part {
        LineKind::Tag {
            family: Family::Series,
            name: "links",
            value,
        } => Some(String::from_utf8_lossy(value)),
        _ => None,
    });
    let mut links = SeriesLinks::parse(&values.collect::<Vec<_>>().join(" "), of);
    if let Some(link) = link {
        links.of.insert(of, link.to_owned());
    }
    format!("Series-links: {}", links.written())
}

/// Adds a line, if there is one.
fn push(out: &mut Vec<u8>, line: &str, end: &[u8]) {
    if !line.is_empty() {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(end);
    }
}

/// How the lines of a message end: as its first one does.
fn line_end(message: &[u8]) -> &'static [u8] {
    let first = message.split_inclusive(|&byte| byte == b'\n').next();
    if first.is_some_and(|line| line.ends_with(b"\r\n")) {
        b"\r\n"
    } else {
        b"\n"
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
