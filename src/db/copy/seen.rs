// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies what the user has seen of a series: one number, the newest mail that existed when the user looked. Copied
//! mails get new row numbers and keep their order.

use super::super::value::LenientRow;
use super::Numbers;
use rusqlite::{Connection, OptionalExtension, Result};

/// Copies the seen mark of a series, once its mails are copied. If the target had the series before, `seen_before`
/// is whether its user had seen all mails there: the mark then moves only if the source's user has seen all, too.
pub(super) fn copy(
    (from, old): (&Connection, i64),
    (to, new): (&Connection, i64),
    mails: &Numbers,
    seen_before: Option<bool>,
) -> Result<()> {
    let sql = "SELECT seen FROM gitpatman_series WHERE series_id = ?1";
    let seen = from
        .query_row(sql, [old], |row| row.number(0))
        .optional()?
        .flatten();
    let Some(seen) = seen else { return Ok(()) };
    let newest = mails.keys().next_back().copied().unwrap_or_default();
    let mark = match seen_before {
        None => mails.range(..=seen).next_back().map_or(0, |(_, new)| *new),
        Some(true) if seen >= newest => mails.get(&newest).copied().unwrap_or_default(),
        Some(_) => return Ok(()),
    };
    let sql = "UPDATE gitpatman_series SET seen = max(coalesce(seen, 0), ?2) WHERE series_id = ?1";
    to.execute(sql, (new, mark)).map(drop)
}

/// Whether the user has seen every mail of a series; false when that is unknown.
pub(super) fn has_seen_all(conn: &Connection, series: i64) -> Result<bool> {
    let sql =
        "SELECT seen >= (SELECT coalesce(max(m.id), 0) FROM ser_ver AS v JOIN gitpatman_mail AS m
        ON m.svid = v.id WHERE v.series_id = ?1) FROM gitpatman_series WHERE series_id = ?1";
    Ok(conn
        .query_row(sql, [series], |row| row.get(0))
        .optional()?
        .flatten()
        .unwrap_or(false))
}
