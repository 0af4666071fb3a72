// SPDX-License-Identifier: GPL-2.0-or-later
//! Identifies a file: a patman database and its version, a half-finished migration, an empty file, or another
//! program's.
//!
//! The recorded version is trusted only as far as tables and columns agree with it: when patman is killed
//! during a migration, it leaves a version behind the schema, or none.

use super::graph::{self, TABLES, Table};
use super::step;
use rusqlite::{Connection, ErrorCode, Result};

/// What a database file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SchemaState {
    /// Patman's schema and our tables are both as new as this program knows them.
    Current,
    /// No table at all.
    Empty,
    /// Patman's tables, with steps still due.
    Due(Due),
    /// A version that only a newer program knows: the table that records it, and the version.
    Newer(&'static str, i64),
    /// Another program's file, and how it was recognized.
    Foreign(String),
}

/// The work that is due on a patman database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// The version to assume: every step above it is due.
    pub(super) version: i64,
    /// Why tables, columns and the recorded version disagree, when they do.
    pub(super) half: Option<String>,
    /// Whether patman's tables are current, so that only our own tables must be added.
    pub(super) own_only: bool,
    /// The newest of our own steps that was run; 0 when there are none of our tables.
    pub(super) own: i64,
}

/// The content of the table `schema_version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SchemaVersions {
    /// There is no such table.
    NoTable,
    /// Exactly one number.
    Number(i64),
    /// No row, several rows, or a value that is not a number.
    Unclear(String),
}

/// Whether patman's schema is the newest that this program knows, all of our own steps were run, and no newer
/// step keeps this program out: the quick check before every command, in one read.
pub(super) fn is_current(conn: &Connection) -> Result<bool> {
    let both = "SELECT (SELECT version FROM schema_version), (SELECT count(*) FROM schema_version),
        (SELECT version FROM gitpatman_schema), (SELECT count(*) FROM gitpatman_schema),
        (SELECT installed FROM gitpatman_schema)";
    let row = conn.query_row(both, [], |row| {
        let number = |index| row.get_ref(index).map(|value| value.as_i64().ok());
        Ok([number(0)?, number(1)?, number(2)?, number(3)?, number(4)?])
    });
    match row {
        Ok([patman, Some(1), Some(min_reader), Some(1), Some(installed)]) => {
            Ok(patman == Some(step::PATMAN) && min_reader <= step::OWN && installed >= step::OWN)
        }
        Ok(_) => Ok(false),
        Err(why) if names_what_is_not_there(&why) => Ok(false),
        Err(why) => Err(why),
    }
}

/// An object that is named like one of patman's tables or ours but is not a table: a view or a virtual table
/// runs code that somebody else wrote, and may never end.
fn impostor(conn: &Connection) -> Result<Option<String>> {
    let mut query = conn.prepare(
        "SELECT lower(name), type FROM main.sqlite_master WHERE type = 'view' OR type = 'table' AND rootpage = 0",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        if name.starts_with("gitpatman_") || graph::table(&name).is_some() {
            let kind = if kind == "view" {
                "a view"
            } else {
                "a virtual table"
            };
            return Ok(Some(format!("its '{name}' is {kind}, not a table")));
        }
    }
    Ok(None)
}

/// Whether a statement failed because of a missing table or column; SQLite gives the byte offset only for a
/// column.
fn names_what_is_not_there(why: &rusqlite::Error) -> bool {
    match why {
        rusqlite::Error::SqlInputError { error, .. } => error.code == ErrorCode::Unknown,
        why => why.sqlite_error_code() == Some(ErrorCode::Unknown),
    }
}

/// Examines tables, columns and versions.
pub(super) fn find(conn: &Connection) -> Result<SchemaState> {
    // Reads everything from one snapshot: another process may migrate the database meanwhile.
    let _moment = if conn.is_autocommit() {
        Some(conn.unchecked_transaction()?)
    } else {
        None
    };
    if let Some(why) = impostor(conn)? {
        return Ok(SchemaState::Foreign(why));
    }
    if is_current(conn)? {
        return Ok(SchemaState::Current);
    }
    if let Some(found) = foreign_or_empty(conn)? {
        return Ok(found);
    }
    if let Some(newest) =
        newest(conn, "schema_version", "version")?.filter(|&version| version > step::PATMAN)
    {
        return Ok(SchemaState::Newer("schema_version", newest));
    }
    let min_reader = newest(conn, "gitpatman_schema", "version")?.unwrap_or(0);
    if min_reader > step::OWN {
        return Ok(SchemaState::Newer("gitpatman_schema", min_reader));
    }
    let mut due = patman_due(conn)?;
    due.own = installed(conn)?;
    Ok(SchemaState::Due(due))
}

