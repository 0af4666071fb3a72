// SPDX-License-Identifier: GPL-2.0-or-later
//! All rows that belong to a series, before and after a change; and undoing or redoing the change.
//!
//! A change is described by its rows alone: those that were added or deleted, and the columns whose values
//! changed. It is undone column by column, where each column still has the value that the change gave it: later
//! changes by others, including patman, stay, and when both changed the same value, nothing is changed at all.

mod value;

pub use value::Value;

use super::series::SeriesId;
use super::{Read, Write, at};
use crate::error::{Error, Result};
use rusqlite::types::Value as Sql;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use value::{mark, plain, sql, value};

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

/// A table whose rows belong to a series: its key, how a row belongs to series ?1, and its name for users.
struct RowTable {
    name: &'static str,
    key: &'static [&'static str],
    of: &'static str,
    word: &'static str,
}

const fn table(
    name: &'static str,
    key: &'static [&'static str],
    of: &'static str,
    word: &'static str,
) -> RowTable {
    RowTable {
        name,
        key,
        of,
        word,
    }
}

const BY_VERSION: &str = "svid IN (SELECT id FROM ser_ver WHERE series_id = ?1)";

/// Parents before children.
const TABLES: &[RowTable] = &[
    table("series", &["id"], "id = ?1", "series"),
    table("ser_ver", &["id"], "series_id = ?1", "version"),
    table("pcommit", &["id"], BY_VERSION, "patch"),
    table(
        "workflow",
        &["id"],
        "series_id = ?1 OR ser_ver_id IN (SELECT id FROM ser_ver WHERE series_id = ?1)",
        "workflow entry",
    ),
    table("review", &["id"], BY_VERSION, "review"),
    table(
        "reply",
        &["id"],
        "svid IN (SELECT id FROM ser_ver WHERE series_id = ?1) OR review_id IN
            (SELECT id FROM review WHERE svid IN (SELECT id FROM ser_ver WHERE series_id = ?1))",
        "reply",
    ),
    table("gitpatman_version", &["svid"], BY_VERSION, "version"),
    table("gitpatman_patch", &["svid", "seq"], BY_VERSION, "patch"),
    table("gitpatman_mail", &["id"], BY_VERSION, "mail"),
    table(
        "gitpatman_worktree",
        &["series_id", "common_dir"],
        "series_id = ?1",
        "worktree",
    ),
    table(
        "gitpatman_series",
        &["series_id"],
        "series_id = ?1",
        "series",
    ),
    table("gitpatman_tracking", &["svid"], BY_VERSION, "version"),
];

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
    for (number, table) in TABLES.iter().enumerate() {
        let mut query = db.conn().prepare(&format!(
            "SELECT * FROM main.{} WHERE {}",
            table.name, table.of
        ))?;
        let names: Vec<String> = query.column_names().map(str::to_owned).collect();
        for id in &ids {
            let mut found = query.query([id])?;
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

fn key(table: &RowTable, row: &ColumnValues) -> ColumnValues {
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
    let turn = |change: &RowChange| {
        let RowChange {
            table,
            key,
            before,
            after,
        } = change.clone();
        RowChange {
            table,
            key,
            before: after,
            after: before,
        }
    };
    changes.iter().map(turn).collect()
}

/// Applies the changes. The rows must be as recorded before or after the change; otherwise nothing is changed,
/// and the error names the rows that differ.
pub fn apply(write: &Write<'_>, changes: &[RowChange]) -> Result<()> {
    let mut conflicts = Vec::new();
    let mut ordered: Vec<(usize, &RowChange)> = changes
        .iter()
        .map(|change| Ok((known(change)?, change)))
        .collect::<Result<_>>()?;
    // Deletions, children first; then updates, so that names are free; then additions, parents first.
    ordered.sort_by_key(|(number, change)| match (&change.before, &change.after) {
        (_, None) => (0, TABLES.len() - number),
        (Some(_), Some(_)) => (1, *number),
        (None, Some(_)) => (2, *number),
    });
    for (number, change) in ordered {
        let table = &TABLES[number];
        let current = at(write, current(write, table, &change.key))?;
        match (&change.before, &change.after, current) {
            (_, None, None) => {}
            (Some(before), None, Some(current)) if agrees(&current, before) => {
                if let Err(why) = delete(write, table, &change.key) {
                    conflicts.push(format!("{}: {why}", named(table, &change.key)));
                }
            }
            (None, Some(after), None) => {
                if let Err(why) = insert(write, table, after) {
                    conflicts.push(format!("{}: {why}", named(table, &change.key)));
                }
            }
            (None, Some(after), Some(current)) if agrees(&current, after) => {}
            (Some(before), Some(after), Some(current)) => {
                let odd = after.iter().find(|(name, value)| {
                    current.get(*name) != Some(value) && current.get(*name) != before.get(*name)
                });
                match odd {
                    Some((column, _)) => {
                        conflicts.push(format!("{}: {column}", named(table, &change.key)))
                    }
                    None => at(write, update(write, table, &change.key, after))?,
                }
            }
            _ => conflicts.push(named(table, &change.key)),
        }
    }
    match conflicts.as_slice() {
        [] => Ok(()),
        all => Err(Error::new("the database was changed since").with_cause(all.join(", "))),
    }
}

/// The table of a change. A record may come from a database that somebody else made: rows of other tables, and
/// keys that [`difference`] does not write, are refused.
fn known(change: &RowChange) -> Result<usize> {
    TABLES
        .iter()
        .position(|table| {
            table.name == change.table
                && change.key.len() == table.key.len()
                && table.key.iter().all(|name| change.key.contains_key(*name))
        })
        .ok_or_else(|| {
            Error::new("the record was not written by git patman").with_cause(format!(
                "it changes rows of '{}' by '{}'",
                change.table,
                change.key.keys().cloned().collect::<Vec<_>>().join(", ")
            ))
        })
}

fn named(table: &RowTable, key: &ColumnValues) -> String {
    let number = key.values().next().map(plain).unwrap_or_default();
    format!("{} {number}", table.word)
}

/// Whether a row has the recorded values.
fn agrees(current: &ColumnValues, told: &ColumnValues) -> bool {
    told.iter()
        .all(|(name, value)| current.get(name) == Some(value))
}

fn condition(key: &ColumnValues) -> (String, Vec<Sql>) {
    let words: Vec<String> = key
        .keys()
        .enumerate()
        .map(|(at, name)| format!("{} IS ?{}", quoted(name), at + 1))
        .collect();
    (words.join(" AND "), key.values().map(sql).collect())
}

fn current(
    write: &Write<'_>,
    table: &RowTable,
    key: &ColumnValues,
) -> rusqlite::Result<Option<ColumnValues>> {
    let (condition, values) = condition(key);
    let mut query = write.conn().prepare(&format!(
        "SELECT * FROM main.{} WHERE {condition}",
        table.name
    ))?;
    let names: Vec<String> = query.column_names().map(str::to_owned).collect();
    let mut rows = query.query(rusqlite::params_from_iter(values))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let columns = names.into_iter().enumerate();
    columns
        .map(|(at, name)| Ok((name, value(row.get_ref(at)?))))
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

fn delete(write: &Write<'_>, table: &RowTable, key: &ColumnValues) -> rusqlite::Result<()> {
    let (condition, values) = condition(key);
    let sql = format!("DELETE FROM main.{} WHERE {condition}", table.name);
    write
        .conn()
        .execute(&sql, rusqlite::params_from_iter(values))
        .map(drop)
}

fn insert(write: &Write<'_>, table: &RowTable, row: &ColumnValues) -> rusqlite::Result<()> {
    let names: Vec<String> = row.keys().map(|name| quoted(name)).collect();
    let marks: Vec<String> = row
        .values()
        .enumerate()
        .map(|(at, value)| mark(value, at + 1))
        .collect();
    let sql = format!(
        "INSERT INTO main.{} ({}) VALUES ({})",
        table.name,
        names.join(", "),
        marks.join(", ")
    );
    write
        .conn()
        .execute(
            &sql,
            rusqlite::params_from_iter(row.values().map(self::sql)),
        )
        .map(drop)
}

fn update(
    write: &Write<'_>,
    table: &RowTable,
    key: &ColumnValues,
    row: &ColumnValues,
) -> rusqlite::Result<()> {
    let (condition, mut values) = condition(key);
    let first = values.len() + 1;
    let sets: Vec<String> = row
        .iter()
        .enumerate()
        .map(|(at, (name, value))| format!("{} = {}", quoted(name), mark(value, first + at)))
        .collect();
    values.extend(row.values().map(sql));
    let sql = format!(
        "UPDATE main.{} SET {} WHERE {condition}",
        table.name,
        sets.join(", ")
    );
    write
        .conn()
        .execute(&sql, rusqlite::params_from_iter(values))
        .map(drop)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
