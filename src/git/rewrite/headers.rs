// SPDX-License-Identifier: GPL-2.0-or-later
//! A commit as its bytes: headers that are kept as they are, in their order, and a message in the commit's encoding.

use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::objects::Objects;
use encoding_rs::Encoding;
use git2::ObjectType;

/// The parts of a commit.
#[derive(Debug)]
pub(super) struct CommitHeaders {
    /// Each header with the lines that continue it, and its newline.
    lines: Vec<Vec<u8>>,
    message: Vec<u8>,
}

/// How the message is written.
enum MessageEncoding {
    Utf8,
    In(&'static Encoding),
    /// Not as the commit says.
    Raw,
}

impl CommitHeaders {
    pub(super) fn read(objects: &Objects, id: Oid) -> Result<Self> {
        Ok(CommitHeaders::parse(&objects.read(id, ObjectType::Commit)?))
    }

    pub(super) fn parse(bytes: &[u8]) -> Self {
        let end = if bytes.starts_with(b"\n") {
            Some(0)
        } else {
            memchr::memmem::find(bytes, b"\n\n").map(|at| at + 1)
        };
        let (head, message) = match end {
            Some(end) => (&bytes[..end], bytes[end + 1..].to_vec()),
            None => (bytes, Vec::new()),
        };
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for line in head.split_inclusive(|&c| c == b'\n') {
            match lines.last_mut().filter(|_| line.starts_with(b" ")) {
                Some(last) => last.extend_from_slice(line),
                None => lines.push(line.to_vec()),
            }
        }
        CommitHeaders { lines, message }
    }

    /// The message, in the commit's encoding.
    pub(super) fn message(&self) -> &[u8] {
        &self.message
    }

    /// The value of the first header of that name.
    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        let value = |line: &'_ Vec<u8>| -> Option<usize> {
            line.strip_prefix(name.as_bytes())?
                .strip_prefix(b" ")
                .map(|rest| line.len() - rest.len())
        };
        self.lines
            .iter()
            .find_map(|line| value(line).map(|at| line[at..].trim_ascii_end()))
    }

    /// The names of all headers.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| {
            line.split(|c| b" \n".contains(c))
                .next()
                .unwrap_or_default()
        })
    }

    pub(super) fn is_signed(&self) -> bool {
        self.names().any(is_signature)
    }

    pub(super) fn parents(&self) -> Result<Vec<Oid>> {
        let ids = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix(b"parent "));
        ids.map(|hex| {
            let id = std::str::from_utf8(hex.trim_ascii_end())
                .ok()
                .and_then(|hex| Oid::from_str(hex).ok());
            id.ok_or_else(|| Error::new("a commit is damaged: it names no parent"))
        })
        .collect()
    }

    /// The commit on another parent and with another message, without a signature.
    pub(super) fn with(&self, parent: Oid, message: &[u8]) -> Vec<u8> {
        let mut bytes = self.without_signature(Some(parent));
        bytes.push(b'\n');
        bytes.extend_from_slice(message);
        bytes
    }

    /// The headers without signatures, on another parent where one is given.
    pub(super) fn without_signature(&self, parent: Option<Oid>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            match (
                line.split(|c| b" \n".contains(c))
                    .next()
                    .unwrap_or_default(),
                parent,
            ) {
                (b"parent", Some(parent)) => {
                    bytes.extend_from_slice(format!("parent {parent}\n").as_bytes())
                }
                (name, _) if is_signature(name) => {}
                _ => bytes.extend_from_slice(line),
            }
        }
        bytes
    }

    /// The message as `edit` returns it; none where it does not change. `short` names the commit in errors.
    pub(super) fn edited(
        &self,
        short: &str,
        edit: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>>,
    ) -> Result<Option<Vec<u8>>> {
        let (text, kind) = self.decoded();
        let Some(new) = edit(&text)?.filter(|new| *new != text) else {
            return Ok(None);
        };
        if new.contains(&0) {
            return Err(
                Error::new(format!("cannot change the message of commit '{short}'"))
                    .with_cause("a NUL byte is not allowed in it"),
            );
        }
        let MessageEncoding::In(encoding) = kind else {
            return Ok(Some(new));
        };
        let unmapped = |what: &str| {
            Error::new(format!("cannot change the message of commit '{short}'"))
                .with_cause(format!("{what} cannot be written in {}, the encoding of the commit", encoding.name()))
                .with_hint(format!(
                    "to make it UTF-8: git -c i18n.commitEncoding=UTF-8 rebase --exec 'git commit --amend --no-edit' {short}~"
                ))
        };
        let Ok(new) = std::str::from_utf8(&new) else {
            return Err(unmapped("bytes that are no text"));
        };
        let (bytes, used, has_failed) = encoding.encode(new);
        if has_failed || used != encoding {
            let strange = new
                .chars()
                .find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2);
            return Err(unmapped(
                &strange.map_or("it".to_owned(), |c| format!("'{c}'")),
            ));
        }
        Ok(Some(bytes.into_owned()))
    }

    /// The message in UTF-8, if converting it back gives the same bytes.
    fn decoded(&self) -> (Vec<u8>, MessageEncoding) {
        let encoding = match self.value("encoding") {
            None => return (self.message.clone(), MessageEncoding::Utf8),
            Some(label) => Encoding::for_label(label),
        };
        let Some(encoding) = encoding.filter(|encoding| encoding.output_encoding() == *encoding)
        else {
            return (self.message.clone(), MessageEncoding::Raw);
        };
        if encoding == encoding_rs::UTF_8 {
            return (self.message.clone(), MessageEncoding::Utf8);
        }
        let (text, has_failed) = encoding.decode_without_bom_handling(&self.message);
        let (back, _, _) = encoding.encode(&text);
        if has_failed || back != self.message {
            return (self.message.clone(), MessageEncoding::Raw);
        }
        (
            text.into_owned().into_bytes(),
            MessageEncoding::In(encoding),
        )
    }
}

fn is_signature(name: &[u8]) -> bool {
    matches!(name, b"gpgsig" | b"gpgsig-sha256")
}
