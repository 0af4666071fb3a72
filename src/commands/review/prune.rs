// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review prune`: cleans up what was deleted by hand or killed half-way.

use crate::error::Result;
use crate::review::Reviews;
use clap::Args;

/// Clean up after worktrees that were deleted by hand and removals that were stopped
///
/// Removes git's record of deleted worktrees, what the database says of clones that are gone, refs and directories that a
/// removal which was killed left, and the worktrees that are kept for the next series (patman.worktreePool). Refs are deleted
/// only if this database says that they were to be removed in this repository, and what they hold is kept first, under
/// refs/patman/kept/. A series that the database does not have keeps its refs: it may be in another database. What was put
/// aside with --force stays.
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
