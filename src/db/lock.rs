// SPDX-License-Identifier: GPL-2.0-or-later
//! The lock round a migration: `flock` on `.patman.db.lock`, which patman takes too. The kernel drops it with the process;
//! the file stays, for whoever removed it would let two processes lock two files of one name.

use crate::error::{Error, Result};
use crate::output::{Output, shell_quote};
use serde::Serialize;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a lock is waited for in silence.
const SILENT: Duration = Duration::from_secs(1);

/// The lock, held until the value is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    /// Closing it is what unlocks.
    _file: File,
}

/// A process that holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its command, when that can be read.
    pub command: Option<String>,
}

impl Holder {
    /// The process of that number.
    pub(super) fn of(pid: u32) -> Holder {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
        Holder {
            pid,
            command: name
                .map(|name| name.trim_end().to_owned())
                .filter(|name| !name.is_empty()),
        }
    }

    /// Some processes in words.
    pub(super) fn words(holders: &[Holder]) -> String {
        let names: Vec<String> = holders.iter().map(Holder::to_string).collect();
        if names.is_empty() {
            "another process".to_owned()
        } else {
            names.join(" and ")
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.command {
            Some(command) => write!(f, "process {} ({command})", self.pid),
            None => write!(f, "process {}", self.pid),
        }
    }
}

impl Lock {
    /// Takes the lock, after waiting for its holder for as long as `timeout` says (none: for ever), which is told once.
    pub(super) fn take(path: &Path, timeout: Option<Duration>, out: &Output) -> Result<Lock> {
        let file = open(path)?;
        let start = Instant::now();
        let mut told = false;
        let mut pause = Duration::from_millis(1);
        while !try_lock(&file, path)? {
            let waited = start.elapsed();
            if timeout.is_some_and(|timeout| waited >= timeout) {
                return Err(timed_out(path, waited));
            }
            if !told && waited >= SILENT {
                told = true;
                out.note(format!(
                    "Waiting for {}, which holds the lock '{}'",
                    Holder::words(&holders(path)),
                    path.display()
                ));
            }
            let left = timeout.map_or(pause, |timeout| timeout.saturating_sub(waited).min(pause));
            std::thread::sleep(left.max(Duration::from_millis(1)));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        Ok(Lock { _file: file })
    }
}

/// Whether somebody holds the lock at this moment; no when there is no lock file.
pub(super) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| {
        // A shared lock is enough to see an exclusive one, and two who look do not see each other.
        fs2::FileExt::try_lock_shared(&file)
            .is_err_and(|why| why.kind() == std::io::ErrorKind::WouldBlock)
    })
}

/// The processes that hold the lock, as far as `/proc` tells.
pub(super) fn holders(path: &Path) -> Vec<Holder> {
    let Ok(meta) = std::fs::metadata(path) else {
        return Vec::new();
    };
    // The table is read in pieces: while others lock and unlock, a line may be missed.
    let looks = (0..3).filter_map(|_| std::fs::read_to_string("/proc/locks").ok());
    let found = looks
        .map(|table| pids(&table, meta.ino()))
        .find(|pids| !pids.is_empty());
    found
        .unwrap_or_default()
        .into_iter()
        .map(Holder::of)
        .collect()
}

/// Reads lines like `1: FLOCK  ADVISORY  WRITE 708 00:1b:1234 0 EOF`. The device is not compared: file systems that are
/// layered show another one there.
fn pids(table: &str, inode: u64) -> Vec<u32> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, file, ..] = words.as_slice() else {
            return None;
        };
        let same = file.rsplit(':').next()?.parse() == Ok(inode);
        pid.parse().ok().filter(|&pid| same && pid > 0)
    };
    table.lines().filter_map(line).collect()
}

fn open(path: &Path) -> Result<File> {
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path);
    // A lock file of another user may be readable only, which is enough to lock it.
    let readable = |why| {
        if path.is_file() {
            File::open(path).map_err(|_| why)
        } else {
            Err(why)
        }
    };
    opened.or_else(readable).map_err(|why| {
        let error =
            Error::new(format!("cannot open the lock file '{}'", path.display())).with_cause(&why);
        match path.is_dir() {
            true => error.with_hint(format!(
                "remove the directory: rmdir {}",
                shell_quote(&path)
            )),
            false => {
                error.with_hint("the database is migrated only in a directory that can be written")
            }
        }
    })
}

fn try_lock(file: &File, path: &Path) -> Result<bool> {
    loop {
        return match fs2::FileExt::try_lock_exclusive(file) {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(why) => {
                Err(Error::new(format!("cannot lock '{}'", path.display())).with_cause(why))
            }
        };
    }
}

fn timed_out(path: &Path, waited: Duration) -> Error {
    Error::new(format!("cannot lock '{}'", path.display()))
        .with_cause(format!("{} held it for {:.1} s", Holder::words(&holders(path)), waited.as_secs_f64()))
        .with_hint("try again when it is done, or allow more time: git config patman.lockTimeout <seconds>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_found_by_inode_among_all_locks() {
        let table = "1: POSIX  ADVISORY  WRITE 1 00:1b:7 0 EOF\n2: FLOCK  ADVISORY  WRITE 708 fd:01:7 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 9 fd:01:17 0 EOF\n3: -> FLOCK  ADVISORY  WRITE 10 fd:01:7 0 EOF\n";
        assert_eq!(pids(table, 7), [708]);
    }
}
