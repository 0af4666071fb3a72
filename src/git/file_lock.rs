// SPDX-License-Identifier: GPL-2.0-or-later
//! A lock that the processes of one machine take in turn: `flock` on a file, as patman does.
//!
//! The kernel drops it with the last process that has the descriptor. The file is never removed: whoever removed it would
//! let two processes lock two files of one name. A symbolic link is not followed, since whoever may write a tree could make
//! us create or lock a file elsewhere. Who may read the file can hold the lock, so that it is the user's alone where the
//! repository, or the directory of the database, is not shared.

use super::sharing;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::text::shell_quote;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// When the holder of a lock that is waited for is named first, and how long at most until it is named again.
const FIRST_NOTICE: Duration = Duration::from_secs(1);
const MAX_NOTICE_INTERVAL: Duration = Duration::from_secs(30);

/// How long to wait before a lock is tried again, at first and at most.
const MIN_RETRY_PAUSE: Duration = Duration::from_millis(1);
const MAX_RETRY_PAUSE: Duration = Duration::from_millis(20);

/// A lock, held until the value is dropped and every process that was given the descriptor has ended.
#[derive(Debug)]
pub struct FileLock {
    /// Closing it is what unlocks.
    file: File,
}

impl AsRef<File> for FileLock {
    fn as_ref(&self) -> &File {
        &self.file
    }
}

/// A process that holds a lock, or has a file open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its command, when that can be read.
    pub command: Option<String>,
}

impl Holder {
    /// The process of that number.
    pub fn of(pid: u32) -> Holder {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
        Holder {
            pid,
            command: name
                .map(|name| name.trim_end().to_owned())
                .filter(|name| !name.is_empty()),
        }
    }

