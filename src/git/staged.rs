// SPDX-License-Identifier: GPL-2.0-or-later
//! Amends the last commit in the user's own checkout with the staged changes, as `git commit
//! --amend` does, with hooks and the user's settings.

use super::discover::Repo;
use super::run::Git;
use crate::error::Result;

impl Repo {
    /// Whether the index of this worktree differs from HEAD.
    pub fn has_staged(&self) -> Result<bool> {
        let Some(dir) = self.work_tree() else {
            return Ok(false);
        };
        let done = Git::here(dir)
            .args(["diff", "--cached", "--quiet", "--no-ext-diff"])
            .run()?;
        Ok(done.status.code() == Some(1))
    }

    /// Amends the last commit with the staged changes and keeps its message.
    pub fn amend_staged(&self) -> Result<()> {
        let Some(dir) = self.work_tree() else {
            return Ok(());
        };
        Git::here(dir)
            .args([
                "commit",
                "--amend",
                "--no-edit",
                "--allow-empty",
                "--cleanup=verbatim",
                "-q",
            ])
            .ok()
            .map(drop)
    }
}
