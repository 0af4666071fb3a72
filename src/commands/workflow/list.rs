// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow list`: lists the history of series.

use crate::author::Author;
use crate::clock::local;
use crate::commands::Requirements;
use crate::db::workflow::WorkflowEntry;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use clap::Args;
use serde::Serialize;

/// List the history of series: sent, reviewed, reminders set
///
/// The oldest entry comes first. Entries of series that no longer exist are omitted.
#[derive(Debug, Args)]
pub struct WorkflowList {
    /// Include entries that are no longer current, such as replaced reminders
    #[arg(short, long)]
    all: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

/// An entry in JSON.
#[derive(Debug, Serialize)]
struct WorkflowJson<'a> {
    r#type: &'a str,
    series: &'a str,
    version: Option<i64>,
    time: Option<String>,
    done: bool,
    title: Option<&'a str>,
}

impl WorkflowList {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, author: &mut Author<'_>) -> Result<()> {
        let rows = author.workflow(self.all)?;
        if self.json {
            return author.out.json(&rows.iter().map(line).collect::<Vec<_>>());
        }
        if rows.is_empty() {
            author.out.note("there are no workflow entries");
            return Ok(());
        }
        let mut columns = vec![
            ("TYPE", Align::Left),
            ("SERIES", Align::Flexible),
            ("VER", Align::Left),
            ("WHEN", Align::Right),
            ("TITLE", Align::Flexible),
        ];
        if self.all {
            columns.insert(4, ("DONE", Align::Left));
        }
        let mut table = Table::new(&columns);
        rows.iter().for_each(|row| table.row(self.cells(row)));
        author.out.table(&table)
    }

    fn cells(&self, row: &WorkflowEntry) -> Vec<Cell> {
        let time = row.when.as_deref().and_then(local::parse);
        // An invalid time is shown as it is.
        let when = time
            .map(|time| local::when(time, local::now()))
            .or_else(|| row.when.clone());
        let mut cells = vec![
            Cell::new(&row.kind),
            Cell::new(&row.series),
            Cell::new(
                row.version
                    .map_or(String::new(), |version| format!("v{version}")),
            ),
            Cell::painted(when.unwrap_or_else(|| "-".to_owned()), Paint::Dim),
            Cell::new(row.desc.as_deref().unwrap_or_default()),
        ];
        if self.all {
            cells.insert(4, Cell::new(if row.archived { "yes" } else { "" }));
        }
        cells
    }
}

fn line(row: &WorkflowEntry) -> WorkflowJson<'_> {
    WorkflowJson {
        r#type: &row.kind,
        series: &row.series,
        version: row.version,
        time: row
            .when
            .as_deref()
            .and_then(local::parse)
            .map(local::written),
        done: row.archived,
        title: row.desc.as_deref(),
    }
}
