// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_worktree`: which of the clones that share the database have a series, and in which worktree.
//!
//! A series has a row from the transaction that records it for a clone, so that no other clone deletes it
//! meanwhile; while there is no worktree, the path is empty.

use super::series::SeriesId;
use super::snapshot::SqlitePath;
use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::{OptionalExtension, Row};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The worktree of a series in one clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worktree {
    /// The series.
    pub series: SeriesId,
    /// The clone: the git directory that its worktrees share.
    pub common_dir: PathBuf,
    /// The top of the worktree; empty when there is none.
    pub path: PathBuf,
    /// When it was created, in seconds since 1970.
    pub created: Option<i64>,
}

/// Records where a series is in a clone, replacing any earlier row.
pub fn set(write: &Write<'_>, worktree: &Worktree) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO gitpatman_worktree (series_id, common_dir, path, created) VALUES (?1, ?2, ?3, ?4)";
    let values = (
        worktree.series.0,
        SqlitePath(&worktree.common_dir),
        SqlitePath(&worktree.path),
        worktree.created,
    );
    at(write, write.conn().execute(sql, values)).map(drop)
}

/// Records that a clone has a series, unless that is recorded already; returns whether it is new.
pub fn claim(write: &Write<'_>, series: SeriesId, common_dir: &Path, created: i64) -> Result<bool> {
    let sql = "INSERT OR IGNORE INTO gitpatman_worktree (series_id, common_dir, path, created) VALUES (?1, ?2, '', ?3)";
    Ok(at(
        write,
        write
            .conn()
            .execute(sql, (series.0, SqlitePath(common_dir), created)),
    )? > 0)
}

/// Whether a clone has a series.
pub fn is_claimed(db: &impl Read, series: SeriesId, common_dir: &Path) -> Result<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM gitpatman_worktree WHERE series_id = ?1 AND common_dir = ?2)";
    at(
        db,
        db.conn()
            .query_row(sql, (series.0, SqlitePath(common_dir)), |row| row.get(0)),
    )
}

/// Deletes the row of a series in a clone. Returns whether there was one.
pub fn remove(write: &Write<'_>, series: SeriesId, common_dir: &Path) -> Result<bool> {
    let sql = "DELETE FROM gitpatman_worktree WHERE series_id = ?1 AND common_dir = ?2";
    Ok(at(
        write,
        write
            .conn()
            .execute(sql, (series.0, SqlitePath(common_dir))),
    )? > 0)
}

/// Where a series is in a clone.
pub fn find(db: &impl Read, series: SeriesId, common_dir: &Path) -> Result<Option<Worktree>> {
    let sql = "SELECT series_id, common_dir, path, created FROM gitpatman_worktree
        WHERE series_id = ?1 AND common_dir = ?2 AND path != ''";
    at(
        db,
        db.conn()
            .query_row(sql, (series.0, SqlitePath(common_dir)), read)
            .optional(),
    )
}

/// All worktrees in a clone, in the order of their series.
pub fn list(db: &impl Read, common_dir: &Path) -> Result<Vec<Worktree>> {
    let sql = "SELECT series_id, common_dir, path, created FROM gitpatman_worktree
        WHERE common_dir = ?1 AND path != '' ORDER BY series_id";
    let rows = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([SqlitePath(common_dir)], read)?.collect());
    at(db, rows)
}

/// The rows of every clone, including those without a worktree, ordered by series and clone.
pub fn all(db: &impl Read) -> Result<Vec<Worktree>> {
    let sql = "SELECT series_id, common_dir, path, created FROM gitpatman_worktree ORDER BY series_id, common_dir";
    let rows = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    at(db, rows)
}

/// The rows of a series in clones other than `common_dir`.
pub fn others(db: &impl Read, series: SeriesId, common_dir: &Path) -> Result<Vec<Worktree>> {
    let sql = "SELECT series_id, common_dir, path, created FROM gitpatman_worktree
        WHERE series_id = ?1 AND common_dir != ?2 ORDER BY common_dir";
    let rows = db.conn().prepare(sql).and_then(|mut query| {
        query
            .query_map((series.0, SqlitePath(common_dir)), read)?
            .collect()
    });
    at(db, rows)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Worktree> {
    let path = |column: usize| -> rusqlite::Result<PathBuf> {
        Ok(PathBuf::from(OsStr::from_bytes(
            row.get_ref(column)?.as_bytes()?,
        )))
    };
    Ok(Worktree {
        series: SeriesId(row.number(0)?.unwrap_or_default()),
        common_dir: path(1)?,
        path: path(2)?,
        created: row.number(3)?,
    })
}
