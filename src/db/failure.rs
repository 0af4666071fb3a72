// SPDX-License-Identifier: GPL-2.0-or-later
//! SQLite's errors as the user reads them: which file, what is wrong with it, and what to do about it.

use super::step;
use crate::error::Error;
use crate::output::shell_quote;
use rusqlite::{ErrorCode, ffi};
use std::path::Path;

/// The cause of an error that lies in the file's content.
const DAMAGED: &str = "it is damaged";

/// The cause of an error that the file is of no known format.
const NO_DATABASE: &str = "it is not an SQLite database";

/// Whether the error is that the file is no SQLite database, be it that its first page is damaged.
pub(super) fn is_no_database(error: &Error) -> bool {
    error.to_string().ends_with(NO_DATABASE)
}

/// Whether the error is that the file is damaged.
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

/// The database cannot be written, and `doing` needs that.
pub(super) fn read_only(path: &Path, doing: &str) -> Error {
    Error::new(format!("cannot {doing} the database '{}'", path.display()))
        .with_cause("the file, its directory or its medium is read-only")
        .with_hint(format!(
            "allow writing: chmod u+w {} {}",
            shell_quote(&super::filesystem::parent(path)),
            shell_quote(&path)
        ))
        .with_hint("or use a copy: set PATMAN_DB_DIR to a directory with a copy of it")
}

/// The version that a database is given when it was moved elsewhere, for programs that wait for the old file: they all look
/// at the version before they write.
pub(super) const MOVED: i64 = 1_000_000;

/// A newer program has been there.
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

/// The file is of another program.
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

/// The file cannot be opened: what stands in the way is asked of the file system.
pub(super) fn unopened(path: &Path, doing: &str) -> Error {
    let dir = super::filesystem::parent(path);
    let error = |cause: &str| {
        Error::new(format!("cannot {doing} the database '{}'", path.display())).with_cause(cause)
    };
    let link = path.symlink_metadata();
    if !dir.is_dir() {
        return error(&format!("there is no directory '{}'", dir.display()))
            .with_hint(format!("make it: mkdir -p {}", shell_quote(&dir)));
    }
    match (link, std::fs::metadata(path)) {
        (Ok(link), Err(_)) if link.is_symlink() => {
            let to = std::fs::read_link(path).unwrap_or_default();
            error(&format!("it is a symbolic link to '{}', which does not exist", to.display()))
                .with_hint(format!("make it point to the database, or remove it: rm {}", shell_quote(&path)))
        }
        (_, Ok(meta)) if meta.is_dir() => {
            error("it is a directory").with_hint(format!("move it away: mv {0} {0}.away", shell_quote(&path)))
        }
        (_, Ok(meta)) if !meta.is_file() => error("it is not a regular file"),
        (_, Ok(_)) if rustix::fs::access(path, rustix::fs::Access::READ_OK).is_err() => {
            error("permission denied").with_hint(format!("allow reading: chmod u+r {}", shell_quote(&path)))
        }
        (_, Ok(_)) if !super::filesystem::is_writable(dir) => {
            error("its directory cannot be written, and changes that are not yet in the file are in its '-wal' file")
                .with_hint(format!("allow writing: chmod u+w {}", shell_quote(&dir)))
                .with_hint("or copy the file with its '-wal' elsewhere and set PATMAN_DB_DIR to there")
        }
        (_, Err(why)) if why.kind() == std::io::ErrorKind::NotFound && !super::filesystem::is_writable(dir) => {
            error(&format!("the directory '{}' cannot be written", dir.display()))
                .with_hint(format!("allow writing: chmod u+w {}, or set PATMAN_DB_DIR to another one", shell_quote(&dir)))
        }
        (_, Err(why)) if why.kind() != std::io::ErrorKind::NotFound => error(&why.to_string()),
        (_, Err(_)) => error("there is no such file"),
        _ => error("the system refuses to open it, or files beside it, such as its '-wal'"),
    }
}

fn full(path: &Path, doing: &str) -> Error {
    Error::new(format!("cannot {doing} the database '{}'", path.display()))
        .with_cause("the disk is full")
        .with_hint("make room and run the command again: nothing of what was there is lost")
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
