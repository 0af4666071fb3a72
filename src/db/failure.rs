// SPDX-License-Identifier: GPL-2.0-or-later
//! Turns SQLite's errors into messages: which file, what is wrong with it, and how to fix it.

use super::filesystem::{self, Obstacle};
use super::{holders, step};
use crate::error::Error;
use crate::git::file_lock::Holder;
use crate::presence;
use crate::text::{shell_quote, shell_words};
use rusqlite::{ErrorCode, ffi};
use std::path::{Path, PathBuf};

/// The cause of an error when the file's content is damaged.
const DAMAGED: &str = "it is damaged";

/// The cause of an error when the file's format is unknown.
const NO_DATABASE: &str = "it is not an SQLite database";

/// Whether the error means that the file is not an SQLite database, possibly because its first page is damaged.
pub(super) fn is_no_database(error: &Error) -> bool {
    error.to_string().ends_with(NO_DATABASE)
}

/// Whether the error means that the file is damaged.
pub(super) fn is_damage(error: &Error) -> bool {
    error.to_string().ends_with(DAMAGED)
}

/// The failure of `doing` (`read`, `write`...) the database at `path`.
pub(super) fn of(path: &Path, doing: &str, why: &rusqlite::Error) -> Error {
    let file = path.display();
    let Some(code) = why.sqlite_error_code() else {
        return Error::new(format!("cannot {doing} the database '{file}'")).with_cause(why);
    };
    let error =
        |cause: &str| Error::new(format!("cannot {doing} the database '{file}'")).with_cause(cause);
    match code {
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => unopened(path, doing),
        ErrorCode::NotADatabase => error(NO_DATABASE).with_hint(
            "move the file away, or set PATMAN_DB_DIR to the directory of the right one",
        ),
        ErrorCode::DatabaseCorrupt => error(DAMAGED)
            .with_hint("see what is wrong: git patman db check")
            .with_hint("go back to a copy: git patman db restore <file>"),
        ErrorCode::DiskFull => full(path, doing),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            error("another process is writing to it")
                .with_hint("see which one: git patman db status")
        }
        ErrorCode::ReadOnly => read_only(path, doing),
        ErrorCode::ConstraintViolation
            if why.sqlite_extended_error_code() == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) =>
        {
            error("what this belongs to was deleted by another process")
                .with_hint("run the command again")
        }
        ErrorCode::SystemIoFailure if is_full(why) => full(path, doing),
        ErrorCode::Unknown if why.to_string().contains("no such table") => {
            error("it was moved or replaced meanwhile")
                .with_cause(why)
                .with_hint("run the command again")
        }
        _ => error(&why.to_string()),
    }
}

/// Reports that the database cannot be written, which `doing` requires; checks the file system for the reason.
pub(super) fn read_only(path: &Path, doing: &str) -> Error {
    let error = Error::new(format!("cannot {doing} the database '{}'", path.display()));
    let foreign = filesystem::foreign_files(path);
    if !foreign.is_empty() {
        let error = error.with_cause(foreign_words(&foreign));
        return foreign_hint(path, &foreign)
            .into_iter()
            .fold(error, Error::with_hint);
    }
    let obstacles = filesystem::obstacles(path);
    let cause = obstacles
        .first()
        .filter(|_| !filesystem::is_on_read_only_medium(path));
    let error = match cause {
        Some(one) if one.is_own() => error
            .with_cause(format!("'{}' is read-only", one.path.display()))
            .with_hint(format!(
                "allow writing: chmod u+w {}",
                shell_quote(&one.path)
            )),
        Some(one) => error
            .with_cause(format!(
                "'{}' belongs to {}, and you may not write it",
                one.path.display(),
                one.owner_words()
            ))
            .with_hint("to share it, let its owner set core.sharedRepository"),
        None => error.with_cause("the file, its directory or its medium is read-only"),
    };
    error.with_hint("or use a copy: set PATMAN_DB_DIR to a directory with a copy of it")
}

/// Describes the other users' files that keep this process from writing.
pub(super) fn foreign_words(foreign: &[Obstacle]) -> String {
    let files: Vec<String> = foreign
        .iter()
        .map(|one| format!("'{}'", one.path.display()))
        .collect();
    let owner = foreign.first().map(Obstacle::owner_words);
    let (verb, pronoun) = if files.len() == 1 {
        ("belongs", "it")
    } else {
        ("belong", "them")
    };
    format!(
        "{} {verb} to {}, and you may not write {pronoun}",
        files.join(" and "),
        owner.unwrap_or_default()
    )
}

/// Explains how to remove other users' files: only when they hold nothing and nobody uses them.
pub(super) fn foreign_hint(path: &Path, foreign: &[Obstacle]) -> Option<String> {
    let owner = foreign.first()?.owner_words();
    let users = holders::of(path);
    if !users.is_empty() {
        return Some(format!(
            "wait until {} has closed the database",
            Holder::words(&users)
        ));
    }
    if super::connect::has_log(path) {
        return Some(format!(
            "there are changes of {owner} in them: let that user run a command that writes, or make them yours (chown)"
        ));
    }
    Some(format!(
        "they hold nothing, remove them: rm -f {}",
        shell_words(foreign.iter().map(|one| &one.path))
    ))
}

