// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `ser_ver`, the versions of a series, and their extra details in `gitpatman_version`.

use super::series::SeriesId;
use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::Result;
use crate::series::VersionNumber;
use rusqlite::{OptionalExtension, Row, ToSql};

/// The row of a version (`svid` in SQL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId(pub i64);

/// A version as stored in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its row.
    pub id: VersionId,
    /// The series it belongs to.
    pub series: SeriesId,
    /// Its number; `None` when the database holds an invalid one.
    pub number: Option<VersionNumber>,
    /// The number of the series on Patchwork.
    pub link: Option<String>,
    /// The number of the cover letter on Patchwork.
    pub cover_id: Option<String>,
    /// The title of the cover letter on Patchwork, with its prefix.
    pub name: Option<String>,
    /// The tag that keeps the version after it was archived.
    pub archive_tag: Option<String>,
    /// The title.
    pub desc: Option<String>,
    /// The user's notes.
    pub notes: Option<String>,
    /// What patman has no column for.
    pub details: Details,
}

/// Details of a version beyond patman's columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// Message-ID of the cover letter or of the first patch, without angle brackets.
    pub message_id: Option<String>,
    /// Who sent it.
    pub author_name: Option<String>,
    /// From which address.
    pub author_email: Option<String>,
    /// When it was sent, in seconds since 1970.
    pub sent: Option<i64>,
    /// How many patches it should have.
    pub total: Option<u32>,
    /// The commit it is applied to.
    pub base: Option<String>,
    /// The identity of the series that all its versions share (`change-id`).
    pub change_id: Option<String>,
    /// Where its mails came from.
    pub source: Option<String>,
    /// When the review began, in seconds since 1970.
    pub started: Option<i64>,
}

/// A version's numbers on Patchwork.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatchworkLink {
    /// The number of the series.
    pub link: Option<String>,
    /// The number of the cover letter.
    pub cover_id: Option<i64>,
    /// How many comments the cover letter has, if they were fetched.
    pub cover_comments: Option<i64>,
}

/// A version to add.
#[derive(Debug, Clone, Default)]
pub struct VersionToAdd<'a> {
    /// Where it is on a Patchwork.
    pub on_patchwork: PatchworkLink,
    /// The title of the cover letter, with its prefix.
    pub name: Option<&'a str>,
    /// The title.
    pub desc: Option<&'a str>,
    /// What patman has no column for.
    pub details: Details,
}

/// Columns that [`read`] reads, of the tables aliased `v` and `o`.
pub(super) const COLUMNS: &str =
    "v.id, v.series_id, v.version, v.link, v.cover_id, v.name, v.archive_tag, v.desc, v.notes,
    o.message_id, o.author_name, o.author_email, o.sent, o.total, o.base, o.change_id, o.source, o.started";

/// The number of columns.
pub(super) const WIDTH: usize = 18;

/// The positions of some of them.
pub(super) const NUMBER: usize = 2;
pub(super) const LINK: usize = 3;
pub(super) const NAME: usize = 5;
pub(super) const DESC: usize = 7;
const MESSAGE_ID: usize = 9;
pub(super) const CHANGE_ID: usize = 15;

const FROM: &str = "FROM ser_ver AS v LEFT JOIN gitpatman_version AS o ON o.svid = v.id";

/// Adds a version to a series.
pub fn insert(
    write: &Write<'_>,
    series: SeriesId,
    number: VersionNumber,
    new: &VersionToAdd<'_>,
) -> Result<VersionId> {
    let sql =
        "INSERT INTO ser_ver (series_id, version, link, cover_id, cover_num_comments, name, desc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let PatchworkLink {
        link,
        cover_id,
        cover_comments,
    } = &new.on_patchwork;
    let values = (
        series.0,
        number.get(),
        link,
        cover_id,
        cover_comments,
        new.name,
        new.desc,
    );
    at(write, write.conn().execute(sql, values))?;
    let id = VersionId(write.conn().last_insert_rowid());
    set_details(write, id, &new.details)?;
    Ok(id)
}

/// Replaces the details of a version beyond patman's columns.
pub fn set_details(write: &Write<'_>, id: VersionId, details: &Details) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO gitpatman_version
        (svid, message_id, author_name, author_email, sent, total, base, change_id, source, started)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let Details {
        message_id,
        author_name,
        author_email,
        sent,
        total,
        base,
        change_id,
        source,
        started,
    } = details;
    let values: [&dyn ToSql; 10] = [
        &id.0,
        message_id,
        author_name,
        author_email,
        sent,
        total,
        base,
        change_id,
        source,
        started,
    ];
    at(write, write.conn().execute(sql, &values[..])).map(drop)
}

