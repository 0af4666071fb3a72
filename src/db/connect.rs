// SPDX-License-Identifier: GPL-2.0-or-later
//! Connections to the database: for writing where possible, otherwise read-only.
//!
//! While this process has a connection, it opens no database file by other means: closing any descriptor of the
//! file drops SQLite's locks (POSIX).

use super::filesystem;
use super::reader::PrivateCopy;
use crate::git::sharing;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection waits for another connection's transaction; the same as in patman.
pub(super) const BUSY: Duration = Duration::from_secs(30);

/// The mode that SQLite gives a database, before the umask is applied.
const MODE: u32 = 0o644;

/// How often, and after what delay, opening an existing database is retried.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// How changes reach the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journal {
    /// A write-ahead log: readers and a writer do not wait for each other.
    Wal,
    /// A rollback journal, for network file systems, where a write-ahead log is unsafe.
    Truncate,
}

impl Journal {
    /// The mode for a database in this directory.
    pub(super) fn of(dir: &Path) -> Journal {
        if filesystem::remote(dir).is_some() {
            Journal::Truncate
        } else {
            Journal::Wal
        }
    }

    /// The name used by the pragma `journal_mode`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Journal::Wal => "wal",
            Journal::Truncate => "truncate",
        }
    }
}

/// Opens an existing database for reading and writing; a read-only database is opened for reading
/// (`Connection::is_readonly`), as a copy.
pub(super) fn open(path: &Path) -> Result<Connection> {
    open_or_copy(path).map(|(conn, _)| conn)
}

/// The same, with the copy if one was made: it can later be refreshed from the database.
pub(super) fn open_or_copy(path: &Path) -> Result<(Connection, Option<PrivateCopy>)> {
    share(path);
    patiently(path, || open_once(path))
}

/// Retries when the file cannot be opened: this error also occurs when another process removes a journal
/// meanwhile.
fn patiently<T>(path: &Path, open: impl Fn() -> Result<T>) -> Result<T> {
    for _ in 0..LOOKS {
        match open() {
            Err(why)
                if why.sqlite_error_code() == Some(ErrorCode::CannotOpen)
                    && filesystem::is_readable(path) =>
            {
                std::thread::sleep(BETWEEN_LOOKS);
            }
            opened => return opened,
        }
    }
    open()
}

fn open_once(path: &Path) -> Result<(Connection, Option<PrivateCopy>)> {
    if filesystem::obstacles(path).is_empty() {
        let flags = flags(OpenFlags::SQLITE_OPEN_READ_WRITE);
        match probed(Connection::open_with_flags(path, flags)) {
            Err(why) if is_denied(&why) => {}
            opened => return opened.map(|conn| (conn, None)),
        }
    }
    open_copy(path)
}

/// Opens an existing database read-only. A user who cannot write it leaves no file beside it.
pub(super) fn open_read_only(path: &Path) -> Result<Connection> {
    if filesystem::obstacles(path).is_empty() {
        let flags = flags(OpenFlags::SQLITE_OPEN_READ_ONLY);
        return probed(Connection::open_with_flags(path, flags));
    }
    open_copy(path).map(|(conn, _)| conn)
}

/// Opens a database that this process cannot write: a copy, or the file itself where nobody can write it.
fn open_copy(path: &Path) -> Result<(Connection, Option<PrivateCopy>)> {
    if filesystem::is_on_read_only_medium(path) && !has_log(path) {
        return Ok((open_immutable(path)?, None));
    }
    let copy = PrivateCopy::make(path)?;
    Ok((copy.open()?, Some(copy)))
}

/// Opens a database file that no other process has open, for reading, without creating any file beside it.
pub(super) fn open_immutable(path: &Path) -> Result<Connection> {
    let uri = OsString::from(format!("file:{}?immutable=1", uri_path(path)));
    let flags = flags(OpenFlags::SQLITE_OPEN_READ_ONLY) | OpenFlags::SQLITE_OPEN_URI;
    probed(Connection::open_with_flags(PathBuf::from(uri), flags))
}

/// Shares this user's database, and SQLite's files beside it, with those who share the repository or the
/// directory.
fn share(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        sharing::adjust(&beside(path, suffix));
    }
}

/// Opens a database; creates an empty file when there is none.
pub(super) fn create(path: &Path) -> Result<Connection> {
    // Before SQLite creates files beside it, which get its mode. If it cannot be created, SQLite reports why.
    drop(sharing::touch(path, MODE));
    let flags = flags(OpenFlags::SQLITE_OPEN_READ_WRITE) | OpenFlags::SQLITE_OPEN_CREATE;
    patiently(path, || probed(Connection::open_with_flags(path, flags)))
}

/// A database without a file name, which is deleted with the connection. A large one is not all in memory.
pub(super) fn unnamed() -> Result<Connection> {
    let conn = Connection::open("")?;
    harden(&conn)?;
    Ok(conn)
}

/// Sets the journal mode of the file; a file that is in use keeps its mode. Returns the mode.
pub(super) fn set_journal(conn: &Connection, journal: Journal) -> Result<String> {
    let now = journal_mode(conn)?;
    if now == journal.name() {
        return Ok(now);
    }
    match conn.query_row(
        &format!("PRAGMA journal_mode = {}", journal.name()),
        [],
        |row| row.get(0),
    ) {
        Err(why)
            if matches!(
                why.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ) =>
        {
            Ok(now)
        }
        answer => answer,
    }
}

/// The journal mode of the file.
pub(super) fn journal_mode(conn: &Connection) -> Result<String> {
    conn.query_row("PRAGMA main.journal_mode", [], |row| row.get(0))
}

/// The name of a file beside the database, such as its log (`-wal`).
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// SQLite opens lazily: reading the schema shows whether the file can be used.
pub(super) fn probed(opened: Result<Connection>) -> Result<Connection> {
    let conn = opened?;
    harden(&conn)?;
    conn.busy_timeout(BUSY)?;
    conn.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF;")?;
    conn.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(conn)
}

/// Runs nothing that the file contains: no triggers, no views, no harmful functions in its schema; and nothing
/// that is read from it can damage the file.
fn harden(conn: &Connection) -> Result<()> {
    for (option, value) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        conn.set_db_config(option, value)?;
    }
    Ok(())
}

fn is_denied(why: &rusqlite::Error) -> bool {
    matches!(
        why.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

/// Whether there is a log with changes; it is beside the file itself, not beside a symbolic link to it.
pub(super) fn has_log(path: &Path) -> bool {
    let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    beside(&file, "-wal")
        .metadata()
        .is_ok_and(|meta| meta.len() > 0)
}

/// A path in a URI: letters, digits and `/.-_` are unchanged, every other byte becomes `%XX`.
fn uri_path(path: &Path) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_');
    percent_encode(path.as_os_str().as_encoded_bytes(), ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn the_journal_is_changed_unless_others_have_the_file_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let conn = create(&path).unwrap();
        assert_eq!(set_journal(&conn, Journal::Wal).unwrap(), "wal");
        conn.execute_batch("CREATE TABLE t (c)").unwrap();
        let other = open(&path).unwrap();
        conn.busy_timeout(Duration::ZERO).unwrap();
        assert_eq!(set_journal(&conn, Journal::Truncate).unwrap(), "wal");
        drop(other);
        assert_eq!(set_journal(&conn, Journal::Truncate).unwrap(), "truncate");
    }

    #[test]
    fn paths_with_signs_of_uris_are_escaped() {
        assert_eq!(
            uri_path(Path::new("/a b/?x#y%.db")),
            "/a%20b/%3Fx%23y%25.db"
        );
    }
}
