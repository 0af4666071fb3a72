// SPDX-License-Identifier: GPL-2.0-or-later
//! Lock files that a killed git left. git waits for none of them and explains few; only the user can know
//! whether another git process is still running.

use super::execute::Executor;
use super::plan::GitPlan;
use crate::error::Error;
use crate::text::shell_quote;
use std::path::PathBuf;

impl Executor<'_> {
    /// Adds a hint to an error of [`perform`](Self::perform) for each lock file that blocks the plan.
    pub(super) fn stuck(&self, plan: &GitPlan, why: Error) -> Error {
        let there = self
            .locks(plan)
            .into_iter()
            .filter(|path| path.symlink_metadata().is_ok());
        there.fold(why, |why, path| {
            why.with_hint(format!(
                "a git that was stopped may have left a lock; if none is at work: rm {}",
                shell_quote(&path)
            ))
        })
    }

    /// Returns the paths of the lock files that git uses for a plan.
    fn locks(&self, plan: &GitPlan) -> Vec<PathBuf> {
        let dir = self.repo.common_dir();
        let mut locks = ["config.lock", "packed-refs.lock", "packed-refs.new"]
            .map(|name| dir.join(name))
            .to_vec();
        let names = plan
            .refs
            .iter()
            .map(|moved| &moved.name)
            .chain(plan.backups.iter().map(|backup| &backup.name));
        locks.extend(names.map(|name| dir.join(format!("{name}.lock"))));
        for worktree in self.repo.worktree_heads().unwrap_or_default() {
            locks.extend(["HEAD.lock", "index.lock"].map(|name| worktree.git_dir.join(name)));
        }
        locks
    }
}
