// SPDX-License-Identifier: GPL-2.0-or-later
//! Deletes a version or a series with everything that depends on it, in patman's tables and in ours.

use super::series::SeriesId;
use super::version::VersionId;
use super::{Read, Write, at};
use crate::error::Result;

/// How much was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Series.
    pub series: usize,
    /// Versions.
    pub versions: usize,
    /// Patches.
    pub patches: usize,
    /// Texts of reviews.
    pub reviews: usize,
    /// Replies to them.
    pub replies: usize,
    /// Mails.
    pub mails: usize,
}

/// Deletes a version.
pub fn version(write: &Write<'_>, id: VersionId) -> Result<Deleted> {
    at(write, delete_version(write, id.0))
}

/// Deletes a series and all its versions.
pub fn series(write: &Write<'_>, id: SeriesId) -> Result<Deleted> {
    at(write, delete_series(write, id.0))
}

fn delete_series(write: &Write<'_>, id: i64) -> rusqlite::Result<Deleted> {
    let conn = write.conn();
    let mut query = conn.prepare("SELECT id FROM ser_ver WHERE series_id = ?1")?;
    let versions = query
        .query_map([id], |row| row.get::<_, i64>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut deleted = Deleted::default();
    for version in versions {
        let part = delete_version(write, version)?;
        deleted.versions += part.versions;
        deleted.patches += part.patches;
        deleted.reviews += part.reviews;
        deleted.replies += part.replies;
        deleted.mails += part.mails;
    }
    conn.execute("DELETE FROM workflow WHERE series_id = ?1", [id])?;
    conn.execute("DELETE FROM gitpatman_worktree WHERE series_id = ?1", [id])?;
    conn.execute("DELETE FROM gitpatman_series WHERE series_id = ?1", [id])?;
    deleted.series = conn.execute("DELETE FROM series WHERE id = ?1", [id])?;
    Ok(deleted)
}

/// From the leaves to the root, so that no row is ever left without its parent.
fn delete_version(write: &Write<'_>, id: i64) -> rusqlite::Result<Deleted> {
    let run = |sql: &str| write.conn().execute(sql, [id]);
    let replies = run(
        "DELETE FROM reply WHERE svid = ?1 OR review_id IN (SELECT id FROM review WHERE svid = ?1)",
    )?;
    let reviews = run("DELETE FROM review WHERE svid = ?1")?;
    let mails = run("DELETE FROM gitpatman_mail WHERE svid = ?1")?;
    // The row numbers of deleted mails are reused: later mails have not been seen.
    run("UPDATE gitpatman_series SET seen = min(seen, (SELECT coalesce(max(m.id), 0) FROM gitpatman_mail AS m
        WHERE m.svid IN (SELECT v.id FROM ser_ver AS v WHERE v.series_id = gitpatman_series.series_id)))
        WHERE series_id = (SELECT series_id FROM ser_ver WHERE id = ?1)")?;
    run("DELETE FROM gitpatman_patch WHERE svid = ?1")?;
    let patches = run("DELETE FROM pcommit WHERE svid = ?1")?;
    run("DELETE FROM workflow WHERE ser_ver_id = ?1")?;
    run("DELETE FROM gitpatman_tracking WHERE svid = ?1")?;
    run("DELETE FROM gitpatman_version WHERE svid = ?1")?;
    let versions = run("DELETE FROM ser_ver WHERE id = ?1")?;
    Ok(Deleted {
        series: 0,
        versions,
        patches,
        reviews,
        replies,
        mails,
    })
}