/// Gives each version of a series that has no change-id that of its other versions, or else this one.
pub fn set_change_id(write: &Write<'_>, series: SeriesId, change_id: &str) -> Result<()> {
    let sql = "INSERT INTO gitpatman_version (svid, change_id)
        SELECT id, coalesce(
            (SELECT o.change_id FROM ser_ver AS v JOIN gitpatman_version AS o ON o.svid = v.id
                WHERE v.series_id = ?1 AND o.change_id != '' ORDER BY v.version, v.id LIMIT 1),
            ?2)
        FROM ser_ver WHERE series_id = ?1
        ON CONFLICT (svid) DO UPDATE SET change_id = excluded.change_id
            WHERE coalesce(gitpatman_version.change_id, '') = ''";
    at(write, write.conn().execute(sql, (series.0, change_id))).map(drop)
}

/// Sets when the review of a version began, or clears it.
pub fn set_started(write: &Write<'_>, id: VersionId, when: Option<i64>) -> Result<()> {
    let sql = "UPDATE gitpatman_version SET started = ?1 WHERE svid = ?2";
    at(write, write.conn().execute(sql, (when, id.0))).map(drop)
}

/// Sets a version's series number on Patchwork.
pub fn set_link(write: &Write<'_>, id: VersionId, link: Option<&str>) -> Result<()> {
    let sql = "UPDATE ser_ver SET link = ?1 WHERE id = ?2";
    at(write, write.conn().execute(sql, (link, id.0))).map(drop)
}

/// Changes the title of a version.
pub fn set_desc(write: &Write<'_>, id: VersionId, desc: &str) -> Result<()> {
    at(
        write,
        write
            .conn()
            .execute("UPDATE ser_ver SET desc = ?1 WHERE id = ?2", (desc, id.0)),
    )
    .map(drop)
}

/// Renumbers a version; no other version of the series may have the number.
pub fn set_number(write: &Write<'_>, id: VersionId, number: VersionNumber) -> Result<()> {
    let sql = "UPDATE ser_ver SET version = ?1 WHERE id = ?2";
    at(write, write.conn().execute(sql, (number.get(), id.0))).map(drop)
}

/// Sets the tag that keeps an archived version; `None` for a version that is not archived.
pub fn set_archive_tag(write: &Write<'_>, id: VersionId, tag: Option<&str>) -> Result<()> {
    let sql = "UPDATE ser_ver SET archive_tag = ?1 WHERE id = ?2";
    at(write, write.conn().execute(sql, (tag, id.0))).map(drop)
}

/// Sets a version's numbers on Patchwork.
pub fn set_on_patchwork(write: &Write<'_>, id: VersionId, on: &PatchworkLink) -> Result<()> {
    let sql = "UPDATE ser_ver SET link = ?1, cover_id = ?2, cover_num_comments = ?3 WHERE id = ?4";
    at(
        write,
        write
            .conn()
            .execute(sql, (&on.link, on.cover_id, on.cover_comments, id.0)),
    )
    .map(drop)
}

/// The state of a cover letter on Patchwork; fields that were not fetched stay unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverState<'a> {
    /// The number of the cover letter.
    pub cover_id: Option<i64>,
    /// How many comments it has.
    pub cover_comments: Option<i64>,
    /// Its subject, with its prefix.
    pub name: Option<&'a str>,
}

/// Records the Patchwork state of a version's cover letter.
pub fn set_gathered(write: &Write<'_>, id: VersionId, on: &CoverState<'_>) -> Result<()> {
    let sql = "UPDATE ser_ver SET cover_id = coalesce(?1, cover_id),
            cover_num_comments = coalesce(?2, cover_num_comments), name = coalesce(?3, name) WHERE id = ?4";
    at(
        write,
        write
            .conn()
            .execute(sql, (on.cover_id, on.cover_comments, on.name, id.0)),
    )
    .map(drop)
}

/// How many comments the cover letter of a version had when they were last counted.
pub fn cover_comments(db: &impl Read, id: VersionId) -> Result<Option<i64>> {
    let sql = "SELECT cover_num_comments FROM ser_ver WHERE id = ?1";
    Ok(at(
        db,
        db.conn()
            .query_row(sql, [id.0], |row| row.number(0))
            .optional(),
    )?
    .flatten())
}

