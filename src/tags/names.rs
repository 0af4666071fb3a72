// SPDX-License-Identifier: GPL-2.0-or-later
//! The names of the tags, and the likely name for an unknown one.

/// Every tag, as it is written.
const TAGS: [&str; 21] = [
    "Series-to",
    "Series-cc",
    "Series-version",
    "Series-prefix",
    "Series-postfix",
    "Series-name",
    "Series-links",
    "Series-patchwork-url",
    "Series-notes",
    "Series-changes",
    "Series-process-log",
    "Cover-letter",
    "Cover-letter-cc",
    "Cover-changes",
    "Commit-notes",
    "Commit-changes",
    "Commit-added-in",
    "Commit-cc",
    "Patch-cc",
    "Change-Id",
    "Series-cover-cc",
];

/// Whether there is such a tag.
pub(super) fn is_tag(key: &str) -> bool {
    TAGS.contains(&key)
}

/// The tag that `key`, which is none, looks like; none where nothing is near.
pub(super) fn meant(key: &str) -> Option<&'static str> {
    let key = folded(key);
    TAGS.into_iter()
        .map(|tag| (distance(&key, &tag.to_ascii_lowercase()), tag))
        .filter(|(far, tag)| *far <= tag.len() / 5)
        .min_by_key(|(far, _)| *far)
        .map(|(_, tag)| tag)
}

/// The tag that a line of the text was probably meant to be: in capitals, with a blank for its hyphen or before its
/// colon, or as `Serie-`.
pub(super) fn miswritten(text: &[u8]) -> Option<&'static str> {
    let colon = text.iter().take(40).position(|&byte| byte == b':')?;
    let key = std::str::from_utf8(&text[..colon]).ok()?;
    if !key.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let key = folded(key.trim_end());
    let key = key
        .strip_prefix("serie-")
        .map_or_else(|| key.clone(), |name| format!("series-{name}"));
    TAGS.into_iter().find(|tag| tag.eq_ignore_ascii_case(&key))
}

/// Whether a line begins as a tag of a patch does; `Patch-cc` is the only one.
pub(super) fn patch_key(text: &[u8]) -> Option<&str> {
    let colon = text.iter().take(40).position(|&byte| byte == b':')?;
    let key = std::str::from_utf8(&text[..colon]).ok()?;
    let name = key.strip_prefix("Patch-")?;
    name.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        .then_some(key)
}

/// In small letters, with hyphens.
fn folded(key: &str) -> String {
    key.to_ascii_lowercase().replace([' ', '_'], "-")
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], at + 1);
        for (to, &d) in other.iter().enumerate() {
            let changed = corner + usize::from(c != d);
            corner = row[to + 1];
            row[to + 1] = changed.min(row[to] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(meant("Series-verison"), Some("Series-version"));
        assert_eq!(meant("Series-change"), Some("Series-changes"));
        assert_eq!(meant("Series-link"), Some("Series-links"));
        assert_eq!(meant("Commit-note"), Some("Commit-notes"));
        assert_eq!(meant("Cover-leter"), Some("Cover-letter"));
        assert_eq!(meant("Series-fruit"), None);
        assert_eq!(meant("Series-"), None);
    }

    #[test]
    fn other_spellings_are_seen() {
        assert_eq!(miswritten(b"Series changes: 2"), Some("Series-changes"));
        assert_eq!(miswritten(b"series-to: a"), Some("Series-to"));
        assert_eq!(miswritten(b"Serie-to: a"), Some("Series-to"));
        assert_eq!(miswritten(b"Series-to : a"), Some("Series-to"));
        assert_eq!(miswritten(b"Cover_letter:"), Some("Cover-letter"));
        assert_eq!(miswritten(b" Series-to: a"), None);
        assert_eq!(miswritten(b"The series to: a"), None);
        assert_eq!(patch_key(b"Patch-to: a"), Some("Patch-to"));
    }
}
