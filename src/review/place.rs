// SPDX-License-Identifier: GPL-2.0-or-later
//! Brings branch and worktree of a review to a commit, from whatever state they are found in.

use super::Reviews;
use super::refs::SeriesRefs;
use crate::error::{Error, Exit, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::series::SeriesName;
use crate::worktree::lock::ReviewLock;
use crate::worktree::{Registered, Tree, branch_ref, dirty, kept};
use std::path::{Path, PathBuf};

/// What is to be brought where.
#[derive(Debug)]
pub struct Placing<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// Its refs, which say what commits hold nothing of the user's.
    pub refs: &'a SeriesRefs,
    /// The commit to bring branch and worktree to.
    pub to: Oid,
    /// The reflog entry.
    pub why: &'a str,
    /// Whether what the user added is put aside under a ref of its own instead of refusing.
    pub force: bool,
}

impl Reviews<'_> {
    /// The worktree of `name`, which must be ours: at the recorded path or at the one that settings give now.
    pub fn own_worktree(&self, name: &SeriesName, recorded: Option<&Path>) -> Result<Option<Registered>> {
        let Some(found) = self.worktrees.find(name)? else { return Ok(None) };
        let is = |path: &Path| found.path == path || found.path.canonicalize().ok() == path.canonicalize().ok();
        if is(&self.worktrees.path(name)) || recorded.is_some_and(is) {
            return Ok(Some(found));
        }
        Err(Error::new(format!("the branch '{name}' is checked out at '{}'", found.path.display()))
            .with_hint("check out another branch there, or review the series under another --name"))
    }

    /// Brings the branch, and the worktree that it is checked out in, to a commit. Without a worktree, makes one where
    /// `make` says so. Returns the worktree's path, if there is one.
    pub fn place(
        &self,
        placing: &Placing<'_>,
        recorded: Option<&Path>,
        make: bool,
        lock: &ReviewLock,
    ) -> Result<Option<PathBuf>> {
        let name = placing.name;
        let mut worktree = self.own_worktree(name, recorded)?;
        if let Some(found) = &worktree
            && (found.is_unfinished() || found.path.symlink_metadata().is_err())
        {
            // Never finished, or deleted by hand: only git's record is left.
            self.out.detail(format!("removing what is left of the worktree '{}'", found.path.display()));
            self.worktrees.remove(found, lock)?;
            worktree = None;
        }
        if let Some(found) = worktree {
            self.move_worktree(placing, &found, lock)?;
            return Ok(Some(found.path));
        }
        self.move_branch(placing)?;
        if !make {
            return Ok(None);
        }
        let workers = if self.settings.has_checkout_workers() { None } else { cores() };
        self.worktrees.create(name, lock, workers).map(Some)
    }

    fn move_branch(&self, placing: &Placing<'_>) -> Result<()> {
        let Placing { name, refs, to, why, force } = placing;
        let branch = branch_ref(name);
        let tip = self.repo.find_ref(&branch)?;
        let Some(tip) = tip else { return self.repo.change_refs(&[RefChange::set(branch, None, *to)], why) };
        if tip == *to {
            return Ok(());
        }
        if !refs.known().contains(&tip) {
            if !force {
                return Err(own_commits(name, tip, None));
            }
            self.keep_branch(name, tip)?;
        }
        self.repo.change_refs(&[RefChange::set(branch, Some(tip), *to)], why)
    }

    fn move_worktree(&self, placing: &Placing<'_>, found: &Registered, lock: &ReviewLock) -> Result<()> {
        let Placing { name, refs, to, why, force } = placing;
        let tree = Tree::at(&found.path);
        let branch = branch_ref(name);
        if found.branch.as_deref() != Some(&branch) {
            let what = found.branch.as_deref().unwrap_or("a detached HEAD");
            return Err(Error::new(format!(
                "the worktree '{}' is not on the branch '{name}' but on '{}'",
                found.path.display(),
                what.trim_start_matches("refs/heads/")
            ))
            .with_hint(format!("git -C '{}' checkout {name}", found.path.display()))
            .with_exit(Exit::Stopped));
        }
        let tip = found.head.map_or_else(|| tree.head(), Ok)?;
        if tip == *to {
            return Ok(());
        }
        let mine = !refs.known().contains(&tip);
        let changes = tree.changes()?;
        if changes.paths.is_empty() && !mine {
            return tree.switch(&branch, tip, *to, why, lock);
        }
        if !force {
            if mine {
                return Err(own_commits(name, tip, Some(&found.path)));
            }
            // A switch that was killed half-way leaves files of the commit it went to, and only those.
            return tree
                .finish_switch(&branch, tip, *to, why, lock)
                .map_err(|error| error.with_hint("commit them on another branch, or put them aside with --force"));
        }
        if let Some(kept) = kept::keep(self.repo, name, &tree, &refs.known())? {
            self.out.note(format!("what '{}' held is kept as {kept}", found.path.display()));
        }
        tree.force_switch(&branch, tip, *to, why, lock)
    }

    /// Keeps commits of the user's on a branch that is checked out nowhere.
    pub fn keep_branch(&self, name: &SeriesName, tip: Oid) -> Result<()> {
        let kept = kept::keep_commit(self.repo, name, tip)?;
        self.out.note(format!("what the branch '{name}' held is kept as {kept}"));
        Ok(())
    }
}

/// A refusal to move or remove a branch with commits of the user's.
pub fn own_commits(name: &SeriesName, tip: Oid, worktree: Option<&Path>) -> Error {
    let place =
        worktree.map_or_else(|| format!("the branch '{name}'"), |path| format!("the worktree '{}'", path.display()));
    let short: String = tip.to_string().chars().take(12).collect();
    Error::new(format!("{place} holds commits of yours, up to {short}"))
        .with_hint(format!("keep them on a branch: git branch my-{name} {short}"))
        .with_hint("or put them aside with --force")
        .with_exit(Exit::Stopped)
}

/// A refusal because of files that the user changed.
pub fn own_changes(path: &Path, paths: &[String]) -> Error {
    dirty(path, paths).with_hint("commit or stash them, or put them aside with --force")
}

fn cores() -> Option<usize> {
    std::thread::available_parallelism().ok().map(std::num::NonZero::get)
}
