// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review prune`: cleans up after manual deletions and interrupted commands.

use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use clap::Args;

/// Clean up after worktrees that were deleted by hand and removals that were stopped
///
/// Removes git's records of deleted worktrees, database records of clones that no longer exist, refs and directories
/// that an interrupted removal left, and the pool of removed worktrees (patman.worktreePool). A ref is deleted only if
/// this database recorded its removal in this repository, and its commits are saved under refs/patman/kept/ first, as
/// are commits that only git's record of a deleted worktree leads to. The refs of a series that is not in the database
/// stay: it may be in another database. Work saved by --force is not removed.
#[derive(Debug, Args)]
pub struct Prune {
    /// Show what would be removed, without changing anything
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Prune {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let pruned = reviews.prune(self.dry_run)?;
        let verb = if self.dry_run {
            "would prune"
        } else {
            "pruned"
        };
        pruned
            .iter()
            .for_each(|what| out.note(format!("{verb} {what}")));
        if pruned.is_empty() {
            out.note("nothing to prune");
        }
        Ok(())
    }
}
