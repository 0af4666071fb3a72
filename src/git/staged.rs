// SPDX-License-Identifier: GPL-2.0-or-later
//! What is staged in the user's own checkout, taken into its last commit as `git commit --amend` does it, with hooks and
//! the user's settings.

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

    /// Takes what is staged into the last commit, the message of which stays.
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
