// SPDX-License-Identifier: GPL-2.0-or-later
//! A commit as bytes: the headers, unchanged and in their order, and the message in the commit's encoding.
//!
//! Everything that reads a commit without libgit2 or rewrites one is built on it. A rewritten commit
//! keeps its tree, author, dates, encoding and unknown headers; its signatures are removed.

use super::commits::Signature;
use super::objects::Objects;
use crate::error::{Error, Result};
use encoding_rs::Encoding;
use git2::{ObjectType, Oid};
use std::borrow::Cow;

/// A commit object.
#[derive(Debug)]
pub(super) struct RawCommit<'a> {
    id: Oid,
    bytes: Cow<'a, [u8]>,
    /// Where the headers end: at the empty line, or at the end of the object.
    headers_end: usize,
}

/// A header with the lines that continue it, and its newline.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommitHeader<'a>(&'a [u8]);

impl<'a> CommitHeader<'a> {
    /// The first word.
    pub(super) fn name(self) -> &'a [u8] {
        let end = self.0.iter().position(|c| b" \n".contains(c));
        &self.0[..end.unwrap_or(self.0.len())]
    }

    /// The text after the name; `None` if there is only a name.
    pub(super) fn value(self) -> Option<&'a [u8]> {
        let value = self.0[self.name().len()..].strip_prefix(b" ")?;
        Some(value.strip_suffix(b"\n").unwrap_or(value))
    }

    fn is_signature(self) -> bool {
        matches!(self.name(), b"gpgsig" | b"gpgsig-sha256")
    }
}

/// How a message is encoded.
enum MessageEncoding {
    Utf8,
    Declared(&'static Encoding),
    /// Not in the declared encoding.
    Unknown,
}

impl<'a> RawCommit<'a> {
    pub(super) fn parse(id: Oid, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        let empty_line = match bytes.starts_with(b"\n") {
            true => Some(0),
            false => memchr::memmem::find(&bytes, b"\n\n").map(|at| at + 1),
        };
        RawCommit {
            id,
            headers_end: empty_line.unwrap_or(bytes.len()),
            bytes,
        }
    }

    pub(super) fn id(&self) -> Oid {
        self.id
    }

    /// All headers, in order.
    pub(super) fn headers(&self) -> impl Iterator<Item = CommitHeader<'_>> {
        let mut rest = &self.bytes[..self.headers_end];
        std::iter::from_fn(move || {
            let end = memchr::memchr_iter(b'\n', rest)
                .map(|at| at + 1)
                .find(|&at| rest.get(at) != Some(&b' '))
                .unwrap_or(rest.len());
            let (header, others) = rest.split_at(end);
            rest = others;
            (!header.is_empty()).then_some(CommitHeader(header))
        })
    }

