// SPDX-License-Identifier: GPL-2.0-or-later
//! File names in headers: quoted, with a prefix to strip, with a time stamp behind, or twice on one line.

use super::{DiffError, unmodelled};
use std::borrow::Cow;

/// Longest `diff --git` line that is searched for the name it holds twice; longer names cannot be files.
const MAX_HEADER: usize = 9 * 1024;

/// What ends a name apart from the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Only the end of the line.
    LineEnd,
    /// A tab.
    Tab,
}

/// White space as git has it.
pub fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether the text of a header line is `/dev/null`.
pub fn is_dev_null(text: &[u8]) -> bool {
    text.strip_prefix(b"/dev/null")
        .is_some_and(|rest| rest.first().is_some_and(|&c| is_space(c)))
}

/// The name that a header line holds, without its first `strip` directories.
pub fn name(text: &[u8], strip: usize, until: Until) -> Result<Option<Vec<u8>>, DiffError> {
    if let Some(found) = quoted_name(text, strip)? {
        return Ok(Some(found));
    }
    Ok(plain_name(text, None, strip, |c| {
        c != b' ' && (c != b'\t' || until == Until::Tab)
    }))
}

/// The name on a `---` or `+++` line that git did not write: a time stamp may follow. `other` is the name on the line
/// before, which is taken where this one only adds to it, as in `file.orig`.
pub fn traditional(
    text: &[u8],
    other: Option<&[u8]>,
    strip: usize,
) -> Result<Option<Vec<u8>>, DiffError> {
    if let Some(found) = quoted_name(text, strip)? {
        return Ok(Some(found));
    }
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let stamp = super::stamp::stamp_len(line);
    if stamp == 0 {
        return Ok(plain_name(text, other, strip, |c| c != b' '));
    }
    Ok(plain_name(
        &line[..line.len() - stamp],
        other,
        strip,
        |_| false,
    ))
}

/// `ends` says which white space ends the name; a newline always does.
fn plain_name(
    text: &[u8],
    other: Option<&[u8]>,
    strip: usize,
    ends: impl Fn(u8) -> bool,
) -> Option<Vec<u8>> {
    let len = text
        .iter()
        .position(|&c| c == b'\n' || (is_space(c) && ends(c)))
        .unwrap_or(text.len());
    let text = &text[..len];
    let start = match strip {
        0 => Some(0),
        _ => memchr::memchr_iter(b'/', text)
            .nth(strip - 1)
            .map(|slash| slash + 1),
    };
    let found = start
        .map(|start| &text[start..])
        .filter(|found| !found.is_empty());
    let shorter =
        |found: &[u8], other: &[u8]| other.len() < found.len() && found.starts_with(other);
    match (found, other) {
        (Some(found), Some(other)) if shorter(found, other) => Some(single_slashes(other)),
        (Some(found), _) => Some(single_slashes(found)),
        (None, other) => other.map(single_slashes),
    }
}

fn quoted_name(text: &[u8], strip: usize) -> Result<Option<Vec<u8>>, DiffError> {
    let Some((name, _)) = unquote(text)? else {
        return Ok(None);
    };
    let start = match strip {
        0 => Some(0),
        _ => memchr::memchr_iter(b'/', &name)
            .nth(strip - 1)
            .map(|slash| slash + 1),
    };
    Ok(start.map(|start| single_slashes(&name[start..])))
}

fn single_slashes(name: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.dedup_by(|next, kept| *next == b'/' && *kept == b'/');
    out
}

/// A name in double quotes with C's escapes, at the beginning of `text`, and its length with the quotes. Nothing when it
/// is not quoted, or wrongly.
fn unquote(text: &[u8]) -> Result<Option<(Vec<u8>, usize)>, DiffError> {
    if text.first() != Some(&b'"') {
        return Ok(None);
    }
    let mut name = Vec::new();
    let mut at = 1;
    while let Some(&c) = text.get(at) {
        at += 1;
        match c {
            b'"' => return Ok(Some((name, at))),
            b'\n' => break,
            b'\\' => {
                let Some((byte, len)) = escape(&text[at..]) else {
                    return Ok(None);
                };
                if byte == 0 {
                    return Err(unmodelled("a file name contains a NUL"));
                }
                name.push(byte);
                at += len;
            }
            _ => name.push(c),
        }
    }
    Err(unmodelled("a quoted file name is not terminated"))
}

fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let simple = match text.first()? {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        c @ (b'\\' | b'"') => *c,
        b'0'..=b'3' => {
            let octal = text.get(..3)?.iter().try_fold(0u8, |sum, &c| match c {
                b'0'..=b'7' => Some(sum * 8 + (c - b'0')),
                _ => None,
            })?;
            return Some((octal, 3));
        }
        _ => return None,
    };
    Some((simple, 1))
}

