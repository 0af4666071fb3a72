// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the git repository of a mail archive, commit by commit: each commit adds or removes one mail.
//!
//! public-inbox has two formats. In version 2 the mail is the file `m` of its commit, or `d` if it
//! is removed; in version 1 each mail is a file `xx/<38 digits>`. Both histories are linear.

use super::Oid;
use super::discover::open_unchecked;
use crate::error::{Error, Result, WithContext};
use git2::{Delta, DiffOptions, ErrorCode, ObjectType, Repository};
use std::path::Path;

/// The maximum size of a mail in bytes.
const MAX_MAIL_SIZE: usize = 64 << 20;

/// The form of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A file for each mail.
    V1,
    /// A commit for each mail.
    V2,
}

/// One repository of an archive.
pub struct MailRepo {
    repository: Repository,
    form: Form,
}

impl std::fmt::Debug for MailRepo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailRepo")
            .field("path", &self.repository.path())
            .finish_non_exhaustive()
    }
}

/// The changes of a commit.
#[derive(Debug, Clone, Default)]
pub struct CommitDiff {
    /// The parent commit; `None` for the first commit in this repository.
    pub parent: Option<Oid>,
    /// The commit time in seconds.
    pub seconds: i64,
    /// The mails added.
    pub added: Vec<Oid>,
    /// The mails removed.
    pub removed: Vec<Oid>,
}

impl MailRepo {
    /// Opens the repository at `dir`, bare or not; `None` if it is not a mail archive.
    ///
    /// # Errors
    /// If there is a repository that cannot be read.
    pub fn open(dir: &Path) -> Result<Option<MailRepo>> {
        let shown = dir.display();
        let repository = match open_unchecked(dir) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => {
                return Err(
                    Error::new(format!("cannot open the repository '{shown}'")).with_cause(error)
                );
            }
        };
        let form = match form(&repository) {
            Ok(Some(form)) => form,
            Ok(None) => return Ok(None),
            Err(error) => {
                return Err(
                    Error::new(format!("cannot read the repository '{shown}'")).with_cause(error)
                );
            }
        };
        Ok(Some(MailRepo { repository, form }))
    }

    /// The form of the archive.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The newest commit.
    pub fn head(&self) -> Result<Oid> {
        let commit = self
            .repository
            .head()
            .and_then(|head| head.peel_to_commit());
        commit.map(|commit| commit.id()).context(|| self.failed())
    }

    /// Whether `commit` is `of` or one of its ancestors.
    pub fn is_behind(&self, commit: Oid, of: Oid) -> bool {
        commit == of
            || self
                .repository
                .graph_descendant_of(of, commit)
                .unwrap_or(false)
    }

    /// The changes of a commit.
    pub fn step(&self, id: Oid) -> Result<CommitDiff> {
        self.read_step(id).context(|| self.failed())
    }

    /// Reads a mail; `None` if it is missing, as in a partial clone, or too big to be a mail.
    pub fn mail(&self, id: Oid) -> Result<Option<Vec<u8>>> {
        let found = self
            .repository
            .odb()
            .and_then(|odb| match odb.read_header(id) {
                Ok((size, ObjectType::Blob)) if size <= MAX_MAIL_SIZE => {
                    Ok(Some(odb.read(id)?.data().to_vec()))
                }
                Ok(_) => Ok(None),
                Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
                Err(error) => Err(error),
            });
        found.context(|| self.failed())
    }

    fn failed(&self) -> String {
        format!(
            "cannot read the archive '{}'",
            self.repository.path().display()
        )
    }

    fn read_step(&self, id: Oid) -> Result<CommitDiff, git2::Error> {
        let commit = self.repository.find_commit(id)?;
        // A shallow clone ends in a commit whose parent is not there.
        let parent = commit.parents().next();
        let mut step = CommitDiff {
            parent: parent.as_ref().map(git2::Commit::id),
            seconds: commit.time().seconds(),
            ..CommitDiff::default()
        };
        let tree = commit.tree()?;
        if self.form == Form::V2 {
            step.added
                .extend(tree.get_name("m").map(|entry| entry.id()));
            step.removed
                .extend(tree.get_name("d").map(|entry| entry.id()));
            return Ok(step);
        }
        let before = parent.map(|parent| parent.tree()).transpose()?;
        let mut options = DiffOptions::new();
        options.skip_binary_check(true);
        let diff =
            self.repository
                .diff_tree_to_tree(before.as_ref(), Some(&tree), Some(&mut options))?;
        for delta in diff.deltas() {
            if delta.status() != Delta::Added {
                step.removed.push(delta.old_file().id());
            }
            if delta.status() != Delta::Deleted {
                step.added.push(delta.new_file().id());
            }
        }
        Ok(step)
    }
}

/// Detects the format from the newest tree.
fn form(repository: &Repository) -> Result<Option<Form>, git2::Error> {
    let tree = match repository.head().and_then(|head| head.peel_to_tree()) {
        Ok(tree) => tree,
        Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let is_v2 = tree.len() == 1 && ["m", "d"].iter().any(|name| tree.get_name(name).is_some());
    let is_hex = |name: &str, length: usize| {
        name.len() == length && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_v1 = !tree.is_empty()
        && tree.iter().all(|entry| {
            entry.kind() == Some(ObjectType::Tree) && entry.name().is_ok_and(|name| is_hex(name, 2))
        })
        && tree
            .get(0)
            .and_then(|entry| repository.find_tree(entry.id()).ok())
            .is_some_and(|below| {
                below
                    .iter()
                    .all(|entry| entry.name().is_ok_and(|name| is_hex(name, 38)))
            });
    Ok(match (is_v2, is_v1) {
        (true, _) => Some(Form::V2),
        (_, true) => Some(Form::V1),
        _ => None,
    })
}