    /// The value of the first header with this name.
    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        self.headers()
            .filter(|header| header.name() == name.as_bytes())
            .find_map(CommitHeader::value)
    }

    /// The message, in the commit's encoding.
    pub(super) fn message(&self) -> &[u8] {
        self.bytes.get(self.headers_end + 1..).unwrap_or_default()
    }

    pub(super) fn tree(&self) -> Result<Oid> {
        let first = self.headers().next();
        first
            .filter(|header| header.name() == b"tree")
            .and_then(|header| object_id(header.value()?))
            .ok_or_else(|| self.damaged("its tree is missing"))
    }

    pub(super) fn parents(&self) -> Result<Vec<Oid>> {
        self.headers()
            .filter(|header| header.name() == b"parent")
            .filter_map(CommitHeader::value)
            .map(|hex| object_id(hex).ok_or_else(|| self.damaged("a parent is not an object id")))
            .collect()
    }

    /// When it was committed, in seconds since 1970; 0 if the commit does not say so.
    pub(super) fn committed(&self) -> i64 {
        let committer = self.value("committer").unwrap_or_default();
        committer
            .rsplit(|&c| c == b' ')
            .nth(1)
            .and_then(|seconds| std::str::from_utf8(seconds).ok()?.parse().ok())
            .unwrap_or_default()
    }

    pub(super) fn is_signed(&self) -> bool {
        self.headers().any(CommitHeader::is_signature)
    }

    /// A part of the commit in UTF-8, to read; invalid bytes are replaced.
    fn text(&self, part: &[u8]) -> String {
        match self.declared_encoding() {
            Some(encoding) => encoding.decode_without_bom_handling(part).0.into_owned(),
            None => String::from_utf8_lossy(part).into_owned(),
        }
    }

    /// The encoding that the commit declares, if it is known.
    fn declared_encoding(&self) -> Option<&'static Encoding> {
        Encoding::for_label(self.value("encoding")?)
    }

    /// The commit without its signatures, with another parent and message, and with another committer if one is given.
    pub(super) fn rewritten(
        &self,
        parent: Oid,
        committer: Option<&[u8]>,
        message: &[u8],
    ) -> Vec<u8> {
        let mut bytes = self.unsigned_headers(Some(parent), committer);
        bytes.push(b'\n');
        bytes.extend_from_slice(message);
        bytes
    }

    /// The headers without the signatures, with another parent and committer if they are given.
    pub(super) fn unsigned_headers(
        &self,
        parent: Option<Oid>,
        committer: Option<&[u8]>,
    ) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.headers_end);
        for header in self.headers().filter(|header| !header.is_signature()) {
            match (header.name(), parent, committer) {
                (b"parent", Some(parent), _) => bytes.extend(format!("parent {parent}\n").bytes()),
                (b"committer", _, Some(line)) => {
                    bytes.extend([b"committer ", line, b"\n"].concat())
                }
                _ => bytes.extend_from_slice(header.0),
            }
        }
        bytes
    }

    /// The message that `edit` returns for this one; `None` if it does not change.
    ///
    /// `edit` gets the message in UTF-8 whatever the commit's encoding, and its result is converted to that encoding.
    /// A message that is not in the declared encoding is passed as it is, and the result is used as it is.
    pub(super) fn edited(
        &self,
        edit: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>>,
    ) -> Result<Option<Vec<u8>>> {
        let (text, encoding) = self.decoded_message();
        let Some(new) = edit(&text)?.filter(|new| new[..] != text[..]) else {
            return Ok(None);
        };
        if new.contains(&0) {
            return Err(self
                .unchangeable()
                .with_cause("a NUL byte is not allowed in it"));
        }
        match encoding {
            MessageEncoding::Declared(encoding) => self.encoded(encoding, &new).map(Some),
            MessageEncoding::Utf8 | MessageEncoding::Unknown => Ok(Some(new)),
        }
    }

    /// The message in UTF-8, if encoding it again gives the same bytes.
    fn decoded_message(&self) -> (Cow<'_, [u8]>, MessageEncoding) {
        let message = self.message();
        if self.value("encoding").is_none() {
            return (message.into(), MessageEncoding::Utf8);
        }
        let encoding = self
            .declared_encoding()
            .filter(|encoding| encoding.output_encoding() == *encoding);
        let Some(encoding) = encoding else {
            return (message.into(), MessageEncoding::Unknown);
        };
        if encoding == encoding_rs::UTF_8 {
            return (message.into(), MessageEncoding::Utf8);
        }
        let (text, has_failed) = encoding.decode_without_bom_handling(message);
        let (same, _, _) = encoding.encode(&text);
        if has_failed || same != message {
            return (message.into(), MessageEncoding::Unknown);
        }
        let text = text.into_owned().into_bytes();
        (text.into(), MessageEncoding::Declared(encoding))
    }

    fn encoded(&self, encoding: &'static Encoding, text: &[u8]) -> Result<Vec<u8>> {
        let fails = |what: &str| {
            self.unchangeable()
                .with_cause(format!("{what} cannot be written in {}, the encoding of the commit", encoding.name()))
                .with_hint(format!(
                    "to make it UTF-8: git -c i18n.commitEncoding=UTF-8 rebase --exec 'git commit --amend --no-edit' {}~",
                    self.id
                ))
        };
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(fails("bytes that are not UTF-8"));
        };
        let (bytes, used, has_failed) = encoding.encode(text);
        if has_failed || used != encoding {
            let unmapped = text
                .chars()
                .find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2);
            return Err(fails(
                &unmapped.map_or("it".to_owned(), |c| format!("'{c}'")),
            ));
        }
        Ok(bytes.into_owned())
    }

    fn unchangeable(&self) -> Error {
        Error::new(format!("cannot change the message of commit '{}'", self.id))
    }

    fn damaged(&self, why: &str) -> Error {
        Error::new(format!("commit '{}' is damaged: {why}", self.id))
    }
}

