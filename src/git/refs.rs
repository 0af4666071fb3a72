// SPDX-License-Identifier: GPL-2.0-or-later
//! Refs: read through libgit2, changed in one transaction of `git update-ref` that gives every old value.

use super::discover::Repo;
use super::run::Git;
use crate::error::{Error, Result, WithContext};
use git2::{ErrorCode, Oid};
use std::fs::File;

/// A change of one ref, which fails if the ref is not as `old` says.
#[derive(Debug, Clone)]
pub struct RefChange {
    /// Full name of the ref.
    pub name: String,
    /// The current value; `None` if the ref must not exist.
    pub old: Option<Oid>,
    /// The new value; `None` deletes the ref.
    pub new: Option<Oid>,
}

impl RefChange {
    /// Creates or moves `name`.
    pub fn set(name: impl Into<String>, old: Option<Oid>, new: Oid) -> Self {
        RefChange {
            name: name.into(),
            old,
            new: Some(new),
        }
    }

    /// Deletes `name`.
    pub fn delete(name: impl Into<String>, old: Oid) -> Self {
        RefChange {
            name: name.into(),
            old: Some(old),
            new: None,
        }
    }
}

impl Repo {
    /// The value of the ref with the full name `name`, following symbolic refs.
    pub fn find_ref(&self, name: &str) -> Result<Option<Oid>> {
        match self.libgit2()?.refname_to_id(name) {
            Ok(id) => Ok(Some(id)),
            Err(why) if why.code() == ErrorCode::NotFound => Ok(None),
            Err(why) => {
                Err(Error::new(format!("cannot read the ref '{name}'")).with_cause(why.message()))
            }
        }
    }

    /// All refs that match the pattern, such as `refs/patman/*`, with their values.
    pub fn refs(&self, pattern: &str) -> Result<Vec<(String, Oid)>> {
        let refs = self
            .libgit2()?
            .references_glob(pattern)
            .context(|| format!("cannot read the refs '{pattern}'"))?;
        let mut found = Vec::new();
        for reference in refs {
            let reference = reference.context(|| format!("cannot read the refs '{pattern}'"))?;
            let Ok(name) = reference.name() else { continue };
            // Only a symbolic ref has to be followed: each step reads the file again.
            let id = reference
                .target()
                .or_else(|| reference.resolve().ok()?.target());
            found.extend(id.map(|id| (name.to_owned(), id)));
        }
        found.sort();
        Ok(found)
    }

    /// Makes all the changes or none; `why` is the reflog entry. The lock is held until git has ended, even if this process
    /// is killed before.
    pub fn change_refs(
        &self,
        changes: &[RefChange],
        why: &str,
        lock: &impl AsRef<File>,
    ) -> Result<()> {
        self.change_refs_by(self.git(), changes, why, lock)
    }

    /// The same, for what the user does in the worktree that the command was started in: where its HEAD is on a branch that
    /// is moved, the reflog of that HEAD tells it too.
    pub fn change_refs_here(
        &self,
        changes: &[RefChange],
        why: &str,
        lock: &impl AsRef<File>,
    ) -> Result<()> {
        self.change_refs_by(
            Git::at(self.common_dir()).env("GIT_DIR", self.git_dir()),
            changes,
            why,
            lock,
        )
    }

