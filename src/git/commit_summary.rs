// SPDX-License-Identifier: GPL-2.0-or-later
//! What identifies a commit: its own data, its changes, and the branches that contain it.

use super::commits::Signature;
use super::discover::Repo;
use crate::error::{Result, WithContext};
use git2::{DiffOptions, Oid};

/// Distinguishes a commit from others without reading its diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSummary {
    /// Its subject.
    pub subject: String,
    /// The address of its author, in lower case.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub authored: i64,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// Its parents.
    pub parents: Vec<Oid>,
}

impl Repo {
    /// Reads the summary of a commit.
    pub fn commit_summary(&self, id: Oid) -> Result<CommitSummary> {
        let commit = self
            .libgit2()?
            .find_commit(id)
            .context(|| format!("cannot read the commit {id}"))?;
        let author = commit.author();
        Ok(CommitSummary {
            subject: commit
                .summary_bytes()
                .map(String::from_utf8_lossy)
                .unwrap_or_default()
                .into_owned(),
            author: String::from_utf8_lossy(author.email_bytes()).to_lowercase(),
            authored: author.when().seconds(),
            committed: commit.time().seconds(),
            parents: commit.parent_ids().collect(),
        })
    }

    /// The name and the address of a commit's author; bytes that are not UTF-8 are replaced.
    pub fn author_of(&self, id: Oid) -> Result<(String, String)> {
        let commit = self
            .libgit2()?
            .find_commit(id)
            .context(|| format!("cannot read the commit {id}"))?;
        let author = commit.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(author.name_bytes()), text(author.email_bytes())))
    }

    /// Who committed a commit and when, and its tree.
    pub fn committed_as(&self, id: Oid) -> Result<(Signature, Oid)> {
        let commit = self
            .libgit2()?
            .find_commit(id)
            .context(|| format!("cannot read the commit {id}"))?;
        let who = commit.committer();
        let (name, email, when) = (
            who.name_bytes().to_vec(),
            who.email_bytes().to_vec(),
            who.when(),
        );
        let signature = Signature {
            name,
            email,
            seconds: when.seconds(),
            offset_minutes: when.offset_minutes(),
        };
        Ok((signature, commit.tree_id()))
    }

    /// A name for what a commit changes, whatever the lines it changes it at; none for a merge, and where objects are
    /// not here. It is compared with others of this function only.
    pub fn patch_id(&self, id: Oid) -> Option<Oid> {
        let repo = self.libgit2().ok()?;
        let commit = repo
            .find_commit(id)
            .ok()
            .filter(|commit| commit.parent_count() <= 1)?;
        let parent = match commit.parent(0) {
            Ok(parent) => Some(parent.tree().ok()?),
            Err(_) => None,
        };
        let mut options = DiffOptions::new();
        options.ignore_submodules(false);
        let diff = repo
            .diff_tree_to_tree(
                parent.as_ref(),
                commit.tree().ok().as_ref(),
                Some(&mut options),
            )
            .ok()?;
        diff.patchid(None).ok()
    }

    /// The full name of the branch that `name` means, and its tip; none where it names no branch.
    pub fn branch_named(&self, name: &str) -> Result<Option<(String, Oid)>> {
        let Ok(found) = self.libgit2()?.resolve_reference_from_short_name(name) else {
            return Ok(None);
        };
        let Ok(found) = found.resolve() else {
            return Ok(None);
        };
        let full = found.name().unwrap_or_default().to_owned();
        let is_branch = full.starts_with("refs/heads/") || full.starts_with("refs/remotes/");
        Ok(found.target().filter(|_| is_branch).map(|tip| (full, tip)))
    }
}
