// SPDX-License-Identifier: GPL-2.0-or-later
//! Series whose upstream does not exist: `gather` and `status` stop at them.
//!
//! The backup of a migration shows whether the migration or the user set an upstream: when the series had no
//! upstream in a database that could store one, the user had not set it.

use super::{connect, migrate, step};
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};

/// The upstream of a branch that tracks a local branch; no remote can have that name.
const LOCAL: &str = ".";

/// A series with an upstream that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownUpstream {
    id: i64,
    /// The name of the series.
    pub series: String,
    /// The name of its upstream.
    pub upstream: String,
    /// Whether `repair` clears it: the user did not set it.
    pub removable: bool,
}

/// Finds such series; none when the schema has no upstreams of series yet. `is_known` says which upstreams
/// exist besides those of the database.
pub(super) fn find(
    conn: &Connection,
    path: &Path,
    is_known: &dyn Fn(&str) -> bool,
) -> rusqlite::Result<Vec<UnknownUpstream>> {
    if !step::has_column(conn, "series", "upstream")? || !step::has_table(conn, "upstream")? {
        return Ok(Vec::new());
    }
    let mut query = conn.prepare(
        "SELECT id, coalesce(CAST(name AS TEXT), ''), CAST(upstream AS TEXT) FROM series WHERE upstream != ''
        AND upstream NOT IN (SELECT name FROM upstream WHERE name IS NOT NULL) ORDER BY id",
    )?;
    let found = query.query_map([], |row| {
        Ok(UnknownUpstream {
            id: row.get(0)?,
            series: row.get(1)?,
            upstream: row.get(2)?,
            removable: false,
        })
    })?;
    let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    found.retain(|one| one.upstream == LOCAL || !is_known(&one.upstream));
    if found.is_empty() {
        return Ok(found);
    }
    let backups: Vec<Connection> = backups(path)
        .iter()
        .filter_map(|file| connect::open_immutable(file).ok())
        .collect();
    for one in &mut found {
        one.removable = one.upstream == LOCAL || had_none(&backups, one);
    }
    Ok(found)
}

/// Clears the upstreams that the user did not set, and returns them.
pub(super) fn clear(
    conn: &Connection,
    found: &[UnknownUpstream],
) -> rusqlite::Result<Vec<UnknownUpstream>> {
    let sql = "UPDATE series SET upstream = NULL WHERE id = ?1 AND upstream = ?2";
    let mut cleared = Vec::new();
    for one in found.iter().filter(|one| one.removable) {
        if conn.execute(sql, (one.id, &one.upstream))? > 0 {
            cleared.push(one.clone());
        }
    }
    Ok(cleared)
}

/// Whether the series is in a backup, and had no upstream in any of them.
fn had_none(backups: &[Connection], one: &UnknownUpstream) -> bool {
    let sql = "SELECT upstream IS NULL FROM series WHERE id = ?1 AND name = ?2";
    let answers = backups.iter().filter_map(|backup| {
        let answer = backup.query_row(sql, (one.id, &one.series), |row| row.get::<_, bool>(0));
        answer.optional().ok().flatten()
    });
    let answers: Vec<bool> = answers.collect();
    !answers.is_empty() && answers.iter().all(|had_none| *had_none)
}

/// The backups of migrations from versions whose series had upstreams.
fn backups(path: &Path) -> Vec<PathBuf> {
    let copies = super::status::copies(path).into_iter();
    let prefix = connect::beside(path, "old.v");
    let version = |file: &Path| -> Option<i64> {
        let name = file.file_name()?.to_str()?;
        let rest = name.strip_prefix(prefix.file_name()?.to_str()?)?;
        rest.split('.').next()?.parse().ok()
    };
    copies
        .map(|copy| copy.path)
        .filter(|file| {
            version(file)
                .is_some_and(|version| (migrate::WITH_UPSTREAMS..step::PATMAN).contains(&version))
        })
        .collect()
}
