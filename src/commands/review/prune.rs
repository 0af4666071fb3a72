// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review prune`: cleans up what was deleted by hand or killed half-way.

use crate::error::Result;
use crate::review::Reviews;
use clap::Args;

/// Clean up after worktrees that were deleted by hand and series that were removed elsewhere
///
/// Removes git's record of deleted worktrees, what the database says of clones that are gone, refs of series that the database does not know any more, directories that
/// a killed removal left, and the worktrees that are kept for the next series (patman.worktreePool). What was put aside
/// with --force stays. Commits that only git's record of a deleted worktree leads to are kept under a ref first.
#[derive(Debug, Args)]
pub struct Prune {
    /// Say what would be removed, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Prune {
    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        let pruned = reviews.prune(self.dry_run)?;
        let verb = if self.dry_run {
            "would prune"
        } else {
            "pruned"
        };
        pruned
            .iter()
            .for_each(|what| reviews.out.note(format!("{verb} {what}")));
        if pruned.is_empty() {
            reviews.out.note("nothing to prune");
        }
        Ok(())
    }
}
