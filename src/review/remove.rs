// SPDX-License-Identifier: GPL-2.0-or-later
//! Removes worktree and branch of a review; its versions stay under their refs unless they are purged.

use super::Reviews;
use super::clones;
use super::exec;
use super::place::{own_changes, own_commits};
use super::record::{self, Recorded};
use super::refs::SeriesRefs;
use crate::error::{Error, Exit, Result};
use crate::output::shell_quote;
use crate::series::SeriesName;
use crate::worktree::{Found, Registered, Tree, branch_ref};
use std::path::Path;

/// How much is removed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Removal {
    /// What the user added is put aside under a ref, and a stopped version is given up.
    pub force: bool,
    /// The versions' refs and the rows in the database go too; refused where another clone has the series, and with
    /// `force`, the rows stay for that clone.
    pub purge: bool,
}

impl Reviews<'_> {
    /// Removes worktree and branch of a review, and with `purge` all that is known of it. Says whether anything was
    /// there.
    pub fn remove(&mut self, recorded: &Recorded, removal: Removal) -> Result<bool> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let others = clones::others(&self.db, recorded.id, self.repo.common_dir())?;
        if let Some(other) = others.first().filter(|_| removal.purge && !removal.force) {
            return Err(clones::in_use(&name, other));
        }
        if known.stopped().is_some() {
            if !removal.force {
                return Err(Error::new(format!(
                    "the review of '{name}' waits for you to resolve a patch"
                ))
                .with_hint(format!(
                    "to take it back: git patman review abort {name}",
                    name = shell_quote(&name)
                ))
                .with_exit(Exit::Stopped));
            }
            drop(lock);
            self.abort(recorded)?;
            if record::find(&self.db, recorded.id)?.is_none() {
                return Ok(true);
            }
            return self.remove(recorded, removal);
        }
        self.refuse_own_work(&name, &known, place.as_deref(), removal.force)?;
        // Where checks are at work, nothing is removed.
        let scratch = self.worktrees.scratch(&name);
        let scratch_lock = if scratch.is_there() {
            Some(scratch.lock()?)
        } else {
            None
        };
        let worktree = self.own_worktree(&name, place.as_deref())?;
        let tip = self.repo.find_ref(&branch_ref(&name))?;
        let mut found =
            worktree.is_some() || tip.is_some() || (removal.purge && !known.versions.is_empty());
        if removal.force {
            match self.tree_of(worktree.as_ref())? {
                Some(tree) => {
                    if tree.interrupted().is_some() {
                        tree.unlock()?;
                    }
                    self.keep_worktree(&name, &tree, &known, &lock)?;
                }
                None => tip
                    .filter(|tip| !known.known().contains(tip))
                    .map_or(Ok(()), |tip| self.keep_branch(&name, tip, &lock))?,
            }
        }
        self.take_away(&name, worktree.as_ref(), recorded.id, &lock)?;
        if let Some(lock) = scratch_lock {
            found |= scratch.remove(&lock)?;
        }
        found |= exec::remove_output(self.repo.common_dir(), &name)?;
        if removal.purge {
            let is_gone = record::remove_series(&mut self.db, recorded.id, self.repo.common_dir())?;
            if !is_gone {
                self.out.note(format!(
                    "the record of '{name}' stays, since another clone has it"
                ));
            }
            found |= is_gone;
            self.repo.change_refs(
                &known.deletions(&name),
                &format!("patman: purge {name}"),
                &lock,
            )?;
        }
        Ok(found)
    }

    /// The worktree on disk; none where its directory is gone.
    pub fn tree_of(&self, worktree: Option<&Registered>) -> Result<Option<Tree>> {
        Ok(
            match worktree
                .map(|found| self.worktrees.look(found))
                .transpose()?
            {
                Some(Found::Worktree(tree)) => Some(tree),
                _ => None,
            },
        )
    }

    /// Refuses where worktree or branch hold changes or commits of the user's.
    pub fn refuse_own_work(
        &self,
        name: &SeriesName,
        known: &SeriesRefs,
        recorded: Option<&Path>,
        force: bool,
    ) -> Result<()> {
        let worktree = self.own_worktree(name, recorded)?;
        let tree = self.tree_of(worktree.as_ref())?;
        if force {
            return Ok(());
        }
        let tip = self.repo.find_ref(&branch_ref(name))?;
        // A branch of patman's has no refs of ours to compare with: only its worktree is looked at.
        if let Some(tip) =
            tip.filter(|tip| !known.versions.is_empty() && !known.known().contains(tip))
        {
            return Err(own_commits(
                name,
                tip,
                worktree.as_ref().map(|found| found.path.as_path()),
            ));
        }
        let (Some(found), Some(tree)) = (worktree, tree) else {
            return Ok(());
        };
        if found.is_unfinished() {
            let changes = self.unfinished_changes(name, &tree)?;
            return if changes.paths.is_empty() {
                Ok(())
            } else {
                Err(own_changes(&found.path, &changes.paths))
            };
        }
        // On another branch of the user's, that branch holds the commits; a detached HEAD holds them alone.
        let detached = found
            .head
            .filter(|_| found.branch.is_none() && !known.versions.is_empty());
        if let Some(head) = detached.filter(|head| !known.known().contains(head)) {
            return Err(own_commits(name, head, Some(&found.path)));
        }
        let changes = tree.changes()?;
        if changes.paths.is_empty() {
            Ok(())
        } else {
            Err(own_changes(&found.path, &changes.paths))
        }
    }
}
