// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review remove`: removes worktrees that are no longer needed.

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::review::remove::Removal;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Remove the worktrees and branches of reviews
///
/// The versions stay under refs/patman/<name>/, and the record stays in the database. A worktree with your own
/// changes or commits is not removed without --force; one with a submodule that has changes, or commits that its
/// remote does not have, not even then. A clean worktree goes to a pool of at most patman.worktreePool worktrees,
/// with its ignored files, such as build products, so that the next start is faster; 'git patman review prune'
/// empties the pool.
#[derive(Debug, Args)]
pub struct Remove {
    /// The series, by their names or unique beginnings of them
    #[arg(value_name = "NAME", required = true, add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// Save your changes and commits under refs/patman/kept/ first
    #[arg(short, long)]
    force: bool,
    /// Also remove the versions and the record, unless another clone needs the record
    #[arg(long)]
    purge: bool,
}

impl Remove {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let mut failed: Option<Error> = None;
        for name in &self.names {
            let removal = Removal {
                force: self.force,
                purge: self.purge,
            };
            let done = reviews
                .find_to_remove(name)
                .and_then(|one| Ok((reviews.remove(&one, removal)?, one.name)));
            match done {
                Ok((true, name)) => out.note(format!("removed '{name}'")),
                Ok((false, name)) => out.note(format!("nothing to remove for '{name}'")),
                // The other reviews are still removed; the last failure decides the exit status.
                Err(error) => {
                    if let Some(before) = failed.replace(error) {
                        out.error(&before);
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}
