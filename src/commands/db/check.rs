// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db check`: finds problems in the database, and repairs those that can be repaired without data loss.

use crate::clock;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db;
use crate::error::{Error, Exit, Result};
use crate::view::db_check::{self, DbCheckJson};
use clap::Args;

/// Check the integrity of the database
///
/// Checks pages, indexes and references between rows. Exits with status 1 if there is a problem. --repair first
/// makes a backup. It then deletes rows that refer to missing rows, unless they contain text that somebody has
/// written, and clears upstreams of series that a migration by an earlier git patman has written: '.', and the name
/// of a remote that is not an upstream, if the backup of the migration shows that the series had none.
#[derive(Debug, Args)]
pub struct DbCheck {
    /// Repair problems if no data is lost
    #[arg(long)]
    repair: bool,
    /// Print the findings as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl DbCheck {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let out = context.out();
        let location = context.location()?;
        let is_known = |name: &str| context.settings().has_upstream(name);
        let found = if self.repair {
            let repaired = context.with_options(|options| {
                db::repair::repair(&location, options, &is_known, &clock::zoned(), out)
            })?;
            if let Some(backup) = &repaired.backup {
                out.note(format!("backup: {}", backup.display()));
            }
            for (table, rows) in &repaired.deleted {
                out.note(format!(
                    "deleted {rows} row{} of {table} that referred to missing rows",
                    if *rows == 1 { "" } else { "s" }
                ));
            }
            for one in &repaired.cleared {
                out.note(format!(
                    "cleared the upstream '{}' of series '{}'",
                    one.upstream, one.series
                ));
            }
            repaired.left
        } else {
            db::check::check(&location, &is_known)?
        };
        if self.json {
            out.json(&DbCheckJson::from(&found))?;
        } else {
            out.data(db_check::text(&found))?;
        }
        if found.is_ok() {
            Ok(())
        } else {
            Err(Error::silent(Exit::Failed))
        }
    }
}
