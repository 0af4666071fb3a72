// SPDX-License-Identifier: GPL-2.0-or-later
//! Restores the database from a backup while other processes have it open.
//!
//! The backup is first migrated to the newest schema in a separate file. Its tables then replace those of the
//! live database in one transaction: other processes see all of the old content or all of the new. The replaced
//! content is saved to a file that is copied beside the open transaction, so that no row is lost in between.
//! Only a damaged database that cannot be written by transactions is moved aside as a file.

use super::connect::{self, Journal};
use super::remains::{self, FileState};
use super::schema::SchemaState;
use super::snapshot::{self, SqlitePath, Unfinished, quoted};
use super::{Location, OpenOptions, backup, failure, filesystem, holders, migrate};
use crate::error::{Error, Result, WithContext};
use crate::events::Events;
use crate::git::file_lock::{FileLock, Holder};
use crate::presence;
use jiff::Zoned;
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The database.
    pub path: PathBuf,
    /// The backup that it was restored from.
    pub from: PathBuf,
    /// Where the replaced content is saved; `None` when there was no database.
    pub replaced: Option<PathBuf>,
    /// How many series it has now.
    pub series: i64,
}

/// Restores the database from `file`. The caller has no connection to it.
pub fn restore(
    location: &Location,
    file: &Path,
    options: &OpenOptions<'_>,
    now: &Zoned,
    events: &dyn Events,
) -> Result<Restored> {
    let path = location.file();
    let source = examined(file, &path)?;
    location.make_dir()?;
    let _lock = FileLock::wait(&location.lock_file(), options.lock_timeout, events)?;
    snapshot::sweep(&path);
    let state = remains::file_state(&path)?;
    let (ready, series) = prepared(&source, file, location, options)?;
    drop(source);
    let replaced = match state {
        FileState::Filled => Some(replace(&path, &ready, now, events)?),
        FileState::Absent => {
            ready.publish(&path)?;
            None
        }
        // Its remains are kept; if SQLite opened it, it would delete the log.
        FileState::Empty | FileState::Lost(_) => Some(move_aside(&path, "lost", &ready, now)?),
    };
    Ok(Restored {
        path,
        from: file.to_owned(),
        replaced,
        series,
    })
}

/// Opens the backup, and refuses it unless it is a sound patman database that this program knows.
fn examined(file: &Path, path: &Path) -> Result<Connection> {
    match presence::stat(file)? {
        Some(meta) if !meta.is_file() => return Err(failure::unopened(file, "restore")),
        Some(meta) if meta.len() == 0 => return Err(empty(file)),
        Some(_) => {}
        None => return Err(failure::unopened(file, "restore")),
    }
    if matches!((file.canonicalize(), path.canonicalize()), (Ok(one), Ok(other)) if one == other) {
        return Err(
            Error::usage(format!("'{}' is the database itself", file.display()))
                .with_hint("name a copy of it: git patman db status lists them"),
        );
    }
    let opened = if connect::has_log(file) {
        connect::open(file)
    } else {
        connect::open_immutable(file)
    };
    let conn = opened.map_err(|why| failure::of(file, "restore", &why))?;
    if migrate::work(&conn, file)? == Some(SchemaState::Empty) {
        return Err(empty(file));
    }
    let answer = conn.query_row("PRAGMA integrity_check(1)", [], |row| {
        row.get::<_, String>(0)
    });
    match answer
        .map_err(|why| failure::of(file, "restore", &why))?
        .as_str()
    {
        "ok" => Ok(conn),
        damage => Err(Error::new(format!("cannot restore '{}'", file.display()))
            .with_cause(format!("it is damaged: {damage}"))
            .with_hint("name another copy: git patman db status lists them")),
    }
}

fn empty(file: &Path) -> Error {
    Error::new(format!("cannot restore '{}'", file.display())).with_cause("it is empty")
}

/// Creates a file beside the database with the backup migrated to the newest schema; also returns the number of
/// series.
fn prepared(
    source: &Connection,
    file: &Path,
    location: &Location,
    options: &OpenOptions<'_>,
) -> Result<(Unfinished, i64)> {
    let name = connect::beside(&location.file(), "old.restore");
    let copy = Unfinished::write(source, file, &name)?;
    let failed = |why| failure::of(&copy.0, "migrate the copy for", &why);
    let mut conn = connect::open(&copy.0).map_err(failed)?;
    let transaction = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    if let Some(SchemaState::Due(due)) = migrate::work(&transaction, &copy.0)? {
        migrate::apply(&transaction, &due, options).map_err(failed)?;
    }
    // It described the refs at that time; they may have been created again since.
    transaction
        .execute("DELETE FROM gitpatman_removed", [])
        .map_err(failed)?;
    transaction.commit().map_err(failed)?;
    let series = conn
        .query_row("SELECT count(*) FROM series", [], |row| row.get(0))
        .map_err(failed)?;
    connect::set_journal(&conn, Journal::of(&location.dir)).map_err(failed)?;
    drop(conn);
    Ok((copy, series))
}