fn object_id(hex: &[u8]) -> Option<Oid> {
    Oid::from_str(std::str::from_utf8(hex).ok()?).ok()
}

impl Objects {
    pub(super) fn raw_commit(&self, id: Oid) -> Result<RawCommit<'static>> {
        Ok(RawCommit::parse(id, self.read(id, ObjectType::Commit)?))
    }

    /// The tree of a commit.
    pub fn tree_of(&self, commit: Oid) -> Result<Oid> {
        self.raw_commit(commit)?.tree()
    }

    /// The parents of a commit.
    pub fn parents(&self, commit: Oid) -> Result<Vec<Oid>> {
        self.raw_commit(commit)?.parents()
    }

    /// The message of a commit, to read: in UTF-8, with invalid bytes replaced.
    pub fn message_text(&self, commit: Oid) -> Result<String> {
        let raw = self.raw_commit(commit)?;
        Ok(raw.text(raw.message()))
    }

    /// The author of a commit as in its `author` header, in UTF-8.
    pub(super) fn author_line(&self, commit: Oid) -> Result<String> {
        let raw = self.raw_commit(commit)?;
        let line = raw
            .value("author")
            .ok_or_else(|| raw.damaged("its author is missing"))?;
        Ok(raw.text(line))
    }

    /// Writes `commit` with another parent and committer, and with the message that `edit` returns; `None` keeps the
    /// message.
    ///
    /// # Errors
    /// If the commit is a merge, or its encoding cannot represent the new message.
    pub fn reword(
        &self,
        commit: Oid,
        parent: Oid,
        committer: &Signature,
        edit: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>>,
    ) -> Result<Oid> {
        let raw = self.raw_commit(commit)?;
        if raw.parents()?.len() > 1 {
            return Err(Error::new(format!("commit '{commit}' is a merge")));
        }
        let message = raw.edited(edit)?;
        let committer = String::from_utf8_lossy(&committer.line()?).into_owned();
        let committer = match raw.declared_encoding() {
            Some(encoding) => raw.encoded(encoding, committer.as_bytes())?,
            None => committer.into_bytes(),
        };
        let message = message.as_deref().unwrap_or(raw.message());
        self.write(
            ObjectType::Commit,
            &raw.rewritten(parent, Some(&committer), message),
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> RawCommit<'_> {
        RawCommit::parse(Oid::ZERO_SHA1, bytes)
    }

    #[test]
    fn headers_have_continuation_lines_and_end_at_the_first_empty_line() {
        let raw = parsed(b"a 1\nb\nmergetag object\n x\n \n y\nc  2 \n\nmessage\n\nmore\n");
        let headers: Vec<_> = raw.headers().map(|one| (one.name(), one.value())).collect();
        let wanted: [(&[u8], Option<&[u8]>); 4] = [
            (b"a", Some(b"1")),
            (b"b", None),
            (b"mergetag", Some(b"object\n x\n \n y")),
            (b"c", Some(b" 2 ")),
        ];
        assert_eq!(headers, wanted);
        assert_eq!(raw.message(), b"message\n\nmore\n");
        assert_eq!(raw.value("b"), None);
    }

    #[test]
    fn a_commit_may_lack_headers_or_a_message() {
        assert_eq!(parsed(b"").headers().count(), 0);
        assert_eq!(parsed(b"\nmessage").headers().count(), 0);
        assert_eq!(parsed(b"\nmessage").message(), b"message");
        assert_eq!(parsed(b"a 1\n").message(), b"");
        assert_eq!(parsed(b"a 1").value("a"), Some(&b"1"[..]));
        assert_eq!(parsed(b"a 1\n\n").message(), b"");
        assert_eq!(parsed(b" continues nothing\na 1\n").headers().count(), 2);
    }

    #[test]
    fn ids_and_dates_are_read_and_damage_is_an_error() {
        let id = "1".repeat(40);
        let text =
            format!("tree {id}\nparent {id}\nparent {id}\ncommitter A B <a@b> 1700000000 +0100\n");
        let raw = parsed(text.as_bytes());
        let oid = Oid::from_str(&id).unwrap();
        assert_eq!(raw.tree().unwrap(), oid);
        assert_eq!(raw.parents().unwrap(), [oid, oid]);
        assert_eq!(raw.committed(), 1_700_000_000);
        let why = |bytes: &[u8]| parsed(bytes).tree().unwrap_err().to_string();
        assert!(why(b"parent 1\n").ends_with("is damaged: its tree is missing"));
        assert!(why(b"tree xyz\n").ends_with("is damaged: its tree is missing"));
        let why = parsed(b"parent xyz\n").parents().unwrap_err().to_string();
        assert!(why.ends_with("is damaged: a parent is not an object id"));
        assert_eq!(parsed(b"committer nobody\n").committed(), 0);
    }

    #[test]
    fn only_parent_committer_signature_and_message_change() {
        let raw = parsed(
            b"tree T\nparent P\nauthor  A, <a@b> 1 +0130\ncommitter C <c@d> 2 -0000\ngpgsig -----BEGIN\n x\n -----END\n\
              gpgsig-sha256 y\nHG:extra  z\n\nold",
        );
        assert!(raw.is_signed());
        let parent = Oid::from_str(&"2".repeat(40)).unwrap();
        let new = raw.rewritten(parent, Some(b"D <d@e> 3 +0000"), b"new\n");
        let wanted = format!(
            "tree T\nparent {parent}\nauthor  A, <a@b> 1 +0130\ncommitter D <d@e> 3 +0000\nHG:extra  z\n\nnew\n"
        );
        assert_eq!(String::from_utf8(new).unwrap(), wanted);
        let same = raw.unsigned_headers(None, None);
        assert!(!parsed(&same).is_signed());
        assert!(same.starts_with(b"tree T\nparent P\nauthor  A, <a@b> 1 +0130\ncommitter C"));
    }

    #[test]
    fn a_commit_keeps_its_encoding_when_it_is_reworded() {
        let dir = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(dir.path()).unwrap();
        let objects = Objects::open(dir.path()).unwrap();
        let tree = objects.write(ObjectType::Tree, b"").unwrap();
        let (old, new) = ("1".repeat(40), Oid::from_str(&"2".repeat(40)).unwrap());
        let raw = format!(
            "tree {tree}\nparent {old}\nauthor A <a@b> 1 +0130\ncommitter C <c@d> 2 +0000\nencoding ISO-8859-1\n\nna"
        );
        let raw = [raw.as_bytes(), b"\xefve\n"].concat();
        let commit = objects.write(ObjectType::Commit, &raw).unwrap();
        assert_eq!(objects.message_text(commit).unwrap(), "na\u{ef}ve\n");
        let me = Signature::new("M\u{e9}", "m@e", 3, 60);
        let append = |text: &'static str| {
            objects.reword(commit, new, &me, |message| {
                Ok(Some([message, text.as_bytes()].concat()))
            })
        };
        let id = append("\u{ef}\n").unwrap();
        let wanted = format!("tree {tree}\nparent {new}\nauthor A <a@b> 1 +0130\ncommitter M");
        let rest = b"\xe9 <m@e> 3 +0100\nencoding ISO-8859-1\n\nna\xefve\n\xef\n";
        assert_eq!(
            objects.read(id, ObjectType::Commit).unwrap(),
            [wanted.as_bytes(), rest].concat()
        );
        let why = append("\u{4e00}").unwrap_err();
        assert!(why.to_string().starts_with("cannot change the message"));
        assert_eq!(objects.parents(id).unwrap(), [new]);
    }
}
