// SPDX-License-Identifier: GPL-2.0-or-later
//! Deletes a version or a series with everything that depends on it, in patman's tables and in ours.

use super::graph::{RowScope, TABLES};
use super::row_counts::RowCounts;
use super::series::SeriesId;
use super::version::{self, VersionId};
use super::{Read, Write, at, unread};
use crate::error::Result;
use rusqlite::Connection;

/// Deletes a version.
pub fn version(write: &Write<'_>, id: VersionId) -> Result<RowCounts> {
    let series = version::load(write, id)?.map(|version| version.series);
    let deleted = at(write, delete(write.conn(), RowScope::Versions(&[id.0])))?;
    if let Some(series) = series {
        unread::lower_seen(write, series)?;
    }
    Ok(deleted)
}

/// Deletes a series and all its versions.
pub fn series(write: &Write<'_>, id: SeriesId) -> Result<RowCounts> {
    at(write, delete(write.conn(), RowScope::Series(id.0)))
}

/// Children before parents, so that no row is ever without its parent.
fn delete(conn: &Connection, scope: RowScope<'_>) -> rusqlite::Result<RowCounts> {
    let mut deleted = RowCounts::default();
    for table in TABLES.iter().rev() {
        if let Some(condition) = table.within(scope) {
            let sql = format!("DELETE FROM {} WHERE {condition}", table.name);
            deleted.add(table.name, conn.execute(&sql, [])?);
        }
    }
    Ok(deleted)
}
