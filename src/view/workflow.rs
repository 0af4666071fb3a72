// SPDX-License-Identifier: GPL-2.0-or-later
//! An entry of the history of series: WORKFLOW in git-patman-json(5).

use super::json_object;
use crate::clock::local;
use crate::db::workflow::WorkflowEntry;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};

json_object! {
    /// An entry.
    pub struct WorkflowJson<'a> from entry: &'a WorkflowEntry {
        r#type: &'a str = &entry.kind,
        series: &'a str = &entry.series,
        version: Option<i64> = entry.version,
        time: Option<String> = entry.when.as_deref().and_then(local::parse).map(local::written),
        done: bool = entry.archived,
        title: Option<&'a str> = entry.desc.as_deref(),
    }
}

/// The entries as a table; with `has_done`, a column shows which are no longer current.
pub fn table(entries: &[WorkflowEntry], has_done: bool) -> Table {
    let mut columns = vec![
        ("TYPE", Align::Left),
        ("SERIES", Align::Flexible),
        ("VER", Align::Left),
        ("WHEN", Align::Right),
        ("TITLE", Align::Flexible),
    ];
    if has_done {
        columns.insert(4, ("DONE", Align::Left));
    }
    let mut table = Table::new(&columns);
    for entry in entries {
        let mut cells = cells(entry);
        if has_done {
            cells.insert(4, Cell::new(if entry.archived { "yes" } else { "" }));
        }
        table.row(cells);
    }
    table
}

fn cells(entry: &WorkflowEntry) -> Vec<Cell> {
    let time = entry.when.as_deref().and_then(local::parse);
    // An invalid time is shown as it is.
    let when = time
        .map(|time| local::when(time, local::now()))
        .or_else(|| entry.when.clone());
    let version = entry
        .version
        .map_or(String::new(), |version| format!("v{version}"));
    vec![
        Cell::new(&entry.kind),
        Cell::new(&entry.series),
        Cell::new(version),
        Cell::painted(when.unwrap_or_else(|| "-".to_owned()), Paint::Dim),
        Cell::new(entry.desc.as_deref().unwrap_or_default()),
    ]
}
