// SPDX-License-Identifier: GPL-2.0-or-later
//! Moves the database to another directory, across file systems too, with its log and its backups.
//!
//! No other process may have it open: the old file is locked exclusively from before the copy until it is
//! removed. A program that opens it meanwhile waits for that lock and then finds, in the file it has open, an
//! unknown version, so it stops before it writes to a file that is gone. If the process is killed at any point,
//! there is one database, or the old one and an exact copy, and the same move can be run again.

use super::connect::{self, Journal};
use super::{
    Location, OpenOptions, backup, failure, filesystem, holders, migrate, snapshot, status,
};
use crate::error::{Error, Result, WithContext};
use crate::events::Events;
use crate::git::file_lock::{FileLock, Holder};
use crate::presence;
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait for other programs to close the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// The result of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedDb {
    /// Where the database was.
    pub from: PathBuf,
    /// Where it is now.
    pub to: PathBuf,
    /// The backups that were moved with it: their new paths.
    pub backups: Vec<PathBuf>,
}

/// Moves the database from one location to another. The caller has no connection to it.
pub fn relocate(
    from: &Location,
    to: &Location,
    options: &OpenOptions<'_>,
    events: &dyn Events,
) -> Result<MovedDb> {
    let (old, new) = (from.file(), to.file());
    if old.is_symlink() && presence::is_file(&old)? {
        let file = old.canonicalize().unwrap_or_default();
        return Err(
            Error::new(format!("cannot move the database '{}'", old.display()))
                .with_cause(format!("it is a symbolic link to '{}'", file.display()))
                .with_hint("move the link by hand, when no program uses the database"),
        );
    }
    to.make_dir()?;
    if !presence::is_dir(&to.dir)? {
        return Err(failure::unopened(&new, "move to"));
    }
    if matches!((from.dir.canonicalize(), to.dir.canonicalize()), (Ok(one), Ok(other)) if one == other)
    {
        return Err(Error::new(format!(
            "the database is already in '{}'",
            to.dir.display()
        )));
    }
    // Always in the same order, so that two moves in opposite directions do not deadlock.
    let mut lock_files = [from.lock_file(), to.lock_file()];
    lock_files.sort();
    let take = |file: &PathBuf| FileLock::wait(file, options.lock_timeout, events);
    let _locks = (take(&lock_files[0])?, take(&lock_files[1])?);
    snapshot::sweep(&new);
    let conn = exclusive(from)?;
    copy(&conn, &old, &new)?;
    let target = connect::open(&new).map_err(|why| failure::of(&new, "open", &why))?;
    connect::set_journal(&target, Journal::of(&to.dir))
        .map_err(|why| failure::of(&new, "open", &why))?;
    drop(target);
    let backups = move_backups(&old, &new, events)?;
    remove(conn, &old)?;
    if let Err(why) = to.hide() {
        events.warn(format!(
            "cannot hide '{}' from git status: {why}",
            new.display()
        ));
    }
    Ok(MovedDb {
        from: old,
        to: new,
        backups,
    })
}

/// Opens the old database exclusively, with everything that was in its log.
fn exclusive(from: &Location) -> Result<Connection> {
    let path = from.file();
    let conn = backup::open(from)?;
    migrate::recognise(&conn, &path)?;
    let failed = |why: rusqlite::Error| match why.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => in_use(&path),
        _ => failure::of(&path, "move", &why),
    };
    if conn.is_readonly("main").map_err(failed)? {
        return Err(failure::read_only(&path, "move"));
    }
    conn.busy_timeout(PATIENCE).map_err(failed)?;
    conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL")
        .map_err(failed)?;
    empty_log(&conn).map_err(failed)?;
    conn.execute_batch("BEGIN EXCLUSIVE; COMMIT")
        .map_err(failed)?;
    Ok(conn)
}

