// SPDX-License-Identifier: GPL-2.0-or-later
//! A change written down in a message.

use crate::tags::links::number;
use crate::tags::scan::{Family, LineKind, MessageLine, scan};
use crate::tags::stripspace::stripspace;

/// Adds an item to `Series-changes` of a version, or to `Cover-changes`: to the list that is there, else to a new one above
/// the trailers at the end.
///
/// A hyphen is put before the text where it has none. The message is cleaned as `git commit` cleans it: no blanks at the end
/// of lines, no empty lines at either end, never two of them together.
pub fn add_change(message: &[u8], version: u32, text: &str, is_cover: bool) -> Vec<u8> {
    let family = if is_cover {
        Family::Cover
    } else {
        Family::Series
    };
    let lines = scan(message.trim_ascii_end());
    let item = item(text);
    let mut out = Vec::with_capacity(message.len() + item.len() + 40);
    match list_end(&lines, family, version) {
        Some(end) => {
            put(&mut out, &lines[..end]);
            out.extend_from_slice(item.as_bytes());
            put(&mut out, &lines[end..]);
        }
        None => {
            let (body, trailers) = lines.split_at(trailers(&lines));
            put(&mut out, body);
            out.extend_from_slice(
                format!("\n{}changes: {version}\n{item}\n", family.prefix()).as_bytes(),
            );
            put(&mut out, trailers);
        }
    }
    stripspace(&out)
}

/// The text as an item; its further lines are indented, so that they belong to it.
fn item(text: &str) -> String {
    let mut item = String::with_capacity(text.len() + 8);
    for line in text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        let is_first = item.is_empty();
        let line = if is_first { line.trim_start() } else { line };
        let begin = match line.starts_with('-') {
            true => "",
            false if is_first => "- ",
            false if line.starts_with([' ', '\t']) => "",
            false => "  ",
        };
        item.push_str(begin);
        item.push_str(line);
        item.push('\n');
    }
    item
}

/// Behind which line the list of a version ends; none where there is no such list.
fn list_end(lines: &[MessageLine<'_>], family: Family, version: u32) -> Option<usize> {
    let begin = lines.iter().position(|line| match line.part {
        LineKind::Tag {
            family: of,
            name: "changes",
            value,
        } => of == family && std::str::from_utf8(value).ok().and_then(number) == Some(version),
        _ => false,
    })?;
    let below = lines[begin + 1..]
        .iter()
        .take_while(|line| matches!(line.part, LineKind::Change | LineKind::ChangeBlank));
    let items = below
        .enumerate()
        .filter(|(_, line)| line.part == LineKind::Change)
        .last();
    Some(begin + 1 + items.map_or(0, |(at, _)| at + 1))
}

/// Where the tags and trailers at the end begin: all that have the form of one, with empty lines between.
fn trailers(lines: &[MessageLine<'_>]) -> usize {
    let mut begin = lines.len();
    for (at, line) in lines.iter().enumerate().rev() {
        match line.part {
            LineKind::Blank => {}
            LineKind::Subject
            | LineKind::Section
            | LineKind::End
            | LineKind::Change
            | LineKind::ChangeBlank => break,
            _ if is_trailer(line.text) => begin = at,
            _ => break,
        }
    }
    begin
}

/// Whether a line has the form of a trailer.
fn is_trailer(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&byte| byte == b':') else {
        return false;
    };
    let key = &text[..colon];
    key.first().is_some_and(u8::is_ascii_alphabetic)
        && key
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && text.get(colon + 1).is_some_and(u8::is_ascii_whitespace)
}

fn put(out: &mut Vec<u8>, lines: &[MessageLine<'_>]) {
    for line in lines {
        out.extend_from_slice(line.text);
        out.push(b'\n');
    }
}
