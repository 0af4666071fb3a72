// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads every searchable text of the series once, in order, without storing any.

use super::listing::Archived;
use super::series::{self, Series, SeriesId};
use super::value::{LenientRow, text};
use super::{Read, at};
use crate::error::Result;
use crate::series::VersionNumber;
use rusqlite::Row;
use std::borrow::Cow;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// The title of a version.
    Title,
    /// The subject of its cover letter on Patchwork.
    Cover,
    /// Its number on Patchwork.
    Link,
    /// The identity that versions share.
    ChangeId,
    /// The subject of a patch.
    Subject,
}

/// Where a text is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLocation {
    /// The series.
    pub series: SeriesId,
    /// The version; none where the database holds something that is no version.
    pub version: Option<VersionNumber>,
    /// The number of the patch, from 1.
    pub patch: Option<u32>,
    /// What the text is.
    pub kind: TextKind,
}

/// The series, in the order they were added.
pub fn series(db: &impl Read, archived: Archived) -> Result<Vec<Series>> {
    let sql = format!(
        "SELECT {} FROM series AS s WHERE {} ORDER BY s.id",
        series::COLUMNS,
        archived.condition()
    );
    let rows = db
        .conn()
        .prepare(&sql)
        .and_then(|mut query| query.query_map([], series::read)?.collect());
    at(db, rows)
}

/// Hands every text of versions and patches to `see`, those of the versions of all series first.
pub fn each(db: &impl Read, see: &mut dyn FnMut(TextLocation, &str)) -> Result<()> {
    let versions = "SELECT v.series_id, v.version, v.desc, v.name, v.link, o.change_id
        FROM ser_ver AS v LEFT JOIN gitpatman_version AS o ON o.svid = v.id ORDER BY v.series_id, v.version, v.id";
    let kinds = [
        (2, TextKind::Title),
        (3, TextKind::Cover),
        (4, TextKind::Link),
        (5, TextKind::ChangeId),
    ];
    at(db, walk(db, versions, None, &kinds, see))?;
    let patches = "SELECT v.series_id, v.version, p.subject, p.change_id, p.seq
        FROM ser_ver AS v CROSS JOIN pcommit AS p ON p.svid = v.id
        ORDER BY v.series_id, v.version, v.id, CAST(p.seq AS INTEGER), p.id";
    at(
        db,
        walk(
            db,
            patches,
            Some(4),
            &[(2, TextKind::Subject), (3, TextKind::ChangeId)],
            see,
        ),
    )
}

fn walk(
    db: &impl Read,
    sql: &str,
    seq: Option<usize>,
    kinds: &[(usize, TextKind)],
    see: &mut dyn FnMut(TextLocation, &str),
) -> rusqlite::Result<()> {
    let mut query = db.conn().prepare(sql)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let small = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
        let version = small(row.number(1)?).and_then(VersionNumber::new);
        let patch = match seq {
            Some(column) => Some(
                small(row.number(column)?)
                    .unwrap_or_default()
                    .saturating_add(1),
            ),
            None => None,
        };
        let series = SeriesId(row.number(0)?.unwrap_or_default());
        for (column, kind) in kinds {
            if let Some(text) = shown(row, *column)? {
                see(
                    TextLocation {
                        series,
                        version,
                        patch,
                        kind: *kind,
                    },
                    &text,
                );
            }
        }
    }
    Ok(())
}

/// A column as text, which is not copied where it is text.
fn shown<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<Option<Cow<'r, str>>> {
    let value = row.get_ref(column)?;
    Ok(match value.as_str() {
        Ok(whole) => Some(Cow::Borrowed(whole)),
        Err(_) => text(value).map(Cow::Owned),
    })
}
