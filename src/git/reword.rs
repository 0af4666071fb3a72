// SPDX-License-Identifier: GPL-2.0-or-later
//! Rewrites a commit with another parent or message: tree, author, dates and encoding stay, a signature does not.

use super::commits::Signature;
use super::objects::Objects;
use crate::error::{Error, Result};
use encoding_rs::Encoding;
use git2::{ObjectType, Oid};

/// The parts of a commit as git has them.
struct CommitParts {
    /// Each header with the lines that continue it, without its last newline.
    headers: Vec<Vec<u8>>,
    message: Vec<u8>,
}

impl CommitParts {
    fn value(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find_map(|header| header.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
    }

    /// The encoding that the commit names; none where it is UTF-8.
    fn encoding(&self) -> Option<&'static Encoding> {
        Encoding::for_label(self.value("encoding")?)
            .filter(|encoding| *encoding != encoding_rs::UTF_8)
    }
}

impl Objects {
    fn parts(&self, commit: Oid) -> Result<CommitParts> {
        let bytes = self.read(commit, ObjectType::Commit)?;
        let end = memchr::memmem::find(&bytes, b"\n\n").unwrap_or(bytes.len());
        let mut headers: Vec<Vec<u8>> = Vec::new();
        for line in bytes[..end].split(|&c| c == b'\n') {
            match headers.last_mut().filter(|_| line.starts_with(b" ")) {
                Some(last) => last.extend([b"\n", line].concat()),
                None => headers.push(line.to_vec()),
            }
        }
        Ok(CommitParts {
            headers,
            message: bytes.get(end + 2..).unwrap_or_default().to_vec(),
        })
    }

    /// The parents of a commit.
    pub fn parents(&self, commit: Oid) -> Result<Vec<Oid>> {
        let parts = self.parts(commit)?;
        let ids = parts
            .headers
            .iter()
            .filter_map(|header| header.strip_prefix(b"parent "));
        ids.map(|hex| {
            let id = std::str::from_utf8(hex)
                .ok()
                .and_then(|hex| Oid::from_str(hex).ok());
            id.ok_or_else(|| {
                Error::new(format!("commit '{commit}' is damaged: it names no parent"))
            })
        })
        .collect()
    }

    /// The message of a commit, for reading.
    pub fn message_text(&self, commit: Oid) -> Result<String> {
        let parts = self.parts(commit)?;
        let text = match parts.encoding() {
            Some(encoding) => encoding.decode_without_bom_handling(&parts.message).0,
            None => String::from_utf8_lossy(&parts.message),
        };
        Ok(text.into_owned())
    }

    /// The author of a commit, as in the commit's `author` line, in UTF-8.
    pub(super) fn author_line(&self, commit: Oid) -> Result<String> {
        let parts = self.parts(commit)?;
        let damaged = || Error::new(format!("commit '{commit}' is damaged: it names no author"));
        let line = parts.value("author").ok_or_else(damaged)?;
        Ok(match parts.encoding() {
            Some(encoding) => encoding.decode_without_bom_handling(line).0.into_owned(),
            None => String::from_utf8_lossy(line).into_owned(),
        })
    }

    /// Writes a commit like `commit`, on another parent and by another committer, its message changed by `change`, which
    /// is given a function that brings text into the commit's encoding.
    pub fn reword(
        &self,
        commit: Oid,
        parent: Oid,
        committer: &Signature,
        change: impl FnOnce(&[u8], &dyn Fn(&str) -> Result<Vec<u8>>) -> Result<Vec<u8>>,
    ) -> Result<Oid> {
        let parts = self.parts(commit)?;
        let encoding = parts.encoding();
        let encoded = |text: &str| -> Result<Vec<u8>> {
            let Some(encoding) = encoding else {
                return Ok(text.as_bytes().to_vec());
            };
            let (bytes, used, has_failed) = encoding.encode(text);
            if has_failed || used != encoding {
                return Err(Error::new(format!(
                    "'{text}' cannot be written in {}",
                    encoding.name()
                ))
                .with_cause(format!("which is the encoding of the commit {commit}")));
            }
            Ok(bytes.into_owned())
        };
        let message = change(&parts.message, &encoded)?;
        let committer = encoded(&String::from_utf8_lossy(&committer.line()?))?;
        let mut bytes = Vec::new();
        let mut has_parent = false;
        for header in &parts.headers {
            let name = header.split(|&c| c == b' ').next().unwrap_or_default();
            match name {
                b"parent" if std::mem::replace(&mut has_parent, true) => {
                    return Err(Error::new(format!("commit '{commit}' is a merge")));
                }
                b"parent" => bytes.extend_from_slice(format!("parent {parent}").as_bytes()),
                b"committer" => bytes.extend([&b"committer "[..], &committer].concat()),
                b"gpgsig" | b"gpgsig-sha256" => continue,
                _ => bytes.extend_from_slice(header),
            }
            bytes.push(b'\n');
        }
        bytes.push(b'\n');
        bytes.extend(message);
        self.write(ObjectType::Commit, &bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn all_but_parent_committer_signature_and_message_stays() {
        let dir = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(dir.path()).unwrap();
        let objects = Objects::open(dir.path()).unwrap();
        let tree = objects.write(ObjectType::Tree, b"").unwrap();
        let (old, new) = ("1".repeat(40), Oid::from_str(&"2".repeat(40)).unwrap());
        let raw = format!(
            "tree {tree}\nparent {old}\nauthor A <a@b> 1 +0130\ncommitter C <c@d> 2 +0000\nencoding ISO-8859-1\n\
             gpgsig -----BEGIN\n x\n -----END\nother kept\n\nna"
        );
        let raw = [raw.as_bytes(), b"\xefve\n"].concat();
        let commit = objects.write(ObjectType::Commit, &raw).unwrap();
        assert_eq!(objects.message_text(commit).unwrap(), "na\u{ef}ve\n");
        let me = Signature::new("M\u{e9}", "m@e", 3, 60);
        let add = |text: &'static str| {
            objects.reword(commit, new, &me, |message, encoded| {
                Ok([message, &encoded(text)?].concat())
            })
        };
        let id = add("\u{ef}\n").unwrap();
        let wanted = format!("tree {tree}\nparent {new}\nauthor A <a@b> 1 +0130\ncommitter M");
        let rest = b"\xe9 <m@e> 3 +0100\nencoding ISO-8859-1\nother kept\n\nna\xefve\n\xef\n";
        assert_eq!(
            objects.read(id, ObjectType::Commit).unwrap(),
            [wanted.as_bytes(), rest].concat()
        );
        assert!(
            add("\u{4e00}")
                .unwrap_err()
                .to_string()
                .contains("cannot be written")
        );
        assert_eq!(objects.parents(id).unwrap(), [new]);
    }
}
