// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db check`: finds problems in the database, and repairs those that can be repaired without data loss.

use crate::clock;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db;
use crate::db::check::CheckReport as Findings;
use crate::error::{Error, Exit, Result};
use crate::output::escape_controls;
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
            out.json(&found)?;
        } else {
            out.data(render(&found))?;
        }
        if found.is_ok() {
            Ok(())
        } else {
            Err(Error::silent(Exit::Failed))
        }
    }
}

fn render(found: &Findings) -> String {
    let mut text = String::new();
    for damage in &found.damage {
        text.push_str(&format!("damage: {}\n", escape_controls(damage)));
    }
    for one in &found.dangling {
        let rows: Vec<String> = one.rows.iter().take(8).map(i64::to_string).collect();
        let more = if one.rows.len() > 8 {
            format!(" and {} more", one.rows.len() - 8)
        } else {
            String::new()
        };
        let what = if one.removable {
            "--repair deletes them"
        } else {
            "they contain text and are kept"
        };
        text.push_str(&format!(
            "{}.{} refers to missing rows of {}: {} ({}{more}); {what}\n",
            one.table,
            one.column,
            one.parent,
            if one.rows.len() == 1 {
                "1 row".to_owned()
            } else {
                format!("{} rows", one.rows.len())
            },
            rows.join(", ")
        ));
    }
    for one in &found.duplicates {
        text.push_str(&format!(
            "series '{}' has version {} {} times\n",
            one.series, one.version, one.count
        ));
    }
    for file in &found.foreign_files {
        text.push_str(&format!(
            "'{}' may not be written by you, and so not the database either\n",
            file.display()
        ));
    }
    for one in &found.unknown_upstreams {
        let what = if one.removable {
            "--repair clears it"
        } else {
            "it may have been set by a user, and is kept"
        };
        text.push_str(&format!(
            "series '{}' has the upstream '{}', which does not exist; {what}\n",
            one.series, one.upstream
        ));
    }
    for series in &found.without_versions {
        text.push_str(&format!(
            "series '{series}' has no versions (which is allowed)\n"
        ));
    }
    if found.is_ok() {
        text.push_str(&format!("'{}' is sound\n", found.path.display()));
    }
    text
}
