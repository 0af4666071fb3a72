// SPDX-License-Identifier: GPL-2.0-or-later
//! Aborts a version that waits for the user, as if it had never been started.

use super::Reviews;
use super::own_work::{OwnWork, refuse_other_branch};
use super::place::WorktreeUpdate;
use super::record::{self, Doomed, ReviewRow};
use super::refs::{self, SeriesRefs, VersionRefs};
use crate::db::series::SeriesId;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::series::{SeriesName, VersionNumber};
use crate::text::shell_quote;
use crate::worktree::lock::ReviewLock;
use crate::worktree::{Fate, Registered, Tree, branch_ref};

/// The state after an abort.
#[derive(Debug, Clone)]
pub struct Aborted {
    /// The series.
    pub name: SeriesName,
    /// The version that was aborted.
    pub version: VersionNumber,
    /// The version that the worktree is at again; `None` if there was no other version.
    pub back_at: Option<VersionNumber>,
}

/// A `git am` to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending<'a> {
    /// The series.
    pub(super) name: &'a SeriesName,
    /// Its refs.
    pub(super) known: &'a SeriesRefs,
    /// The worktree, as git has it registered.
    pub(super) worktree: Option<&'a Registered>,
    /// The commit to reset the worktree to.
    pub(super) to: Oid,
    /// The reflog entry.
    pub(super) why: &'a str,
}

impl Reviews<'_> {
    /// Aborts the version that waits for the user. The user's changes in the worktree are saved under a ref.
    pub fn abort(&mut self, recorded: &ReviewRow) -> Result<Aborted> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let Some((version, begun)) = known.stopped() else {
            return Err(
                Error::new(format!("there is nothing to abort for '{name}'")).with_hint(format!(
                    "to remove its worktree: git patman review remove {name}",
                    name = shell_quote(&name)
                )),
            );
        };
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let worktree = self.own_worktree(&name, place.as_deref())?;
        let back_at = known.newest();
        if back_at.is_none() {
            // Check before anything changes: the worktree and the branch are removed afterwards.
            self.own_work(&name, &known, worktree.clone(), Fate::Remove)?
                .refuse_submodules()?;
        }
        let target = back_at.and_then(|(_, refs)| refs.head).or(begun.stopped);
        let target = target.expect("a stopped version has the commit that it stopped at");
        let why = format!("patman: take {version} of {name} back");
        match self.tree_of(worktree.as_ref())? {
            Some(tree) => {
                let ending = Ending {
                    name: &name,
                    known: &known,
                    worktree: worktree.as_ref(),
                    to: target,
                    why: &why,
                };
                self.end_am(&ending, &tree, &lock)?;
            }
            None => {
                let placing = WorktreeUpdate {
                    name: &name,
                    refs: &known,
                    to: target,
                    why: &why,
                    force: true,
                };
                self.place(&placing, place.as_deref(), false, &lock)
                    .map(drop)?;
            }
        }
        if back_at.is_none() {
            let left = self.own_worktree(&name, place.as_deref())?;
            let own = self.own_work(&name, &known, left, Fate::Remove)?;
            self.take_away(&own, recorded.id, &lock)?;
        }
        self.forget_version(recorded.id, &name, (version, begun), &lock)?;
        Ok(Aborted {
            name,
            version,
            back_at: back_at.map(|(number, _)| number),
        })
    }

    /// Removes the row and the refs of a version that stopped.
    pub(super) fn forget_version(
        &mut self,
        series: SeriesId,
        name: &SeriesName,
        (version, begun): (VersionNumber, VersionRefs),
        lock: &ReviewLock,
    ) -> Result<()> {
        let deletions = begun.deletions(name, version);
        let doomed = Doomed {
            repo: self.repo,
            name,
            refs: &deletions,
        };
        record::remove_version(&mut self.db, series, version, &doomed)?;
        let why = format!("patman: take {version} of {name} back");
        // git deletes refs one by one, so the ref that marks an unfinished version is deleted last.
        let (last, others): (Vec<_>, Vec<_>) = deletions
            .iter()
            .cloned()
            .partition(|change| change.name == refs::stopped(name, version));
        self.repo.change_refs(&others, &why, lock)?;
        self.repo.change_refs(&last, &why, lock)?;
        doomed.forget(&mut self.db)
    }

    /// Ends `git am` and resets the worktree to a commit; the user's changes there are saved.
    pub(super) fn end_am(&self, ending: &Ending<'_>, tree: &Tree, lock: &ReviewLock) -> Result<()> {
        let Ending {
            name,
            known,
            worktree,
            to,
            why,
        } = *ending;
        refuse_other_branch(name, tree)?;
        let own = self.own_work(name, known, worktree.cloned(), Fate::Move(Some(to)))?;
        own.refuse_submodules()?;
        if tree.interrupted().is_some() {
            tree.unlock()?;
        }
        self.keep_own_work(&own, lock)?;
        if tree.has_am() {
            tree.git().holding(lock)?.args(["am", "--quit"]).ok()?;
        }
        let branch = branch_ref(name);
        let tip = self.repo.find_ref(&branch)?.unwrap_or(to);
        self.go_to_branch(tree, &branch, tip, why, lock)?;
        tree.force_switch(&branch, tip, to, why, lock)
    }

    /// Removes the worktree and the branch, after saving the user's changes in them.
    pub(super) fn take_away(
        &mut self,
        own: &OwnWork<'_>,
        series: SeriesId,
        lock: &ReviewLock,
    ) -> Result<()> {
        let name = own.name;
        own.refuse_submodules()?;
        if let Some(found) = &own.worktree {
            found.refuse_locked()?;
        }
        self.keep_own_work(own, lock)?;
        if let Some(found) = &own.worktree {
            self.worktrees.remove(name, found)?;
        }
        self.worktrees.sweep(name)?;
        record::clear_place(&mut self.db, series, self.repo.common_dir())?;
        let branch = branch_ref(name);
        let tip = self
            .repo
            .find_ref(&branch)?
            .map(|tip| RefChange::delete(branch, tip));
        self.repo.change_refs(
            tip.as_slice(),
            &format!("patman: remove the branch of {name}"),
            lock,
        )
    }
}
