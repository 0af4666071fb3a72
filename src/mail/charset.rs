// SPDX-License-Identifier: GPL-2.0-or-later
//! Converts charsets to UTF-8: strictly for text that goes into a commit, as git does with iconv, and
//! leniently for people to read.
//!
//! The tables are those of the web's encodings, which differ from iconv's in places; where a patch
//! could be affected, iconv's are used.

use encoding_rs::{EUC_KR, Encoding, GBK};
use std::borrow::Cow;

/// Converts bytes to UTF-8; returns `None` if the charset is unknown or the bytes are invalid in it,
/// where git refuses the mail.
///
/// Text that claims to be UTF-8, or names no charset, is passed through unverified, as in git.
pub(super) fn to_utf8<'a>(bytes: &'a [u8], charset: &[u8]) -> Option<Cow<'a, [u8]>> {
    if charset.is_empty() || is_utf8(charset) {
        return Some(Cow::Borrowed(bytes));
    }
    let text = match label(charset).as_str() {
        "utf-8" | "utf8" => {
            return std::str::from_utf8(bytes)
                .is_ok()
                .then_some(Cow::Borrowed(bytes));
        }
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" | "us" => {
            return bytes.is_ascii().then_some(Cow::Borrowed(bytes));
        }
        "latin-1" => latin1(bytes),
        "gb2312" | "euc-cn" | "euccn" | "gb_2312-80" | "csgb2312" => paired(bytes, GBK)?,
        "euc-kr" => paired(bytes, EUC_KR)?,
        label => {
            let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
            match encoding.name() {
                "UTF-16LE" | "UTF-16BE" | "UTF-8" | "x-user-defined" => return None,
                "windows-1252" if label.contains("8859") || label.starts_with('l') => latin1(bytes),
                "windows-1254" if label.contains("8859") || label.starts_with('l') => {
                    with_controls(encoding, bytes)?
                }
                "windows-874" if !label.contains("874") => with_controls(encoding, bytes)?,
                name => {
                    let text = encoding
                        .decode_without_bom_handling_and_without_replacement(bytes)?
                        .into_owned();
                    if name.starts_with("windows-")
                        && text.contains(|c| matches!(c, '\u{80}'..='\u{9f}'))
                    {
                        return None;
                    }
                    text
                }
            }
        }
    };
    Some(Cow::Owned(text.into_bytes()))
}

/// Encodes a text in a charset, so that [`to_utf8`] decodes it to the same text; `None` if that is impossible.
pub(crate) fn from_utf8(text: &str, charset: &[u8]) -> Option<Vec<u8>> {
    let is_undone =
        |bytes: &Vec<u8>| to_utf8(bytes, charset).is_some_and(|back| *back == *text.as_bytes());
    let narrow: Option<Vec<u8>> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect();
    narrow.filter(is_undone).or_else(|| {
        let encoding = Encoding::for_label_no_replacement(label(charset).as_bytes())?;
        let (bytes, _, is_lossy) = encoding.encode(text);
        Some(bytes.into_owned())
            .filter(|_| !is_lossy)
            .filter(is_undone)
    })
}

/// The name of a charset as iconv sees it: in lower case, without characters that no name contains.
fn label(charset: &[u8]) -> String {
    let known = charset
        .iter()
        .filter(|b| b.is_ascii_alphanumeric() || b"-_.,:".contains(b));
    let label: String = known.map(|b| char::from(b.to_ascii_lowercase())).collect();
    match label.as_str() {
        "euckr" => "euc-kr".to_owned(),
        "eucjp" => "euc-jp".to_owned(),
        "cp936" => "gbk".to_owned(),
        "cp932" => "shift_jis".to_owned(),
        "cp949" | "uhc" => "windows-949".to_owned(),
        "cp950" => "big5".to_owned(),
        _ => label,
    }
}

/// Decodes bytes for people to read: invalid bytes are replaced.
pub(super) fn readable(bytes: &[u8], charset: &[u8]) -> String {
    match to_utf8(bytes, charset) {
        Some(text) => repaired(&text),
        None => match Encoding::for_label(charset) {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => repaired(bytes),
        },
    }
}