/// Writes everything in the log to the file and turns the log off, which works when no other process has the
/// file open. SQLite does not wait for that by itself.
fn empty_log(conn: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match conn.query_row("PRAGMA journal_mode = DELETE", [], |row| {
            row.get::<_, String>(0)
        }) {
            Err(why)
                if why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            done => return done.map(drop),
        }
    }
}

fn in_use(path: &Path) -> Error {
    Error::new(format!("cannot move the database '{}'", path.display()))
        .with_cause(format!("{} has it open", Holder::words(&holders::of(path))))
        .with_hint("close the programs that use it and run the command again; nothing was changed")
}

/// Copies the database and verifies the copy. A copy that an interrupted move left is used when it is
/// identical.
fn copy(conn: &Connection, old: &Path, new: &Path) -> Result<()> {
    let content = snapshot::content(conn).map_err(|why| failure::of(old, "move", &why))?;
    if presence::is_taken(new)? {
        let there = connect::open(new).and_then(|conn| snapshot::content(&conn));
        return match there {
            Ok(there) if there == content => Ok(()),
            _ => Err(Error::new(format!("'{}' already exists", new.display()))
                .with_cause("its content differs from the database to move")
                .with_hint(
                    "choose another directory, or move that file away: nothing is overwritten",
                )),
        };
    }
    let copy = snapshot::Unfinished::write(conn, old, new)?;
    match snapshot::digest(&copy.0) {
        Ok(copied) if copied == content => copy.publish(new),
        Ok(_) => Err(
            Error::new(format!("cannot move the database '{}'", old.display()))
                .with_cause("its copy does not hold the same; nothing was changed"),
        ),
        Err(why) => Err(failure::of(&copy.0, "read back", &why)),
    }
}

/// Moves the backups along with the database. A backup whose name is taken stays.
fn move_backups(old: &Path, new: &Path, events: &dyn Events) -> Result<Vec<PathBuf>> {
    let mut moved = Vec::new();
    for from in status::copies(old).into_iter().map(|copy| copy.path) {
        let Some(name) = from.file_name() else {
            continue;
        };
        let to = filesystem::parent(new).join(name);
        if presence::is_taken(&to)? {
            events.warn(format!(
                "'{}' stays: '{}' already exists",
                from.display(),
                to.display()
            ));
            continue;
        }
        move_file(&from, &to)
            .context(|| format!("cannot move '{}' to '{}'", from.display(), to.display()))?;
        moved.push(to);
    }
    Ok(moved)
}

fn move_file(from: &Path, to: &Path) -> std::io::Result<()> {
    match std::fs::rename(from, to) {
        Err(why) if why.kind() == std::io::ErrorKind::CrossesDevices => {
            let temporary = connect::beside(to, &format!(".tmp-{}", std::process::id()));
            std::fs::copy(from, &temporary)?;
            filesystem::publish(&temporary, to)?;
            std::fs::remove_file(from)
        }
        done => done,
    }
}

/// Removes the old file. Its name goes first, so that it is no longer found; then the file gets a version that
/// stops every program that still has it open and waits.
fn remove(conn: Connection, old: &Path) -> Result<()> {
    let gone = connect::beside(old, ".moved");
    let dir = filesystem::parent(old);
    // The pages are in the file, and the lock is held: a leftover journal would be applied to the next file of
    // this name. There is usually none.
    drop(std::fs::remove_file(connect::beside(old, "-journal")));
    let renamed = std::fs::rename(old, &gone).and_then(|()| filesystem::sync(dir));
    renamed.context(|| format!("cannot remove '{}', which was copied", old.display()))?;
    let mark = format!(
        "PRAGMA journal_mode = MEMORY; BEGIN; CREATE TABLE IF NOT EXISTS schema_version (version INTEGER);
        DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({}); COMMIT",
        failure::MOVED
    );
    conn.execute_batch(&mark)
        .map_err(|why| failure::of(old, "close", &why))?;
    std::fs::remove_file(&gone).context(|| format!("cannot remove '{}'", gone.display()))?;
    drop(conn);
    Ok(())
}
