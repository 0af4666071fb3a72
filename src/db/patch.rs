// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `pcommit`, the patches of a version, and their extra details in `gitpatman_patch`.

use super::value::LenientRow;
use super::version::VersionId;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::Row;
use std::collections::HashMap;

/// A patch as stored in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchRow {
    /// Its row.
    pub id: i64,
    /// Its place in the version, from 0.
    pub seq: u32,
    /// The subject.
    pub subject: String,
    /// The number of the patch on Patchwork.
    pub patchwork_id: Option<i64>,
    /// The identity of the patch that all its versions share (`Change-Id`).
    pub change_id: Option<String>,
    /// The state on Patchwork.
    pub state: Option<String>,
    /// How many comments Patchwork has.
    pub comments: Option<i64>,
    /// Message-ID of its mail, without angle brackets.
    pub message_id: Option<String>,
    /// Its `git patch-id --stable`.
    pub patch_id: Option<String>,
    /// Its author.
    pub author_name: Option<String>,
    /// The author's address.
    pub author_email: Option<String>,
}

/// A patch to add.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewPatch<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The number of the patch on Patchwork.
    pub patchwork_id: Option<i64>,
    /// The identity of the patch that all its versions share (`Change-Id`).
    pub change_id: Option<&'a str>,
    /// The state on Patchwork.
    pub state: Option<&'a str>,
    /// How many comments Patchwork has.
    pub comments: Option<i64>,
    /// Message-ID of its mail, without angle brackets.
    pub message_id: Option<&'a str>,
    /// Its `git patch-id --stable`.
    pub patch_id: Option<&'a str>,
    /// Its author.
    pub author_name: Option<&'a str>,
    /// The author's address.
    pub author_email: Option<&'a str>,
}

/// Replaces the patches of a version with these, in this order.
pub fn replace(write: &Write<'_>, version: VersionId, patches: &[NewPatch<'_>]) -> Result<()> {
    let put = || {
        let conn = write.conn();
        conn.execute("DELETE FROM pcommit WHERE svid = ?1", [version.0])?;
        conn.execute("DELETE FROM gitpatman_patch WHERE svid = ?1", [version.0])?;
        let mut theirs = conn.prepare(
            "INSERT INTO pcommit (svid, seq, subject, patch_id, change_id, state, num_comments)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut ours = conn.prepare(
            "INSERT INTO gitpatman_patch (svid, seq, message_id, patch_id, author_name, author_email)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (seq, new) in (0u32..).zip(patches) {
            let id = version.0;
            theirs.execute((
                id,
                seq,
                new.subject,
                new.patchwork_id,
                new.change_id,
                new.state,
                new.comments,
            ))?;
            ours.execute((
                id,
                seq,
                new.message_id,
                new.patch_id,
                new.author_name,
                new.author_email,
            ))?;
        }
        Ok(())
    };
    at(write, put())
}

/// Fills in the known details of a version's patches, in order; details that are now unknown keep their old
/// value.
pub fn note(write: &Write<'_>, version: VersionId, patches: &[NewPatch<'_>]) -> Result<()> {
    let put = || {
        let conn = write.conn();
        let mut theirs = conn.prepare(
            "UPDATE pcommit SET patch_id = coalesce(?3, patch_id), state = coalesce(?4, state),
                num_comments = coalesce(?5, num_comments) WHERE svid = ?1 AND seq = ?2",
        )?;
        let mut ours = conn.prepare(
            "INSERT OR IGNORE INTO gitpatman_patch (svid, seq, message_id, patch_id, author_name, author_email)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (seq, new) in (0u32..).zip(patches) {
            let id = version.0;
            theirs.execute((id, seq, new.patchwork_id, new.state, new.comments))?;
            ours.execute((
                id,
                seq,
                new.message_id,
                new.patch_id,
                new.author_name,
                new.author_email,
            ))?;
        }
        Ok(())
    };
    at(write, put())
}

/// Replaces the details that patman has no column for, for each patch of a version in order; patman's rows are
/// unchanged.
pub fn describe(write: &Write<'_>, version: VersionId, patches: &[NewPatch<'_>]) -> Result<()> {
    let put = || {
        let conn = write.conn();
        conn.execute("DELETE FROM gitpatman_patch WHERE svid = ?1", [version.0])?;
        let mut ours = conn.prepare(
            "INSERT INTO gitpatman_patch (svid, seq, message_id, patch_id, author_name, author_email)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (seq, new) in (0u32..).zip(patches) {
            ours.execute((
                version.0,
                seq,
                new.message_id,
                new.patch_id,
                new.author_name,
                new.author_email,
            ))?;
        }
        Ok(())
    };
    at(write, put())
}

