// SPDX-License-Identifier: GPL-2.0-or-later
//! Databases for tests: patman's, copied where they may be changed, and what is in a database as plain values.

#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use git_patman::db::{Location, Origin};
use git_patman::events::Collector;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// An output that tells warnings only.
pub fn quiet() -> Collector {
    Collector::default()
}

/// A file of `tests/data/db`.
pub fn data(name: &str) -> PathBuf {
    let copied = std::env::var_os(DATA).map(PathBuf::from);
    copied
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/db"))
        .join(name)
}

/// Names the directory that a run by another user reads instead of `tests/data/db`.
const DATA: &str = "DB_TEST_DATA";

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// Runs the body of the test of that name as a user whom permissions stop: root starts the test program again as nobody.
pub fn as_user(test: &str, body: impl FnOnce()) {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        return body();
    }
    let open = |path: &Path| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap()
    };
    let dir = tempfile::tempdir().unwrap();
    open(dir.path());
    let program = dir.path().join("test");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    open(&program);
    for name in ["patman-v15.db", "patman-v16.db"] {
        std::fs::copy(data(name), dir.path().join(name)).unwrap();
        open(&dir.path().join(name));
    }
    let mut command = std::process::Command::new(&program);
    command
        .args(["--exact", test, "--nocapture"])
        .env(DATA, dir.path())
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY);
    let done = command.output().unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && told.contains("1 passed"),
        "{told}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A directory with a copy of a database of `tests/data/db`, or with none.
pub struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub fn empty() -> Place {
        Place {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn with(name: &str) -> Place {
        let place = Place::empty();
        std::fs::copy(data(name), place.file()).unwrap();
        place
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self) -> PathBuf {
        self.dir().join(".patman.db")
    }

    pub fn location(&self) -> Location {
        Location::at(self.dir(), Origin::Environment)
    }

    /// The names of all files, sorted, less the lock.
    pub fn files(&self) -> Vec<String> {
        let entries = self.dir().read_dir().unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| name != ".patman.db.lock");
        names.sort();
        names
    }

    /// Runs SQL on the database, as another program would.
    pub fn sql(&self, sql: &str) {
        let conn = Connection::open(self.file()).unwrap();
        conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
            .unwrap();
        conn.execute_batch(sql).unwrap();
    }

    /// Reads one value of the database.
    pub fn value(&self, sql: &str) -> Value {
        one(&Connection::open(self.file()).unwrap(), sql)
    }
}

/// One value as JSON.
pub fn one(conn: &Connection, sql: &str) -> Value {
    conn.query_row(sql, [], |row| Ok(value(row.get_ref(0)?)))
        .unwrap()
}

/// Patman's tables in a database: columns (name, type, notnull, default, pk) and rows, as in `migrated-from-*.json`.
pub fn tables(path: &Path) -> Value {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    assert_eq!(one(&conn, "PRAGMA integrity_check"), json!("ok"));
    let mut tables = Map::new();
    for name in names(&conn) {
        let columns = rows(
            &conn,
            &format!(
                "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}')"
            ),
        );
        tables.insert(
            name.clone(),
            json!({"columns": columns, "rows": rows(&conn, &format!("SELECT * FROM {name}"))}),
        );
    }
    Value::Object(tables)
}

/// The text of patman's tables, without white space.
pub fn schema(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let texts = names(&conn).into_iter().map(|name| {
        let sql = one(
            &conn,
            &format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{name}'"),
        );
        sql.as_str().unwrap().split_whitespace().collect::<String>()
    });
    texts.collect()
}

/// The statements that made patman's tables, in their order.
pub fn schema_text(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let sql = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";
    let mut query = conn.prepare(sql).unwrap();
    query
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Fails with the first table that differs; the order of rows does not count.
#[track_caller]
pub fn assert_same(got: &Value, want: &Value, what: &str) {
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(got), names(want), "tables, {what}");
    for table in names(want) {
        assert_eq!(
            got[&table]["columns"].to_string(),
            want[&table]["columns"].to_string(),
            "columns of {table}, {what}"
        );
        let rows = |value: &Value| {
            let mut rows: Vec<String> = value[&table]["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string)
                .collect();
            rows.sort();
            rows.join("\n")
        };
        assert_eq!(rows(got), rows(want), "rows of {table}, {what}");
    }
}

/// What the migration of a database of that version is to make of it.
pub fn expected(version: u32) -> Value {
    serde_json::from_slice(
        &std::fs::read(data(&format!("migrated-from-v{version:02}.json"))).unwrap(),
    )
    .unwrap()
}

fn names(conn: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND name NOT LIKE 'gitpatman\\_%' ESCAPE '\\' ORDER BY name";
    let mut query = conn.prepare(sql).unwrap();
    query
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn rows(conn: &Connection, sql: &str) -> Vec<Value> {
    let mut query = conn.prepare(sql).unwrap();
    let width = query.column_count();
    let row =
        |row: &rusqlite::Row<'_>| Ok((0..width).map(|i| value(row.get_ref(i).unwrap())).collect());
    query
        .query_map([], row)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) | ValueRef::Blob(text) => json!(String::from_utf8_lossy(text)),
    }
}
