// SPDX-License-Identifier: GPL-2.0-or-later
//! Compares the entries with the schema of every version, and checks that one entry is enough: the operations are
//! tried on rows of all tables, which no test names.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
use super::*;
use crate::db::copy::{CopyRequest, CopyScope, merge};
use crate::db::series::SeriesId;
use crate::db::version::VersionId;
use crate::db::{Db, Location, OpenOptions, Origin, check, delete, rows, snapshot, step};
use crate::events::Collector;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Allowed in every column, even in one with a constraint.
const VALUE: &str = "cover";

fn open(dir: &tempfile::TempDir) -> (Location, Db) {
    let location = Location::at(dir.path(), Origin::Environment);
    let db = Db::open(&location, &OpenOptions::default(), &Collector::default()).unwrap();
    (location, db)
}

fn strings(conn: &Connection, sql: &str) -> Vec<String> {
    let mut query = conn.prepare(sql).unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn names_of_tables(conn: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    strings(conn, sql)
}

/// The columns of a table, except the row number.
fn columns(conn: &Connection, table: &str) -> Vec<String> {
    strings(
        conn,
        &format!(
            "SELECT name FROM pragma_table_info('{table}') WHERE NOT (pk AND name = 'id' AND type = 'INTEGER')"
        ),
    )
}

/// Calls `check` with a database of each version of the schema, the last one with our tables.
fn each_version(mut check: impl FnMut(&Connection)) {
    let conn = Connection::open_in_memory().unwrap();
    for version in 1..=step::PATMAN {
        step::run(&conn, version, true).unwrap();
        check(&conn);
    }
    step::run_own(&conn, 0).unwrap();
    check(&conn);
}

/// Whether the name of a column suggests that it identifies a row, a mail or a directory.
fn is_like_id(column: &str) -> bool {
    column == "svid" || column.ends_with("_id") || column.ends_with("_dir")
}

/// Adds one row to each table that is copied; returns their row numbers.
fn fill(conn: &Connection) -> BTreeMap<&'static str, i64> {
    let mut numbers: BTreeMap<&str, i64> = BTreeMap::new();
    for table in copied(|rule| rule != CopyRule::Never) {
        let columns = columns(conn, table.name);
        let values: Vec<String> = columns
            .iter()
            .map(|column| {
                let parent = table.parents.iter().find(|parent| parent.column == column);
                parent.map_or_else(
                    || format!("'{VALUE}'"),
                    |parent| numbers[parent.table].to_string(),
                )
            })
            .collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        let sql = format!("INSERT INTO {} ({columns}) VALUES ({values})", table.name);
        conn.execute(&sql, []).unwrap();
        numbers.insert(table.name, conn.last_insert_rowid());
    }
    numbers
}

/// The tables of series that have rows.
fn filled(conn: &Connection) -> BTreeSet<&'static str> {
    TABLES
        .iter()
        .filter(|table| table.copy != CopyRule::Never && count(conn, table) > 0)
        .map(|table| table.name)
        .collect()
}

