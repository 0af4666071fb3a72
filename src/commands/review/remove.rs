// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review remove`: a worktree that is not needed any more.

use crate::complete;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::review::remove::Removal;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Remove worktree and branch of reviews
///
/// The versions stay under refs/patman/<name>/, and the record in the database. A worktree with changes or commits of
/// yours is refused. One with submodules that hold what their remotes do not have is refused with --force too. A clean one
/// is kept for the next series, with its ignored files, such as build products, so that the next start is quick; of these
/// there are at most patman.worktreePool, and `git patman review prune` deletes them.
#[derive(Debug, Args)]
pub struct Remove {
    /// The series, or the beginnings of their names where these are unique
    #[arg(value_name = "NAME", required = true, add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// Keep changes and commits of yours under refs, which are named
    #[arg(short, long)]
    force: bool,
    /// Remove the versions and the record too; a record that another clone needs stays
    #[arg(long)]
    purge: bool,
}

impl Remove {
    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
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
                Ok((true, name)) => reviews.out.note(format!("removed '{name}'")),
                Ok((false, name)) => reviews.out.note(format!("nothing of '{name}' was here")),
                // The others are removed all the same; the last failure decides the exit status.
                Err(error) => {
                    if let Some(before) = failed.replace(error) {
                        reviews.out.error(&before);
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}
