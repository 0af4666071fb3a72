// SPDX-License-Identifier: GPL-2.0-or-later
//! Takes a version that waits for the user back, as if it had never been started.

use super::Reviews;
use super::place::{Placing, refuse_other_branch};
use super::record::{self, Recorded};
use super::refs::{self, SeriesRefs};
use crate::db::series::SeriesId;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::output::shell_quote;
use crate::series::{SeriesName, VersionNumber};
use crate::worktree::lock::ReviewLock;
use crate::worktree::tree::Work;
use crate::worktree::{Registered, Tree, branch_ref};

/// What an abort left.
#[derive(Debug, Clone)]
pub struct Aborted {
    /// The series.
    pub name: SeriesName,
    /// The version that was taken back.
    pub version: VersionNumber,
    /// The version that the worktree is at again; none: there was no other.
    pub back_at: Option<VersionNumber>,
}

impl Reviews<'_> {
    /// Takes the version that waits for the user back. What the user did in the worktree is kept under a ref.
    pub fn abort(&mut self, recorded: &Recorded) -> Result<Aborted> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let Some((version, begun)) = known.stopped() else {
            return Err(
                Error::new(format!("nothing of '{name}' is to be aborted")).with_hint(format!(
                    "to remove its worktree: git patman review remove {name}",
                    name = shell_quote(&name)
                )),
            );
        };
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let worktree = self.own_worktree(&name, place.as_deref())?;
        let back_at = known.newest();
        let target = back_at.and_then(|(_, refs)| refs.head).or(begun.stopped);
        let target = target.expect("a stopped version has the commit that it stopped at");
        let why = format!("patman: take {version} of {name} back");
        match self.tree_of(worktree.as_ref())? {
            Some(tree) => self.end_am(&name, &tree, &known, (target, &why), &lock)?,
            None => {
                let placing = Placing {
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
            self.take_away(&name, left.as_ref(), recorded.id, &lock)?;
        }
        record::remove_version(&mut self.db, recorded.id, version, self.repo.common_dir())?;
        // git deletes refs one by one: the one that says that there is something to abort is the last.
        let (last, others): (Vec<_>, Vec<_>) = begun
            .deletions(&name, version)
            .into_iter()
            .partition(|change| change.name == refs::stopped(&name, version));
        self.repo.change_refs(&others, &why, &lock)?;
        self.repo.change_refs(&last, &why, &lock)?;
        Ok(Aborted {
            name,
            version,
            back_at: back_at.map(|(number, _)| number),
        })
    }

    /// Ends `git am` and brings the worktree to a commit; what the user did there is kept.
    pub fn end_am(
        &self,
        name: &SeriesName,
        tree: &Tree,
        known: &SeriesRefs,
        (to, why): (Oid, &str),
        lock: &ReviewLock,
    ) -> Result<()> {
        refuse_other_branch(name, tree)?;
        let killed = tree.interrupted();
        if killed.is_some() {
            tree.unlock()?;
        }
        // What an abort that was killed was writing is not the user's.
        if !matches!(killed, Some(Work::Move { .. })) || !tree.changes()?.paths.is_empty() {
            self.keep_worktree(name, tree, known, lock)?;
        }
        if tree.has_am() {
            tree.git().holding(lock)?.args(["am", "--quit"]).ok()?;
        }
        tree.force_switch(&branch_ref(name), tree.head()?, to, why, lock)
    }

    /// Removes worktree and branch; the caller has seen that nothing of the user's is lost with them.
    pub fn take_away(
        &mut self,
        name: &SeriesName,
        worktree: Option<&Registered>,
        series: SeriesId,
        lock: &ReviewLock,
    ) -> Result<()> {
        if let Some(found) = worktree {
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
