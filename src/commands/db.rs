// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db`: location, state, backup and maintenance of the database.

mod backup;
mod check;
mod copied;
mod join;
mod merge;
mod migrate;
mod r#move;
mod path;
mod restore;
mod split;
mod status;

use crate::context::Context;
use crate::error::{Error, Result};
use clap::{Args, Subcommand};
use copied::Reach;
use std::path::PathBuf;

/// Show, check, back up, restore, move, merge or split the database
#[derive(Debug, Args)]
pub struct Db {
    #[command(flatten)]
    before: Before,
    #[command(subcommand)]
    verb: Verb,
}

/// Options of merge, split and join where patman has them, before the verb.
#[derive(Debug, Args)]
struct Before {
    #[arg(short = 'n', long = "dry-run", hide = true)]
    dry_run: bool,
    #[arg(long = "review-db-dir", value_name = "DIR", hide = true, value_hint = clap::ValueHint::DirPath)]
    review_db_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Path(path::Path),
    Status(status::Status),
    Check(check::Check),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Migrate(migrate::Migrate),
    Move(r#move::Move),
    Merge(merge::Merge),
    Split(split::Split),
    Join(join::Join),
}

impl Db {
    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        let before = &Reach::new(self.before.dry_run, self.before.review_db_dir.as_deref());
        if before.is_said() && !matches!(self.verb, Verb::Merge(_) | Verb::Split(_) | Verb::Join(_))
        {
            return Err(Error::usage(
                "--dry-run and --review-db-dir are only valid for 'merge', 'split' and 'join'",
            ));
        }
        match &self.verb {
            Verb::Path(path) => path.run(context),
            Verb::Status(status) => status.run(context),
            Verb::Check(check) => check.run(context),
            Verb::Backup(backup) => backup.run(context),
            Verb::Restore(restore) => restore.run(context),
            Verb::Migrate(migrate) => migrate.run(context),
            Verb::Move(relocate) => relocate.run(context),
            Verb::Merge(merge) => merge.run(context, before),
            Verb::Split(split) => split.run(context, before),
            Verb::Join(join) => join.run(context, before),
        }
    }
}
