// SPDX-License-Identifier: GPL-2.0-or-later
//! The database: opened, read and written. Only this folder names rusqlite.
//!
//! The file and its tables belong to patman, which uses them at the same time: this program never raises
//! patman's schema, and stores its own data in tables named `gitpatman_*`. A change is one transaction, all or
//! nothing ([`Db::write`]). A database whose schema is current is opened without a lock and without a write; an
//! older one is first migrated (`migrate.rs`).

pub mod backup;
pub mod check;
pub mod check_result;
mod connect;
pub mod copy;
pub mod delete;
pub mod dependents;
mod failure;
pub mod file_name;
mod filesystem;
mod graph;
mod holders;
pub mod listing;
pub mod location;
pub mod mail;
mod migrate;
pub mod move_db;
pub mod notes;
pub mod outcome;
pub mod patch;
pub mod patchwork;
mod reader;
mod remains;
pub mod removed;
pub mod repair;
pub mod repository;
pub mod restore;
pub mod row_counts;
pub mod rows;
mod schema;
pub mod series;
mod snapshot;
pub mod status;
mod step;
pub mod tracking;
pub mod traffic;
pub mod trust;
pub mod undo;
pub mod unknown_upstream;
pub mod unread;
pub mod upstream;
mod value;
pub mod version;
pub mod workflow;
pub mod worktree;
pub mod written_review;

use crate::error::Result;
use crate::events::Events;
use crate::presence;
use connect::Journal;
use reader::PrivateCopy;
use remains::FileState;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use crate::git::file_lock::Holder;
pub use location::{Location, LocationInputs, Origin};

/// How many SQLite steps run before the count is checked against the limit.
const STEPS_BETWEEN_LOOKS: u32 = 10_000;

/// Names the remote that a branch follows.
pub type UpstreamOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How a database is opened.
#[derive(Clone, Copy, Default)]
pub struct OpenOptions<'a> {
    /// How long to wait for another process's migration; `None` waits forever.
    pub lock_timeout: Option<Duration>,
    /// Names the remote that patman takes for a branch's: a migration from below version 5 writes it as the upstream of
    /// the series of that name, as patman does.
    pub upstream_of: Option<UpstreamOf<'a>>,
}

impl std::fmt::Debug for OpenOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOptions")
            .field("lock_timeout", &self.lock_timeout)
            .finish_non_exhaustive()
    }
}

/// An open database, of the newest schema.
#[derive(Debug)]
pub struct Db {
    conn: Connection,
    path: PathBuf,
    read_only: bool,
    /// The copy that is read when the database cannot be written.
    copy: Option<PrivateCopy>,
}

/// A write transaction; it is committed when the closure of [`Db::write`] returns `Ok`.
#[derive(Debug)]
pub struct Write<'a> {
    transaction: Transaction<'a>,
    path: &'a Path,
}

/// A source of rows: the database, or a transaction on it.
pub trait Read {
    #[doc(hidden)]
    fn conn(&self) -> &Connection;
    /// The file of the database.
    fn path(&self) -> &Path;
}

impl Db {
    /// A number that changes when another connection changes the database.
    pub fn data_version(&self) -> Result<i64> {
        if let Some(copy) = &self.copy {
            at(self, copy.refresh())?;
        }
        at(
            self,
            self.conn
                .query_row("PRAGMA data_version", [], |row| row.get(0)),
        )
    }

    /// Opens the database and migrates it; creates it when it is absent.
    pub fn open(location: &Location, options: &OpenOptions<'_>, events: &dyn Events) -> Result<Db> {
        match Self::open_existing(location, options, events)? {
            Some(db) => Ok(db),
            None => Self::migrated(location, options, events),
        }
    }

    /// Opens the database and migrates it; when there is none, opens an empty in-memory database, which is
    /// discarded.
    pub fn open_to_read(
        location: &Location,
        options: &OpenOptions<'_>,
        events: &dyn Events,
    ) -> Result<Db> {
        if let Some(db) = Self::open_existing(location, options, events)? {
            return Ok(db);
        }
        let path = location.file();
        let conn = migrate::in_memory(options).map_err(|why| failure::of(&path, "read", &why))?;
        Self::ready(conn, path, false, None)
    }

    /// Opens the database and migrates it; returns `None` when there is none.
    pub fn open_existing(
        location: &Location,
        options: &OpenOptions<'_>,
        events: &dyn Events,
    ) -> Result<Option<Db>> {
        let path = location.file();
        if let Some(kind) = filesystem::remote(&location.dir) {
            events.step(format!(
                "The database is on a network file system ({kind}): no write-ahead log is used"
            ));
        }
        match remains::settled(location, options, events)? {
            FileState::Filled => {}
            _ if location.origin != Origin::CommonDir && !presence::is_dir(&location.dir)? => {
                return Err(failure::unopened(&path, "open"));
            }
            _ => return Ok(None),
        }
        let (conn, copy) =
            connect::open_or_copy(&path).map_err(|why| failure::of(&path, "open", &why))?;
        let failed = |why| failure::of(&path, "read", &why);
        let read_only = conn.is_readonly("main").map_err(failed)?;
        let Some(found) = migrate::work(&conn, &path)? else {
            // A database that cannot be hidden from `git status` still works.
            drop(location.hide());
            return Self::ready(conn, path, read_only, copy).map(Some);
        };
        match found {
            schema::SchemaState::Due(due) if read_only && due.own_only => {
                step::run_own_in_memory(&conn, due.own).map_err(failed)?;
                Ok(Some(Db {
                    conn,
                    path,
                    read_only,
                    copy,
                }))
            }
            _ if read_only => Err(failure::read_only(&path, "migrate")),
            _ => {
                drop(conn);
                Self::migrated(location, options, events).map(Some)
            }
        }
    }