/// Converts bytes that should be UTF-8 to text.
///
/// A byte that is not part of valid UTF-8 is read as Latin-1, as git does for a commit that is not
/// UTF-8. Non-characters count as invalid, as in git.
pub(super) fn repaired(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_noncharacter(c) {
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(char::from));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
}

fn is_noncharacter(c: char) -> bool {
    let c = u32::from(c);
    c & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&c)
}

fn is_utf8(charset: &[u8]) -> bool {
    let rest = charset
        .split_at_checked(3)
        .filter(|(utf, _)| utf.eq_ignore_ascii_case(b"utf"))
        .map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.strip_prefix(b"-").unwrap_or(rest) == b"8")
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Decodes a single-byte ISO charset, where 0x80 to 0x9f are control characters.
fn with_controls(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if (0x80..=0x9f).contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&encoding.decode_without_bom_handling_and_without_replacement(&[*byte])?);
        }
    }
    Some(text)
}

/// Decodes a charset of byte pairs that both have the high bit set.
///
/// The web's encodings treat GB 2312 and EUC-KR as their supersets, and map two characters of GB 2312 differently.
fn paired(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if first.is_ascii() {
            text.push(char::from(*first));
            rest = tail;
            continue;
        }
        let [second, tail @ ..] = tail else {
            return None;
        };
        match (first, second) {
            (0xa1, 0xa4) if encoding == GBK => text.push('\u{30fb}'),
            (0xa1, 0xaa) if encoding == GBK => text.push('\u{2015}'),
            (0xa1..=0xfe, 0xa1..=0xfe) => {
                text.push_str(
                    &encoding
                        .decode_without_bom_handling_and_without_replacement(&[*first, *second])?,
                );
            }
            _ => return None,
        }
        rest = tail;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], charset: &str) -> Option<String> {
        to_utf8(bytes, charset.as_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn charsets_of_mail_become_utf8() {
        assert_eq!(decoded(b"J\xf6rg", "ISO-8859-1").as_deref(), Some("Jörg"));
        assert_eq!(
            decoded(b"\x93x\x94", "windows-1252").as_deref(),
            Some("“x”")
        );
        assert_eq!(decoded(b"\x93", "iso-8859-1").as_deref(), Some("\u{93}"));
        assert_eq!(
            decoded(b"\xc4\xe3\xba\xc3", "gb2312").as_deref(),
            Some("你好")
        );
        assert_eq!(
            decoded(b"\xf0\xd2\xc9\xd7\xc5\xd4", "KOI8-R").as_deref(),
            Some("Привет")
        );
        assert_eq!(
            decoded(b"\x1b$B$\"\x1b(B", "iso-2022-jp").as_deref(),
            Some("あ")
        );
        assert_eq!(decoded(b"\xa4", "iso-8859-15").as_deref(), Some("€"));
    }

    #[test]
    fn text_goes_back_into_its_charset_or_not_at_all() {
        let encoded = |text: &str, charset: &str| from_utf8(text, charset.as_bytes());
        assert_eq!(
            encoded("né\u{85}", "ISO-8859-1"),
            Some(b"n\xe9\x85".to_vec())
        );
        assert_eq!(encoded("né", "koi8-r"), None);
        assert_eq!(encoded("да", "KOI8-R"), Some(b"\xc4\xc1".to_vec()));
        assert_eq!(encoded("€", "windows-1252"), Some(b"\x80".to_vec()));
        assert_eq!(encoded("€", "iso-8859-1"), None);
        assert_eq!(encoded("é", "us-ascii"), None);
        assert_eq!(encoded("é", "utf-8"), Some("é".as_bytes().to_vec()));
        assert_eq!(encoded("é", "x-no-such"), None);
    }

    #[test]
    fn what_is_not_of_the_charset_is_refused() {
        assert_eq!(decoded(b"\xe4", "us-ascii"), None);
        assert_eq!(decoded(b"\x81", "windows-1252"), None);
        assert_eq!(decoded(b"x", "no-such-charset"), None);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_taken_as_latin1() {
        assert_eq!(repaired(b"a\xe4\xc3\xa4\xff"), "aääÿ");
        assert_eq!(repaired("\u{ffff}".as_bytes()), "ï¿¿");
        assert_eq!(readable(b"\xe4", b"us-ascii"), "ä");
    }
}
