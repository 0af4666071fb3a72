// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db status`: shows the state of the database without changing it.

use crate::commands::Requirements;
use crate::context::Context;
use crate::db::status::{self, DbState, DbStatus};
use crate::error::{Error, Exit, Result};
use crate::view::db_status::{self, DbStatusJson};
use clap::Args;

/// Show the location and the state of the database
///
/// Never migrates, locks or changes the database. Exits with status 1 if the database cannot be read, or if it is
/// missing or empty beside its log or its backups.
#[derive(Debug, Args)]
pub struct DbStatusArgs {
    /// Print the status as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl DbStatusArgs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let mut seen = status::status(&context.location()?)?;
        let reviews = match context.separate_reviews() {
            Ok(location) => location,
            Err(why) => {
                context.out().warn(why.to_string());
                None
            }
        };
        seen.reviews = reviews
            .map(|location| status::status(&location))
            .transpose()?
            .map(Box::new);
        if self.json {
            context.out().json(&DbStatusJson::from(&seen))?;
            return ended(&seen);
        }
        context
            .out()
            .listing(&db_status::text(context.out(), &seen))?;
        if seen.exposed && !matches!(seen.state, DbState::Absent | DbState::Lost) {
            context.out().warn("the database is at the top of a worktree, where 'git clean -x' and 'git stash -a' remove it");
            context
                .out()
                .hint("to move it to the git directory: git patman db move");
        }
        ended(&seen)
    }
}

/// Exits with 1 where there is a database that cannot be read.
fn ended(seen: &DbStatus) -> Result<()> {
    if seen.is_unreadable() {
        Err(Error::silent(Exit::Failed))
    } else {
        Ok(())
    }
}
