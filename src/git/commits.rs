// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes commits byte for byte as `git am` does.

use super::objects::Objects;
use crate::error::{Error, Result, WithContext};
use git2::{ObjectType, Oid};

/// Who made something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name as the mail gives it.
    pub name: Vec<u8>,
    /// The address without angle brackets.
    pub email: Vec<u8>,
    /// Seconds since 1970.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub offset_minutes: i32,
}

impl Signature {
    /// A signature of text.
    pub fn new(name: &str, email: &str, seconds: i64, offset_minutes: i32) -> Self {
        Signature {
            name: name.into(),
            email: email.into(),
            seconds,
            offset_minutes,
        }
    }

    /// Who, as `Name <address>`, for people: bytes that are not UTF-8 are replaced.
    pub fn person(&self) -> String {
        format!(
            "{} <{}>",
            String::from_utf8_lossy(&self.name),
            String::from_utf8_lossy(&self.email)
        )
    }

    /// Fails where git would refuse to commit in this name.
    pub fn check(&self) -> Result<()> {
        self.line().map(drop)
    }

    /// The identity line of a commit: git's rules strip the ends of name and address and remove
    /// `<`, `>` and newlines. A name that becomes empty is an error, as in `git am`.
    pub(super) fn line(&self) -> Result<Vec<u8>> {
        let name = clean(&self.name);
        let email = clean(&self.email);
        if name.is_empty() {
            let email = crate::invisible::shown(&email);
            return Err(Error::new(format!(
                "empty ident name (for <{email}>) not allowed"
            )));
        }
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let zone = self.offset_minutes.unsigned_abs();
        let date = format!("> {} {sign}{:02}{:02}", self.seconds, zone / 60, zone % 60);
        Ok([&name[..], b" <", &email, date.as_bytes()].concat())
    }
}

fn clean(text: &[u8]) -> Vec<u8> {
    let dross = |c: &u8| *c <= b' ' || b",:;<>\"\\'".contains(c);
    let Some(first) = text.iter().position(|c| !dross(c)) else {
        return Vec::new();
    };
    let last = text.iter().rposition(|c| !dross(c)).unwrap_or(first);
    text[first..=last]
        .iter()
        .copied()
        .filter(|c| !b"<>\n\0".contains(c))
        .collect()
}

impl Objects {
    /// Writes a commit. The message is taken as it is, except that bytes which are not UTF-8 are read as Latin-1, as git
    /// does where `i18n.commitEncoding` is not set.
    pub fn commit(
        &self,
        tree: Oid,
        parents: &[Oid],
        author: &Signature,
        committer: &Signature,
        message: &[u8],
    ) -> Result<Oid> {
        if message.contains(&0) {
            return Err(Error::new("a NUL byte in a commit message is not allowed"));
        }
        let mut bytes = format!("tree {tree}\n").into_bytes();
        for parent in parents {
            bytes.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        for (word, who) in [("author", author), ("committer", committer)] {
            let line = who
                .line()
                .map_err(|error| error.within(format!("invalid {word}")))?;
            bytes.extend_from_slice(word.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(message);
        self.write(ObjectType::Commit, &as_utf8(bytes))
            .context(|| "cannot write a commit")
    }
}

/// The bytes with those that are not UTF-8, and characters that Unicode sets apart as no characters, read as Latin-1.
fn as_utf8(bytes: Vec<u8>) -> Vec<u8> {
    let is_noncharacter =
        |c: char| matches!(u32::from(c), 0xfdd0..=0xfdef) || u32::from(c) & 0xfffe == 0xfffe;
    if std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains(is_noncharacter)) {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let latin = |out: &mut Vec<u8>, bytes: &[u8]| {
        for &c in bytes {
            out.extend_from_slice(char::from(c).encode_utf8(&mut [0; 4]).as_bytes());
        }
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut buffer = [0; 4];
            let text = c.encode_utf8(&mut buffer).as_bytes();
            if is_noncharacter(c) {
                latin(&mut out, text)
            } else {
                out.extend_from_slice(text)
            }
        }
        latin(&mut out, chunk.invalid());
    }
    out
}