    /// Opens the database if it exists and is current; never creates, migrates or locks it.
    pub fn open_current(location: &Location) -> Result<Option<Db>> {
        let path = location.file();
        if remains::file_state(&path)? != FileState::Filled {
            return Ok(None);
        }
        let (conn, copy) =
            connect::open_or_copy(&path).map_err(|why| failure::of(&path, "open", &why))?;
        let read_only = conn
            .is_readonly("main")
            .map_err(|why| failure::of(&path, "read", &why))?;
        match migrate::work(&conn, &path)? {
            None => Self::ready(conn, path, read_only, copy).map(Some),
            Some(_) => Ok(None),
        }
    }

    fn migrated(location: &Location, options: &OpenOptions<'_>, events: &dyn Events) -> Result<Db> {
        let conn = migrate::run(location, options, events)?;
        Self::ready(conn, location.file(), false, None)
    }

    /// Our own writes keep references intact: a version cannot be added to a series that another process has
    /// just deleted. Rows that patman left without their parent are not checked.
    fn ready(
        conn: Connection,
        path: PathBuf,
        read_only: bool,
        copy: Option<PrivateCopy>,
    ) -> Result<Db> {
        conn.execute_batch("PRAGMA foreign_keys = ON")
            .map_err(|why| failure::of(&path, "open", &why))?;
        Ok(Db {
            conn,
            path,
            read_only,
            copy,
        })
    }

    /// Whether the database can only be read.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Makes a query fail after this many SQLite steps: a user who waits for shell completion cannot see what
    /// it does.
    pub fn limit_steps(&mut self, steps: u32) -> Result<()> {
        let mut left = steps / STEPS_BETWEEN_LOOKS;
        let is_over = move || {
            left = left.saturating_sub(1);
            left == 0
        };
        let limited = self.conn.progress_handler(
            i32::try_from(STEPS_BETWEEN_LOOKS).unwrap_or(i32::MAX),
            Some(is_over),
        );
        at(self, limited)
    }

    /// Whether this is an in-memory stand-in for a missing database, which is discarded.
    pub fn is_in_memory(&self) -> bool {
        self.conn.path().is_none_or(str::is_empty)
    }

    /// How long to wait for another process's transaction; 30 seconds if this is not called.
    pub fn set_patience(&self, patience: Duration) -> Result<()> {
        at(self, self.conn.busy_timeout(patience))
    }

    /// Makes every committed change durable from now on, even if power is lost immediately.
    pub fn sync_writes(&mut self) -> Result<()> {
        let done = self.conn.execute_batch("PRAGMA main.synchronous = FULL");
        done.map_err(|why| failure::of(&self.path, "write to", &why))
    }

    /// Runs `change` in one transaction: committed when it returns `Ok`, rolled back when it returns an error.
    pub fn write<T>(&mut self, change: impl FnOnce(&Write<'_>) -> Result<T>) -> Result<T> {
        if self.read_only {
            return Err(failure::read_only(&self.path, "write to"));
        }
        let path = &self.path;
        let failed = |why| failure::of(path, "write to", &why);
        // A copy that was put here, by hand or by a command, lacks the journal mode that lets others read
        // meanwhile.
        connect::set_journal(&self.conn, Journal::of(filesystem::parent(path))).map_err(failed)?;
        let transaction = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        // A newer program may have migrated it since it was opened.
        if let schema::SchemaState::Newer(table, version) =
            schema::find(&transaction).map_err(failed)?
        {
            return Err(failure::newer(path, table, version));
        }
        let write = Write { transaction, path };
        let value = change(&write)?;
        write.transaction.commit().map_err(failed)?;
        Ok(value)
    }
}

impl Read for Db {
    fn conn(&self) -> &Connection {
        &self.conn
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Read for Write<'_> {
    fn conn(&self) -> &Connection {
        &self.transaction
    }

    fn path(&self) -> &Path {
        self.path
    }
}

/// Adds the file name to SQLite's errors.
fn at<T>(db: &impl Read, result: rusqlite::Result<T>) -> Result<T> {
    result.map_err(|why| failure::of(db.path(), "use", &why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn a_query_that_never_ends_is_ended() {
        let place = tempfile::tempdir().unwrap();
        let location = Location::at(place.path(), Origin::Environment);
        let events = crate::events::Collector::default();
        let mut db = Db::open(&location, &OpenOptions::default(), &events).unwrap();
        db.limit_steps(1_000_000).unwrap();
        let endless =
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT count(*) FROM c";
        let ended = db.conn.query_row(endless, [], |_| Ok(())).unwrap_err();
        assert_eq!(
            ended.sqlite_error_code(),
            Some(rusqlite::ErrorCode::OperationInterrupted)
        );
    }
}
