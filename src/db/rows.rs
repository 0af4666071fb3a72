// SPDX-License-Identifier: GPL-2.0-or-later
//! All rows that belong to a series, before and after a change; and undoing or redoing the change.
//!
//! A change is described by its rows alone: those that were added or deleted, and the columns whose values
//! changed. It is undone column by column, where each column still has the value that the change gave it: later
//! changes by others, including patman, stay, and when both changed the same value, nothing is changed at all.

mod apply;
mod value;

pub use apply::apply;
pub use value::Value;

use super::graph::{RowScope, TABLES, Table};
use super::series::SeriesId;
use super::{Read, at};
use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use value::value;

/// The columns of a row, by name.
pub type ColumnValues = BTreeMap<String, Value>;

/// One row that a change affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// Its table.
    pub table: String,
    /// The columns that identify it.
    pub key: ColumnValues,
    /// The row before; `None` when the change added it. For a changed row, only the columns that differ.
    pub before: Option<ColumnValues>,
    /// The row after; `None` when the change deleted it.
    pub after: Option<ColumnValues>,
}

/// The rows of some series.
#[derive(Debug, Clone, Default)]
pub struct Rows(BTreeMap<(usize, ColumnValues), ColumnValues>);

/// The highest row number of any series.
pub fn newest_series(db: &impl Read) -> Result<i64> {
    at(
        db,
        db.conn()
            .query_row("SELECT coalesce(max(id), 0) FROM series", [], |row| {
                row.get(0)
            }),
    )
}

/// All rows of a series, and of the series whose number is above `since`.
pub fn of(db: &impl Read, series: Option<SeriesId>, since: i64) -> Result<Rows> {
    let mut rows = Rows::default();
    at(db, read_all(db, series, since, &mut rows))?;
    Ok(rows)
}

fn read_all(
    db: &impl Read,
    series: Option<SeriesId>,
    since: i64,
    rows: &mut Rows,
) -> rusqlite::Result<()> {
    let mut ids: Vec<i64> = series.map(|id| id.0).into_iter().collect();
    let mut newer = db
        .conn()
        .prepare("SELECT id FROM series WHERE id > ?1 ORDER BY id")?;
    for id in newer.query_map([since], |row| row.get::<_, i64>(0))? {
        ids.push(id?);
    }
    ids.dedup();
    for id in ids {
        for (number, table) in TABLES.iter().enumerate() {
            let Some(condition) = table.within(RowScope::Series(id)) else {
                continue;
            };
            let mut query = db.conn().prepare(&format!(
                "SELECT * FROM main.{} WHERE {condition}",
                table.name
            ))?;
            let names: Vec<String> = query.column_names().map(str::to_owned).collect();
            let mut found = query.query([])?;
            while let Some(row) = found.next()? {
                let columns = names.iter().enumerate();
                let row: ColumnValues = columns
                    .map(|(at, name)| Ok((name.clone(), value(row.get_ref(at)?))))
                    .collect::<rusqlite::Result<_>>()?;
                rows.0.insert((number, key(table, &row)), row);
            }
        }
    }
    Ok(())
}

fn key(table: &Table, row: &ColumnValues) -> ColumnValues {
    table
        .key
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), row.get(*name)?.clone())))
        .collect()
}

/// The rows that differ.
pub fn difference(before: &Rows, after: &Rows) -> Vec<RowChange> {
    let mut keys: Vec<&(usize, ColumnValues)> = before.0.keys().chain(after.0.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut changes = Vec::new();
    for at in keys {
        let (mut old, mut new) = (before.0.get(at).cloned(), after.0.get(at).cloned());
        if old == new {
            continue;
        }
        if let (Some(old), Some(new)) = (&mut old, &mut new) {
            let same: Vec<String> = old
                .iter()
                .filter(|(name, value)| new.get(*name) == Some(value))
                .map(|(name, _)| name.clone())
                .collect();
            for name in same {
                old.remove(&name);
                new.remove(&name);
            }
        }
        changes.push(RowChange {
            table: TABLES[at.0].name.to_owned(),
            key: at.1.clone(),
            before: old,
            after: new,
        });
    }
    changes
}

/// The change that undoes these.
pub fn reversed(changes: &[RowChange]) -> Vec<RowChange> {
    changes
        .iter()
        .cloned()
        .map(|change| RowChange {
            before: change.after,
            after: change.before,
            ..change
        })
        .collect()
}