    fn change_refs_by(
        &self,
        git: Git,
        changes: &[RefChange],
        why: &str,
        lock: &impl AsRef<File>,
    ) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut input = Vec::new();
        for RefChange { name, old, new } in changes {
            let zero = Oid::ZERO_SHA1;
            let (old, new) = (old.unwrap_or(zero), new.unwrap_or(zero));
            input.extend_from_slice(format!("update {name}\0{new}\0{old}\0").as_bytes());
        }
        let first = &changes[0].name;
        git.args([
            "-c",
            "core.logAllRefUpdates=true",
            "update-ref",
            "-z",
            "--create-reflog",
            "--stdin",
            "-m",
            why,
        ])
        .input(input)
        .holding(lock)?
        .ok()
        .map_err(|error| error.within(format!("cannot change '{first}'")))
        .map(drop)
    }

    /// The commit that `revision`, in any of git's spellings, names.
    pub fn commit_named(&self, revision: &str) -> Result<Oid> {
        let unknown = || Error::new(format!("'{revision}' is not a commit of this repository"));
        let object = self
            .libgit2()?
            .revparse_single(revision)
            .map_err(|_| unknown())?;
        Ok(object.peel_to_commit().map_err(|_| unknown())?.id())
    }

    /// The commit with that name in hexadecimal digits, which may be shortened to seven; none if it is not here.
    pub fn commit_of_hex(&self, hex: &str) -> Result<Option<Oid>> {
        let repo = self.libgit2()?;
        if !(7..=40).contains(&hex.len()) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        Ok(repo
            .find_commit_by_prefix(hex)
            .ok()
            .map(|commit| commit.id()))
    }

    /// The commit that the ref of that full name leads to; none where there is no such ref, or the name cannot be one.
    pub fn commit_of_ref(&self, name: &str) -> Result<Option<Oid>> {
        if !self.is_ref_name(name) {
            return Ok(None);
        }
        let found = self
            .libgit2()?
            .find_reference(name)
            .and_then(|reference| reference.peel_to_commit());
        Ok(found.ok().map(|commit| commit.id()))
    }

    /// Whether there is a remote of that name.
    pub fn has_remote(&self, name: &str) -> bool {
        self.libgit2()
            .is_ok_and(|repo| repo.find_remote(name).is_ok())
    }

    /// Whether `ancestor` can be reached from `descendant`, or is the same commit.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        Ok(ancestor == descendant
            || self
                .libgit2()?
                .graph_descendant_of(descendant, ancestor)
                .context(|| "cannot walk the history")?)
    }

    /// The best commit that both histories have in common; none where they have none.
    pub fn merge_base(&self, a: Oid, b: Oid) -> Result<Option<Oid>> {
        match self.libgit2()?.merge_base(a, b) {
            Ok(id) => Ok(Some(id)),
            Err(why) if why.code() == ErrorCode::NotFound => Ok(None),
            Err(why) => Err(Error::new("cannot walk the history").with_cause(why.message())),
        }
    }

    /// The branch that HEAD of the current worktree is on, by its short name; none where HEAD is detached.
    pub fn current_branch(&self) -> Result<Option<String>> {
        let Ok(head) = self.libgit2()?.find_reference("HEAD") else {
            return Ok(None);
        };
        Ok(head
            .symbolic_target()
            .ok()
            .flatten()
            .and_then(|name| name.strip_prefix("refs/heads/"))
            .map(str::to_owned))
    }

    /// The remote that `branch` tracks, where the branch exists and both `branch.<name>.remote` and `.merge` are set.
    pub fn remote_of(&self, branch: &str) -> Option<String> {
        let repo = self.libgit2().ok()?;
        repo.find_reference(&format!("refs/heads/{branch}")).ok()?;
        let config = repo.config().ok()?;
        config.get_string(&format!("branch.{branch}.merge")).ok()?;
        config.get_string(&format!("branch.{branch}.remote")).ok()
    }

    /// Whether the object is in the repository.
    pub fn has_object(&self, id: Oid) -> Result<bool> {
        let odb = self
            .libgit2()?
            .odb()
            .context(|| "cannot open the objects of the repository")?;
        Ok(odb.exists(id))
    }

    /// Whether a ref may have that full name.
    pub fn is_ref_name(&self, name: &str) -> bool {
        !name.contains('\0') && git2::Reference::is_valid_name(name)
    }

    /// What `branch` tracks: `branch.<name>.remote` and `.merge`.
    pub fn tracked(&self, branch: &str) -> (Option<String>, Option<String>) {
        let read = |key: &str| {
            self.libgit2()
                .ok()?
                .config()
                .ok()?
                .get_string(&format!("branch.{branch}.{key}"))
                .ok()
        };
        (read("remote"), read("merge"))
    }

    /// The name of the upstream that `branch` tracks, such as `refs/remotes/origin/main`.
    pub fn upstream_of(&self, branch: &str) -> Result<Option<String>> {
        let name = self
            .libgit2()?
            .branch_upstream_name(&format!("refs/heads/{branch}"));
        Ok(name
            .ok()
            .and_then(|name| std::str::from_utf8(&name).map(str::to_owned).ok()))
    }

    /// The commits in `head` that are not in `base`, oldest first; `None` if there are over ten thousand.
    pub fn commits_between(&self, base: Oid, head: Oid) -> Result<Vec<Oid>> {
        let repo = self.libgit2()?;
        let walk = || -> Result<Vec<Oid>, git2::Error> {
            let mut walk = repo.revwalk()?;
            walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
            walk.push(head)?;
            walk.hide(base)?;
            walk.take(10_001).collect()
        };
        let commits = walk().context(|| "cannot walk the history")?;
        Ok(if commits.len() > 10_000 {
            Vec::new()
        } else {
            commits
        })
    }

    /// The subject of a commit, and its tree.
    pub fn subject_and_tree(&self, id: Oid) -> Result<(String, Oid)> {
        let commit = self
            .libgit2()?
            .find_commit(id)
            .context(|| format!("cannot read the commit {id}"))?;
        let subject = commit
            .summary_bytes()
            .map(String::from_utf8_lossy)
            .unwrap_or_default()
            .into_owned();
        Ok((subject, commit.tree_id()))
    }

    /// A digest of what commits say and change: the tree before the first of them, then the tree, author and message of
    /// each. It is the same for commits that were made again on the same tree.
    pub fn digest(&self, commits: &[Oid]) -> Result<String> {
        let repo = self.libgit2()?;
        let mut sha = sha1_smol::Sha1::new();
        for (at, id) in commits.iter().enumerate() {
            let mut read = || -> Result<(), git2::Error> {
                let commit = repo.find_commit(*id)?;
                if let Some(before) = commit.parents().next().filter(|_| at == 0) {
                    sha.update(before.tree_id().as_bytes());
                }
                let author = commit.author();
                sha.update(commit.tree_id().as_bytes());
                for bytes in [
                    author.name_bytes(),
                    author.email_bytes(),
                    commit.message_raw_bytes(),
                ] {
                    sha.update(&(bytes.len() as u64).to_be_bytes());
                    sha.update(bytes);
                }
                sha.update(&author.when().seconds().to_be_bytes());
                Ok(())
            };
            read().context(|| format!("cannot read the commit {id}"))?;
        }
        Ok(sha.digest().to_string())
    }
}
