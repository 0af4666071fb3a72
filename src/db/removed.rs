// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_removed`: refs that a command is about to delete, recorded before the first deletion. A
//! series that is missing from one database may be in another, so only these rows show which refs to delete.

use super::{Read, Write, at};
use crate::error::Result;

/// A ref that was about to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The name of its series; empty when it belongs to none.
    pub series: String,
    /// Its full name.
    pub name: String,
    /// The object it pointed to.
    pub oid: String,
}

/// Records that refs of a series are about to be deleted, by their names and objects.
pub fn insert(
    write: &Write<'_>,
    repository: &str,
    series: &str,
    refs: &[(String, String)],
    now: i64,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO gitpatman_removed (repository, series, ref, oid, removed)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    refs.iter().try_for_each(|(name, oid)| {
        let values = (repository, series, name, oid, now);
        at(write, write.conn().execute(sql, values)).map(drop)
    })
}

/// The refs that were about to be deleted in a repository.
pub fn list(db: &impl Read, repository: &str) -> Result<Vec<Removed>> {
    let sql = "SELECT series, ref, oid FROM gitpatman_removed
        WHERE repository = ?1 AND typeof(series) = 'text' AND typeof(ref) = 'text' AND typeof(oid) = 'text'
        ORDER BY series, ref, oid";
    let rows = db.conn().prepare(sql).and_then(|mut query| {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Removed {
                series: row.get(0)?,
                name: row.get(1)?,
                oid: row.get(2)?,
            })
        };
        query.query_map([repository], read)?.collect()
    });
    at(db, rows)
}

/// Deletes the rows of a series: all its refs are deleted, or the series was started again.
pub fn forget(write: &Write<'_>, repository: &str, series: &str) -> Result<()> {
    let sql = "DELETE FROM gitpatman_removed WHERE repository = ?1 AND series = ?2";
    at(write, write.conn().execute(sql, (repository, series))).map(drop)
}
