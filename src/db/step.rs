// SPDX-License-Identifier: GPL-2.0-or-later
//! The steps of the schema's history: one SQL file each, whose statements carry their own conditions.
//!
//! A line `--! unless table A B`, `--! unless column A.B` or `--! if table A` before a statement says when it
//! is needed. This lets a step run on the remains of an interrupted patman run: existing items stay, and
//! missing items are added. `unless` also says what a step creates, which reveals the version of a database
//! without reading the recorded version.

use rusqlite::{Connection, OptionalExtension, Result};

/// The newest version of patman's schema.
pub(super) const PATMAN: i64 = 16;

/// The newest version of the tables named `gitpatman_*`.
pub(super) const OWN: i64 = 4;

/// The oldest program, by its [`OWN`], that may use a database with all of our steps:
/// `gitpatman_schema.version`. A step that only adds tables, columns or indexes leaves it unchanged, so that
/// clones with different builds can share a database.
pub(super) const MIN_READER: i64 = 3;

/// The SQL of each step of patman's schema; the first one creates version 1.
const STEPS: [&str; PATMAN as usize] = [
    include_str!("migrations/v01.sql"),
    include_str!("migrations/v02.sql"),
    include_str!("migrations/v03.sql"),
    include_str!("migrations/v04.sql"),
    include_str!("migrations/v05.sql"),
    include_str!("migrations/v06.sql"),
    include_str!("migrations/v07.sql"),
    include_str!("migrations/v08.sql"),
    include_str!("migrations/v09.sql"),
    include_str!("migrations/v10.sql"),
    include_str!("migrations/v11.sql"),
    include_str!("migrations/v12.sql"),
    include_str!("migrations/v13.sql"),
    include_str!("migrations/v14.sql"),
    include_str!("migrations/v15.sql"),
    include_str!("migrations/v16.sql"),
];

/// The SQL of each step of our own tables.
const OWN_STEPS: [&str; OWN as usize] = [
    include_str!("migrations/own01.sql"),
    include_str!("migrations/own02.sql"),
    include_str!("migrations/own03.sql"),
    include_str!("migrations/own04.sql"),
];

/// When a statement is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum StatementGuard {
    /// Only when its step is due: a change of data.
    Due,
    /// When none of these tables exists.
    UnlessTable(Vec<String>),
    /// When the table has no such column.
    UnlessColumn(String, String),
    /// When this table exists.
    IfTable(String),
}

/// One statement of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    guard: StatementGuard,
    sql: String,
}

/// How much of a step's result is in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Some of it.
    pub(super) any: bool,
    /// All of it, and nothing that the step removes.
    pub(super) whole: bool,
}

/// How much of the result of the step to `version` is present.
pub(super) fn extent(conn: &Connection, version: i64) -> Result<Extent> {
    let mut extent = Extent {
        any: false,
        whole: true,
    };
    for statement in parse(step(version)) {
        match &statement.guard {
            StatementGuard::Due => {}
            StatementGuard::IfTable(_) => extent.whole &= !needed(conn, &statement.guard)?,
            _ => {
                let missing = needed(conn, &statement.guard)?;
                extent.any |= !missing;
                extent.whole &= !missing;
            }
        }
    }
    Ok(extent)
}

/// Runs the step to `version`: all of it when it is `due`, otherwise only its missing parts. Returns whether
/// anything ran.
pub(super) fn run(conn: &Connection, version: i64, due: bool) -> Result<bool> {
    let mut ran = false;
    for statement in parse(step(version)) {
        if (statement.guard == StatementGuard::Due && due) || needed(conn, &statement.guard)? {
            conn.execute(&statement.sql, [])?;
            ran = true;
        }
    }
    Ok(ran)
}

/// Creates our own tables, after the steps up to `from` (0: none) were run. Tables from a newer program stay.
pub(super) fn run_own(conn: &Connection, from: i64) -> Result<()> {
    for statement in own_statements(from) {
        if statement.guard == StatementGuard::Due || needed(conn, &statement.guard)? {
            conn.execute(&statement.sql, [])?;
        }
    }
    let min_reader: Option<i64> = conn.query_row(
        "SELECT max(CAST(version AS INTEGER)) FROM gitpatman_schema",
        [],
        |row| row.get(0),
    )?;
    conn.execute("DELETE FROM gitpatman_schema", [])?;
    conn.execute(
        "INSERT INTO gitpatman_schema (version, installed) VALUES (?1, ?2)",
        [MIN_READER.max(min_reader.unwrap_or(0)), OWN.max(from)],
    )
    .map(drop)
}

