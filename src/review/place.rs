// SPDX-License-Identifier: GPL-2.0-or-later
//! Moves branch and worktree of a review to a commit, whatever state they are in.

use super::Reviews;
use super::own_work::{not_on_branch, refuse_other_branch};
use super::refs::SeriesRefs;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::presence;
use crate::series::SeriesName;
use crate::settings::Settings;
use crate::worktree::lock::ReviewLock;
use crate::worktree::tree::KilledOperation;
use crate::worktree::{Fate, PathContent, Registered, Tree, branch_ref, moved, same_path};
use std::path::{Path, PathBuf};

/// A request to move branch and worktree.
#[derive(Debug)]
pub struct WorktreeUpdate<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// Its refs, which list the commits without work of the user's.
    pub refs: &'a SeriesRefs,
    /// The target commit for branch and worktree.
    pub to: Oid,
    /// The reflog message.
    pub why: &'a str,
    /// Whether to save the user's work under a ref instead of refusing.
    pub force: bool,
}

impl Reviews<'_> {
    /// The worktree of `name`, which must belong to the review: at the recorded path or at the configured one.
    pub fn own_worktree(
        &self,
        name: &SeriesName,
        recorded: Option<&Path>,
    ) -> Result<Option<Registered>> {
        let all = self.worktrees.registered()?;
        let branch = branch_ref(name);
        let is_named = |found: &&Registered| {
            found.branch.as_deref() == Some(&branch) || self.is_own(found, name, recorded)
        };
        let lost = |found: &Registered| Some((found.clone(), self.worktrees.moved_to(found)?));
        if let Some((found, now)) = all.iter().filter(is_named).find_map(lost) {
            return Err(moved(&found, &now));
        }
        let is_own = |found: &&Registered| self.is_own(found, name, recorded);
        let is_elsewhere = |found: &&Registered| {
            found.branch.as_deref() == Some(&branch) && !self.is_own(found, name, recorded)
        };
        if let Some(other) = all.iter().find(is_elsewhere) {
            return Err(Error::new(format!(
                "the branch '{name}' is checked out at '{}'",
                other.path.display()
            ))
            .with_hint(
                "check out another branch there, or review the series under another --name",
            ));
        }
        let usual = self.worktrees.path(name);
        let is_usual = |found: &&Registered| same_path(&found.path, &usual);
        Ok(all
            .iter()
            .find(is_usual)
            .or_else(|| all.iter().find(is_own))
            .cloned())
    }

    /// Whether a worktree belongs to `name`: at the usual path, at the recorded path, or where `git worktree move`
    /// has moved it.
    fn is_own(&self, found: &Registered, name: &SeriesName, recorded: Option<&Path>) -> bool {
        same_path(&found.path, &self.worktrees.path(name))
            || recorded.is_some_and(|path| same_path(&found.path, path))
            || recorded.is_some_and(|path| !presence::may_exist(path))
                && self.worktrees.is_of(found, name)
    }

    /// Moves the branch, and the worktree in which it is checked out, to a commit. Without a worktree, creates one if
    /// `make` is set. Returns the worktree's path, if there is one.
    pub fn place(
        &self,
        placing: &WorktreeUpdate<'_>,
        recorded: Option<&Path>,
        make: bool,
        lock: &ReviewLock,
    ) -> Result<Option<PathBuf>> {
        let name = placing.name;
        self.worktrees.sweep(name)?;
        let found = self.own_worktree(name, recorded)?;
        if let Some(found) = found.as_ref().filter(|found| !found.is_unfinished()) {
            if let PathContent::Worktree(tree) = self.worktrees.inspect(found)? {
                self.move_worktree(placing, found, &tree, lock)?;
                return Ok(Some(found.path.clone()));
            }
            // The user may be working on it: it is not created again elsewhere.
            found.refuse_locked()?;
        }
        // The worktree is missing, incomplete, or was deleted by hand: create it again.
        let own = self.own_work(name, placing.refs, found, Fate::Remake)?;
        if !placing.force {
            own.refuse(self.repo)?;
        }
        own.refuse_submodules()?;
        self.keep_own_work(&own, lock)?;
        match (&own.worktree, &own.held.tree) {
            (Some(found), Some(_)) => self.worktrees.remove(name, found)?,
            (Some(found), None) => self.worktrees.forget(name, found)?,
            (None, _) => {}
        }
        self.move_branch(placing, lock)?;
        if !make {
            return Ok(None);
        }
        let workers = workers(self.settings);
        self.worktrees
            .create(name, placing.to, lock, workers)
            .map(Some)
    }

    /// Moves a branch that is not checked out, once any work of the user's on it is saved.
    fn move_branch(&self, placing: &WorktreeUpdate<'_>, lock: &ReviewLock) -> Result<()> {
        let branch = branch_ref(placing.name);
        let tip = self.repo.find_ref(&branch)?;
        if tip == Some(placing.to) {
            return Ok(());
        }
        self.repo.change_refs(
            &[RefChange::set(branch, tip, placing.to)],
            placing.why,
            lock,
        )
    }

    fn move_worktree(
        &self,
        placing: &WorktreeUpdate<'_>,
        found: &Registered,
        tree: &Tree,
        lock: &ReviewLock,
    ) -> Result<()> {
        let WorktreeUpdate {
            name,
            refs,
            to,
            why,
            force,
        } = placing;
        let branch = branch_ref(name);
        refuse_other_branch(name, tree)?;
        let is_detached = tree.branch()?.is_none();
        if is_detached && !force {
            return Err(not_on_branch(name, tree, "a detached HEAD"));
        }
        let tip = self.repo.find_ref(&branch)?;
        // A move that was killed may have left files of either commit, whichever commit the branch is at.
        let is_moving = matches!(tree.interrupted(), Some(KilledOperation::Move { .. }));
        if tip == Some(*to) && !is_moving && !is_detached {
            return Ok(());
        }
        let own = self.own_work(name, refs, Some(found.clone()), Fate::Move(Some(*to)))?;
        if let Some(tip) = tip.filter(|_| own.held.is_free() && !is_detached) {
            return tree.switch(&branch, tip, *to, why, lock);
        }
        own.refuse_under_way()?;
        own.refuse_submodules()?;
        if !force {
            own.refuse(self.repo)?;
        }
        self.keep_own_work(&own, lock)?;
        self.go_to_branch(tree, &branch, tip.unwrap_or(*to), why, lock)?;
        // Delete untracked files first: they are saved, and a kill must not leave them in a worktree that has moved on.
        tree.clear_untracked(lock)?;
        tree.force_switch(&branch, tip.unwrap_or(*to), *to, why, lock)
    }

    /// Attaches a detached HEAD to the branch, which is created at `tip` if it does not exist; the caller has saved the
    /// content of HEAD, index and files.
    pub fn go_to_branch(
        &self,
        tree: &Tree,
        branch: &str,
        tip: Oid,
        why: &str,
        lock: &ReviewLock,
    ) -> Result<()> {
        if self.repo.find_ref(branch)?.is_none() {
            let made = RefChange::set(branch, None, tip);
            self.repo.change_refs(&[made], why, lock)?;
        }
        if tree.branch()?.is_none() {
            tree.attach(branch, why, lock)?;
        }
        Ok(())
    }
}

/// How many processes write the files of a worktree: the number of cores; if none, git's own setting applies.
pub fn workers(settings: &Settings) -> Option<usize> {
    if settings.has_checkout_workers() {
        return None;
    }
    std::thread::available_parallelism()
        .ok()
        .map(std::num::NonZero::get)
}
