// SPDX-License-Identifier: GPL-2.0-or-later
//! Cleans up what was deleted by hand, removed elsewhere, or left by a killed process.

use super::Reviews;
use super::exec;
use super::record;
use super::refs::{self, SeriesRefs};
use crate::clock;
use crate::db::check_result;
use crate::db::removed::{self, Removed};
use crate::error::Result;
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::presence;
use crate::series::SeriesName;
use crate::text::{bytes, escape_controls, shell_quote};
use crate::worktree::lock::{self, ReviewLock};
use crate::worktree::{self, Fate, Registered, kept};
use std::collections::BTreeSet;

/// How long check results are retained, in seconds.
const KEPT: i64 = 183 * 86400;

impl Reviews<'_> {
    /// Finds, and unless `rehearsal` is set removes: git's record of worktrees deleted by hand, refs whose removal
    /// was killed, rows of missing directories, directories that were being deleted, and spare worktrees for the
    /// next series.
    ///
    /// Data that is missing in the database is no reason to delete anything, since the database may have been replaced:
    /// only what the database lists as removed is deleted. The content of refs is saved first.
    ///
    /// Returns a line for each item. Work that was saved with `--force` is never pruned.
    pub fn prune(&mut self, rehearsal: bool) -> Result<Vec<String>> {
        let mut pruned = Vec::new();
        self.prune_worktrees(rehearsal, &mut pruned)?;
        self.prune_clones(rehearsal, &mut pruned)?;
        let removed = self.removed()?;
        self.prune_refs(&removed, rehearsal, &mut pruned)?;
        self.prune_locks(rehearsal, &mut pruned)?;
        for path in self.worktrees.leftovers() {
            // A process that holds the lock of the series deletes it itself.
            let lock = worktree::left_by(&path)
                .map(|name| self.worktrees.lock(&name))
                .transpose();
            if lock.is_err() || path.symlink_metadata().is_err() {
                continue;
            }
            pruned.push(format!(
                "directory '{}': left by a removal that was killed",
                path.display()
            ));
            if !rehearsal {
                worktree::delete(&path)?;
            }
        }
        self.prune_scratch(rehearsal, &mut pruned)?;
        self.prune_results(&removed, rehearsal, &mut pruned)?;
        self.prune_pool(rehearsal, &mut pruned)?;
        Ok(pruned)
    }

    /// Scratch worktrees whose review is gone, that were deleted by hand, or are incomplete.
    fn prune_scratch(&self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        for name in self.worktrees.scratch_names()? {
            let scratch = self.worktrees.scratch(&name);
            let in_use = self.repo.find_ref(&worktree::branch_ref(&name))?.is_some();
            let is_made = presence::is_taken(&scratch.path())?;
            if in_use && is_made {
                continue;
            }
            // A process that holds the lock may be creating it.
            let Ok(lock) = scratch.lock() else { continue };
            let why = if is_made {
                "its review is not here"
            } else {
                "it was deleted"
            };
            if !scratch.is_there() {
                continue;
            }
            pruned.push(format!("scratch worktree of '{name}': {why}"));
            if !rehearsal {
                self.remove_scratch(&name, &lock)?;
            }
        }
        Ok(())
    }

    /// Output of checks for series whose removal was killed, and results that have expired.
    fn prune_results(
        &mut self,
        removed: &[Removed],
        rehearsal: bool,
        pruned: &mut Vec<String>,
    ) -> Result<()> {
        let known = record::names(&self.db)?;
        for name in exec::series_with_output(self.repo.common_dir()) {
            let is_removed = removed.iter().any(|one| one.series == name.as_str());
            if !is_removed || known.contains(name.as_str()) {
                continue;
            }
            pruned.push(format!(
                "output of checks on '{name}': its removal was stopped"
            ));
            if !rehearsal {
                exec::remove_output(self.repo.common_dir(), &name)?;
            }
        }
        let then = clock::now() - KEPT;
        let count = check_result::count_before(&self.db, then)?;
        if count > 0 {
            pruned.push(format!("{count} results of checks: older than half a year"));
            if !rehearsal {
                self.db.write(|write| check_result::forget(write, then))?;
            }
        }
        Ok(())
    }

    fn prune_pool(&self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        for kept in self.worktrees.pooled() {
            let size = bytes(kept.size());
            pruned.push(match kept.is_orphan {
                true => format!(
                    "pooled worktree '{}': its repository is gone ({size})",
                    kept.path.display()
                ),
                false => format!(
                    "pooled worktree of '{}' ({size})",
                    escape_controls(&kept.series)
                ),
            });
            if !rehearsal {
                kept.discard()?;
            }
        }
        Ok(())
    }

    fn prune_worktrees(&mut self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        let places = record::places(&self.db, self.repo.common_dir())?;
        let registered = self.worktrees.registered()?;
        for one in record::all(&self.db)? {
            let Ok(name) = one.series_name() else {
                continue;
            };
            let usual = self.worktrees.path(&name);
            let path = places.get(&one.id).unwrap_or(&usual);
            if presence::is_taken(path)? {
                continue;
            }
            let found = registered.iter().find(|found| found.path == *path);
            if found.is_none() && !places.contains_key(&one.id) {
                continue;
            }
            // 'git worktree lock' is for a worktree that is temporarily unavailable.
            if let Some(found) = found.filter(|found| found.refuse_locked().is_err()) {
                self.events.notice(format!(
                    "the record of the worktree '{}' stays, since it is locked",
                    found.path.display()
                ));
                continue;
            }
            // git has registered it at another path.
            if found.is_none() && self.own_worktree(&name, Some(path))?.is_some() {
                continue;
            }
            if !rehearsal {
                let lock = self.worktrees.lock(&name)?;
                if !self.forget_deleted(&name, found, &lock)? {
                    continue;
                }
                record::clear_place(&mut self.db, one.id, self.repo.common_dir())?;
            }
            pruned.push(format!(
                "worktree of '{name}': '{}' was deleted",
                path.display()
            ));
        }
        Ok(())
    }

    /// Removes git's record of a worktree that was deleted by hand, after saving content that only the record has.
    /// Returns whether the worktree is gone: another process may have created it again.
    fn forget_deleted(
        &self,
        name: &SeriesName,
        found: Option<&Registered>,
        lock: &ReviewLock,
    ) -> Result<bool> {
        let Some(found) = found else { return Ok(true) };
        let known = SeriesRefs::read(self.repo, name)?;
        let own = self.own_work(name, &known, Some(found.clone()), Fate::Forget)?;
        if own.held.tree.is_some() {
            return Ok(false);
        }
        self.keep_own_work(&own, lock)?;
        self.worktrees.forget(name, found)?;
        Ok(true)
    }

    /// Removes ref locks that a killed git left for a series which has nothing else here; no other code finds them.
    fn prune_locks(&self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        let known = record::names(&self.db)?;
        let there = refs::read_all(self.repo)?;
        for name in lock::with_locked_refs(self.repo.common_dir()) {
            if known.contains(name.as_str()) || there.contains_key(name.as_str()) {
                continue;
            }
            if !rehearsal {
                // Taking the review lock clears them. A process that holds it is working on these refs.
                let Ok(_lock) = self.worktrees.lock(&name) else {
                    continue;
                };
            }
            pruned.push(format!(
                "locks of refs of '{name}': left by a git that was killed"
            ));
        }
        Ok(())
    }

    /// The series that this database lists as removed in this repository.
    fn removed(&self) -> Result<Vec<Removed>> {
        self.repo
            .id()?
            .map_or(Ok(Vec::new()), |id| removed::list(&self.db, &id))
    }

    fn prune_refs(
        &mut self,
        removed: &[Removed],
        rehearsal: bool,
        pruned: &mut Vec<String>,
    ) -> Result<()> {
        let known = record::names(&self.db)?;
        for (text, _) in refs::read_all(self.repo)? {
            let Some(name) = SeriesName::new(&text)
                .ok()
                .filter(|_| !known.contains(&text))
            else {
                continue;
            };
            self.prune_refs_of(&name, removed, rehearsal, pruned)?;
        }
        for one in removed.iter().filter(|_| !rehearsal) {
            self.forget_removed(&one.series)?;
        }
        Ok(())
    }

    /// Deletes refs of a series that is not in the database, if the database lists them as removed.
    fn prune_refs_of(
        &mut self,
        name: &SeriesName,
        removed: &[Removed],
        rehearsal: bool,
        pruned: &mut Vec<String>,
    ) -> Result<()> {
        let lock = self.worktrees.lock(name)?;
        // Read refs and database again under the lock: a start may have recorded the series since.
        let found = SeriesRefs::read(self.repo, name)?;
        if found.versions.is_empty() || record::names(&self.db)?.contains(name.as_str()) {
            return Ok(());
        }
        // If it has its branch, it is in use here, and a start records it again: the database may have been replaced.
        if self.repo.find_ref(&worktree::branch_ref(name))?.is_some() {
            self.events
                .notice(format!("refs of '{name}' stay, since its branch is there"));
            return Ok(());
        }
        let is_removed = |change: &RefChange| {
            removed.iter().any(|one| {
                one.series == name.as_str()
                    && one.name == change.name
                    && change.old.is_some_and(|id| id.to_string() == one.oid)
            })
        };
        let (doomed, others): (Vec<_>, Vec<_>) =
            found.deletions(name).into_iter().partition(is_removed);
        if !others.is_empty() {
            self.events.notice(format!(
                "refs of '{name}' stay: this database does not say that they were removed"
            ));
            let pattern = shell_quote(format!("refs/patman/{name}/"));
            self.events.hint(format!(
                "to see them: git for-each-ref {pattern}; to delete one: git update-ref -d <ref>"
            ));
        }
        if doomed.is_empty() {
            return Ok(());
        }
        pruned.push(format!("refs of '{name}': their removal was stopped"));
        if rehearsal {
            return Ok(());
        }
        let (kept, keeping) = kept::keeping(self.repo, name, &self.tips(&found, &doomed)?)?;
        self.repo.change_refs(
            &keeping,
            "patman: keep what removed refs of the review led to",
            &lock,
        )?;
        for kept in kept {
            self.events
                .notice(format!("saved the commits of refs of '{name}' as {kept}"));
        }
        self.repo
            .change_refs(&doomed, &format!("patman: prune {name}"), &lock)
    }

    /// The commits that contain everything in the refs to delete.
    fn tips(&self, found: &SeriesRefs, doomed: &[RefChange]) -> Result<Vec<Oid>> {
        let deleted: BTreeSet<Oid> = doomed.iter().filter_map(|change| change.old).collect();
        let known: BTreeSet<Oid> = found.known().into_iter().collect();
        let all: Vec<Oid> = known.intersection(&deleted).copied().collect();
        let mut tips = Vec::new();
        for &tip in &all {
            let mut is_held = false;
            for &other in all.iter().filter(|other| **other != tip) {
                is_held |= self.repo.is_ancestor(tip, other)?;
            }
            tips.extend((!is_held).then_some(tip));
        }
        Ok(tips)
    }

    /// Deletes the removal record of a series once all of it is gone.
    fn forget_removed(&mut self, series: &str) -> Result<()> {
        let (Ok(name), Some(id)) = (SeriesName::new(series), self.repo.id()?) else {
            return Ok(());
        };
        let is_left = !SeriesRefs::read(self.repo, &name)?.versions.is_empty();
        if is_left && !record::names(&self.db)?.contains(series) {
            return Ok(());
        }
        self.db.write(|write| removed::forget(write, &id, series))
    }
}
