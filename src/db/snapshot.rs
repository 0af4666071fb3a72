// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies of a database as its last transaction left it, including its log, even while other processes have it
//! open.
//!
//! SQLite itself writes a copy under a temporary name (`VACUUM INTO`); the copy is synced and then renamed, and
//! never replaces another file.

use super::{connect, failure, filesystem};
use crate::error::{Error, Result, WithContext};
use crate::git::sharing;
use crate::presence;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The part of a file name that marks an unfinished copy.
const UNFINISHED: &str = ".tmp-";

/// A backup made before a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MigrationBackup {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Whether it existed before, with the same content.
    pub(super) already: bool,
}

/// Copies the database at `path` to `.patman.dbold.v<version>` beside it. An existing copy is kept: when it
/// differs, the new one is named `.patman.dbold.v<version>.1`, or the next free number.
pub(super) fn keep(path: &Path, version: i64) -> Result<MigrationBackup> {
    let base = connect::beside(path, &format!("old.v{version}"));
    let conn = connect::open(path).map_err(|why| failure::of(path, "back up", &why))?;
    let copy = Unfinished::write(&conn, path, &base)?;
    let content = digest(&copy.0).map_err(|why| failure::of(&copy.0, "read back", &why))?;
    for number in 0.. {
        let name = if number == 0 {
            base.clone()
        } else {
            connect::beside(&base, &format!(".{number}"))
        };
        if presence::is_taken(&name)? {
            if digest(&name).is_ok_and(|old| old == content) {
                return Ok(MigrationBackup {
                    path: name,
                    already: true,
                });
            }
            continue;
        }
        match filesystem::publish(&copy.0, &name) {
            Ok(()) => {
                return Ok(MigrationBackup {
                    path: name,
                    already: false,
                });
            }
            Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
            Err(why) => {
                return Err(why).context(|| format!("cannot name the backup '{}'", name.display()));
            }
        }
    }
    Err(Error::new("no name is free for the backup"))
}

/// Copies the database of `conn`, which is at `path`, to `target`, which must not exist.
pub(super) fn write(conn: &Connection, path: &Path, target: &Path) -> Result<()> {
    Unfinished::write(conn, path, target)?.publish(target)
}

/// Removes the files that killed copies left beside the database. Backups of migrations are made under the
/// lock, so call this only under the lock; for other copies, it checks whether their process still runs.
pub(super) fn sweep(path: &Path) {
    let (Some(prefix), Ok(entries)) = (path.file_name(), filesystem::parent(path).read_dir())
    else {
        return;
    };
    let prefix = prefix.to_string_lossy();
    for entry in entries.flatten() {
        let file = entry.file_name();
        let Some((copy, rest)) = file
            .to_str()
            .and_then(|file| file.strip_prefix(&*prefix)?.split_once(UNFINISHED))
        else {
            continue;
        };
        let digits = rest.split('-').next().unwrap_or_default();
        let is_alive =
            Path::new("/proc").join(digits).exists() || !Path::new("/proc/self").exists();
        if copy.starts_with("old.") || !is_alive {
            // A file that cannot be removed does no harm.
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

/// Whether a file of that name is a copy that is being written or that a killed process left.
pub(super) fn is_unfinished(file: &str) -> bool {
    file.contains(UNFINISHED)
}

/// A digest that is the same for files with the same schema and the same rows in the same order.
pub(super) fn digest(path: &Path) -> rusqlite::Result<u64> {
    content(&connect::open_immutable(path)?)
}

/// The same digest for an open database.
pub(super) fn content(conn: &Connection) -> rusqlite::Result<u64> {
    let mut hasher = DefaultHasher::new();
    // Statistics are not content.
    let sql = "SELECT type, name, sql FROM main.sqlite_master WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'
        ORDER BY type, name";
    let mut objects = conn.prepare(sql)?;
    let mut rows = objects.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        (&kind, &name, row.get::<_, Option<String>>(2)?).hash(&mut hasher);
        if kind == "table" {
            hash_rows(conn, &name, &mut hasher)?;
        }
    }
    Ok(hasher.finish())
}

fn hash_rows(conn: &Connection, table: &str, hasher: &mut DefaultHasher) -> rusqlite::Result<()> {
    let mut query = conn.prepare(&format!("SELECT * FROM main.{}", quoted(table)))?;
    let columns = query.column_count();
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => 0u8.hash(hasher),
                ValueRef::Integer(number) => (1u8, number).hash(hasher),
                ValueRef::Real(number) => (2u8, number.to_bits()).hash(hasher),
                ValueRef::Text(bytes) => (3u8, bytes).hash(hasher),
                ValueRef::Blob(bytes) => (4u8, bytes).hash(hasher),
            }
        }
    }
    Ok(())
}

/// Quotes a name for SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A path in the form that SQLite accepts, even if it is not UTF-8.
pub(super) struct SqlitePath<'a>(pub(super) &'a Path);

impl ToSql for SqlitePath<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(
            self.0.as_os_str().as_bytes(),
        )))
    }
}

/// A copy that does not have its final name yet; removed when dropped.
pub(super) struct Unfinished(pub(super) PathBuf);

impl Unfinished {
    /// Copies the database of `conn`, which is at `path`, to a file beside `target`.
    pub(super) fn write(conn: &Connection, path: &Path, target: &Path) -> Result<Unfinished> {
        let copy = Unfinished(connect::beside(
            target,
            &format!("{UNFINISHED}{}", std::process::id()),
        ));
        copy.remove();
        let doing = || format!("cannot write the copy '{}'", target.display());
        // Created first, so that users who may not read the original may not read the copy either.
        let mode = path.metadata().map_or(0o600, |meta| meta.mode() & 0o666);
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&copy.0)
            .context(doing)?;
        sharing::adjust(&copy.0);
        conn.execute("VACUUM main INTO ?1", [SqlitePath(&copy.0)])
            .map_err(|why| failure::of(path, "copy", &why).within(doing()))?;
        Ok(copy)
    }

    /// Gives the copy its final name, which must not be taken.
    pub(super) fn publish(&self, target: &Path) -> Result<()> {
        filesystem::publish(&self.0, target).map_err(|why| match why.kind() {
            ErrorKind::AlreadyExists => {
                Error::new(format!("'{}' already exists", target.display()))
                    .with_hint("give another name: nothing is overwritten")
            }
            _ => Error::new(format!("cannot write '{}'", target.display())).with_cause(why),
        })
    }

    fn remove(&self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            // There is usually none.
            drop(std::fs::remove_file(connect::beside(&self.0, suffix)));
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.remove();
    }
}
