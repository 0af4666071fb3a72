// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `upstream`: the git remotes that series are sent to, with the settings for sending to and querying
//! them.

use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::{Error, Result};
use crate::text::shell_operand;
use rusqlite::{OptionalExtension, Row, ToSql};

/// An upstream as stored in the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpstreamRow {
    /// Its name, which is that of a git remote; unique.
    pub name: String,
    /// The URL of its repository.
    pub url: String,
    /// Whether it is the default when none is named.
    pub is_default: bool,
    /// The URL of its Patchwork, as given.
    pub patchwork_url: Option<String>,
    /// The identity that `git send-email` uses for it.
    pub identity: Option<String>,
    /// The alias of its mailing list.
    pub series_to: Option<String>,
    /// Whether its maintainers are left out.
    pub no_maintainers: bool,
    /// Whether tags in subjects are not treated as aliases.
    pub no_tags: bool,
}

/// Changes to an upstream; `None` leaves a value unchanged. An empty text removes it, as in patman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UpstreamUpdate<'a> {
    /// The URL of its repository.
    pub url: Option<&'a str>,
    /// Its Patchwork.
    pub patchwork_url: Option<&'a str>,
    /// The identity that `git send-email` uses for it.
    pub identity: Option<&'a str>,
    /// The alias of its mailing list.
    pub series_to: Option<&'a str>,
    /// Whether its maintainers are left out.
    pub no_maintainers: Option<bool>,
    /// Whether tags in subjects are not treated as aliases.
    pub no_tags: Option<bool>,
}

const SELECT: &str = "SELECT name, url, is_default, patchwork_url, identity, series_to, no_maintainers, no_tags FROM upstream";

/// All upstreams, in the order they were added.
pub fn list(db: &impl Read) -> Result<Vec<UpstreamRow>> {
    let sql = format!("{SELECT} ORDER BY rowid");
    let rows = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([], read)?.collect());
    at(db, rows)
}

/// The upstream of that name.
pub fn find(db: &impl Read, name: &str) -> Result<Option<UpstreamRow>> {
    let sql = format!("{SELECT} WHERE name = ?1");
    at(db, db.conn().query_row(&sql, [name], read).optional())
}

/// Adds an upstream, which is not the default: `is_default` is not written. Fails when the name is taken.
pub fn insert(write: &Write<'_>, new: &UpstreamRow) -> Result<()> {
    let sql = "INSERT INTO upstream (name, url, patchwork_url, identity, series_to, no_maintainers, no_tags)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let values: [&dyn ToSql; 7] = [
        &new.name,
        &new.url,
        &new.patchwork_url,
        &new.identity,
        &new.series_to,
        &new.no_maintainers,
        &new.no_tags,
    ];
    match write.conn().execute(sql, &values[..]) {
        Err(why) if why.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Err(taken(&new.name))
        }
        done => at(write, done).map(drop),
    }
}

/// The error for a name that another upstream uses.
pub fn taken(name: &str) -> Error {
    Error::new(format!("upstream '{name}' already exists")).with_hint(format!(
        "to change it: git patman upstream set {}",
        shell_operand(name)
    ))
}

/// Changes an upstream. Returns whether it exists.
pub fn change(write: &Write<'_>, name: &str, change: &UpstreamUpdate<'_>) -> Result<bool> {
    let UpstreamUpdate {
        url,
        patchwork_url,
        identity,
        series_to,
        no_maintainers,
        no_tags,
    } = change;
    let sql = "UPDATE upstream SET url = coalesce(?2, url), patchwork_url = coalesce(?3, patchwork_url),
        identity = coalesce(?4, identity), series_to = coalesce(?5, series_to),
        no_maintainers = coalesce(?6, no_maintainers), no_tags = coalesce(?7, no_tags) WHERE name = ?1";
    let values: [&dyn ToSql; 7] = [
        &name,
        url,
        patchwork_url,
        identity,
        series_to,
        no_maintainers,
        no_tags,
    ];
    Ok(at(write, write.conn().execute(sql, &values[..]))? > 0)
}

/// Makes an upstream the default, replacing any other, or clears the default. Returns whether it exists.
pub fn set_default(write: &Write<'_>, name: Option<&str>) -> Result<bool> {
    if let Some(name) = name
        && find(write, name)?.is_none()
    {
        return Ok(false);
    }
    let sql = "UPDATE upstream SET is_default = CASE WHEN name = ?1 THEN 1 ELSE 0 END";
    at(write, write.conn().execute(sql, [name])).map(|_| true)
}

/// Deletes an upstream. Returns whether it existed.
pub fn delete(write: &Write<'_>, name: &str) -> Result<bool> {
    Ok(at(
        write,
        write
            .conn()
            .execute("DELETE FROM upstream WHERE name = ?1", [name]),
    )? > 0)
}

/// How many series have this upstream.
pub fn series(db: &impl Read, name: &str) -> Result<usize> {
    let sql = "SELECT count(*) FROM series WHERE upstream = ?1";
    at(
        db,
        db.conn().query_row(sql, [name], |row| row.get::<_, i64>(0)),
    )
    .map(|n| usize::try_from(n).unwrap_or(0))
}

fn read(row: &Row<'_>) -> rusqlite::Result<UpstreamRow> {
    Ok(UpstreamRow {
        name: LenientRow::text(row, 0)?.unwrap_or_default(),
        url: LenientRow::text(row, 1)?.unwrap_or_default(),
        is_default: row.flag(2)?,
        patchwork_url: row.filled(3)?,
        identity: row.filled(4)?,
        series_to: row.filled(5)?,
        no_maintainers: row.flag(6)?,
        no_tags: row.flag(7)?,
    })
}
