// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db check`: what is wrong with the database, and what of it can be repaired with no loss.

use crate::clock;
use crate::context::Context;
use crate::db;
use crate::db::check::Check as Findings;
use crate::error::{Error, Exit, Result};
use clap::Args;

/// Check the database: pages, references, rows that point nowhere
///
/// Exits with 1 if anything is found. With --repair a backup is made, rows that point nowhere and hold nothing that
/// anybody has written are deleted, and upstreams of series are cleared that a migration by an earlier git patman has
/// written: '.', and the name of a remote that is no upstream, where the backup of the migration shows that the series had
/// none. Nothing else is changed.
#[derive(Debug, Args)]
pub struct Check {
    /// Repair what can be repaired with no loss
    #[arg(long)]
    repair: bool,
    /// Print the findings as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Check {
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
                    "deleted {rows} row{} of {table} that pointed nowhere",
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
        text.push_str(&format!("damage: {damage}\n"));
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
            "they hold text, and are kept"
        };
        text.push_str(&format!(
            "{}.{} names no row of {}: {} ({}{more}); {what}\n",
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
            "series '{series}' has no version (which is allowed)\n"
        ));
    }
    if found.is_ok() {
        text.push_str(&format!("'{}' is sound\n", found.path.display()));
    }
    text
}
