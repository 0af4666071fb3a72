// SPDX-License-Identifier: GPL-2.0-or-later
//! Decodes the body of a mail into lines: MIME parts in sequence, transfer encodings undone, flowed text joined.
//!
//! It walks the parts exactly as `git mailinfo` does, oddities included, because its output becomes
//! commits: parts are identified by their boundary lines only, the text before the first boundary is
//! skipped, and nesting is bounded.

use super::lines::{HeaderLine, LineCursor, find_ignoring_case, parameter};
use memchr::memchr;

/// Maximum nesting of multiparts, as in git.
const MAX_MULTIPART_DEPTH: usize = 4;

/// Maximum length of a line joined from flowed lines, in bytes.
const MAX_FLOWED_LINE: usize = 1 << 20;

/// Receives the contents of a mail during the walk.
pub(super) trait Sink {
    /// Handles one header of the mail itself (`top`) or of a part, with folded lines joined. `Err` refuses the mail.
    fn header(&mut self, header: &[u8], top: bool) -> Result<(), MailRefusal>;

    /// Decodes the value of a header that the walk itself needs, such as `Content-Type`.
    fn mime_value(&self, header: &[u8], name: &str) -> Result<Option<Vec<u8>>, MailRefusal>;

    /// Handles one decoded line, with its newline if it has one.
    fn line(&mut self, line: &[u8], part: &MimePart) -> Result<(), MailRefusal>;
}

/// The reason why git refuses a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MailRefusal(pub String);

/// The properties of the part being read.
#[derive(Debug, Default)]
pub(super) struct MimePart {
    /// The charset of the part; empty if it names none.
    pub charset: Vec<u8>,
    /// The value of its `Content-Type`; empty if it has none.
    pub content_type: Vec<u8>,
    encoding: Encoding,
    flowed: bool,
    delete_space: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    #[default]
    Plain,
    QuotedPrintable,
    Base64,
}

/// Walks a whole mail.
pub(super) fn walk(mail: LineCursor<'_>, sink: &mut impl Sink) -> Result<(), MailRefusal> {
    MimeWalk {
        lines: mail,
        sink,
        part: MimePart::default(),
        boundaries: Vec::new(),
        unfinished: Vec::new(),
    }
    .run()
}

struct MimeWalk<'a, 's, S: Sink> {
    lines: LineCursor<'a>,
    sink: &'s mut S,
    part: MimePart,
    boundaries: Vec<Vec<u8>>,
    /// The beginning of a line whose end has not been read yet: half decoded, or flowed.
    unfinished: Vec<u8>,
}

impl<S: Sink> MimeWalk<'_, '_, S> {
    fn run(mut self) -> Result<(), MailRefusal> {
        let mut line = self.headers(true)?;
        if !self.boundaries.is_empty() {
            match self.next_boundary() {
                Some(boundary) => line = boundary,
                None => return Ok(()),
            }
        }
        loop {
            if self.is_boundary(&line) {
                let half = std::mem::take(&mut self.unfinished);
                if !half.is_empty() {
                    self.sink.line(&half, &self.part)?;
                }
                match self.enter_part(line)? {
                    Some(first) => line = first,
                    None => return Ok(()),
                }
            }
            self.decode(&line)?;
            match self.lines.next_line() {
                Some(next) => {
                    line.clear();
                    line.extend_from_slice(next);
                }
                None => break,
            }
        }
        if self.unfinished.is_empty() {
            Ok(())
        } else {
            self.sink.line(&self.unfinished, &self.part)
        }
    }

    /// Reads headers; returns the line that follows them.
    ///
    /// If the mail ends there, this is the last header again, as in git.
    fn headers(&mut self, top: bool) -> Result<Vec<u8>, MailRefusal> {
        let mut last = Vec::new();
        loop {
            match self.lines.next_header() {
                HeaderLine::End(line) => return Ok(line),
                HeaderLine::Eof => return Ok(last),
                HeaderLine::Header(header) => {
                    self.sink.header(&header, top)?;
                    if let Some(value) = self.sink.mime_value(&header, "Content-Type")? {
                        self.content_type(value)?;
                    } else if let Some(value) =
                        self.sink.mime_value(&header, "Content-Transfer-Encoding")?
                    {
                        self.part.encoding = encoding(&value);
                    }
                    last = header;
                }
            }
        }
    }