/// Goes past the first `strip` directories; nothing when there are fewer or the path is absolute.
fn skip_prefix(strip: usize, text: &[u8]) -> Option<&[u8]> {
    if strip == 0 {
        return (text.first() != Some(&b'/')).then_some(text);
    }
    let slash = memchr::memchr_iter(b'/', text).nth(strip - 1)?;
    (slash != 0).then(|| &text[slash + 1..])
}

/// The name that appears on both sides of a `diff --git` line (`text` is the rest of the line, with
/// its newline); `None` if the two names differ, as in a rename, which names its files in other
/// headers. A directory whose name ends in a space is read as git 2.47 reads it; 2.39 refuses it.
pub fn on_both_sides(text: &[u8], strip: usize) -> Result<Option<Vec<u8>>, DiffError> {
    if text.len() > MAX_HEADER {
        return Ok(None);
    }
    if text.first() == Some(&b'"') {
        let Some((first, used)) = unquote(text)? else {
            return Ok(None);
        };
        let Some(first) = skip_prefix(strip, &first) else {
            return Ok(None);
        };
        let gap = text[used..].iter().take_while(|&&c| is_space(c)).count();
        let second = &text[used + gap..];
        // A second name without quotes never equals the first for git, which counts the newline as part of it.
        let second: Cow<[u8]> = match unquote(second)? {
            Some((second, _)) => Cow::Owned(second),
            None => Cow::Borrowed(second),
        };
        return Ok(skip_prefix(strip, &second)
            .filter(|&second| second == first)
            .map(<[u8]>::to_vec));
    }
    let Some(name) = skip_prefix(strip, text) else {
        return Ok(None);
    };
    if let Some(quote) = memchr::memchr(b'"', name) {
        let Some((second, _)) = unquote(&name[quote..])? else {
            return Ok(None);
        };
        let Some(second) = skip_prefix(strip, &second) else {
            return Ok(None);
        };
        let same = second.len() < quote && name.starts_with(second) && is_space(name[second.len()]);
        return Ok(same.then(|| second.to_vec()));
    }
    let Some(name) = name.strip_suffix(b"\n") else {
        return Ok(None);
    };
    let twice = name
        .iter()
        .enumerate()
        .filter(|(_, c)| matches!(c, b' ' | b'\t'))
        .find_map(|(len, _)| {
            let second = skip_prefix(strip, &name[len + 1..])?;
            (second == &name[..len]).then(|| second.to_vec())
        });
    Ok(twice)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test stops where it fails
    use super::*;

    fn both(text: &str) -> Option<String> {
        on_both_sides(text.as_bytes(), 1)
            .unwrap()
            .map(|name| String::from_utf8(name).unwrap())
    }

    #[test]
    fn the_name_on_both_sides_may_hold_spaces_and_quotes() {
        for (text, name) in [
            ("a/f b/f\n", Some("f")),
            ("a/d/f b/d/f\n", Some("d/f")),
            ("a/f g b/f g\n", Some("f g")),
            ("a/f b/f b/f b/f\n", Some("f b/f")),
            ("x/f y/f\n", Some("f")),
            ("a/f /g b/f /g\n", Some("f /g")),
            ("a/f b/g\n", None),
            ("f f\n", None),
            ("/f /f\n", None),
            ("\"a/t\\tb\" \"b/t\\tb\"\n", Some("t\tb")),
            ("\"a/\\303\\274\" \"b/\\303\\274\"\n", Some("ü")),
            ("a/f \"b/f\"\n", Some("f")),
            ("\"a/f\" \"b/g\"\n", None),
            ("\"a/\\x\" \"b/\\x\"\n", None),
        ] {
            assert_eq!(both(text).as_deref(), name, "{text}");
        }
        assert!(on_both_sides(b"\"a/f b/f\n", 1).is_err());
    }

    #[test]
    fn the_shorter_of_two_plain_names_is_taken() {
        let name =
            |text: &str, other: Option<&[u8]>| traditional(text.as_bytes(), other, 1).unwrap();
        assert_eq!(name("b/f.orig\n", Some(b"f")), Some(b"f".to_vec()));
        assert_eq!(name("b/g\n", Some(b"f")), Some(b"g".to_vec()));
        assert_eq!(name("g\n", Some(b"f")), Some(b"f".to_vec()));
        assert_eq!(name("b/d//g\t2020-01-01\n", None), Some(b"d/g".to_vec()));
    }
}