/// Creates the tables that are missing after step `from`, empty and for this connection alone, so that the same
/// queries can read a read-only database that lacks them. Existing tables are not hidden.
pub(super) fn run_own_in_memory(conn: &Connection, from: i64) -> Result<()> {
    conn.execute_batch("PRAGMA temp_store = MEMORY")?;
    for statement in own_statements(from) {
        let Some(rest) = statement.sql.strip_prefix("CREATE TABLE IF NOT EXISTS ") else {
            continue;
        };
        let name = rest.split_whitespace().next().unwrap_or_default();
        if !has_table(conn, name)? {
            conn.execute(&format!("CREATE TEMP TABLE IF NOT EXISTS {rest}"), [])?;
        }
    }
    Ok(())
}

/// The statements of our own steps after `from`.
fn own_statements(from: i64) -> impl Iterator<Item = Statement> {
    OWN_STEPS
        .iter()
        .skip(usize::try_from(from).unwrap_or(0))
        .flat_map(|sql| parse(sql))
}

fn step(version: i64) -> &'static str {
    usize::try_from(version - 1)
        .ok()
        .and_then(|index| STEPS.get(index))
        .copied()
        .unwrap_or_default()
}

fn needed(conn: &Connection, guard: &StatementGuard) -> Result<bool> {
    Ok(match guard {
        StatementGuard::Due => false,
        StatementGuard::IfTable(table) => has_table(conn, table)?,
        StatementGuard::UnlessTable(tables) => {
            let mut found = false;
            for table in tables {
                found |= has_table(conn, table)?;
            }
            !found
        }
        StatementGuard::UnlessColumn(table, column) => !has_column(conn, table, column)?,
    })
}

/// Whether the database has this table.
pub(super) fn has_table(conn: &Connection, table: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    Ok(conn
        .query_row(sql, [table], |_| Ok(()))
        .optional()?
        .is_some())
}

/// Whether the database has this table with this column.
pub(super) fn has_column(conn: &Connection, table: &str, column: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM pragma_table_info(?1, 'main') WHERE name = ?2 COLLATE NOCASE";
    Ok(conn
        .query_row(sql, [table, column], |_| Ok(()))
        .optional()?
        .is_some())
}

/// The statements of a file, without comments and with single spaces: SQLite stores this text as the schema. No
/// string in these files contains `--` or `;`.
fn parse(file: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let (mut guard, mut sql) = (StatementGuard::Due, String::new());
    for line in file.lines() {
        if let Some(condition) = line.strip_prefix("--! ") {
            guard = parse_guard(condition);
            continue;
        }
        for word in line
            .split("--")
            .next()
            .unwrap_or_default()
            .split_whitespace()
        {
            if !sql.is_empty() && !sql.ends_with('(') {
                sql.push(' ');
            }
            sql.push_str(word);
        }
        if sql.ends_with(';') {
            sql.pop();
            statements.push(Statement {
                guard: std::mem::replace(&mut guard, StatementGuard::Due),
                sql: std::mem::take(&mut sql),
            });
        }
    }
    statements
}

fn parse_guard(condition: &str) -> StatementGuard {
    let words: Vec<&str> = condition.split_whitespace().collect();
    match words.as_slice() {
        ["unless", "table", tables @ ..] => {
            StatementGuard::UnlessTable(tables.iter().map(|&t| t.to_owned()).collect())
        }
        ["unless", "column", column] => match column.split_once('.') {
            Some((table, column)) => {
                StatementGuard::UnlessColumn(table.to_owned(), column.to_owned())
            }
            None => StatementGuard::Due,
        },
        ["if", "table", table] => StatementGuard::IfTable((*table).to_owned()),
        _ => StatementGuard::Due,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn every_condition_in_the_files_is_understood() {
        for file in STEPS.iter().chain(&OWN_STEPS) {
            let conditions = file.lines().filter(|line| line.starts_with("--!")).count();
            let understood = parse(file)
                .iter()
                .filter(|s| s.guard != StatementGuard::Due)
                .count();
            assert_eq!(conditions, understood, "{file}");
            assert!(file.trim_end().ends_with(';'));
        }
    }

    #[test]
    fn a_step_run_twice_changes_nothing_the_second_time() {
        let conn = Connection::open_in_memory().unwrap();
        for version in 1..=PATMAN {
            assert!(run(&conn, version, true).unwrap());
            assert!(!run(&conn, version, false).unwrap(), "step {version}");
            assert!(extent(&conn, version).unwrap().whole);
        }
    }

    #[test]
    fn comments_and_line_breaks_do_not_reach_the_schema() {
        let parsed = parse(
            "-- a\n--! unless column t.c\nCREATE TABLE t (\n  a, -- x\n  b BIT);\nDROP TABLE u;\n",
        );
        assert_eq!(parsed[0].sql, "CREATE TABLE t (a, b BIT)");
        assert_eq!(
            parsed[0].guard,
            StatementGuard::UnlessColumn("t".into(), "c".into())
        );
        assert_eq!(
            parsed[1],
            Statement {
                guard: StatementGuard::Due,
                sql: "DROP TABLE u".into()
            }
        );
    }
}
