// SPDX-License-Identifier: GPL-2.0-or-later
//! A summary of many series, with the number of patches and of accepted patches of each version: one query,
//! whatever the number of series.

use super::listing::{Archived, SeriesFilter, is_indexed};
use super::series::{self, Series, SeriesId};
use super::value::LenientRow;
use super::version::VersionId;
use super::{Read, at};
use crate::error::Result;
use crate::series::VersionNumber;
use rusqlite::Row;

/// A series with its versions, the oldest first. It may have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesOverview {
    /// The series.
    pub series: Series,
    /// Its versions.
    pub versions: Vec<GlanceVersion>,
}

/// A version and its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlanceVersion {
    /// Its row.
    pub id: VersionId,
    /// Its number; `None` when the database holds an invalid one.
    pub number: Option<VersionNumber>,
    /// The number of the series on Patchwork.
    pub link: Option<String>,
    /// How many patches it has.
    pub patches: u32,
    /// How many of them are accepted on Patchwork.
    pub accepted: u32,
}

/// Counts patches and accepted patches by the index: the columns, and their join.
const COUNTED: (&str, &str) = (
    "(SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id),
    (SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id AND p.state = 'accepted')",
    "",
);

/// The same without an index, in one pass over all patches: for a database that cannot be written, which may
/// have no index.
const GROUPED: (&str, &str) = (
    "c.patches, c.accepted",
    "LEFT JOIN (SELECT svid, count(*) AS patches, sum(state = 'accepted') AS accepted FROM pcommit GROUP BY svid) AS c
        ON c.svid = v.id",
);

/// Lists series in the order they were added, or only the series with that row.
pub fn list(
    db: &impl Read,
    which: SeriesFilter,
    archived: Archived,
    only: Option<SeriesId>,
) -> Result<Vec<SeriesOverview>> {
    let (counts, join) = if at(db, is_indexed(db))? {
        COUNTED
    } else {
        GROUPED
    };
    let one = if only.is_some() {
        "s.id = ?1"
    } else {
        "?1 IS NULL"
    };
    let sql = format!(
        "SELECT {}, v.id, v.version, v.link, {counts} FROM series AS s
        LEFT JOIN ser_ver AS v ON v.series_id = s.id {join}
        WHERE {} AND {} AND {one}
        ORDER BY s.id, v.version, v.id",
        series::COLUMNS,
        which.condition(),
        archived.condition()
    );
    at(db, collect(db, &sql, only))
}

fn collect(
    db: &impl Read,
    sql: &str,
    only: Option<SeriesId>,
) -> rusqlite::Result<Vec<SeriesOverview>> {
    let mut query = db.conn().prepare(sql)?;
    let mut rows = query.query([only.map(|id| id.0)])?;
    let mut found: Vec<SeriesOverview> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.number(0)?.unwrap_or_default();
        if found.last().is_none_or(|last| last.series.id.0 != id) {
            found.push(SeriesOverview {
                series: series::read(row)?,
                versions: Vec::new(),
            });
        }
        if let (Some(last), Some(version)) = (found.last_mut(), read(row)?) {
            last.versions.push(version);
        }
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<GlanceVersion>> {
    let first = series::WIDTH;
    let Some(id) = row.number(first)? else {
        return Ok(None);
    };
    let small = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    Ok(Some(GlanceVersion {
        id: VersionId(id),
        number: small(row.number(first + 1)?).and_then(VersionNumber::new),
        link: row.filled(first + 2)?,
        patches: small(row.number(first + 3)?).unwrap_or_default(),
        accepted: small(row.number(first + 4)?).unwrap_or_default(),
    }))
}
