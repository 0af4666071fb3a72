// SPDX-License-Identifier: GPL-2.0-or-later
//! A private copy of the database for users who cannot write it.
//!
//! SQLite cannot read a database with a write-ahead log without creating files beside it, which would belong to
//! the reader: in a directory that both users may write, the owner could no longer write the database. So the
//! file and its log are copied to a private directory and opened there, which takes no lock and leaves nothing
//! behind. Both are read twice: when the file and the beginning of the log are the same both times, they match
//! each other, since a log only grows until its pages are in the file.

use super::connect;
use rusqlite::{Connection, ErrorCode, OpenFlags, Result, ffi};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// How often, and after what delay, a database that is being written is copied again.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The files of a database: itself, its log, and the journal of a transaction that was not finished.
const FILES: [&str; 3] = ["", "-wal", "-journal"];

/// Metadata that changes with the content of the files.
type Stamp = [Option<(u64, u64, i64, i64)>; FILES.len()];

/// A copy of a database that this process cannot write; removed when dropped.
#[derive(Debug)]
pub(super) struct PrivateCopy {
    dir: TempDir,
    of: PathBuf,
    stamp: RefCell<Stamp>,
}

impl PrivateCopy {
    /// Copies the database.
    pub(super) fn make(path: &Path) -> Result<PrivateCopy> {
        let of = path.canonicalize().map_err(|why| cannot_open(&why))?;
        let dir = tempfile::Builder::new().prefix("git-patman-").tempdir();
        let copy = PrivateCopy {
            dir: dir.map_err(|why| cannot_open(&why))?,
            stamp: RefCell::new(stamp(&of)),
            of,
        };
        copy.write(&copy.file())?;
        Ok(copy)
    }

    /// Opens the copy, for reading only.
    pub(super) fn open(&self) -> Result<Connection> {
        connect::probed(Connection::open_with_flags(
            self.file(),
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        ))
    }

    /// Updates the copy from the database; its connections see this as a change by another connection.
    pub(super) fn refresh(&self) -> Result<()> {
        let now = stamp(&self.of);
        if *self.stamp.borrow() == now {
            return Ok(());
        }
        let newer = self.dir.path().join("newer");
        self.write(&newer)?;
        let from = connect::open_immutable(&newer)?;
        let mut to = Connection::open(self.file())?;
        to.busy_timeout(connect::BUSY)?;
        rusqlite::backup::Backup::new(&from, &mut to)?.run_to_completion(
            i32::MAX,
            Duration::ZERO,
            None,
        )?;
        *self.stamp.borrow_mut() = now;
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("db")
    }

