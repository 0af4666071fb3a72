// SPDX-License-Identifier: GPL-2.0-or-later
//! A backup of the database on request. It has the same schema as the database: nothing is migrated.

use super::remains::{self, FileState};
use super::{Location, connect, failure, filesystem, migrate, snapshot};
use crate::error::{Error, Result};
use crate::presence;
use crate::text::shell_quote;
use jiff::Zoned;
use std::path::{Path, PathBuf};

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupCopy {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
}

/// Copies the database to `file`, or to `.patman.db.backup-<date>-<time>` beside it. Nothing is overwritten.
pub fn backup(location: &Location, file: Option<&Path>, now: &Zoned) -> Result<BackupCopy> {
    let path = location.file();
    let conn = open(location)?;
    migrate::recognise(&conn, &path)?;
    let target = file.map_or_else(|| named(&path, "backup", now), Path::to_owned);
    if presence::is_taken(&target)? {
        return Err(Error::new(format!("'{}' already exists", target.display()))
            .with_hint("give another name: nothing is overwritten"));
    }
    let dir = filesystem::parent(&target);
    if !presence::is_dir(dir)? {
        return Err(Error::new(format!("cannot write '{}'", target.display()))
            .with_cause(format!("there is no directory '{}'", dir.display()))
            .with_hint(format!("make it: mkdir -p {}", shell_quote(dir))));
    }
    snapshot::write(&conn, &path, &target)?;
    let size = target.metadata().map_or(0, |meta| meta.len());
    Ok(BackupCopy { path: target, size })
}

/// Opens the database that is there, as it is.
pub(super) fn open(location: &Location) -> Result<rusqlite::Connection> {
    let path = location.file();
    if remains::unless_lost(&path)? == FileState::Absent {
        if !presence::is_dir(&location.dir)? {
            return Err(failure::unopened(&path, "open"));
        }
        return Err(Error::new(format!(
            "there is no database '{}'",
            path.display()
        )));
    }
    connect::open(&path).map_err(|why| failure::of(&path, "open", &why))
}

/// A name beside the database for a copy of it that is free: `.patman.db.<what>-<date>-<time>`, or with `.1` and so on.
pub(super) fn named(path: &Path, what: &str, now: &Zoned) -> PathBuf {
    let name = connect::beside(path, &format!(".{what}-{}", now.strftime("%Y%m%d-%H%M%S")));
    let numbered = (1..).map(|number| connect::beside(&name, &format!(".{number}")));
    let mut names = std::iter::once(name.clone()).chain(numbered.take(1000));
    names
        .find(|name| presence::is_taken(name).is_ok_and(|is_taken| !is_taken))
        .unwrap_or(name)
}
