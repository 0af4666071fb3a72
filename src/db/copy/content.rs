// SPDX-License-Identifier: GPL-2.0-or-later
//! Compares the content of a series in two databases, regardless of row numbers.
//!
//! Each row becomes one number: a digest of its table, its columns by name, and, instead of row numbers of other
//! tables, the digests of those rows. The number of a missing row counts as no number.

use super::super::graph::{self, CopyRule, RowScope, Table};
use super::super::snapshot;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// How much of a series is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of it, except tables with one row for each series or clone.
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
        names: BTreeMap::new(),
    };
    let is_compared: fn(CopyRule) -> bool = match scope {
        Scope::Whole => |rule| matches!(rule, CopyRule::Series | CopyRule::Versions),
        Scope::Versions => |rule| rule == CopyRule::Versions,
    };
    for table in graph::copied(is_compared) {
        reader.read(table)?;
    }
    Ok(reader.digests)
}

struct ContentReader<'a> {
    conn: &'a Connection,
    series: i64,
    digests: Digests,
    /// The rows that were read, by table.
    names: BTreeMap<&'static str, RowNames>,
}

impl ContentReader<'_> {
    /// Adds the rows of a table, whose parents were read before.
    fn read(&mut self, table: &'static Table) -> Result<()> {
        let Some(condition) = table.within(RowScope::Series(self.series)) else {
            return Ok(());
        };
        let sql = format!(
            "SELECT *, rowid FROM main.{} WHERE {condition} ORDER BY rowid",
            snapshot::quoted(table.name)
        );
        let mut query = self.conn.prepare(&sql)?;
        let mut columns: Vec<String> = query.column_names().map(str::to_lowercase).collect();
        columns.pop();
        let mut rows = query.query([])?;
        let mut found = RowNames::new();
        while let Some(row) = rows.next()? {
            let mut hasher = DefaultHasher::new();
            table.name.hash(&mut hasher);
            self.hash_row(table, row, &columns, &mut hasher)?;
            let digest = hasher.finish();
            *self.digests.entry(digest).or_default() += 1;
            found.insert(row.get(columns.len())?, digest);
        }
        self.names.insert(table.name, found);
        Ok(())
    }

    fn hash_row(
        &self,
        table: &Table,
        row: &Row<'_>,
        columns: &[String],
        hasher: &mut DefaultHasher,
    ) -> Result<()> {
        for (at, column) in columns.iter().enumerate().filter(|(_, name)| *name != "id") {
            let value = row.get_ref(at)?;
            column.hash(hasher);
            let parent = table.parents.iter().find(|parent| parent.column == column);
            match parent.map(|parent| parent.table) {
                None => hash_value(value, hasher),
                // It is the same for all rows.
                Some(graph::SERIES) => {}
                Some(parent) => value
                    .as_i64()
                    .ok()
                    .and_then(|number| self.names.get(parent)?.get(&number))
                    .hash(hasher),
            }
        }
        Ok(())
    }
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
