// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db`: the database itself: where it is, how it is, backups.

mod backup;
mod check;
mod migrate;
mod r#move;
mod path;
mod restore;
mod status;

use crate::context::Context;
use crate::error::Result;
use clap::{Args, Subcommand};

/// Find, check, back up, restore and move the database
#[derive(Debug, Args)]
pub struct Db {
    #[command(subcommand)]
    verb: Verb,
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
}

impl Db {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<()> {
        match &self.verb {
            Verb::Path(path) => path.run(context),
            Verb::Status(status) => status.run(context),
            Verb::Check(check) => check.run(context),
            Verb::Backup(backup) => backup.run(context),
            Verb::Restore(restore) => restore.run(context),
            Verb::Migrate(migrate) => migrate.run(context),
            Verb::Move(relocate) => relocate.run(context),
        }
    }
}
