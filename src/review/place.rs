// SPDX-License-Identifier: GPL-2.0-or-later
//! Brings branch and worktree of a review to a commit, from whatever state they are found in.

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

/// What is to be brought where.
#[derive(Debug)]
pub struct WorktreeUpdate<'a> {
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
        if let Some(other) = self.checked_out_elsewhere(name, recorded)? {
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
        let is_own = |found: &&Registered| self.is_own(found, name, recorded);
        Ok(all
            .iter()
            .find(is_usual)
            .or_else(|| all.iter().find(is_own))
            .cloned())
    }

    /// Whether a worktree is the one of `name`: at the usual path, at the recorded one, or where `git worktree move` has
    /// brought it.
    fn is_own(&self, found: &Registered, name: &SeriesName, recorded: Option<&Path>) -> bool {
        same_path(&found.path, &self.worktrees.path(name))
            || recorded.is_some_and(|path| same_path(&found.path, path))
            || recorded.is_some_and(|path| !presence::may_exist(path))
                && self.worktrees.is_of(found, name)
    }

    /// A worktree of the user's that the branch is checked out in.
    fn checked_out_elsewhere(
        &self,
        name: &SeriesName,
        recorded: Option<&Path>,
    ) -> Result<Option<Registered>> {
        let branch = branch_ref(name);
        let all = self.worktrees.registered()?;
        Ok(all.into_iter().find(|found| {
            found.branch.as_deref() == Some(&branch) && !self.is_own(found, name, recorded)
        }))
    }

    /// Brings the branch, and the worktree that it is checked out in, to a commit. Without a worktree, makes one where
    /// `make` says so. Returns the worktree's path, if there is one.
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
            if let PathContent::Worktree(tree) = self.worktrees.look(found)? {
                self.move_worktree(placing, found, &tree, lock)?;
                return Ok(Some(found.path.clone()));
            }
            // The user's hand may be on it: it is not made again elsewhere.
            found.refuse_locked()?;
        }
        // There is none, or it was never finished, or deleted by hand: it is made anew.
        let own = self.own_work(name, placing.refs, found, Fate::Remake)?;
        if !placing.force {
            own.refuse()?;
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

    /// Moves a branch that is checked out nowhere, and holds nothing of the user's that is not kept.
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
        // A move that was killed may have left files of either commit, wherever the branch is.
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
            own.refuse()?;
        }
        self.keep_own_work(&own, lock)?;
        self.go_to_branch(tree, &branch, tip.unwrap_or(*to), why, lock)?;
        // First, so that a kill leaves nothing of what is kept once the worktree has moved on.
        tree.clear_untracked(lock)?;
        tree.force_switch(&branch, tip.unwrap_or(*to), *to, why, lock)
    }

    /// Puts a detached HEAD on the branch, which is made at `tip` if it is not there; the caller has kept what HEAD, index
    /// and files hold.
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

/// How many processes write the files of a worktree: as many as there are cores; none: git's own setting counts.
pub fn workers(settings: &Settings) -> Option<usize> {
    if settings.has_checkout_workers() {
        return None;
    }
    std::thread::available_parallelism()
        .ok()
        .map(std::num::NonZero::get)
}
