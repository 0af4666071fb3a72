// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `series`: what all versions of a series have in common.

use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::{Error, Result};
use rusqlite::{OptionalExtension, Row};

/// The `source` of another author's series that is under review.
pub const REVIEW: &str = "review";

/// The row of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub i64);

/// A series as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its row.
    pub id: SeriesId,
    /// Its name, which is also its branch's; unique, and empty only in a database that others have written.
    pub name: String,
    /// The title: for a review, without the prefix in brackets.
    pub desc: Option<String>,
    /// Whether it is archived.
    pub archived: bool,
    /// The git remote it is meant for.
    pub upstream: Option<String>,
    /// [`REVIEW`], or nothing for the user's own.
    pub source: Option<String>,
    /// Whether listings leave it out.
    pub hidden: bool,
}

/// A series to be added.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewSeries<'a> {
    /// Its name, not yet used.
    pub name: &'a str,
    /// The title.
    pub desc: &'a str,
    /// The git remote it is meant for.
    pub upstream: Option<&'a str>,
    /// [`REVIEW`], or nothing for the user's own.
    pub source: Option<&'a str>,
}

/// Columns that [`read`] takes, of the table called `s`.
pub(super) const COLUMNS: &str = "s.id, s.name, s.desc, s.archived, s.upstream, s.source, s.hidden";

/// How many they are.
pub(super) const WIDTH: usize = 7;

/// Adds a series. Fails when the name is taken.
pub fn insert(write: &Write<'_>, new: &NewSeries<'_>) -> Result<SeriesId> {
    let sql =
        "INSERT INTO series (name, desc, archived, upstream, source) VALUES (?1, ?2, 0, ?3, ?4)";
    match write
        .conn()
        .execute(sql, (new.name, new.desc, new.upstream, new.source))
    {
        Err(why) if why.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Err(Error::new(format!("series '{}' already exists", new.name)))
        }
        done => at(write, done).map(|_| SeriesId(write.conn().last_insert_rowid())),
    }
}

/// The series of that name.
pub fn find(db: &impl Read, name: &str) -> Result<Option<Series>> {
    one(db, "s.name = ?1", name)
}

/// The series of that row.
pub fn load(db: &impl Read, id: SeriesId) -> Result<Option<Series>> {
    one(db, "s.id = ?1", id.0)
}

/// Renames a series; the new name must not be taken.
pub fn set_name(write: &Write<'_>, id: SeriesId, name: &str) -> Result<()> {
    set(write, "name", id, name)
}

/// Changes the title of a series.
pub fn set_desc(write: &Write<'_>, id: SeriesId, desc: &str) -> Result<()> {
    set(write, "desc", id, desc)
}

/// Sets or removes the upstream of a series.
pub fn set_upstream(write: &Write<'_>, id: SeriesId, upstream: Option<&str>) -> Result<()> {
    set(write, "upstream", id, upstream)
}

/// Archives or unarchives a series.
pub fn set_archived(write: &Write<'_>, id: SeriesId, archived: bool) -> Result<()> {
    set(write, "archived", id, archived)
}

/// Hides a series from listings, or shows it again.
pub fn set_hidden(write: &Write<'_>, id: SeriesId, hidden: bool) -> Result<()> {
    set(write, "hidden", id, hidden)
}

fn set(
    write: &Write<'_>,
    column: &'static str,
    id: SeriesId,
    value: impl rusqlite::ToSql,
) -> Result<()> {
    let sql = format!("UPDATE series SET {column} = ?1 WHERE id = ?2");
    match at(write, write.conn().execute(&sql, (value, id.0)))? {
        0 => Err(Error::new("the series is no longer in the database")
            .with_hint("run the command again")),
        _ => Ok(()),
    }
}

fn one(
    db: &impl Read,
    condition: &'static str,
    value: impl rusqlite::ToSql,
) -> Result<Option<Series>> {
    let sql = format!("SELECT {COLUMNS} FROM series AS s WHERE {condition} ORDER BY s.id LIMIT 1");
    at(db, db.conn().query_row(&sql, [value], read).optional())
}

/// Reads [`COLUMNS`], the first of the row.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Series> {
    Ok(Series {
        id: SeriesId(row.number(0)?.unwrap_or_default()),
        name: LenientRow::text(row, 1)?.unwrap_or_default(),
        desc: row.filled(2)?,
        archived: row.flag(3)?,
        upstream: row.filled(4)?,
        source: row.filled(5)?,
        hidden: row.flag(6)?,
    })
}