fn count(conn: &Connection, table: &Table) -> i64 {
    let sql = format!("SELECT count(*) FROM {}", table.name);
    conn.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn every_table_of_every_version_has_an_entry() {
    each_version(|conn| {
        for name in names_of_tables(conn) {
            assert!(table(&name).is_some(), "table {name} is not in TABLES");
        }
    });
}

#[test]
fn every_column_that_looks_like_a_reference_is_explained() {
    each_version(|conn| {
        for table in TABLES {
            for column in columns(conn, table.name) {
                let is_explained = table.parents.iter().any(|parent| parent.column == column)
                    || table.other_ids.contains(&column.as_str())
                    || table
                        .repository
                        .as_ref()
                        .is_some_and(|columns| columns.common_dir == column);
                assert_eq!(
                    is_like_id(&column),
                    is_explained,
                    "column {}.{column}",
                    table.name
                );
            }
        }
    });
}

#[test]
fn every_foreign_key_is_a_parent() {
    each_version(|conn| {
        for table in TABLES {
            let sql = format!(
                "SELECT \"from\" || ' ' || \"table\" FROM pragma_foreign_key_list('{}')",
                table.name
            );
            for key in strings(conn, &sql) {
                let is_known =
                    |parent: &Parent| format!("{} {}", parent.column, parent.table) == key;
                assert!(table.parents.iter().any(is_known), "{}.{key}", table.name);
            }
        }
    });
}

#[test]
fn entries_name_columns_that_exist_and_parents_come_first() {
    let place = tempfile::tempdir().unwrap();
    let (_, db) = open(&place);
    for (at, table) in TABLES.iter().enumerate() {
        let is_earlier = |parent: &Parent| TABLES[..at].iter().any(|one| one.name == parent.table);
        assert!(table.parents.iter().all(is_earlier), "{}", table.name);
        if !step::has_table(&db.conn, table.name).unwrap() {
            continue;
        }
        let named = table.signature.iter().chain(table.other_ids);
        let named = named.chain(table.reset.iter().map(|(column, _)| column));
        let named = named.chain(table.parents.iter().map(|parent| &parent.column));
        for column in named {
            let is_there = step::has_column(&db.conn, table.name, column).unwrap();
            assert!(is_there, "column {}.{column}", table.name);
        }
    }
}

#[test]
fn the_key_of_a_series_table_is_unique() {
    let place = tempfile::tempdir().unwrap();
    let (_, db) = open(&place);
    for table in TABLES.iter().filter(|table| table.is_of_series()) {
        let sql = format!(
            "SELECT name FROM pragma_table_info('{}') WHERE pk > 0 ORDER BY pk",
            table.name
        );
        assert_eq!(strings(&db.conn, &sql), table.key, "{}", table.name);
    }
}

#[test]
fn a_series_is_deleted_from_every_table_and_brought_back_by_undo() {
    let place = tempfile::tempdir().unwrap();
    let (_, mut db) = open(&place);
    let series = SeriesId(fill(&db.conn)[SERIES]);
    let before = (filled(&db.conn), snapshot::content(&db.conn).unwrap());
    let changes = db
        .write(|write| {
            let all = rows::of(write, Some(series), series.0)?;
            delete::series(write, series)?;
            Ok(rows::difference(&all, &rows::Rows::default()))
        })
        .unwrap();
    let left: Vec<_> = TABLES
        .iter()
        .filter(|table| table.is_of_series() && count(&db.conn, table) > 0)
        .map(|table| table.name)
        .collect();
    assert!(left.is_empty(), "{left:?}");
    db.write(|write| rows::apply(write, &rows::reversed(&changes)))
        .unwrap();
    let after = (filled(&db.conn), snapshot::content(&db.conn).unwrap());
    assert_eq!(after, before);
}

#[test]
fn a_version_is_deleted_from_every_table_of_versions() {
    let place = tempfile::tempdir().unwrap();
    let (_, mut db) = open(&place);
    let numbers = fill(&db.conn);
    let version = VersionId(numbers["ser_ver"]);
    db.write(|write| delete::version(write, version)).unwrap();
    for table in TABLES.iter().filter(|table| table.is_of_series()) {
        let is_of_version = table.within(RowScope::Versions(&[])).is_some();
        assert_eq!(count(&db.conn, table) == 0, is_of_version, "{}", table.name);
    }
}

#[test]
fn a_merge_copies_every_table_that_is_not_left() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ((source, from), (target, to)) = (open(&one), open(&other));
    // The second rows have other numbers than their copies, so that each reference must be translated.
    fill(&from.conn);
    for table in TABLES
        .iter()
        .rev()
        .filter(|table| table.copy != CopyRule::Never)
    {
        let sql = format!("DELETE FROM {}", table.name);
        from.conn.execute(&sql, []).unwrap();
    }
    fill(&from.conn);
    let before = filled(&from.conn);
    drop((from, to));
    let request = CopyRequest {
        which: CopyScope::All,
        upstreams: true,
        dry_run: false,
        now: &crate::clock::zoned(),
        options: &OpenOptions::default(),
        events: &Collector::default(),
    };
    merge(&source.file(), &target, &request).unwrap();
    let (_, db) = open(&other);
    assert_eq!(filled(&db.conn), before);
    for (table, parent) in references() {
        let rows = check::dangling(&db.conn, table, parent).unwrap();
        assert!(rows.is_empty(), "{}.{}", table.name, parent.column);
        let sql = format!(
            "SELECT count(*) FROM {} WHERE {} IS NULL",
            table.name, parent.column
        );
        let lost: i64 = db.conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(lost, 0, "{}.{}", table.name, parent.column);
    }
}

#[test]
fn a_check_finds_every_row_without_its_parent() {
    let place = tempfile::tempdir().unwrap();
    let (location, db) = open(&place);
    fill(&db.conn);
    db.conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    // Every reference names a row that has never been.
    for (table, parent) in references() {
        let sql = format!("UPDATE {} SET {} = 99", table.name, parent.column);
        db.conn.execute(&sql, []).unwrap();
    }
    let found = check::check(&location, &|_| true).unwrap().dangling;
    let found: BTreeSet<_> = found
        .iter()
        .map(|one| (one.table.as_str(), one.column.as_str()))
        .collect();
    let expected: BTreeSet<_> = references()
        .map(|(table, parent)| (table.name, parent.column))
        .collect();
    assert_eq!(found, expected);
}
