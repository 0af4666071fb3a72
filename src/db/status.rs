// SPDX-License-Identifier: GPL-2.0-or-later
//! The status of the database in any state (old, half-migrated, read-only, missing), read without changing it.

use super::remains::{self, FileState};
use super::schema::{SchemaState, SchemaVersions};
use super::{Location, connect, failure, filesystem, holders, schema, snapshot};
use crate::error::Result;
use crate::git::file_lock::{FileLock, Holder};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The database and the files beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbStatus {
    /// The file.
    pub path: PathBuf,
    /// What determined its location, in words.
    pub origin: String,
    /// Another database of this repository, which is not used.
    pub unused: Option<PathBuf>,
    /// Whether it is at the top of a worktree, where `git clean -x` deletes it.
    pub exposed: bool,
    /// The network file system it is on.
    pub remote: Option<String>,
    /// Its state.
    pub state: DbState,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Whether it can only be read.
    pub read_only: bool,
    /// Why it can only be read, in words.
    pub read_only_reason: Option<String>,
    /// Files beside it which this user may not write, and which keep this user from writing the database.
    pub foreign_files: Vec<PathBuf>,
    /// The version that the database records; 1 when none is recorded, as in patman.
    pub version: Option<i64>,
    /// The version of the tables named `gitpatman_*`; 0 when there are none.
    pub own_version: Option<i64>,
    /// `wal`, `truncate`...
    pub journal_mode: Option<String>,
    /// Its length in bytes.
    pub size: u64,
    /// The length of its write-ahead log in bytes.
    pub wal_size: u64,
    /// The number of rows in each of patman's tables and ours.
    pub tables: BTreeMap<String, i64>,
    /// Whether somebody is migrating it.
    pub locked: bool,
    /// Who is migrating it.
    pub lock_holders: Vec<Holder>,
    /// Other processes that have it open.
    pub users: Vec<Holder>,
    /// Backups beside it, the newest first.
    pub backups: Vec<Copy>,
    /// The review database, if it is a separate one.
    pub reviews: Option<Box<DbStatus>>,
}

/// The state of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbState {
    /// There is none.
    Absent,
    /// An empty file.
    Empty,
    /// Of the newest version.
    Current,
    /// Older: the next command migrates it.
    Old,
    /// Left half-finished by a migration: the next command completes it.
    HalfMigrated,
    /// Newer than this program.
    Newer,
    /// Another program's.
    Foreign,
    /// It cannot be read.
    Unreadable,
    /// It is missing or empty, while its log or backups of it remain: no new one is created in its place.
    Lost,
}

impl DbState {
    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            DbState::Absent => "absent",
            DbState::Empty => "empty",
            DbState::Current => "current",
            DbState::Old => "old",
            DbState::HalfMigrated => "half-migrated",
            DbState::Newer => "newer",
            DbState::Foreign => "foreign",
            DbState::Unreadable => "unreadable",
            DbState::Lost => "lost",
        }
    }
}

impl DbStatus {
    /// Whether there is a database, or may be one, that no command can read.
    pub fn is_unreadable(&self) -> bool {
        matches!(self.state, DbState::Unreadable | DbState::Lost)
            || self.reviews.as_ref().is_some_and(|one| one.is_unreadable())
    }
}

/// A backup of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last changed, in seconds since 1970.
    pub modified: Option<i64>,
}

/// Reads the status of the database. Fails only when it cannot be examined at all; a bad database is not an
/// error.
pub fn status(location: &Location) -> Result<DbStatus> {
    let path = location.file();
    let length = |path: &Path| path.metadata().map_or(0, |meta| meta.len());
    let lock_holders = FileLock::holders(&location.lock_file());
    let mut status = DbStatus {
        origin: location.origin.to_string(),
        unused: location.unused.clone(),
        exposed: location.is_exposed(),
        remote: filesystem::remote(&location.dir).map(str::to_owned),
        state: DbState::Absent,
        problem: None,
        read_only: false,
        read_only_reason: None,
        foreign_files: foreign_files(&path),
        version: None,
        own_version: None,
        journal_mode: None,
        size: length(&path),
        wal_size: length(&remains::log_of(&path)),
        tables: BTreeMap::new(),
        locked: !lock_holders.is_empty() || FileLock::is_held(&location.lock_file()),
        lock_holders,
        users: holders::of(&path),
        backups: copies(&path),
        reviews: None,
        path,
    };
    let path = status.path.clone();
    match remains::file_state(&path) {
        Ok(FileState::Absent) => return Ok(status),
        Ok(FileState::Empty) => {
            status.state = DbState::Empty;
            return Ok(status);
        }
        Ok(FileState::Filled) => {}
        Ok(FileState::Lost(remains)) => {
            status.state = DbState::Lost;
            status.problem = Some(remains.problem());
            return Ok(status);
        }
        Err(why) => return Ok(unreadable(status, &why)),
    }
    match connect::open(&path) {
        Err(why) => Ok(unreadable(status, &failure::of(&path, "open", &why))),
        Ok(conn) => match look(&conn, &mut status) {
            Ok(()) => Ok(status),
            Err(why) => Ok(unreadable(status, &failure::of(&path, "read", &why))),
        },
    }
}

