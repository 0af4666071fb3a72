// SPDX-License-Identifier: GPL-2.0-or-later
//! Compares the content of a series in two databases, regardless of row numbers.
//!
//! Each row becomes one number: a digest of its table, its columns by name, and, instead of columns that
//! reference other rows, the digests of those rows. A reference to a missing row counts as no reference.

use super::super::snapshot;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// How much of a series is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of it, except its worktrees and the user's seen mark, which change in the database in use.
    Whole,
    /// The same, except the row of the series itself.
    Versions,
}

/// How many rows there are of each digest.
type Digests = BTreeMap<u64, usize>;

/// The digests of the rows that others reference, by row number.
type RowNames = BTreeMap<i64, u64>;

/// Whether the target has everything that the source has of a series.
pub(super) fn is_within(
    from: &Connection,
    source: i64,
    to: &Connection,
    target: i64,
    scope: Scope,
) -> Result<bool> {
    let there = digests(to, target, scope)?;
    let all = digests(from, source, scope)?;
    Ok(all
        .iter()
        .all(|(digest, count)| there.get(digest).is_some_and(|there| there >= count)))
}

fn digests(conn: &Connection, series: i64, scope: Scope) -> Result<Digests> {
    let mut reader = ContentReader {
        conn,
        series,
        digests: Digests::new(),
    };
    if scope == Scope::Whole {
        reader.table("series", "id = ?1", &[])?;
    }
    let versions = reader.table("ser_ver", "series_id = ?1", &[("series_id", None)])?;
    let list = versions
        .keys()
        .map(i64::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let below = format!("?1 = ?1 AND svid IN ({list})");
    let of = [("svid", Some(&versions))];
    for table in [
        "pcommit",
        "gitpatman_version",
        "gitpatman_patch",
        "gitpatman_mail",
    ] {
        reader.table(table, &below, &of)?;
    }
    let reviews = reader.table("review", &below, &of)?;
    let texts = reviews
        .keys()
        .map(i64::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let answers = format!("?1 = ?1 AND (svid IN ({list}) OR review_id IN ({texts}))");
    reader.table(
        "reply",
        &answers,
        &[("svid", Some(&versions)), ("review_id", Some(&reviews))],
    )?;
    let entries = format!("(series_id = ?1 OR ser_ver_id IN ({list}))");
    reader.table(
        "workflow",
        &entries,
        &[("series_id", None), ("ser_ver_id", Some(&versions))],
    )?;
    Ok(reader.digests)
}

struct ContentReader<'a> {
    conn: &'a Connection,
    series: i64,
    digests: Digests,
}

impl ContentReader<'_> {
    /// Adds the rows of a table; returns the digest of each, by row number. `links` are the columns that
    /// reference other rows.
    fn table(
        &mut self,
        table: &str,
        condition: &str,
        links: &[(&str, Option<&RowNames>)],
    ) -> Result<RowNames> {
        let sql = format!(
            "SELECT *, rowid FROM main.{} WHERE {condition} ORDER BY rowid",
            snapshot::quoted(table)
        );
        let mut query = self.conn.prepare(&sql)?;
        let mut names: Vec<String> = query.column_names().map(str::to_lowercase).collect();
        names.pop();
        let mut rows = query.query([self.series])?;
        let mut found = RowNames::new();
        while let Some(row) = rows.next()? {
            let mut hasher = DefaultHasher::new();
            table.hash(&mut hasher);
            hash_row(row, &names, links, &mut hasher)?;
            let digest = hasher.finish();
            *self.digests.entry(digest).or_default() += 1;
            found.insert(row.get(names.len())?, digest);
        }
        Ok(found)
    }
}

fn hash_row(
    row: &Row<'_>,
    names: &[String],
    links: &[(&str, Option<&RowNames>)],
    hasher: &mut DefaultHasher,
) -> Result<()> {
    for (at, name) in names.iter().enumerate().filter(|(_, name)| *name != "id") {
        let value = row.get_ref(at)?;
        name.hash(hasher);
        match links.iter().find(|(link, _)| link == name) {
            None => hash_value(value, hasher),
            Some((_, None)) => {}
            Some((_, Some(named))) => value
                .as_i64()
                .ok()
                .and_then(|number| named.get(&number))
                .hash(hasher),
        }
    }
    Ok(())
}

fn hash_value(value: ValueRef<'_>, hasher: &mut DefaultHasher) {
    match value {
        ValueRef::Null => 0_u8.hash(hasher),
        ValueRef::Integer(number) => (1_u8, number).hash(hasher),
        ValueRef::Real(number) => (2_u8, number.to_bits()).hash(hasher),
        ValueRef::Text(bytes) => (3_u8, bytes).hash(hasher),
        ValueRef::Blob(bytes) => (4_u8, bytes).hash(hasher),
    }
}
