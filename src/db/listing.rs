// SPDX-License-Identifier: GPL-2.0-or-later
//! Many series at once, with their versions and how many patches each has: one query, whatever their number.

use super::series::{self, Series};
use super::value::LenientRow;
use super::version::{self, Version};
use super::{Read, at};
use crate::error::Result;

/// Which series are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesFilter {
    /// Other authors' series, under review.
    Reviews,
    /// The user's own.
    Own,
    /// Both.
    All,
}

/// Whether archived series are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archived {
    /// They are left out.
    Without,
    /// They are listed too.
    With,
    /// Only they are listed.
    Only,
}

impl SeriesFilter {
    /// The same as a condition on the table aliased `s`.
    pub(super) fn condition(self) -> &'static str {
        match self {
            SeriesFilter::Reviews => "s.source = 'review'",
            SeriesFilter::Own => "(s.source IS NULL OR s.source != 'review')",
            SeriesFilter::All => "1",
        }
    }
}

impl Archived {
    /// The same as a condition on the table aliased `s`. In old databases the column may hold any value; a
    /// value other than zero counts as yes.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Archived::Without => "NOT coalesce(CAST(s.archived AS INTEGER), 0)",
            Archived::With => "1",
            Archived::Only => "coalesce(CAST(s.archived AS INTEGER), 0)",
        }
    }
}

/// A series with its versions, the oldest first. It may have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesVersions {
    /// The series.
    pub series: Series,
    /// Its versions.
    pub versions: Vec<ListedVersion>,
}

/// A version and how many of its patches are in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedVersion {
    /// The version.
    pub version: Version,
    /// The number of its patches.
    pub patches: u32,
}

/// Lists series in the order they were added.
pub fn list(
    db: &impl Read,
    which: SeriesFilter,
    archived: Archived,
) -> Result<Vec<SeriesVersions>> {
    let (patches, join) = if at(db, is_indexed(db))? {
        COUNTED
    } else {
        GROUPED
    };
    let sql = format!(
        "SELECT {}, {}, {patches} FROM series AS s
        LEFT JOIN ser_ver AS v ON v.series_id = s.id
        LEFT JOIN gitpatman_version AS o ON o.svid = v.id {join}
        WHERE {} AND {}
        ORDER BY s.id, v.version, v.id",
        series::COLUMNS,
        version::COLUMNS,
        which.condition(),
        archived.condition()
    );
    at(db, collect(db, &sql))
}

/// Counts the patches of each version by the index: a column, and its join.
const COUNTED: (&str, &str) = (
    "(SELECT count(*) FROM pcommit AS p WHERE p.svid = v.id)",
    "",
);

/// The same without an index, in one pass over all patches: for a database that cannot be written, which may
/// have no index.
const GROUPED: (&str, &str) = (
    "c.patches",
    "LEFT JOIN (SELECT svid, count(*) AS patches FROM pcommit GROUP BY svid) AS c ON c.svid = v.id",
);

/// Whether the patches of a version can be looked up.
pub(super) fn is_indexed(db: &impl Read) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'index' AND name = 'gitpatman_pcommit_svid')";
    db.conn().query_row(sql, [], |row| row.get(0))
}

fn collect(db: &impl Read, sql: &str) -> rusqlite::Result<Vec<SeriesVersions>> {
    let mut query = db.conn().prepare(sql)?;
    let mut rows = query.query([])?;
    let mut listed: Vec<SeriesVersions> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.number(0)?.unwrap_or_default();
        if listed.last().is_none_or(|last| last.series.id.0 != id) {
            listed.push(SeriesVersions {
                series: series::read(row)?,
                versions: Vec::new(),
            });
        }
        let has_version = row.number(series::WIDTH)?.is_some();
        if let (Some(last), true) = (listed.last_mut(), has_version) {
            let patches = row
                .number(series::WIDTH + version::WIDTH)?
                .and_then(|n| u32::try_from(n).ok());
            last.versions.push(ListedVersion {
                version: version::read_from(row, series::WIDTH)?,
                patches: patches.unwrap_or_default(),
            });
        }
    }
    Ok(listed)
}
