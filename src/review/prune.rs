// SPDX-License-Identifier: GPL-2.0-or-later
//! Cleans up after what was deleted by hand, removed elsewhere, or killed half-way.

use super::Reviews;
use super::exec;
use super::record;
use super::refs;
use crate::clock;
use crate::db::check_result;
use crate::error::Result;
use crate::output::{bytes, printable};
use crate::presence;
use crate::series::SeriesName;
use crate::worktree::{self, lock};

/// How long results of checks are kept, in seconds.
const KEPT: i64 = 183 * 86400;

impl Reviews<'_> {
    /// Finds, and unless it is a rehearsal removes: git's record of worktrees that were deleted by hand, refs of series
    /// that the database does not know, rows of places that are gone, directories that were being deleted, and worktrees
    /// that are kept for the next series.
    ///
    /// Returns a line for each thing. What the user put aside with `--force` is never pruned.
    pub fn prune(&mut self, rehearsal: bool) -> Result<Vec<String>> {
        let mut pruned = Vec::new();
        self.prune_worktrees(rehearsal, &mut pruned)?;
        self.prune_clones(rehearsal, &mut pruned)?;
        self.prune_refs(rehearsal, &mut pruned)?;
        self.prune_locks(rehearsal, &mut pruned)?;
        for path in self.worktrees.leftovers() {
            // Whoever is at work on the series deletes it itself.
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
        self.prune_results(rehearsal, &mut pruned)?;
        self.prune_pool(rehearsal, &mut pruned)?;
        Ok(pruned)
    }

    /// Scratch worktrees whose review is not here any more, that were deleted by hand, or were left half-made.
    fn prune_scratch(&self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        for name in self.worktrees.scratch_names()? {
            let scratch = self.worktrees.scratch(&name);
            let in_use = self.repo.find_ref(&worktree::branch_ref(&name))?.is_some();
            let is_made = presence::is_taken(&scratch.path())?;
            if in_use && is_made {
                continue;
            }
            // Whoever is at work in it may be making it.
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
                scratch.remove(&lock)?;
            }
        }
        Ok(())
    }

    /// What checks printed about series that the database does not know, and results that nobody waits for any more.
    fn prune_results(&mut self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        let known: Vec<String> = record::all(&self.db)?
            .into_iter()
            .map(|one| one.name)
            .collect();
        for name in exec::series_with_output(self.repo.common_dir()) {
            if known.iter().any(|one| one == name.as_str()) {
                continue;
            }
            pruned.push(format!(
                "output of checks on '{name}': the series is not in the database"
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
        for kept in self.worktrees.kept() {
            let why = match (kept.is_orphan, printable(&kept.series)) {
                (true, _) => "its repository is gone".to_owned(),
                (false, series) => {
                    format!(
                        "kept since '{series}' was removed {}",
                        clock::age(kept.since, clock::now())
                    )
                }
            };
            pruned.push(format!(
                "worktree '{}': {why}, {}",
                kept.path.display(),
                bytes(kept.size())
            ));
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
            pruned.push(format!(
                "worktree of '{name}': '{}' was deleted",
                path.display()
            ));
            if !rehearsal {
                let _lock = self.worktrees.lock(&name)?;
                found.map_or(Ok(()), |found| self.worktrees.forget(&name, found))?;
                record::clear_place(&mut self.db, one.id, self.repo.common_dir())?;
            }
        }
        Ok(())
    }

    /// Locks of refs that a killed git has left of a series which has nothing else here, so that nobody else finds them.
    fn prune_locks(&self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        let known = record::names(&self.db)?;
        let there = refs::read_all(self.repo)?;
        for name in lock::with_locked_refs(self.repo.common_dir()) {
            if known.contains(name.as_str()) || there.contains_key(name.as_str()) {
                continue;
            }
            if !rehearsal {
                // Taking the review lock clears them. Whoever has it is at work on these refs.
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

    fn prune_refs(&mut self, rehearsal: bool, pruned: &mut Vec<String>) -> Result<()> {
        let known = record::names(&self.db)?;
        for (text, _) in refs::read_all(self.repo)? {
            let Some(name) = SeriesName::new(&text)
                .ok()
                .filter(|_| !known.contains(&text))
            else {
                continue;
            };
            let lock = self.worktrees.lock(&name)?;
            // Under the lock they are read again, and the database too: a start may have recorded the series since.
            let doomed = refs::SeriesRefs::read(self.repo, &name)?;
            if doomed.versions.is_empty() || record::names(&self.db)?.contains(&text) {
                continue;
            }
            // With its branch, it is in use here, and a start records it again: the database may be another one than it was.
            if self.repo.find_ref(&worktree::branch_ref(&name))?.is_some() {
                self.out
                    .note(format!("refs of '{name}' stay, since its branch is there"));
                continue;
            }
            pruned.push(format!(
                "refs of '{name}': the series is not in the database"
            ));
            if !rehearsal {
                self.repo.change_refs(
                    &doomed.deletions(&name),
                    &format!("patman: prune {name}"),
                    &lock,
                )?;
            }
            drop(lock);
        }
        Ok(())
    }
}