/// The version that a moved database is given, for programs that wait for the old file: they all check the
/// version before they write.
pub(super) const MOVED: i64 = 1_000_000;

/// Reports that a newer program has migrated the database.
pub(super) fn newer(path: &Path, table: &str, version: i64) -> Error {
    if version == MOVED {
        return Error::new(format!(
            "the database '{}' was moved elsewhere just now",
            path.display()
        ))
        .with_hint("run the command again");
    }
    let (program, known) = match table {
        "schema_version" => ("patman or git-patman", step::PATMAN),
        _ => ("git-patman", step::OWN),
    };
    Error::new(format!(
        "the database '{}' is newer than this program",
        path.display()
    ))
    .with_cause(format!(
        "its {table} is {version}, and this program knows up to {known}"
    ))
    .with_hint(format!(
        "update git-patman: a newer {program} has changed the database; nothing was written to it"
    ))
}

/// Reports that the file belongs to another program.
pub(super) fn foreign(path: &Path, why: &str) -> Error {
    Error::new(format!(
        "'{}' is not a database of patman's",
        path.display()
    ))
    .with_cause(why)
    .with_hint(
        "move the file away, or set PATMAN_DB_DIR to another directory; nothing was written to it",
    )
}

/// Reports that the file cannot be opened; checks the file system for the reason.
pub(super) fn unopened(path: &Path, doing: &str) -> Error {
    let dir = super::filesystem::parent(path);
    let error = |cause: &str| {
        Error::new(format!("cannot {doing} the database '{}'", path.display())).with_cause(cause)
    };
    match presence::is_dir(dir) {
        Ok(true) => {}
        Ok(false) => {
            return error(&format!("there is no directory '{}'", dir.display()))
                .with_hint(format!("make it: mkdir -p {}", shell_quote(dir)));
        }
        Err(why) => return error(&why.to_string()),
    }
    let name = shell_quote(path);
    match (path.symlink_metadata(), std::fs::metadata(path)) {
        (Ok(link), Err(why)) if link.is_symlink() && presence::is_absent(&why) => {
            let to = std::fs::read_link(path).unwrap_or_default();
            error(&format!(
                "it is a symbolic link to '{}', which does not exist",
                to.display()
            ))
            .with_hint(format!(
                "make it point to the database, or remove it: rm {name}"
            ))
        }
        (_, Err(why)) if presence::is_absent(&why) && !filesystem::is_writable(dir) => error(
            &format!("the directory '{}' cannot be written", dir.display()),
        )
        .with_hint(format!(
            "allow writing: chmod u+w {}, or set PATMAN_DB_DIR to another one",
            shell_quote(dir)
        )),
        (_, Err(why)) if presence::is_absent(&why) => error("there is no such file"),
        (_, Err(why)) => error(&why.to_string()),
        (_, Ok(meta)) if meta.is_dir() => {
            error("it is a directory").with_hint(format!("move it away: mv {name} {name}.away"))
        }
        (_, Ok(meta)) if !meta.is_file() => error("it is not a regular file"),
        (_, Ok(_)) => match unreadable_part(path) {
            Some(part) if part == path => {
                error("permission denied").with_hint(format!("allow reading: chmod u+r {name}"))
            }
            Some(part) => error(&format!("its '{}' may not be read", part.display()))
                .with_hint(format!("allow reading: chmod u+r {}", shell_quote(&part))),
            None => error("the system refuses to open it, or files beside it, such as its '-wal'"),
        },
    }
}

/// The database file, or a file beside it that holds changes, that this process may not read.
fn unreadable_part(path: &Path) -> Option<PathBuf> {
    let log = super::connect::log_of(path);
    [path.to_owned(), log]
        .into_iter()
        .find(|part| !filesystem::is_readable(part) && !matches!(presence::exists(part), Ok(false)))
}

fn full(path: &Path, doing: &str) -> Error {
    Error::new(format!("cannot {doing} the database '{}'", path.display()))
        .with_cause("the disk is full")
        .with_hint("free some space and run the command again: no data is lost")
}

/// Shared memory that cannot be made long enough is an I/O error to SQLite; the usual reason is a full disk.
fn is_full(why: &rusqlite::Error) -> bool {
    let code = why.sqlite_extended_error_code();
    code == Some(ffi::SQLITE_IOERR_SHMSIZE) || why.to_string().contains("disk is full")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such() {
        let path = Path::new("/x/.patman.db");
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_SHMSIZE] {
            let error = of(
                path,
                "migrate",
                &rusqlite::Error::SqliteFailure(ffi::Error::new(code), None),
            );
            assert_eq!(
                error.to_string(),
                "cannot migrate the database '/x/.patman.db': the disk is full"
            );
        }
    }
}
