// SPDX-License-Identifier: GPL-2.0-or-later
//! The outcome of reviews: two columns of `gitpatman_series`; its other columns are left unchanged.

use super::series::SeriesId;
use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::Result;
use std::collections::BTreeMap;

/// The outcome of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewOutcome {
    /// It is in a branch of the project.
    Merged,
    /// It is not wanted.
    Rejected,
    /// Another series replaces it.
    Superseded,
}

impl ReviewOutcome {
    /// The outcome as a word, as stored in the database.
    pub fn word(self) -> &'static str {
        match self {
            ReviewOutcome::Merged => "merged",
            ReviewOutcome::Rejected => "rejected",
            ReviewOutcome::Superseded => "superseded",
        }
    }

    fn named(word: &str) -> Option<ReviewOutcome> {
        [
            ReviewOutcome::Merged,
            ReviewOutcome::Rejected,
            ReviewOutcome::Superseded,
        ]
        .into_iter()
        .find(|one| one.word() == word)
    }
}

/// The end of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewEnd {
    /// The outcome of the review.
    pub outcome: ReviewOutcome,
    /// When the outcome was recorded, in seconds since 1970.
    pub finished: Option<i64>,
}

/// Records the outcome of a review, replacing any earlier outcome.
pub fn set(write: &Write<'_>, series: SeriesId, end: &ReviewEnd) -> Result<()> {
    let sql = "INSERT INTO gitpatman_series (series_id, outcome, finished) VALUES (?1, ?2, ?3)
        ON CONFLICT (series_id) DO UPDATE SET outcome = excluded.outcome, finished = excluded.finished";
    at(
        write,
        write
            .conn()
            .execute(sql, (series.0, end.outcome.word(), end.finished)),
    )
    .map(drop)
}

/// Removes the outcome: the series is under review again. Returns whether the review had ended.
pub fn clear(write: &Write<'_>, series: SeriesId) -> Result<bool> {
    let sql = "UPDATE gitpatman_series SET outcome = NULL, finished = NULL WHERE series_id = ?1 AND outcome NOTNULL";
    Ok(at(write, write.conn().execute(sql, [series.0]))? > 0)
}

/// The end of every review that has ended.
pub fn all(db: &impl Read) -> Result<BTreeMap<SeriesId, ReviewEnd>> {
    let sql = "SELECT series_id, outcome, finished FROM gitpatman_series WHERE outcome NOTNULL";
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Option<(SeriesId, ReviewEnd)>> {
        let outcome = row.filled(1)?.as_deref().and_then(ReviewOutcome::named);
        let (id, finished) = (row.number(0)?.unwrap_or_default(), row.number(2)?);
        Ok(outcome.map(|outcome| (SeriesId(id), ReviewEnd { outcome, finished })))
    };
    let rows: rusqlite::Result<Vec<Option<(SeriesId, ReviewEnd)>>> = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    Ok(at(db, rows)?.into_iter().flatten().collect())
}

/// The end of a review, if it has ended.
pub fn find(db: &impl Read, series: SeriesId) -> Result<Option<ReviewEnd>> {
    Ok(all(db)?.remove(&series))
}
