// SPDX-License-Identifier: GPL-2.0-or-later
//! Signs a commit that was rewritten, by `git commit-tree -S`, which knows the user's key and its kind (`gpg.format`,
//! `user.signingKey`...). What git writes is compared with what was wanted: but for the signature it must be the same bytes.

use super::Resign;
use crate::error::{Error, Result};
use crate::git::objects::Objects;
use crate::git::raw_commit::{CommitHeader, RawCommit};
use crate::git::{Oid, Repo};

/// The headers that `git commit-tree` writes.
const KNOWN: [&[u8]; 7] = [
    b"tree",
    b"parent",
    b"author",
    b"committer",
    b"encoding",
    b"gpgsig",
    b"gpgsig-sha256",
];

/// Who signs.
pub(super) struct Signer<'r> {
    repo: &'r Repo,
}

/// Refuses a commit that git cannot write again as it is.
pub(super) fn check(short: &str, commit: &RawCommit<'_>, resign: Resign) -> Result<()> {
    if resign == Resign::Drop {
        return Ok(());
    }
    let mut names = commit.headers().map(CommitHeader::name);
    match names.find(|name| !KNOWN.contains(name)) {
        None => Ok(()),
        Some(name) => Err(unsigned(short)
            .with_cause(format!(
                "git cannot sign a commit with the header '{}'",
                String::from_utf8_lossy(name)
            ))
            .with_hint(DROP)),
    }
}

const DROP: &str = "to continue without the signature: git -c patman.resign=no patman ...";

fn unsigned(id: &str) -> Error {
    Error::new(format!("cannot sign commit '{id}' again"))
}

impl<'r> Signer<'r> {
    pub(super) fn new(repo: &'r Repo) -> Self {
        Signer { repo }
    }

    /// Writes `commit` with another parent and message, and a new signature.
    pub(super) fn sign(
        &self,
        objects: &Objects,
        commit: &RawCommit<'_>,
        parent: Oid,
        message: &[u8],
    ) -> Result<Oid> {
        let wanted = commit.rewritten(parent, None, message);
        let unsigned = || unsigned(&self.repo.short_id(commit.id()));
        let text = |name: &str| {
            String::from_utf8_lossy(commit.value(name).unwrap_or_default()).into_owned()
        };
        let mut git = self.repo.git();
        git = git.args([
            "-c".to_owned(),
            format!("i18n.commitEncoding={}", some(text("encoding"), "UTF-8")),
        ]);
        for who in ["author", "committer"] {
            let line = commit.value(who).unwrap_or_default();
            let (name, email, date) = split_signature(line).ok_or_else(|| {
                unsigned()
                    .with_cause(format!("its {who} has no valid name and date"))
                    .with_hint(DROP)
            })?;
            let upper = who.to_uppercase();
            git = git
                .env(&format!("GIT_{upper}_NAME"), bytes(name))
                .env(&format!("GIT_{upper}_EMAIL"), bytes(email))
                .env(&format!("GIT_{upper}_DATE"), format!("@{date}"));
        }
        let parent = parent.to_string();
        let done = git
            .args(["commit-tree", "-S", "-p", &parent, "-F", "-", &text("tree")])
            .input(message.to_vec())
            .ok()
            .map_err(|why| why.within(unsigned().to_string()).with_hint(DROP))?;
        let new =
            Oid::from_str(&done.text()).map_err(|why| unsigned().with_cause(why.message()))?;
        let made = objects.raw_commit(new)?;
        let unsigned_bytes = [
            &made.unsigned_headers(None, None)[..],
            b"\n",
            made.message(),
        ]
        .concat();
        if unsigned_bytes != wanted || !made.is_signed() {
            return Err(unsigned()
                .with_cause("git would change its author, committer or message")
                .with_hint(DROP));
        }
        Ok(new)
    }
}

fn some(text: String, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text
    }
}

fn bytes(text: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(text)
}

/// Name, address and date of `Name <address> seconds +hhmm`.
fn split_signature(line: &[u8]) -> Option<(&[u8], &[u8], &str)> {
    let open = line.iter().position(|&c| c == b'<')?;
    let close = line.iter().rposition(|&c| c == b'>')?;
    let name = line[..open].trim_ascii_end();
    let email = line.get(open + 1..close)?;
    Some((
        name,
        email,
        std::str::from_utf8(&line[close + 1..]).ok()?.trim(),
    ))
}