/// Sets or removes the Change-Id of a patch, by its row.
pub fn set_change_id(write: &Write<'_>, row: i64, change_id: Option<&str>) -> Result<()> {
    at(
        write,
        write.conn().execute(
            "UPDATE pcommit SET change_id = ?1 WHERE id = ?2",
            (change_id, row),
        ),
    )
    .map(drop)
}

/// Copies the patches of a version to a new one: their subjects and Change-Ids, without their status.
pub fn copy(write: &Write<'_>, from: VersionId, to: VersionId) -> Result<usize> {
    let sql = "INSERT INTO pcommit (svid, seq, subject, change_id)
        SELECT ?2, seq, subject, change_id FROM pcommit WHERE svid = ?1 ORDER BY CAST(seq AS INTEGER), id";
    at(write, write.conn().execute(sql, (from.0, to.0)))
}

/// The state of a patch on Patchwork; fields that were not fetched stay unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchworkState<'a> {
    /// Its number.
    pub id: Option<i64>,
    /// Its state.
    pub state: Option<&'a str>,
    /// How many comments it has.
    pub comments: Option<i64>,
}

/// Records the Patchwork state of a patch if its row is unchanged since it was read. Returns whether it was.
pub fn set_on_patchwork(
    write: &Write<'_>,
    version: VersionId,
    row: &PatchRow,
    on: &PatchworkState<'_>,
) -> Result<bool> {
    let sql = "UPDATE pcommit SET patch_id = coalesce(?1, patch_id), state = coalesce(?2, state),
            num_comments = coalesce(?3, num_comments)
        WHERE id = ?4 AND svid = ?5 AND CAST(subject AS TEXT) = ?6";
    let values = (
        on.id,
        on.state,
        on.comments,
        row.id,
        version.0,
        &row.subject,
    );
    Ok(at(write, write.conn().execute(sql, values))? > 0)
}

/// Finds patches that have a patch ID and a stored mail: maps each patch ID to the version and the position in
/// it; the newest wins. The user's own series have no mails.
pub fn by_patch_id(db: &impl Read) -> Result<HashMap<String, (VersionId, u32)>> {
    let sql = "SELECT patch_id, svid, seq FROM gitpatman_patch WHERE patch_id IS NOT NULL
        AND svid IN (SELECT svid FROM gitpatman_mail WHERE kind = 'patch') ORDER BY svid, seq DESC";
    let read = |row: &Row<'_>| Ok((row.get(0)?, (VersionId(row.get(1)?), row.get(2)?)));
    let rows = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    at(db, rows)
}

/// Columns that [`read_from`] reads, of the tables aliased `p` and `x`.
pub(super) const COLUMNS: &str =
    "p.id, p.seq, p.subject, p.patch_id, p.change_id, p.state, p.num_comments,
    x.message_id, x.patch_id, x.author_name, x.author_email";

/// The patches of a version, in their order.
pub fn list(db: &impl Read, version: VersionId) -> Result<Vec<PatchRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pcommit AS p LEFT JOIN gitpatman_patch AS x ON x.svid = p.svid AND x.seq = p.seq
        WHERE p.svid = ?1 ORDER BY CAST(p.seq AS INTEGER), p.id"
    );
    let read = |row: &Row<'_>| read_from(row, 0);
    let rows = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([version.0], read)?.collect());
    at(db, rows)
}

/// Reads [`COLUMNS`], starting at column `at` of the row.
pub(super) fn read_from(row: &Row<'_>, at: usize) -> rusqlite::Result<PatchRow> {
    Ok(PatchRow {
        id: row.number(at)?.unwrap_or_default(),
        seq: row
            .number(at + 1)?
            .and_then(|seq| u32::try_from(seq).ok())
            .unwrap_or_default(),
        subject: LenientRow::text(row, at + 2)?.unwrap_or_default(),
        patchwork_id: row.number(at + 3)?,
        change_id: row.filled(at + 4)?,
        state: row.filled(at + 5)?,
        comments: row.number(at + 6)?,
        message_id: row.filled(at + 7)?,
        patch_id: row.filled(at + 8)?,
        author_name: row.filled(at + 9)?,
        author_email: row.filled(at + 10)?,
    })
}
