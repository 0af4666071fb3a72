// SPDX-License-Identifier: GPL-2.0-or-later
//! The two ends of a copy: finds, opens, locks and backs up their files.

use super::super::connect::{self, Journal};
use super::super::remains::{self, FileState};
use super::super::schema::{Due, SchemaState};
use super::super::snapshot::{self, Unfinished};
use super::super::{Db, Location, OpenOptions, backup, failure, filesystem, location, migrate};
use super::CopyRequest;
use crate::error::{Error, Result};
use crate::git::file_lock::FileLock;
use crate::presence;
use jiff::Zoned;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often to read a file that seems unused, if it changes meanwhile.
const TRIES: usize = 5;

/// One end of a copy.
#[derive(Debug)]
pub(super) struct CopyEnd {
    pub(super) conn: Connection,
    /// The file that it represents.
    pub(super) path: PathBuf,
    /// Whether it is the file itself, not a copy of its content.
    pub(super) is_live: bool,
}

/// The database file that the user named, by its directory or directly.
pub fn file_of(named: &Path) -> PathBuf {
    if named.is_dir() {
        named.join(location::FILE)
    } else {
        named.to_owned()
    }
}

/// Whether two paths name the same file, even through a symbolic or hard link.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    // For a file that does not exist yet, compare the directory.
    let place = |path: &Path| {
        Some((
            filesystem::parent(path).canonicalize().ok()?,
            path.file_name()?.to_owned(),
        ))
    };
    one == other
        || (id(one).is_some() && id(one) == id(other))
        || (place(one).is_some() && place(one) == place(other))
}

pub(super) fn refuse_same(source: &Path, target: &Path) -> Result<()> {
    if !is_same(source, target) {
        return Ok(());
    }
    let error = Error::usage(format!(
        "'{}' and '{}' are the same database",
        source.display(),
        target.display()
    ));
    Err(error.with_hint("see which one is used: git patman db status"))
}

/// Creates and migrates the databases to change; the migration takes their locks one at a time.
pub(super) fn prepare(locations: &[&Location], request: &CopyRequest<'_>) -> Result<()> {
    if !request.dry_run {
        for location in locations {
            if Db::open(location, request.options, request.events)?.is_read_only() {
                return Err(failure::read_only(&location.file(), "write to"));
            }
        }
    }
    Ok(())
}

/// Locks the databases, always in the same order, so that two copies in opposite directions do not deadlock. No
/// lock file is created for a database that is only read: whoever migrates it has already created one.
pub(super) fn lock(
    changed: &[&Path],
    read: &[&Path],
    request: &CopyRequest<'_>,
) -> Result<Vec<FileLock>> {
    // Beside the name in use, even if that is a link, as a migration does; a directory has one name here, so
    // that this process never waits for a lock that it holds under another name.
    let real = |dir: &Path| dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let name = |file: &&Path| {
        let dir = real(filesystem::parent(file));
        connect::beside(&dir.join(file.file_name().unwrap_or_default()), ".lock")
    };
    let changed: Vec<PathBuf> = changed
        .iter()
        .map(name)
        .filter(|name| !request.dry_run || presence::may_exist(name))
        .collect();
    let read = read
        .iter()
        .map(name)
        .filter(|name| presence::may_exist(name));
    let mut names: Vec<PathBuf> = changed.into_iter().chain(read).collect();
    names.sort();
    names.dedup();
    names
        .iter()
        .map(|name| FileLock::wait(name, request.options.lock_timeout, request.events))
        .collect()
}

impl CopyEnd {
    /// The database to change, after [`prepare`]; for a dry run, a copy of its state after that.
    pub(super) fn to_change(location: &Location, request: &CopyRequest<'_>) -> Result<CopyEnd> {
        let path = location.file();
        if request.dry_run {
            return match remains::unless_lost(&path)? {
                FileState::Absent => Self::new_of(&path),
                _ => Self::copy_of(&path, request.options),
            };
        }
        let failed = |why| failure::of(&path, "open", &why);
        let conn = connect::open(&path).map_err(failed)?;
        if migrate::work(&conn, &path)?.is_some() {
            return Err(Error::new(format!(
                "the database '{}' was replaced just now",
                path.display()
            ))
            .with_hint("run the command again"));
        }
        connect::set_journal(&conn, Journal::of(&location.dir)).map_err(failed)?;
        // Rows must reach the target's disk before they are deleted from the source.
        conn.execute_batch("PRAGMA synchronous = FULL")
            .map_err(failed)?;
        Ok(CopyEnd {
            conn,
            path,
            is_live: true,
        })
    }

