// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the headers of a mail as text for people and for threading; text for a commit is read by `mailinfo` instead.

use super::charset::repaired;
use super::encoded_word;
use super::ident::Munging;
use super::lines::{HeaderLine, LineCursor, trim, value_of};

/// The values of all headers with this name, unfolded and decoded.
pub(super) fn values(raw: &[u8], name: &str) -> Vec<String> {
    raw_values(raw, name, usize::MAX)
        .iter()
        .map(|value| shown(value))
        .collect()
}

/// The value of the first header with this name, unfolded and decoded.
pub(super) fn value(raw: &[u8], name: &str) -> Option<String> {
    raw_values(raw, name, 1).first().map(|value| shown(value))
}

/// The values of all headers with this name, unfolded but not decoded.
///
/// The content of an encoded word is text, whatever it looks like.
pub(super) fn undecoded(raw: &[u8], name: &str) -> Vec<String> {
    raw_values(raw, name, usize::MAX)
        .iter()
        .map(|value| repaired(trim(value)))
        .collect()
}

/// The headers that matter for a `From:` rewritten by a mailing list.
pub(super) fn munging(raw: &[u8]) -> Munging {
    let from = value(raw, "From").unwrap_or_default();
    if !from.to_ascii_lowercase().contains(" via ") {
        return Munging::default();
    }
    Munging {
        from,
        original: value(raw, "X-Original-From"),
        reply_to: value(raw, "Reply-To"),
        lists: ["List-Post", "List-Id", "To", "Cc"]
            .iter()
            .filter_map(|name| value(raw, name))
            .collect(),
    }
}

fn shown(value: &[u8]) -> String {
    encoded_word::readable(trim(value)).replace('\0', "")
}

fn raw_values(raw: &[u8], name: &str, most: usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let Some(mut lines) = LineCursor::behind_space(raw) else {
        return found;
    };
    while found.len() < most
        && let HeaderLine::Header(header) = lines.next_header()
    {
        if let Some(value) = value_of(&header, name) {
            found.push(value.to_vec());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_unfolded_and_decoded() {
        let raw = b"\nto: a,\r\n b\r\nTo: =?utf-8?q?=C3=A4?=\r\n\r\nTo: c\r\n";
        assert_eq!(values(raw, "To"), ["a, b", "ä"]);
        assert_eq!(value(raw, "Cc"), None);
    }
}
