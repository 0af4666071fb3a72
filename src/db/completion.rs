// SPDX-License-Identifier: GPL-2.0-or-later
//! Series names and version numbers for completion, looked up by the index of names; nothing else is read.

use super::series::REVIEW;
use super::value::LenientRow;
use super::{Read, at};
use crate::error::Result;
use crate::series::VersionNumber;
use rusqlite::Row;

/// A series by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesNameRow {
    /// The name.
    pub name: String,
    /// The title.
    pub title: String,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Whether it is another author's series, under review.
    pub is_review: bool,
}

/// The series whose names begin with `start`, by name.
pub fn starting(db: &impl Read, start: &str) -> Result<Vec<SeriesNameRow>> {
    // No name sorts after the last Unicode character.
    let sql = "SELECT name, desc, archived, source FROM series WHERE name >= ?1 AND name < ?1 || char(1114111) ORDER BY name";
    let read = |row: &Row<'_>| {
        Ok(SeriesNameRow {
            name: LenientRow::text(row, 0)?.unwrap_or_default(),
            title: LenientRow::text(row, 1)?.unwrap_or_default(),
            is_archived: row.flag(2)?,
            is_review: row.filled(3)?.as_deref() == Some(REVIEW),
        })
    };
    let rows: rusqlite::Result<Vec<SeriesNameRow>> = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([start], read)?.collect());
    Ok(at(db, rows)?
        .into_iter()
        .filter(|one| !one.name.is_empty())
        .collect())
}

/// The numbers of the versions of the series of that name, or of all, ascending.
pub fn versions(db: &impl Read, name: Option<&str>) -> Result<Vec<VersionNumber>> {
    let sql = match name {
        Some(_) => {
            "SELECT DISTINCT v.version FROM series AS s JOIN ser_ver AS v ON v.series_id = s.id WHERE s.name = ?1"
        }
        None => "SELECT DISTINCT version FROM ser_ver WHERE ?1 IS NULL",
    };
    let read = |row: &Row<'_>| Ok(row.number(0)?.and_then(|number| u32::try_from(number).ok()));
    let rows: rusqlite::Result<Vec<Option<u32>>> = db
        .conn()
        .prepare(sql)
        .and_then(|mut query| query.query_map([name], read)?.collect());
    let mut found: Vec<VersionNumber> = at(db, rows)?
        .into_iter()
        .flatten()
        .filter_map(VersionNumber::new)
        .collect();
    found.sort_unstable();
    Ok(found)
}
