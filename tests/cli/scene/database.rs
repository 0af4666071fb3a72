// SPDX-License-Identifier: GPL-2.0-or-later
//! The database of a scene: rows as patman or another program writes them.

use crate::sandbox::{PROGRAM, Sandbox};
use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

impl Sandbox {
    /// The file of the database.
    pub fn database(&self) -> PathBuf {
        self.repo().join(".git/patman/.patman.db")
    }

    fn connection(&self) -> Connection {
        let file = self.database();
        if !file.exists() {
            self.expect("-q db migrate", 0);
        }
        Connection::open(file).unwrap()
    }

    /// Changes the database, which is created if it is absent. As with patman, a row may name a parent that is missing.
    pub fn sql(&self, statements: &str) {
        self.connection()
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; {statements}"))
            .unwrap();
    }

    /// The value of a query with one row and one column.
    pub fn value(&self, query: &str) -> Value {
        self.connection()
            .query_row(query, [], |row| row.get(0))
            .unwrap()
    }

    /// The rows of a query, with `|` between the values.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let db = self.connection();
        let mut query = db.prepare(sql).unwrap();
        let width = query.column_count();
        let text = |row: &rusqlite::Row<'_>| {
            let value = |at| match row.get_ref(at).unwrap() {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
                other => format!("{other:?}"),
            };
            Ok((0..width).map(value).collect::<Vec<_>>().join("|"))
        };
        let rows = query.query_map([], text).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// The rows of a query as text, a line each.
    pub fn select(&self, sql: &str) -> String {
        self.rows(sql)
            .into_iter()
            .map(|row| format!("{row}\n"))
            .collect()
    }

    /// patman's rows of all series.
    pub fn series_rows(&self) -> String {
        ["series", "ser_ver", "pcommit"]
            .map(|table| self.select(&format!("SELECT * FROM {table}")))
            .concat()
    }

    /// A directory with a copy of a database of `tests/data/db`, for [`Sandbox::patman_with_db`].
    pub fn fixture(&self, name: &str) -> PathBuf {
        let dir = self.top().join("db");
        drop(fs::remove_dir_all(&dir));
        fs::create_dir(&dir).unwrap();
        fs::copy(fixture(name), dir.join(".patman.db")).unwrap();
        dir
    }

    /// Runs the program on the database in a directory.
    pub fn patman_with_db(&self, dir: &Path, line: &str) -> Output {
        self.command(PROGRAM, &self.repo())
            .env("PATMAN_DB_DIR", dir)
            .args(line.split_whitespace())
            .output()
            .unwrap()
    }
}

/// A database of `tests/data/db`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/db")
        .join(name)
}

/// Statements that make a database as awkward as loosely typed columns let it be: rows without a parent, empty and missing
/// names, numbers that are text, text that is no text, and titles that a terminal would obey.
pub const AWKWARD: &str = "
    INSERT INTO series (id, name, desc, archived) VALUES (10, NULL, NULL, NULL), (11, '', '', ''), (12, 'orphan', NULL, 'no'),
        (13, 'evil' || char(27) || '[2J', 'a' || char(10) || 'b' || char(27) || ']0;x' || char(7), 0), (14, 77, x'ff6162', 0),
        (15, 'twice', 'Two of one number', 0), (16, 'odd', 'Odd versions', 0);
    INSERT INTO ser_ver (id, series_id, version, link) VALUES (101, 10, 1, NULL), (113, 13, 1, 'x' || char(27) || '[1m'),
        (114, 14, 1, ''), (115, 15, 1, 5), (116, 15, 1, '6'), (117, 16, 'x', NULL), (118, 16, NULL, NULL), (119, 16, -1, NULL),
        (120, 16, 4000000000000, NULL), (121, 999, 1, 'nobody');
    INSERT INTO pcommit (svid, seq, subject, state, num_comments) VALUES (113, 'x', NULL, x'ff', 'many'), (113, NULL, 'q' || char(27) || '[0m', 5, -1),
        (117, 99999999999, 'far', NULL, NULL), (998, 0, 'lost', 'accepted', 1), (116, 0, 'a', 'accepted', NULL);
    INSERT INTO review (svid, seq, body, approved, status) VALUES (113, 0, NULL, 'x', 1), (113, 'y', 'z', NULL, NULL), (113, 1, 'b' || char(27) || '[1mold', 1, 'new');
    INSERT INTO workflow (type, series_id, timestamp, ser_ver_id) VALUES ('sent', 13, 'yesterday', 113), ('sent', 13, NULL, 'x');";