/// The files beside the database that keep this user from writing it.
pub(super) fn foreign_files(path: &Path) -> Vec<PathBuf> {
    filesystem::foreign_files(path)
        .into_iter()
        .map(|one| one.path)
        .collect()
}

fn unreadable(mut status: DbStatus, why: &crate::error::Error) -> DbStatus {
    status.state = DbState::Unreadable;
    status.problem = Some(why.to_string());
    status
}

fn look(conn: &Connection, status: &mut DbStatus) -> rusqlite::Result<()> {
    status.read_only = conn.is_readonly("main")?;
    if status.read_only {
        let why = failure::read_only(&status.path, "write to");
        status.read_only_reason = why.causes().first().cloned();
    }
    status.journal_mode = Some(connect::journal_mode(conn)?);
    let found = schema::find(conn)?;
    (status.state, status.problem) = match &found {
        SchemaState::Current => (DbState::Current, None),
        SchemaState::Empty => (DbState::Empty, None),
        SchemaState::Newer(table, version) => {
            (DbState::Newer, Some(format!("its {table} is {version}")))
        }
        SchemaState::Foreign(why) => (DbState::Foreign, Some(why.clone())),
        SchemaState::Due(due) => match &due.half {
            Some(why) => (DbState::HalfMigrated, Some(why.clone())),
            None if due.own_only => (DbState::Current, None),
            None => (DbState::Old, None),
        },
    };
    if matches!(status.state, DbState::Foreign | DbState::Empty) {
        return Ok(());
    }
    status.version = match schema::written(conn)? {
        SchemaVersions::Number(number) => Some(number),
        SchemaVersions::NoTable => Some(1),
        SchemaVersions::Unclear(_) => None,
    };
    status.own_version = schema::own_version(conn)?;
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut query = conn.prepare(names)?;
    for name in query
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?
    {
        let sql = format!("SELECT count(*) FROM {}", snapshot::quoted(&name));
        status
            .tables
            .insert(name, conn.query_row(&sql, [], |row| row.get(0))?);
    }
    Ok(())
}

/// Whether a file with the name `file` is a backup of the database with the name `database`.
fn is_copy(file: &str, database: &str) -> bool {
    let Some(rest) = file.strip_prefix(database) else {
        return false;
    };
    let is_beside = rest.starts_with("old.")
        || rest
            .strip_prefix('.')
            .is_some_and(|rest| rest.contains('-'));
    is_beside
        && !snapshot::is_unfinished(file)
        && !["-wal", "-shm", "-journal"]
            .iter()
            .any(|end| rest.ends_with(end))
}

/// The backups beside a database, the newest first: those made by migrations and those made by commands.
pub(super) fn copies(path: &Path) -> Vec<Copy> {
    let (Some(name), Ok(entries)) = (path.file_name(), filesystem::parent(path).read_dir()) else {
        return Vec::new();
    };
    let name = name.to_string_lossy();
    let mut copies: Vec<Copy> = entries
        .flatten()
        .filter(|entry| is_copy(&entry.file_name().to_string_lossy(), &name))
        .filter_map(|entry| {
            let meta = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            let modified = meta
                .modified()
                .ok()?
                .duration_since(std::time::UNIX_EPOCH)
                .ok();
            let modified = modified.and_then(|since| i64::try_from(since.as_secs()).ok());
            Some(Copy {
                path: entry.path(),
                size: meta.len(),
                modified,
            })
        })
        .collect();
    copies.sort_by(|one, other| {
        other
            .modified
            .cmp(&one.modified)
            .then_with(|| one.path.cmp(&other.path))
    });
    copies
}
