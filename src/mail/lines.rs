// SPDX-License-Identifier: GPL-2.0-or-later
//! Splits a mail into lines: a cursor over its bytes, and headers with folded lines joined as git joins them.

use crate::tags::stripspace::trim_end;
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// Whether git treats the byte as white space: no vertical tab, no form feed, nothing beyond ASCII.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The bytes without leading and trailing white space.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|&b| !is_space(b))
        .unwrap_or(bytes.len());
    trim_end(&bytes[start..])
}

/// The bytes up to the first NUL, where git ends a text.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    memchr(0, bytes).map_or(bytes, |end| &bytes[..end])
}

/// Where `needle` begins in `text`, ignoring the case of ASCII letters.
pub(super) fn find_ignoring_case(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
}

/// Removes the CR of every CRLF, as `git mailsplit` does without `--keep-cr`.
pub(super) fn without_cr(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut hits = memmem::find_iter(raw, b"\r\n").peekable();
    if hits.peek().is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut from = 0;
    for hit in hits {
        text.extend_from_slice(&raw[from..hit]);
        from = hit + 1;
    }
    text.extend_from_slice(&raw[from..]);
    Cow::Owned(text)
}

/// A cursor that returns lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineCursor<'a> {
    rest: &'a [u8],
}

/// The result of reading a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeaderLine {
    /// A header, with its folded lines joined.
    Header(Vec<u8>),
    /// The line that ends the headers, trimmed and with a newline.
    End(Vec<u8>),
    /// The end of the mail.
    Eof,
}

impl<'a> LineCursor<'a> {
    /// A cursor at the beginning of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        LineCursor { rest: text }
    }

    /// A cursor after the white space at the start of `text`; `None` if there is nothing else.
    pub fn behind_space(text: &'a [u8]) -> Option<Self> {
        let start = text.iter().position(|&b| !is_space(b))?;
        Some(LineCursor {
            rest: &text[start..],
        })
    }

    /// The bytes that have not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next line with its newline, if it has one.
    pub fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest).map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(line)
    }

    /// The next header, or the line that ends the headers.
    pub fn next_header(&mut self) -> HeaderLine {
        let Some(line) = self.next_line() else {
            return HeaderLine::Eof;
        };
        let mut header = trim_end(line).to_vec();
        if !is_header(&header) {
            header.push(b'\n');
            return HeaderLine::End(header);
        }
        while let Some(b' ' | b'\t') = self.rest.first()
            && let Some(folded) = self.next_line()
        {
            let folded = trim_end(folded);
            if let Some(text) = folded.get(1..) {
                header.push(b' ');
                header.extend_from_slice(text);
            }
        }
        HeaderLine::Header(header)
    }
}

/// Whether git takes a line for a header: a name of visible ASCII and a colon, or an envelope line.
fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"From ")
        || line.starts_with(b">From ")
        || line
            .iter()
            .find(|&&b| b == b':' || !(33..=126).contains(&b))
            == Some(&b':')
}

/// The value of a header with this name, from its first visible byte to the first NUL.
pub(super) fn value_of<'a>(header: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (head, rest) = header.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    if !head.eq_ignore_ascii_case(name.as_bytes()) {
        return None;
    }
    let start = value
        .iter()
        .position(|&b| !is_space(b))
        .unwrap_or(value.len());
    Some(until_nul(&value[start..]))
}

/// The parameter `name=` of a header's value, parsed as loosely as git does it.
///
/// This is the first match anywhere, up to the closing quote, or to a semicolon or blank.
pub(super) fn parameter<'a>(value: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let value = until_nul(value);
    let at = find_ignoring_case(value, name.as_bytes())?;
    let found = &value[at + name.len()..];
    let (found, is_end): (_, fn(u8) -> bool) = match found.strip_prefix(b"\"") {
        Some(quoted) => (quoted, |b| b == b'"'),
        None => (found, |b| matches!(b, b';' | b' ' | b'\t')),
    };
    let end = found.iter().position(|&b| is_end(b)).unwrap_or(found.len());
    Some(&found[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_joined() {
        let mut lines = LineCursor::new(b"Subject: a\n\tb  \n c\n\nbody\n");
        assert_eq!(
            lines.next_header(),
            HeaderLine::Header(b"Subject: a b c".to_vec())
        );
        assert_eq!(lines.next_header(), HeaderLine::End(b"\n".to_vec()));
        assert_eq!(lines.rest(), b"body\n");
    }

    #[test]
    fn names_of_headers_have_any_case() {
        assert_eq!(value_of(b"SUBJECT:  x", "Subject"), Some(&b"x"[..]));
        assert_eq!(value_of(b"Subject : x", "Subject"), None);
        assert_eq!(value_of(b"Sub", "Subject"), None);
    }

    #[test]
    fn parameters_end_at_quote_or_semicolon() {
        assert_eq!(
            parameter(b"text/plain; Charset=utf-8; x=y", "charset="),
            Some(&b"utf-8"[..])
        );
        assert_eq!(
            parameter(b"multipart/mixed; boundary=\"a; b\"", "boundary="),
            Some(&b"a; b"[..])
        );
    }

    #[test]
    fn only_the_cr_before_a_newline_goes() {
        assert_eq!(&*without_cr(b"a\r\r\nb\rc\r\n\r"), b"a\r\nb\rc\n\r");
    }
}
