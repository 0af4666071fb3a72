// SPDX-License-Identifier: GPL-2.0-or-later
//! Removes worktree and branch of a review; the refs of its versions remain unless they are purged.

use super::Reviews;
use super::clones;
use super::exec;
use super::record::{self, Doomed, ReviewRow};
use super::refs::SeriesRefs;
use crate::error::{Error, Exit, Result};
use crate::text::shell_quote;
use crate::worktree::{Fate, PathContent, Registered, Tree, branch_ref};

/// What to remove.
#[derive(Debug, Clone, Copy, Default)]
pub struct Removal {
    /// Whether to save the user's work under a ref, and abort a stopped version.
    pub force: bool,
    /// Whether to delete the versions' refs and the database rows too. Refused if another clone has the series; with
    /// `force`, the rows remain for that clone.
    pub purge: bool,
}

impl Reviews<'_> {
    /// Removes worktree and branch of a review, and with `purge` all its data. Returns whether there was anything to
    /// remove.
    pub fn remove(&mut self, recorded: &ReviewRow, removal: Removal) -> Result<bool> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let others = clones::others(&self.db, recorded.id, self.repo.common_dir())?;
        if let Some(other) = others.first().filter(|_| removal.purge && !removal.force) {
            return Err(clones::in_use(&name, other));
        }
        let stopped = known.stopped();
        if stopped.is_some() && !removal.force {
            return Err(Error::new(format!("'{name}' has an unresolved conflict"))
                .with_hint(format!(
                    "to abort it: git patman review abort {name}",
                    name = shell_quote(&name)
                ))
                .with_exit(Exit::Stopped));
        }
        let worktree = self.own_worktree(&name, place.as_deref())?;
        let own = self.own_work(&name, &known, worktree, Fate::Remove)?;
        if !removal.force {
            own.refuse(self.repo)?;
        }
        // Nothing is removed while checks run.
        let scratch = self.worktrees.scratch(&name);
        let scratch_lock = if scratch.is_there() {
            Some(scratch.lock()?)
        } else {
            None
        };
        let tip = self.repo.find_ref(&branch_ref(&name))?;
        let mut found = own.worktree.is_some()
            || tip.is_some()
            || stopped.is_some()
            || (removal.purge && !known.versions.is_empty());
        self.take_away(&own, recorded.id, &lock)?;
        if let Some(stopped) = stopped {
            self.forget_version(recorded.id, &name, stopped, &lock)?;
        }
        if let Some(lock) = scratch_lock {
            found |= self.remove_scratch(&name, &lock)?;
        }
        found |= exec::remove_output(self.repo.common_dir(), &name)?;
        if removal.purge {
            let refs = SeriesRefs::read(self.repo, &name)?.deletions(&name);
            let doomed = Doomed {
                repo: self.repo,
                name: &name,
                refs: &refs,
            };
            let is_gone = record::remove_series(&mut self.db, recorded.id, &doomed)?;
            if !is_gone {
                self.events.notice(format!(
                    "the record of '{name}' stays, since another clone has it"
                ));
            }
            found |= is_gone;
            self.repo
                .change_refs(&refs, &format!("patman: purge {name}"), &lock)?;
            doomed.forget(&mut self.db)?;
        }
        Ok(found)
    }

    /// The worktree on disk; none if its directory is missing.
    pub fn tree_of(&self, worktree: Option<&Registered>) -> Result<Option<Tree>> {
        Ok(
            match worktree
                .map(|found| self.worktrees.inspect(found))
                .transpose()?
            {
                Some(PathContent::Worktree(tree)) => Some(tree),
                _ => None,
            },
        )
    }
}