/// The version that the database itself records.
pub(super) fn written(conn: &Connection) -> Result<SchemaVersions> {
    if !step::has_table(conn, "schema_version")? {
        return Ok(SchemaVersions::NoTable);
    }
    let mut query = conn.prepare("SELECT version FROM schema_version LIMIT 3")?;
    let rows = query.query_map([], |row| {
        let value = row.get_ref(0)?;
        Ok(value.as_i64().map_err(|_| super::value::text(value)))
    })?;
    Ok(match rows.collect::<Result<Vec<_>>>()?.as_slice() {
        [] => SchemaVersions::Unclear("no version is written down".into()),
        [Ok(number)] if *number >= 1 => SchemaVersions::Number(*number),
        [Ok(number)] => SchemaVersions::Unclear(format!("the version is {number}")),
        [Err(None)] => SchemaVersions::Unclear("no version is written down".into()),
        [Err(Some(text))] => SchemaVersions::Unclear(format!("the version is '{text}'")),
        _ => SchemaVersions::Unclear("several versions are written down".into()),
    })
}

/// The version of our own tables; 0 when there are none.
pub(super) fn own_version(conn: &Connection) -> Result<Option<i64>> {
    installed(conn).map(Some)
}

/// The newest of our own steps that was run. Programs before step 4 wrote only the version, which then was the same.
fn installed(conn: &Connection) -> Result<i64> {
    let installed = match newest(conn, "gitpatman_schema", "installed")? {
        None => newest(conn, "gitpatman_schema", "version")?,
        installed => installed,
    };
    Ok(installed.unwrap_or(0).max(0))
}

fn patman_due(conn: &Connection) -> Result<Due> {
    let mut extents = Vec::new();
    for version in 1..=step::PATMAN {
        extents.push((version, step::extent(conn, version)?));
    }
    // Version 2 added the version table itself, which a database of any version may have lost.
    let reached = extents
        .iter()
        .take_while(|(version, extent)| extent.whole || *version == 2)
        .map(|(version, _)| *version)
        .last();
    let reached = reached.unwrap_or(0).max(1);
    let written = written(conn)?;
    let (version, mut half) = match &written {
        SchemaVersions::Number(number) => (*number, None),
        SchemaVersions::NoTable if reached <= 2 => (1, None),
        SchemaVersions::NoTable => (reached, Some("no version is written down".to_owned())),
        // The table without a row: as patman leaves it on the way from version 1 to 2.
        SchemaVersions::Unclear(why) => (if reached <= 2 { 1 } else { reached }, Some(why.clone())),
    };
    let behind = extents
        .iter()
        .find(|(step, extent)| *step <= version && !extent.whole);
    let ahead = extents
        .iter()
        .find(|(step, extent)| *step > version && extent.any && *step != 2);
    if half.is_none() {
        half = match (behind, ahead) {
            (Some((step, _)), _) => Some(format!(
                "it says version {version} but lacks something of version {step}"
            )),
            (_, Some((step, _))) => Some(format!(
                "it says version {version} but has something of version {step}"
            )),
            _ => None,
        };
    }
    Ok(Due {
        version,
        own_only: half.is_none() && version == step::PATMAN,
        half,
        own: 0,
    })
}

fn foreign_or_empty(conn: &Connection) -> Result<Option<SchemaState>> {
    let mut query =
        conn.prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid")?;
    let names = query
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>>>()?;
    if names.is_empty() {
        return Ok(Some(SchemaState::Empty));
    }
    for Table {
        name: table,
        signature,
        ..
    } in TABLES
    {
        if signature.is_empty() {
            continue;
        }
        if !step::has_table(conn, table)? {
            if *table == "series" {
                let first = &names[0];
                return Ok(Some(SchemaState::Foreign(format!(
                    "it has a table '{first}' and no table 'series'"
                ))));
            }
            continue;
        }
        for column in *signature {
            if !step::has_column(conn, table, column)? {
                let why = format!("its table '{table}' has no column '{column}'");
                return Ok(Some(SchemaState::Foreign(why)));
            }
        }
    }
    Ok(None)
}

/// The greatest number in a column of a version table; `None` when there is no such column or number.
fn newest(conn: &Connection, table: &'static str, column: &'static str) -> Result<Option<i64>> {
    if !step::has_column(conn, table, column)? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT max(CAST({column} AS INTEGER)) FROM {table} WHERE typeof({column}) IN ('integer', 'real')"
    );
    conn.query_row(&sql, [], |row| row.get(0))
}
