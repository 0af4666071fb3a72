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
use copied::CopyOptions;
use std::path::PathBuf;

/// Show, check, back up, restore, move, merge or split the database
#[derive(Debug, Args)]
pub struct DbCommand {
    #[command(flatten)]
    before: LeadingOptions,
    #[command(subcommand)]
    verb: DbVerb,
}

/// Options of merge, split and join where patman has them, before the verb.
#[derive(Debug, Args)]
struct LeadingOptions {
    #[arg(short = 'n', long = "dry-run", hide = true)]
    dry_run: bool,
    #[arg(long = "review-db-dir", value_name = "DIR", hide = true, value_hint = clap::ValueHint::DirPath)]
    review_db_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum DbVerb {
    Path(path::DbPath),
    Status(status::DbStatusArgs),
    Check(check::DbCheck),
    Backup(backup::DbBackup),
    Restore(restore::Restore),
    Migrate(migrate::Migrate),
    Move(r#move::Move),
    Merge(merge::Merge),
    Split(split::Split),
    Join(join::Join),
}

impl DbCommand {
    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        let before = &CopyOptions::new(self.before.dry_run, self.before.review_db_dir.as_deref());
        if before.is_given()
            && !matches!(
                self.verb,
                DbVerb::Merge(_) | DbVerb::Split(_) | DbVerb::Join(_)
            )
        {
            return Err(Error::usage(
                "--dry-run and --review-db-dir are only valid for 'merge', 'split' and 'join'",
            ));
        }
        match &self.verb {
            DbVerb::Path(path) => path.run(context),
            DbVerb::Status(status) => status.run(context),
            DbVerb::Check(check) => check.run(context),
            DbVerb::Backup(backup) => backup.run(context),
            DbVerb::Restore(restore) => restore.run(context),
            DbVerb::Migrate(migrate) => migrate.run(context),
            DbVerb::Move(relocate) => relocate.run(context),
            DbVerb::Merge(merge) => merge.run(context, before),
            DbVerb::Split(split) => split.run(context, before),
            DbVerb::Join(join) => join.run(context, before),
        }
    }
}
