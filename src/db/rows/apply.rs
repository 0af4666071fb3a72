// SPDX-License-Identifier: GPL-2.0-or-later
//! Applies recorded changes of rows.

use super::super::graph::{TABLES, Table};
use super::super::snapshot::quoted;
use super::super::{Read, Write, at};
use super::value::{mark, plain, sql, value};
use super::{ColumnValues, RowChange};
use crate::error::{Error, Result};
use rusqlite::types::Value as Sql;

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
                let changed_since = after.iter().find(|(name, value)| {
                    current.get(*name) != Some(value) && current.get(*name) != before.get(*name)
                });
                match changed_since {
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
                && table.is_of_series()
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

fn named(table: &Table, key: &ColumnValues) -> String {
    let number = key.values().next().map(plain).unwrap_or_default();
    format!("{} {number}", table.noun)
}

/// Whether a row has the recorded values.
fn agrees(current: &ColumnValues, recorded: &ColumnValues) -> bool {
    recorded
        .iter()
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
    table: &Table,
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

fn delete(write: &Write<'_>, table: &Table, key: &ColumnValues) -> rusqlite::Result<()> {
    let (condition, values) = condition(key);
    let sql = format!("DELETE FROM main.{} WHERE {condition}", table.name);
    write
        .conn()
        .execute(&sql, rusqlite::params_from_iter(values))
        .map(drop)
}

fn insert(write: &Write<'_>, table: &Table, row: &ColumnValues) -> rusqlite::Result<()> {
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
    table: &Table,
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