    /// Some processes in words.
    pub fn words(holders: &[Holder]) -> String {
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

impl FileLock {
    /// Takes the lock, waiting for its holder for up to `timeout` (`None`: forever). The holder is
    /// named after a second, and again while waiting.
    pub fn wait(path: &Path, timeout: Option<Duration>, events: &dyn Events) -> Result<FileLock> {
        let file = open(path)?;
        let start = Instant::now();
        let mut notices = Notices::default();
        let mut pause = MIN_RETRY_PAUSE;
        while !try_lock(&file, path)? {
            let waited = start.elapsed();
            if timeout.is_some_and(|timeout| waited >= timeout) {
                return Err(timed_out(path, waited));
            }
            if notices.is_due(waited) {
                notices.name(path, waited, events);
            }
            let left = timeout.map_or(pause, |timeout| timeout.saturating_sub(waited).min(pause));
            std::thread::sleep(left.max(MIN_RETRY_PAUSE));
            pause = (pause * 2).min(MAX_RETRY_PAUSE);
        }
        Ok(FileLock { file })
    }

    /// Takes the lock if it is free.
    pub fn try_take(path: &Path) -> Result<Option<FileLock>> {
        let file = open(path)?;
        Ok(try_lock(&file, path)?.then_some(FileLock { file }))
    }

    /// Takes the lock if it becomes free within two seconds, enough time for the children of a killed process to end.
    pub fn take_soon(path: &Path) -> Result<Option<FileLock>> {
        let file = open(path)?;
        for _ in 0..40 {
            if try_lock(&file, path)? {
                return Ok(Some(FileLock { file }));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(try_lock(&file, path)?.then_some(FileLock { file }))
    }

    /// Whether a process holds the lock at this moment; no when there is no lock file.
    pub fn is_held(path: &Path) -> bool {
        let file = options(false).open(path);
        file.is_ok_and(|file| {
            // A shared lock is enough to see an exclusive one, and two who look do not see each other.
            fs2::FileExt::try_lock_shared(&file)
                .is_err_and(|why| why.kind() == ErrorKind::WouldBlock)
        })
    }

    /// The processes that hold the lock, as far as `/proc` shows.
    pub fn holders(path: &Path) -> Vec<Holder> {
        let Ok(meta) = std::fs::symlink_metadata(path) else {
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
}

/// What was already printed about the holder of a lock.
#[derive(Debug, Default)]
struct Notices {
    named_at: Option<Duration>,
    pause: Duration,
}

impl Notices {
    /// Whether it is time to name the holder, after this wait: soon at first, then less and less often.
    fn is_due(&self, waited: Duration) -> bool {
        match self.named_at {
            None => waited >= FIRST_NOTICE,
            Some(then) => waited >= then + self.pause,
        }
    }

    fn name(&mut self, path: &Path, waited: Duration, events: &dyn Events) {
        let holders = Holder::words(&FileLock::holders(path));
        let lock = path.display();
        events.notice(match self.named_at {
            None => format!("Waiting for {holders}, which holds the lock '{lock}'"),
            Some(_) => format!(
                "Still waiting after {} s for {holders}, which holds the lock '{lock}'",
                waited.as_secs()
            ),
        });
        self.named_at = Some(waited);
        self.pause = (self.pause * 2).clamp(4 * FIRST_NOTICE, MAX_NOTICE_INTERVAL);
    }
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

/// How a lock file is opened; a fifo must not keep us waiting.
fn options(may_create: bool) -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(may_create)
        .create(may_create)
        .truncate(false)
        .mode(sharing::PRIVATE)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    options
}

fn open(path: &Path) -> Result<File> {
    let opened = options(true).open(path);
    // A lock file of another user may be readable only, which is enough to lock it.
    let opened = opened.or_else(|why| options(false).open(path).map_err(|_| why));
    let is_file = |file: &File| file.metadata().is_ok_and(|meta| meta.is_file());
    match opened {
        Ok(file) if is_file(&file) => {
            sharing::adjust_private(&file, path);
            Ok(file)
        }
        Ok(_) => Err(unopened(path, "it is not a regular file")),
        Err(why) => Err(unopened(path, &why.to_string())),
    }
}

fn unopened(path: &Path, why: &str) -> Error {
    let error = |cause: &str| {
        Error::new(format!("cannot open the lock file '{}'", path.display())).with_cause(cause)
    };
    let name = shell_quote(path);
    match path.symlink_metadata() {
        Ok(meta) if meta.is_symlink() => {
            let to: PathBuf = std::fs::read_link(path).unwrap_or_default();
            error(&format!("it is a symbolic link to '{}'", to.display()))
                .with_hint(format!("remove the link: rm {name}"))
        }
        Ok(meta) if meta.is_dir() => {
            error("it is a directory").with_hint(format!("remove the directory: rmdir {name}"))
        }
        Ok(meta) if meta.uid() != rustix::process::geteuid().as_raw() => {
            error(why).with_hint(format!(
                "it belongs to another user ({}); for a repository that several users work in: git config core.sharedRepository group",
                meta.uid()
            ))
        }
        Ok(_) => error(why),
        Err(_) => {
            error(why).with_hint("the database is migrated only in a directory that can be written")
        }
    }
}

fn try_lock(file: &File, path: &Path) -> Result<bool> {
    loop {
        // Called through the trait: std has methods of similar names.
        return match fs2::FileExt::try_lock_exclusive(file) {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(why) if why.kind() == ErrorKind::Interrupted => continue,
            Err(why) => {
                Err(Error::new(format!("cannot lock '{}'", path.display())).with_cause(why))
            }
        };
    }
}

fn timed_out(path: &Path, waited: Duration) -> Error {
    let holders = Holder::words(&FileLock::holders(path));
    Error::new(format!("cannot lock '{}'", path.display()))
        .with_cause(format!("{holders} held it for {:.1} s", waited.as_secs_f64()))
        .with_hint("try again when it is done, or allow more time: git config patman.lockTimeout <seconds>")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn holders_are_found_by_inode_among_all_locks() {
        let table = "1: POSIX  ADVISORY  WRITE 1 00:1b:7 0 EOF\n2: FLOCK  ADVISORY  WRITE 708 fd:01:7 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 9 fd:01:17 0 EOF\n3: -> FLOCK  ADVISORY  WRITE 10 fd:01:7 0 EOF\n";
        assert_eq!(pids(table, 7), [708]);
    }

    #[test]
    fn the_holder_is_named_again_and_again() {
        let events = crate::events::Collector::default();
        let mut notices = Notices::default();
        let mut named = Vec::new();
        for second in 0..120 {
            let waited = Duration::from_secs(second);
            if notices.is_due(waited) {
                notices.name(Path::new("/nonexistent"), waited, &events);
                named.push(second);
            }
        }
        assert_eq!(named, [1, 5, 13, 29, 59, 89, 119]);
    }

    #[test]
    fn neither_links_nor_fifos_are_locked_and_nothing_is_made_behind_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, outside) = (dir.path().join("lock"), dir.path().join("outside"));
        std::os::unix::fs::symlink(&outside, &lock).unwrap();
        let why = FileLock::try_take(&lock).unwrap_err();
        assert!(
            why.to_string().contains("it is a symbolic link to '"),
            "{why}"
        );
        assert!(outside.symlink_metadata().is_err());
        std::fs::write(&outside, "").unwrap();
        assert!(FileLock::try_take(&lock).is_err() && !FileLock::is_held(&lock));
        let fifo = dir.path().join("fifo");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        let why = FileLock::try_take(&fifo).unwrap_err();
        assert!(
            why.to_string().ends_with("it is not a regular file"),
            "{why}"
        );
    }

    #[test]
    fn one_at_a_time_has_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = FileLock::try_take(&path).unwrap().unwrap();
        assert!(FileLock::try_take(&path).unwrap().is_none() && FileLock::is_held(&path));
        drop(held);
        assert!(!FileLock::is_held(&path));
        assert!(FileLock::try_take(&path).unwrap().is_some());
    }
}