/// The versions of a series, the oldest first.
pub fn list(db: &impl Read, series: SeriesId) -> Result<Vec<Version>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE v.series_id = ?1 ORDER BY v.version, v.id");
    let rows = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([series.0], read)?.collect());
    at(db, rows)
}

/// The version of a series with that number.
pub fn find(db: &impl Read, series: SeriesId, number: VersionNumber) -> Result<Option<Version>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE v.series_id = ?1 AND v.version = ?2 ORDER BY v.id LIMIT 1"
    );
    at(
        db,
        db.conn()
            .query_row(&sql, (series.0, number.get()), read)
            .optional(),
    )
}

/// The newest version of a series.
pub fn newest(db: &impl Read, series: SeriesId) -> Result<Option<Version>> {
    Ok(list(db, series)?.pop())
}

/// The version with that series number on Patchwork.
pub fn find_link(db: &impl Read, link: &str) -> Result<Option<Version>> {
    let sql =
        format!("SELECT {COLUMNS} {FROM} WHERE CAST(v.link AS TEXT) = ?1 ORDER BY v.id LIMIT 1");
    at(db, db.conn().query_row(&sql, [link], read).optional())
}

/// All versions with that series number on any Patchwork; there may be several.
pub fn of_link(db: &impl Read, link: &str) -> Result<Vec<Version>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE CAST(v.link AS TEXT) = ?1 ORDER BY v.id");
    let rows = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([link], read)?.collect());
    at(db, rows)
}

/// The version of that row.
pub fn load(db: &impl Read, id: VersionId) -> Result<Option<Version>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE v.id = ?1");
    at(db, db.conn().query_row(&sql, [id.0], read).optional())
}

/// The version with that number, or otherwise the newest, of the series with that `change-id`.
pub fn find_change(
    db: &impl Read,
    change_id: &str,
    number: Option<VersionNumber>,
) -> Result<Option<Version>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE o.change_id = ?1 AND (?2 IS NULL OR v.version = ?2)
        ORDER BY v.version DESC, v.id DESC LIMIT 1"
    );
    at(
        db,
        db.conn()
            .query_row(&sql, (change_id, number.map(VersionNumber::get)), read)
            .optional(),
    )
}

/// The version with this cover letter, or with this patch when it has no cover letter or the mail is a patch.
pub fn find_message(db: &impl Read, message_id: &str) -> Result<Option<Version>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE v.id = coalesce(
            (SELECT svid FROM gitpatman_version WHERE message_id = ?1),
            (SELECT svid FROM gitpatman_mail WHERE message_id = ?1 AND kind != 'reply'),
            (SELECT svid FROM gitpatman_patch WHERE message_id = ?1))"
    );
    at(db, db.conn().query_row(&sql, [message_id], read).optional())
}

/// Reads [`COLUMNS`], the first of the row.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Version> {
    read_from(row, 0)
}

/// Reads the change-id of the series and the Message-ID of the version from [`COLUMNS`], starting at column `at` of the row.
pub(super) fn identity_from(
    row: &Row<'_>,
    at: usize,
) -> rusqlite::Result<(Option<String>, Option<String>)> {
    Ok((row.filled(at + CHANGE_ID)?, row.filled(at + MESSAGE_ID)?))
}

/// Reads [`COLUMNS`], starting at column `at` of the row.
pub(super) fn read_from(row: &Row<'_>, at: usize) -> rusqlite::Result<Version> {
    let small = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    Ok(Version {
        id: VersionId(row.number(at)?.unwrap_or_default()),
        series: SeriesId(row.number(at + 1)?.unwrap_or_default()),
        number: small(row.number(at + 2)?).and_then(VersionNumber::new),
        link: row.filled(at + 3)?,
        cover_id: row.filled(at + 4)?,
        name: row.filled(at + 5)?,
        archive_tag: row.filled(at + 6)?,
        desc: row.filled(at + 7)?,
        notes: row.filled(at + 8)?,
        details: Details {
            message_id: row.filled(at + 9)?,
            author_name: row.filled(at + 10)?,
            author_email: row.filled(at + 11)?,
            sent: row.number(at + 12)?,
            total: small(row.number(at + 13)?),
            base: row.filled(at + 14)?,
            change_id: row.filled(at + 15)?,
            source: row.filled(at + 16)?,
            started: row.number(at + 17)?,
        },
    })
}