/// Replaces the content of the live database, and returns where the old content is saved.
fn replace(path: &Path, ready: &Unfinished, now: &Zoned, events: &dyn Events) -> Result<PathBuf> {
    match replace_rows(path, ready, now) {
        Err(why) if failure::is_damage(&why) || failure::is_no_database(&why) => {
            events.warn(format!("{why}: it is moved out of the way"));
            move_aside(path, "damaged", ready, now)
        }
        done => done,
    }
}

fn replace_rows(path: &Path, ready: &Unfinished, now: &Zoned) -> Result<PathBuf> {
    let failed = |why| failure::of(path, "replace", &why);
    let mut conn = connect::open(path).map_err(failed)?;
    migrate::recognise(&conn, path)?;
    if conn.is_readonly("main").map_err(failed)? {
        return Err(failure::read_only(path, "replace"));
    }
    conn.execute("ATTACH ?1 AS restored", [SqlitePath(&ready.0)])
        .map_err(failed)?;
    conn.execute_batch("PRAGMA main.synchronous = FULL")
        .map_err(failed)?;
    let transaction = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let kept = backup::named(path, "replaced", now);
    let reader = connect::open(path).map_err(failed)?;
    snapshot::write(&reader, path, &kept)?;
    drop(reader);
    copy_all(&transaction).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    conn.execute_batch("DETACH restored").map_err(failed)?;
    Ok(kept)
}

/// Drops everything in `main` and creates all of `restored` there.
fn copy_all(conn: &Connection) -> rusqlite::Result<()> {
    for kind in ["trigger", "view", "table"] {
        for (name, _) in objects(conn, "main", kind)? {
            conn.execute(&format!("DROP {kind} main.{}", quoted(&name)), [])?;
        }
    }
    for (name, sql) in objects(conn, "restored", "table")? {
        conn.execute(&sql, [])?;
        let table = quoted(&name);
        conn.execute(
            &format!("INSERT INTO main.{table} SELECT * FROM restored.{table}"),
            [],
        )?;
    }
    conn.execute("DELETE FROM main.sqlite_sequence", [])?;
    conn.execute(
        "INSERT INTO main.sqlite_sequence SELECT * FROM restored.sqlite_sequence",
        [],
    )?;
    for kind in ["index", "view", "trigger"] {
        for (_, sql) in objects(conn, "restored", kind)? {
            conn.execute(&sql, [])?;
        }
    }
    Ok(())
}

fn objects(conn: &Connection, schema: &str, kind: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = conn.prepare(&format!(
        "SELECT name, sql FROM {schema}.sqlite_master WHERE type = ?1 AND sql IS NOT NULL
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
    ))?;
    query
        .query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Renames a database that cannot be read, with its log, and puts the backup in its place. No other process may
/// have them open: it would go on writing to the renamed files.
fn move_aside(path: &Path, what: &str, ready: &Unfinished, now: &Zoned) -> Result<PathBuf> {
    let users = holders::of(path);
    if !users.is_empty() {
        return Err(
            Error::new(format!("cannot replace the database '{}'", path.display()))
                .with_cause(format!("{} has files of it open", Holder::words(&users)))
                .with_hint(
                    "close the programs that use it and run the command again; nothing was changed",
                ),
        );
    }
    let kept = backup::named(path, what, now);
    // The file last: if the process is killed in between, the next run still finds it.
    for suffix in ["-journal", "-wal", "-shm", ""] {
        // A log is beside the file itself, not beside a symbolic link to it.
        let beside_file = match path.canonicalize() {
            Ok(file) if !suffix.is_empty() => file,
            _ => path.to_owned(),
        };
        let from = connect::beside(&beside_file, suffix);
        if presence::is_taken(&from)? {
            let to = connect::beside(&kept, suffix);
            std::fs::rename(&from, &to)
                .context(|| format!("cannot move '{}' to '{}'", from.display(), to.display()))?;
        }
    }
    filesystem::sync(filesystem::parent(path))
        .context(|| format!("cannot move '{}'", path.display()))?;
    ready.publish(path)?;
    Ok(kept)
}
