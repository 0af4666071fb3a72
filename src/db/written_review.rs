// SPDX-License-Identifier: GPL-2.0-or-later
//! The reviews that were written of a version, as patman stores them.

use super::value::LenientRow;
use super::version::VersionId;
use super::{Read, at};
use crate::error::Result;
use rusqlite::Row;

/// The review of one patch, as patman stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenComment {
    /// The number of the patch; 0 for the cover letter, `None` when the database holds an invalid number.
    pub seq: Option<u32>,
    /// The text.
    pub body: String,
    /// Whether the patch is approved.
    pub is_approved: bool,
    /// The status of its mail: `new`, `draft`, `sent`...
    pub status: Option<String>,
    /// When it was written, as stored.
    pub timestamp: Option<String>,
}

/// The reviews of a version, by patch.
pub fn list(db: &impl Read, version: VersionId) -> Result<Vec<WrittenComment>> {
    let sql = "SELECT seq, body, approved, status, timestamp FROM review WHERE svid = ?1 ORDER BY CAST(seq AS INTEGER), id";
    let read = |row: &Row<'_>| {
        Ok(WrittenComment {
            seq: row.number(0)?.and_then(|seq| u32::try_from(seq).ok()),
            body: LenientRow::text(row, 1)?.unwrap_or_default(),
            is_approved: row.flag(2)?,
            status: row.filled(3)?,
            timestamp: row.filled(4)?,
        })
    };
    let rows = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([version.0], read)?.collect());
    at(db, rows)
}
