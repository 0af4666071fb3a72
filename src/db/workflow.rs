// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `workflow`: when to look at a series again, and when it was sent or reviewed, as patman writes them.
//!
//! Times are local, `2026-12-06 09:45:20`. patman leaves rows whose series is gone or never existed: they are
//! not listed.

use super::series::SeriesId;
use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::{Error, Result};
use rusqlite::Row;

/// The type of a row that says when to look at a series again.
pub const TODO: &str = "todo";

/// One row, with its series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowEntry {
    /// Its type: [`TODO`], `sent`, `reviewed`.
    pub kind: String,
    /// The name of the series.
    pub series: String,
    /// Its title.
    pub desc: Option<String>,
    /// Whether the series is archived.
    pub is_put_away: bool,
    /// The time, as stored.
    pub when: Option<String>,
    /// Whether it is done.
    pub archived: bool,
    /// The version that it concerns.
    pub version: Option<i64>,
}

/// All rows whose series is known, ordered by time; `all` includes those that are done.
pub fn list(db: &impl Read, all: bool) -> Result<Vec<WorkflowEntry>> {
    let sql = "SELECT w.type, s.name, s.desc, s.archived, w.timestamp, w.archived, v.version
        FROM workflow AS w JOIN series AS s ON s.id = w.series_id LEFT JOIN ser_ver AS v ON v.id = w.ser_ver_id
        ORDER BY w.timestamp, w.id";
    let rows: rusqlite::Result<Vec<WorkflowEntry>> = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    let mut rows = at(db, rows)?;
    rows.retain(|row| all || !row.archived);
    Ok(rows)
}

/// Sets when to look at a series again, replacing any earlier time. The time is local, as patman writes it.
pub fn set_todo(write: &Write<'_>, series: SeriesId, when: &str) -> Result<()> {
    clear_todo(write, series)?;
    let sql = "INSERT INTO workflow (type, series_id, timestamp, archived)
        SELECT ?2, id, ?3, 0 FROM series WHERE id = ?1";
    match at(write, write.conn().execute(sql, (series.0, TODO, when)))? {
        0 => Err(Error::new("the series is no longer in the database")
            .with_hint("run the command again")),
        _ => Ok(()),
    }
}

/// Marks the todo entry as done; its row stays. Returns whether there was one.
pub fn clear_todo(write: &Write<'_>, series: SeriesId) -> Result<bool> {
    let sql = "UPDATE workflow SET archived = 1 WHERE series_id = ?1 AND type = ?2 AND coalesce(archived, 0) != 1";
    Ok(at(write, write.conn().execute(sql, (series.0, TODO)))? > 0)
}

fn read(row: &Row<'_>) -> rusqlite::Result<WorkflowEntry> {
    Ok(WorkflowEntry {
        kind: LenientRow::text(row, 0)?.unwrap_or_default(),
        series: LenientRow::text(row, 1)?.unwrap_or_default(),
        desc: row.filled(2)?,
        is_put_away: row.flag(3)?,
        when: row.filled(4)?,
        archived: row.flag(5)?,
        version: row.number(6)?,
    })
}
