// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_tracking`: what the branch of an archived version tracked, which git deletes with the branch.

use super::value::LenientRow;
use super::version::VersionId;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::OptionalExtension;

/// What a branch tracks: `branch.<name>.remote` and `branch.<name>.merge`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracked {
    /// The remote; `.` for a local branch.
    pub remote: Option<String>,
    /// The full name of the branch there.
    pub merge: Option<String>,
}

/// Records what the branch of a version tracks.
pub fn set(write: &Write<'_>, version: VersionId, tracked: &Tracked) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO gitpatman_tracking (svid, remote, merge) VALUES (?1, ?2, ?3)";
    at(
        write,
        write
            .conn()
            .execute(sql, (version.0, &tracked.remote, &tracked.merge)),
    )
    .map(drop)
}

/// What the branch of a version tracked; `None` if it was not recorded.
pub fn find(db: &impl Read, version: VersionId) -> Result<Option<Tracked>> {
    let sql = "SELECT remote, merge FROM gitpatman_tracking WHERE svid = ?1";
    let row = db.conn().query_row(sql, [version.0], |row| {
        Ok(Tracked {
            remote: row.filled(0)?,
            merge: row.filled(1)?,
        })
    });
    at(db, row.optional())
}

/// Deletes the record of what the branch of a version tracked.
pub fn remove(write: &Write<'_>, version: VersionId) -> Result<()> {
    at(
        write,
        write.conn().execute(
            "DELETE FROM gitpatman_tracking WHERE svid = ?1",
            [version.0],
        ),
    )
    .map(drop)
}