    /// The migrated content of a file, in an unnamed database that vanishes with the process. Neither the file
    /// nor its directory is changed.
    pub(super) fn copy_of(path: &Path, options: &OpenOptions<'_>) -> Result<CopyEnd> {
        if remains::unless_lost(path)? == FileState::Absent {
            return Err(failure::unopened(path, "read"));
        }
        let mut conn = read_whole(path)?;
        let failed = |why| failure::of(path, "read", &why);
        let sound: String = conn
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(failed)?;
        if sound != "ok" {
            return Err(
                Error::new(format!("cannot read the database '{}'", path.display()))
                    .with_cause(format!("it is damaged: {sound}"))
                    .with_hint("name a sound copy of it: nothing was changed"),
            );
        }
        if let Some(found) = migrate::work(&conn, path)? {
            let transaction = conn.transaction().map_err(failed)?;
            let due = match found {
                SchemaState::Due(due) => due,
                _ => {
                    return Err(Error::new(format!(
                        "the database '{}' is empty",
                        path.display()
                    )));
                }
            };
            migrate::apply(&transaction, &due, options).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        Ok(CopyEnd {
            conn,
            path: path.to_owned(),
            is_live: false,
        })
    }

    /// A new unnamed database, instead of a missing one.
    fn new_of(path: &Path) -> Result<CopyEnd> {
        let dir = filesystem::parent(path);
        if presence::stat(dir)?.is_some_and(|meta| !meta.is_dir()) {
            return Err(failure::unopened(path, "create"));
        }
        let make = || -> rusqlite::Result<Connection> {
            let mut conn = connect::unnamed()?;
            let transaction = conn.transaction()?;
            let due = Due {
                version: 0,
                half: None,
                own_only: false,
                own: 0,
            };
            migrate::apply(&transaction, &due, &OpenOptions::default())?;
            transaction.commit()?;
            Ok(conn)
        };
        let conn = make().map_err(|why| failure::of(path, "create", &why))?;
        Ok(CopyEnd {
            conn,
            path: path.to_owned(),
            is_live: false,
        })
    }

    pub(super) fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

/// Reads the whole content of a file, including its log.
///
/// A file that nobody uses is read without creating any other file beside it, and again if it changes
/// meanwhile; a file with a log is read with its locks, which other users of the file see.
fn read_whole(path: &Path) -> Result<Connection> {
    let failed = |why| failure::of(path, "read", &why);
    let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let beside = || {
        ["-wal", "-journal"]
            .iter()
            .any(|suffix| presence::may_exist(&connect::beside(&file, suffix)))
    };
    let stamp = || {
        file.metadata()
            .ok()
            .map(|meta| (meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
    };
    for _ in 0..TRIES {
        let (before, is_used) = (stamp(), beside());
        if is_used {
            break;
        }
        let source = connect::open_immutable(&file).map_err(failed)?;
        migrate::recognise(&source, path)?;
        let copy = copied(&source).map_err(failed);
        if !beside() && stamp() == before {
            return copy;
        }
    }
    let source = connect::open_read_only(&file).map_err(failed)?;
    migrate::recognise(&source, path)?;
    copied(&source).map_err(failed)
}

/// Copies a whole database to an unnamed one.
fn copied(source: &Connection) -> rusqlite::Result<Connection> {
    let mut conn = connect::unnamed()?;
    let start = Instant::now();
    let backup = Backup::new(source, &mut conn)?;
    // In one step: smaller steps start over with each change by another process.
    while backup.step(-1)? != StepResult::Done && start.elapsed() < connect::BUSY {
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(backup);
    Ok(conn)
}

/// Backs up a database as it is before the caller's open transaction, to `.patman.db.<what>-<date>-<time>`
/// beside it, and verifies the backup. If an earlier run left a backup with the same content, that one is used.
pub(super) fn back_up(path: &Path, what: &str, now: &Zoned) -> Result<PathBuf> {
    let reader = connect::open(path).map_err(|why| failure::of(path, "back up", &why))?;
    let content = snapshot::content(&reader).map_err(|why| failure::of(path, "back up", &why))?;
    if let Some(same) = same_copy(path, what, content) {
        return Ok(same);
    }
    let name = backup::named(path, what, now);
    let copy = Unfinished::write(&reader, path, &name)?;
    if snapshot::digest(&copy.0).map_err(|why| failure::of(&copy.0, "read back", &why))? != content
    {
        return Err(
            Error::new(format!("cannot back up the database '{}'", path.display()))
                .with_cause("its copy does not hold the same; nothing was changed"),
        );
    }
    copy.publish(&name)?;
    Ok(name)
}

fn same_copy(path: &Path, what: &str, content: u64) -> Option<PathBuf> {
    let start = format!("{}.{what}-", path.file_name()?.to_string_lossy());
    let copies = super::super::status::copies(path)
        .into_iter()
        .map(|copy| copy.path);
    copies
        .filter(|file| {
            file.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&start))
        })
        .take(3)
        .find(|file| snapshot::digest(file).is_ok_and(|same| same == content))
}
