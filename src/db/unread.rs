// SPDX-License-Identifier: GPL-2.0-or-later
//! What the user has seen of each series, and when its sources were last fetched: two columns of
//! `gitpatman_series`; its other columns are left unchanged.
//!
//! The seen mark is one number, the newest mail that existed when the user looked; replies above it are unread.
//! Without a mark, nothing is unread: replies that existed before the first fetch are not reported again.

use super::series::SeriesId;
use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::Result;
use std::collections::BTreeMap;

/// The newest mail of a series, by its row; 0 where there is none.
pub fn newest_mail(db: &impl Read, series: SeriesId) -> Result<i64> {
    let sql =
        "SELECT coalesce(max(m.id), 0) FROM ser_ver AS v JOIN gitpatman_mail AS m ON m.svid = v.id
        WHERE v.series_id = ?1";
    at(db, db.conn().query_row(sql, [series.0], |row| row.get(0)))
}

/// The newest mail of a series that the user has been shown.
pub fn seen(db: &impl Read, series: SeriesId) -> Result<Option<i64>> {
    let sql = "SELECT max(seen) FROM gitpatman_series WHERE series_id = ?1";
    at(
        db,
        db.conn().query_row(sql, [series.0], |row| row.number(0)),
    )
}

/// Records that the user has been shown the mails of a series up to that row.
pub fn set_seen(write: &Write<'_>, series: SeriesId, mail: i64) -> Result<()> {
    let sql =
        "INSERT INTO gitpatman_series (series_id, seen) SELECT id, ?2 FROM series WHERE id = ?1
        ON CONFLICT (series_id) DO UPDATE SET seen = max(coalesce(seen, 0), excluded.seen)";
    at(write, write.conn().execute(sql, (series.0, mail))).map(drop)
}

/// Lowers the seen mark of a series to its newest mail, after mails were deleted: their row numbers are reused, and
/// later mails have not been seen.
pub(super) fn lower_seen(write: &Write<'_>, series: SeriesId) -> Result<()> {
    let newest = newest_mail(write, series)?;
    let sql = "UPDATE gitpatman_series SET seen = min(seen, ?2) WHERE series_id = ?1";
    at(write, write.conn().execute(sql, (series.0, newest))).map(drop)
}

/// Records when the sources of series were last fetched; a series that is gone is skipped.
pub fn set_updated(write: &Write<'_>, series: &[SeriesId], when: i64) -> Result<()> {
    let sql =
        "INSERT INTO gitpatman_series (series_id, updated) SELECT id, ?2 FROM series WHERE id = ?1
        ON CONFLICT (series_id) DO UPDATE SET updated = excluded.updated";
    let set = || {
        let mut query = write.conn().prepare(sql)?;
        series
            .iter()
            .try_for_each(|one| query.execute((one.0, when)).map(drop))
    };
    at(write, set())
}

/// How many replies each series has that the user has not seen; those with none are left out.
///
/// The versions are found by the index of each table, so that no mail is read.
pub fn unseen_replies(db: &impl Read) -> Result<BTreeMap<SeriesId, u32>> {
    let sql = "SELECT o.series_id, count(*) FROM gitpatman_series AS o
        CROSS JOIN ser_ver AS v ON v.series_id = o.series_id
        CROSS JOIN gitpatman_mail AS m ON m.svid = v.id AND m.kind = 'reply' AND m.id > o.seen
        WHERE o.seen NOTNULL GROUP BY o.series_id";
    let read = |row: &rusqlite::Row<'_>| Ok((SeriesId(row.get(0)?), row.get(1)?));
    let rows = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    at(db, rows)
}

/// How many replies of one series the user has not seen.
pub fn unseen_replies_of(db: &impl Read, series: SeriesId) -> Result<u32> {
    let sql = "SELECT count(*) FROM gitpatman_series AS o JOIN ser_ver AS v ON v.series_id = o.series_id
        JOIN gitpatman_mail AS m ON m.svid = v.id AND m.kind = 'reply' AND m.id > o.seen WHERE o.series_id = ?1";
    at(db, db.conn().query_row(sql, [series.0], |row| row.get(0)))
}
