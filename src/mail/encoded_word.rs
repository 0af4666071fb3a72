// SPDX-License-Identifier: GPL-2.0-or-later
//! Decodes the encoded words of headers (RFC 2047): strictly for a commit, where git refuses a mail
//! with a broken word, and leniently for people to read, where a broken word is left unchanged.

use super::lines::is_space;
use super::{charset, transfer};
use memchr::{memchr, memmem};

/// Decodes a header's value as git does.
///
/// Returns `None` if git refuses the mail: an encoded word does not end, has an encoding other than B
/// or Q, or is invalid in its charset.
pub(super) fn strict(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    let mut at_start = true;
    while let Some(at) = memmem::find(rest, b"=?") {
        let between = &rest[..at];
        if at_start || !between.iter().all(|&b| is_space(b)) {
            out.extend_from_slice(between);
        }
        at_start = false;
        let (word, behind) = split_word(&rest[at + 2..])?;
        out.extend_from_slice(&charset::to_utf8(&word.bytes(), word.charset)?);
        rest = behind;
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// Decodes a header's value for people to read.
pub(super) fn readable(value: &[u8]) -> String {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    let mut behind_word = false;
    // The bytes of one character may be split across adjacent words of the same charset.
    let mut pending: Option<(&[u8], Vec<u8>)> = None;
    // No word begins after the last mark that could end one.
    let beyond = memmem::rfind(value, b"?=").map_or(value.len(), |end| value.len() - end);
    while let Some(at) = memmem::find(rest, b"=?").filter(|at| rest.len() - at > beyond) {
        let between = &rest[..at];
        let Some((word, behind)) = split_word(&rest[at + 2..]) else {
            flush(&mut out, &mut pending);
            out.extend_from_slice(&rest[..at + 2]);
            rest = &rest[at + 2..];
            behind_word = false;
            continue;
        };
        if !(behind_word && between.iter().all(|&b| is_space(b))) {
            flush(&mut out, &mut pending);
            out.extend_from_slice(between);
        }
        let bytes = word.bytes();
        match &mut pending {
            Some((charset, held)) if charset.eq_ignore_ascii_case(word.charset) => {
                held.extend_from_slice(&bytes)
            }
            _ => {
                flush(&mut out, &mut pending);
                pending = Some((word.charset, bytes));
            }
        }
        behind_word = true;
        rest = behind;
    }
    flush(&mut out, &mut pending);
    out.extend_from_slice(rest);
    charset::repaired(&out)
}

fn flush(out: &mut Vec<u8>, pending: &mut Option<(&[u8], Vec<u8>)>) {
    if let Some((charset, bytes)) = pending.take() {
        // RFC 2231 allows a language after the charset.
        let charset = memchr(b'*', charset).map_or(charset, |end| &charset[..end]);
        out.extend_from_slice(charset::readable(&bytes, charset).as_bytes());
    }
}

struct EncodedWord<'a> {
    charset: &'a [u8],
    is_base64: bool,
    text: &'a [u8],
}

impl EncodedWord<'_> {
    fn bytes(&self) -> Vec<u8> {
        if self.is_base64 {
            transfer::base64(self.text)
        } else {
            transfer::q_word(self.text)
        }
    }
}

/// Splits `text`, which begins with the charset of an encoded word, after the end of that word.
fn split_word(text: &[u8]) -> Option<(EncodedWord<'_>, &[u8])> {
    let mark = memchr(b'?', text)?;
    let (charset, rest) = text.split_at(mark);
    let [b'?', form @ (b'b' | b'B' | b'q' | b'Q'), b'?', rest @ ..] = rest else {
        return None;
    };
    let end = memmem::find(rest, b"?=")?;
    Some((
        EncodedWord {
            charset,
            is_base64: form.eq_ignore_ascii_case(&b'b'),
            text: &rest[..end],
        },
        &rest[end + 2..],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(value: &str) -> (Option<String>, String) {
        let strict =
            strict(value.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (strict, readable(value.as_bytes()))
    }

    #[test]
    fn words_and_the_blanks_between_them() {
        for (value, text) in [
            ("=?utf-8?q?a_b?= =?UTF-8?B?Yw==?= d", "a bc d"),
            ("x =?utf-8?q?a?=  y =?utf-8?q?b?=z", "x a  y bz"),
            (
                "=?iso-8859-1?Q?J=F6rg?= <j@example.com>",
                "Jörg <j@example.com>",
            ),
            ("plain", "plain"),
        ] {
            assert_eq!(both(value), (Some(text.to_owned()), text.to_owned()));
        }
    }

    #[test]
    fn broken_words_are_refused_or_shown_as_they_are() {
        for value in ["=?", "=?utf-8?q?x", "=?utf-8?x?x?=", "=?utf-8?q", "a =?x"] {
            assert_eq!(both(value), (None, value.to_owned()));
        }
        assert_eq!(both("=?no-such?q?abc?="), (None, "abc".to_owned()));
    }

    #[test]
    fn characters_split_over_words_are_joined_for_people() {
        assert_eq!(both("=?utf-8?q?=C3?= =?utf-8?q?=A4?=").1, "ä");
        assert_eq!(
            both("=?iso-2022-jp?b?GyRCJCI=?= =?iso-2022-jp?b?JCQbKEI=?=").1,
            "あい"
        );
    }

    #[test]
    fn many_broken_words_take_no_time() {
        for value in ["=?a?q?x ", "=?a?x", "=?"] {
            let value = value.repeat(100_000) + "?=";
            assert!(readable(value.as_bytes()).len() > 100_000);
        }
    }
}
