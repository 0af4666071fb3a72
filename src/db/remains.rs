// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether the database file has content, and which files remain beside a database that is gone.
//!
//! All of it is checked with stat before SQLite opens anything: SQLite deletes the log of an empty file even
//! when it opens it for reading. A database that is missing or empty beside its log or its backups was lost; no
//! new one is created in its place.

use super::{Location, OpenOptions, connect, failure, filesystem, holders, status};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::git::file_lock::{FileLock, Holder};
use crate::presence;
use crate::text::{shell_quote, shell_words};
use std::path::{Path, PathBuf};

/// How many files are named in a message.
const MAX_NAMED: usize = 4;

/// The state of a database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileState {
    /// There is none.
    Absent,
    /// It is empty.
    Empty,
    /// It has content.
    Filled,
    /// It is missing or empty, but files of an earlier database remain.
    Lost(Remains),
}

/// The remains of a database that is missing or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remains {
    is_empty: bool,
    /// Its log.
    log: Option<PathBuf>,
    /// Copies of it, the newest first.
    backups: Vec<PathBuf>,
}

/// The state of the file. A dangling link, anything but a regular file, and a file that may not be examined are
/// errors.
pub(super) fn file_state(path: &Path) -> Result<FileState> {
    let is_empty = match (presence::lstat(path)?, presence::stat(path)?) {
        (_, Some(meta)) if meta.is_file() && meta.len() > 0 => return Ok(FileState::Filled),
        (_, Some(meta)) if meta.is_file() => true,
        (None, None) => false,
        _ => return Err(failure::unopened(path, "open")),
    };
    let log = connect::log_of(path);
    let remains = Remains {
        is_empty,
        log: presence::is_taken(&log)?.then_some(log),
        backups: backups(path)?,
    };
    Ok(match (&remains.log, remains.backups.is_empty()) {
        (None, true) if is_empty => FileState::Empty,
        (None, true) => FileState::Absent,
        _ => FileState::Lost(remains),
    })
}

/// The same; a lost database is an error.
pub(super) fn unless_lost(path: &Path) -> Result<FileState> {
    match file_state(path)? {
        FileState::Lost(remains) => Err(remains.refusal(path)),
        state => Ok(state),
    }
}

/// The same, once no other process migrates, restores or moves the database, which is missing for a moment
/// meanwhile. No lock file is created: a process that does so has already created one.
pub(super) fn settled(
    location: &Location,
    options: &OpenOptions<'_>,
    events: &dyn Events,
) -> Result<FileState> {
    let path = location.file();
    match file_state(&path)? {
        FileState::Lost(_) => {}
        state => return Ok(state),
    }
    let lock_file = location.lock_file();
    let _lock = if presence::is_taken(&lock_file)? {
        Some(FileLock::wait(&lock_file, options.lock_timeout, events)?)
    } else {
        None
    };
    unless_lost(&path)
}

/// Whether files of a lost database remain; files that cannot be examined count as no.
pub(super) fn has_remains(path: &Path) -> bool {
    matches!(file_state(path), Ok(FileState::Lost(_)))
}

/// Backups that have content: the backup of an empty database does not count.
fn backups(path: &Path) -> Result<Vec<PathBuf>> {
    presence::entries(filesystem::parent(path))?;
    let nothing = connect::beside(path, "old.v0");
    let copies = status::copies(path).into_iter();
    Ok(copies
        .filter(|copy| copy.size > 0 && copy.path != nothing)
        .map(|copy| copy.path)
        .collect())
}

impl Remains {
    /// Describes the problem.
    pub(super) fn problem(&self) -> String {
        let what = if self.is_empty {
            "it is empty"
        } else {
            "it is missing"
        };
        let all: Vec<&PathBuf> = self.log.iter().chain(&self.backups).collect();
        let names: Vec<String> = all
            .iter()
            .take(MAX_NAMED)
            .map(|file| {
                let name = file.file_name().unwrap_or_default();
                format!("'{}'", name.to_string_lossy())
            })
            .collect();
        let more = match all.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "{what}, but files of it are still there: {}{more}",
            names.join(", ")
        )
    }

    fn refusal(&self, path: &Path) -> Error {
        let error = Error::new(format!("cannot open the database '{}'", path.display()))
            .with_cause(self.problem());
        let error = match self.backups.first() {
            Some(newest) => error.with_hint(format!(
                "restore the newest copy: git patman db restore {}",
                shell_quote(newest)
            )),
            None => error.with_hint("restore a copy: git patman db restore <file>"),
        };
        let users = holders::of(path);
        if !users.is_empty() {
            return error.with_hint(format!("{} has files of it open", Holder::words(&users)));
        }
        let away = filesystem::parent(path).join("lost");
        error.with_hint(format!(
            "or move them away, and a new database is made: mkdir -p {away} && mv {files} {away}",
            away = shell_quote(&away),
            files = shell_words(self.log.iter().chain(&self.backups)),
        ))
    }
}
