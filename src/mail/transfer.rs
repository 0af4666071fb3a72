// SPDX-License-Identifier: GPL-2.0-or-later
//! Decodes base64 and quoted-printable as leniently as git does: invalid characters are skipped or left unchanged.

use super::lines::until_nul;

/// Decodes base64 text; bytes outside its alphabet are skipped.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in until_nul(text) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(six)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    out
}

/// Decodes quoted-printable text.
///
/// A `=` before anything but two hexadecimal digits or the end of the line is left unchanged.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    quoted(text, false)
}

/// Decodes the Q form of an encoded word, where `_` is a blank.
pub(super) fn q_word(text: &[u8]) -> Vec<u8> {
    quoted(text, true)
}

fn quoted(text: &[u8], underscore_is_blank: bool) -> Vec<u8> {
    let mut rest = until_nul(text);
    let mut out = Vec::with_capacity(rest.len());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (*first, tail) {
            (b'=', [] | [b'\n', ..]) => break,
            (b'=', [high, low, behind @ ..])
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                out.push(high << 4 | low);
                rest = behind;
            }
            (b'_', _) if underscore_is_blank => out.push(b' '),
            (byte, _) => out.push(byte),
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_passes_over_what_it_does_not_know() {
        assert_eq!(base64(b"aGVs\r\nbG8=!"), b"hello");
        assert_eq!(base64(b"a"), b"");
        assert_eq!(base64(b"aGVsbG8gd29ybGQ"), b"hello world");
    }

    #[test]
    fn quoted_printable_keeps_what_is_not_a_code() {
        assert_eq!(quoted_printable(b"a=3Db=\n"), b"a=b");
        assert_eq!(quoted_printable(b"a=3=zz_\n"), b"a=3=zz_\n");
        assert_eq!(q_word(b"a_b=5F"), b"a b_");
    }
}