    /// Writes a copy without a log to `target`.
    fn write(&self, target: &Path) -> Result<()> {
        for _ in 0..TRIES {
            if copy_once(&self.of, target).map_err(|why| cannot_open(&why))? {
                return without_log(target);
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        let busy = ffi::Error::new(ffi::SQLITE_BUSY);
        Err(rusqlite::Error::SqliteFailure(busy, None))
    }
}

/// Whether an error means that the file is not a database, or is damaged.
fn is_of_content(why: &rusqlite::Error) -> bool {
    matches!(
        why.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

/// Moves the log's content into the file. Damaged content is reported when it is read.
fn without_log(file: &Path) -> Result<()> {
    let conn = Connection::open(file)?;
    let done = conn
        .execute_batch("PRAGMA synchronous = OFF")
        .and_then(|()| conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())));
    done.or_else(|why| {
        if is_of_content(&why) {
            Ok(())
        } else {
            Err(why)
        }
    })
}

/// Copies the files, and returns whether they match each other.
fn copy_once(from: &Path, to: &Path) -> io::Result<bool> {
    for suffix in FILES {
        let target = connect::beside(to, suffix);
        crate::presence::unless_absent(std::fs::remove_file(&target))?;
        if let Some(mut source) = opened(from, suffix)? {
            let options = &mut std::fs::OpenOptions::new();
            let mut target = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(target)?;
            io::copy(&mut source, &mut target)?;
        }
    }
    for suffix in FILES {
        let copy = crate::presence::unless_absent(File::open(connect::beside(to, suffix)))?;
        let fits = match (opened(from, suffix)?, copy) {
            (None, None) => true,
            (Some(source), Some(copy)) => begins_with(source, copy, suffix == "-wal")?,
            _ => false,
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn opened(path: &Path, suffix: &str) -> io::Result<Option<File>> {
    crate::presence::unless_absent(File::open(connect::beside(path, suffix)))
}

/// Whether the file holds what the copy holds, and more only where it may.
fn begins_with(file: File, copy: File, may_have_more: bool) -> io::Result<bool> {
    let mut file = io::BufReader::with_capacity(1 << 16, file);
    let mut copy = io::BufReader::with_capacity(1 << 16, copy);
    let (mut here, mut there) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let length = copy.read(&mut here)?;
        if length == 0 {
            return Ok(may_have_more || file.read(&mut there[..1])? == 0);
        }
        match file.read_exact(&mut there[..length]) {
            Ok(()) if here[..length] == there[..length] => {}
            Ok(()) => return Ok(false),
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(why) => return Err(why),
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    FILES.map(|suffix| {
        let meta = connect::beside(path, suffix).metadata().ok()?;
        Some((meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
    })
}

fn cannot_open(why: &io::Error) -> rusqlite::Error {
    let code = match why.kind() {
        io::ErrorKind::StorageFull => ffi::SQLITE_FULL,
        _ => ffi::SQLITE_CANTOPEN,
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(why.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn a_copy_has_what_is_in_the_log_and_follows_the_database() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let writer = connect::create(&path).unwrap();
        connect::set_journal(&writer, connect::Journal::Wal).unwrap();
        writer
            .execute_batch("CREATE TABLE t (c); INSERT INTO t VALUES (1)")
            .unwrap();
        let copy = PrivateCopy::make(&path).unwrap();
        let reader = copy.open().unwrap();
        let count = || {
            let number = reader.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
            number.unwrap_or(0_i64)
        };
        let version = || reader.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
        assert_eq!(count(), 1);
        let before = version().unwrap();
        copy.refresh().unwrap();
        assert_eq!(version().unwrap(), before);
        writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        copy.refresh().unwrap();
        assert_ne!(version().unwrap(), before);
        assert_eq!(count(), 2);
        assert!(reader.execute_batch("INSERT INTO t VALUES (3)").is_err());
        let private = copy.dir.path().to_owned();
        drop(copy);
        assert!(!private.exists());
        assert_eq!(count(), 2, "what is open stays");
    }

    #[test]
    fn copies_of_a_database_that_is_written_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let writer = connect::create(&path).unwrap();
        connect::set_journal(&writer, connect::Journal::Wal).unwrap();
        writer
            .execute_batch(
                "PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 8; CREATE TABLE t (c, pad);
                CREATE TABLE u (c, pad)",
            )
            .unwrap();
        let stop = &std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut number = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    number += 1;
                    let row = format!("({number}, hex(randomblob(900)))");
                    let sql = format!(
                        "BEGIN; INSERT INTO t VALUES {row}; INSERT INTO u VALUES {row}; COMMIT"
                    );
                    writer.execute_batch(&sql).unwrap();
                    std::thread::sleep(Duration::from_millis(3));
                }
            });
            for _ in 0..20 {
                let reader = PrivateCopy::make(&path).unwrap().open().unwrap();
                let same = "SELECT (SELECT count(*) FROM t) = (SELECT count(*) FROM u)";
                assert!(
                    reader
                        .query_row(same, [], |row| row.get::<_, bool>(0))
                        .unwrap()
                );
                let sound =
                    reader.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
                assert_eq!(sound.unwrap(), "ok");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}
