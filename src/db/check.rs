// SPDX-License-Identifier: GPL-2.0-or-later
//! Checks the pages and rows of a database. Nothing is changed, and any schema version is accepted.

use super::graph::{self, Parent, Table};
use super::unknown_upstream::{self, UnknownUpstream};
use super::{Location, backup, failure, step};
use crate::error::Result;
use rusqlite::Connection;
use std::path::PathBuf;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// The file.
    pub path: PathBuf,
    /// What SQLite finds wrong with pages, indexes and constraints.
    pub damage: Vec<String>,
    /// Rows whose parent is missing.
    pub dangling: Vec<Dangling>,
    /// Several versions of one series with one number.
    pub duplicates: Vec<Duplicate>,
    /// Files beside the database that this user may not write, and that keep this user from writing the
    /// database.
    pub foreign_files: Vec<PathBuf>,
    /// Series whose upstream does not exist.
    pub unknown_upstreams: Vec<UnknownUpstream>,
    /// Series that have no version, which is allowed.
    pub without_versions: Vec<String>,
}

/// Rows of a table whose parent is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dangling {
    /// The table.
    pub table: String,
    /// The column that references the parent.
    pub column: String,
    /// The table of the parent.
    pub parent: String,
    /// The rows (`rowid`).
    pub rows: Vec<i64>,
    /// Whether `repair` deletes them; other rows hold text that somebody has written, and are kept.
    pub removable: bool,
}

/// Versions of one series that have the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The series.
    pub series: String,
    /// The number.
    pub version: String,
    /// How many have it.
    pub count: i64,
}

impl CheckReport {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.damage.is_empty()
            && self.dangling.is_empty()
            && self.duplicates.is_empty()
            && self.foreign_files.is_empty()
            && self.unknown_upstreams.is_empty()
    }
}

/// Checks the database. `is_known` says which upstreams exist besides those of the database.
pub fn check(location: &Location, is_known: &dyn Fn(&str) -> bool) -> Result<CheckReport> {
    let path = location.file();
    let mut check = CheckReport {
        foreign_files: super::status::foreign_files(&path),
        path: path.clone(),
        ..CheckReport::default()
    };
    let opened = backup::open(location)
        .and_then(|conn| super::migrate::recognise(&conn, &path).map(|_| conn));
    let conn = match opened {
        Ok(conn) => conn,
        // Content that cannot be read is damage, which this check reports.
        Err(why) if failure::is_damage(&why) => {
            check.damage.push(why.to_string());
            return Ok(check);
        }
        Err(why) => return Err(why),
    };
    if let Err(why) = damage(&conn, &mut check) {
        check.damage.push(why.to_string());
    }
    let done = rows(&conn, &mut check).and_then(|()| {
        check.unknown_upstreams = unknown_upstream::find(&conn, &path, is_known)?;
        Ok(())
    });
    match done {
        Err(why) if check.damage.is_empty() => Err(failure::of(&path, "check", &why)),
        _ => Ok(check),
    }
}

fn damage(conn: &Connection, check: &mut CheckReport) -> rusqlite::Result<()> {
    let mut query = conn.prepare("PRAGMA integrity_check(100)")?;
    for line in query.query_map([], |row| row.get::<_, String>(0))? {
        check.damage.push(line?);
    }
    check.damage.retain(|line| line != "ok");
    Ok(())
}

fn rows(conn: &Connection, check: &mut CheckReport) -> rusqlite::Result<()> {
    for (table, parent) in graph::references() {
        let rows = dangling(conn, table, parent)?;
        if !rows.is_empty() {
            check.dangling.push(Dangling {
                table: table.name.to_owned(),
                column: parent.column.to_owned(),
                parent: parent.table.to_owned(),
                rows,
                removable: parent.removable,
            });
        }
    }
    if !step::has_table(conn, "ser_ver")? {
        return Ok(());
    }
    let mut query = conn.prepare(
        "SELECT CAST(s.name AS TEXT), CAST(v.version AS TEXT), count(*) FROM ser_ver AS v JOIN series AS s ON s.id = v.series_id
        GROUP BY v.series_id, v.version HAVING count(*) > 1 ORDER BY v.series_id, v.version",
    )?;
    let duplicates = query.query_map([], |row| {
        let text = |column| {
            row.get::<_, Option<String>>(column)
                .map(Option::unwrap_or_default)
        };
        Ok(Duplicate {
            series: text(0)?,
            version: text(1)?,
            count: row.get(2)?,
        })
    })?;
    check.duplicates = duplicates.collect::<rusqlite::Result<_>>()?;
    let mut query = conn.prepare(
        "SELECT coalesce(CAST(name AS TEXT), '') FROM series WHERE id NOT IN
        (SELECT series_id FROM ser_ver WHERE series_id IS NOT NULL) ORDER BY id",
    )?;
    check.without_versions = query
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(())
}

/// The rows of a table that lack this parent; none when the schema has no such table or column yet.
pub(super) fn dangling(
    conn: &Connection,
    table: &Table,
    parent: &Parent,
) -> rusqlite::Result<Vec<i64>> {
    let (name, column) = (table.name, parent.column);
    if !step::has_column(conn, name, column)? || !step::has_table(conn, parent.table)? {
        return Ok(Vec::new());
    }
    let mut query = conn.prepare(&format!(
        "SELECT rowid FROM {name} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {}) ORDER BY rowid",
        parent.table
    ))?;
    query.query_map([], |row| row.get(0))?.collect()
}