    fn content_type(&mut self, value: Vec<u8>) -> Result<(), MailRefusal> {
        let says = |name, wanted: &[u8]| {
            parameter(&value, name).is_some_and(|v| v.eq_ignore_ascii_case(wanted))
        };
        self.part.flowed = says("format=", b"flowed");
        self.part.delete_space = says("delsp=", b"yes");
        if let Some(boundary) = parameter(&value, "boundary=") {
            if self.boundaries.len() == MAX_MULTIPART_DEPTH {
                return Err(MailRefusal("multiparts are nested too deep".to_owned()));
            }
            self.boundaries.push([b"--", boundary].concat());
        }
        self.part.charset = parameter(&value, "charset=").unwrap_or_default().to_vec();
        self.part.content_type = value;
        Ok(())
    }

    fn is_boundary(&self, line: &[u8]) -> bool {
        self.boundaries
            .last()
            .is_some_and(|boundary| line.starts_with(boundary))
    }

    /// Skips lines up to the next boundary of the innermost multipart.
    fn next_boundary(&mut self) -> Option<Vec<u8>> {
        let innermost = self.boundaries.last()?;
        while let Some(line) = self.lines.next_line() {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if line.starts_with(innermost) {
                return Some(line.to_vec());
            }
        }
        None
    }

    /// Goes from a boundary line to the first line of the part after it; returns `None` if the mail ends first.
    fn enter_part(&mut self, mut line: Vec<u8>) -> Result<Option<Vec<u8>>, MailRefusal> {
        let mut closed = false;
        while let Some(innermost) = self.boundaries.last()
            && line
                .get(innermost.len()..)
                .is_some_and(|rest| rest.starts_with(b"--"))
        {
            self.boundaries.pop();
            // However many multiparts end here, git sees one empty line.
            if !std::mem::replace(&mut closed, true) {
                self.sink.line(b"\n", &self.part)?;
            }
            match self.next_boundary() {
                Some(next) => line = next,
                None => return Ok(None),
            }
        }
        self.part.encoding = Encoding::Plain;
        self.part.charset.clear();
        self.part.content_type.clear();
        self.headers(false)?;
        Ok(self
            .lines
            .next_line()
            .map(|first| [first.strip_suffix(b"\n").unwrap_or(first), b"\n"].concat()))
    }

    fn decode(&mut self, line: &[u8]) -> Result<(), MailRefusal> {
        let decoded = match self.part.encoding {
            Encoding::Plain => return self.flow(line.to_vec()),
            Encoding::QuotedPrintable => super::transfer::quoted_printable(line),
            Encoding::Base64 => super::transfer::base64(line),
        };
        let mut rest = decoded.as_slice();
        let mut begun = std::mem::take(&mut self.unfinished);
        while let Some(end) = memchr(b'\n', rest) {
            let (whole, behind) = rest.split_at(end + 1);
            begun.extend_from_slice(whole);
            self.flow(std::mem::take(&mut begun))?;
            rest = behind;
        }
        begun.extend_from_slice(rest);
        self.keep(begun)
    }

    /// Stores the beginning of a line until its end is read.
    fn keep(&mut self, begun: Vec<u8>) -> Result<(), MailRefusal> {
        if self.unfinished.is_empty() {
            self.unfinished = begun;
        } else {
            self.unfinished.extend_from_slice(&begun);
        }
        // Each further piece may copy the whole line, so the line must not grow without limit.
        if self.part.flowed && self.unfinished.len() > MAX_FLOWED_LINE {
            return Err(MailRefusal("a flowed line is too long".to_owned()));
        }
        Ok(())
    }

    /// Passes a line to the sink, joined with the flowed lines before it.
    fn flow(&mut self, mut line: Vec<u8>) -> Result<(), MailRefusal> {
        if !self.part.flowed {
            return self.sink.line(&line, &self.part);
        }
        let text = line
            .strip_suffix(b"\r\n")
            .or_else(|| line.strip_suffix(b"\n"))
            .unwrap_or(&line);
        let mut length = text.len();
        if text == b"-- " {
            let begun = std::mem::take(&mut self.unfinished);
            if !begun.is_empty() {
                self.sink.line(&begun, &self.part)?;
            }
            return self.sink.line(&line, &self.part);
        }
        if text.starts_with(b" ") {
            line.remove(0);
            length -= 1;
        }
        if length > 0 && line[length - 1] == b' ' {
            line.truncate(length - usize::from(self.part.delete_space));
            return self.keep(line);
        }
        let mut whole = std::mem::take(&mut self.unfinished);
        whole.extend_from_slice(&line);
        self.sink.line(&whole, &self.part)
    }
}

fn encoding(value: &[u8]) -> Encoding {
    if find_ignoring_case(value, b"base64").is_some() {
        Encoding::Base64
    } else if find_ignoring_case(value, b"quoted-printable").is_some() {
        Encoding::QuotedPrintable
    } else {
        Encoding::Plain
    }
}
