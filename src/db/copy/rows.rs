// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies the rows of series with new row numbers in the target; all other columns stay unchanged, whatever
//! their types. [`CopyRule`] determines which tables are copied, and how.

use super::super::graph::{self, CopyRule, RowScope, Table};
use super::plan::{CopyPlan, SeriesToCopy};
use super::{Copied, CopyScope, Numbers, seen};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Result};
use std::collections::BTreeMap;

/// Copies everything that is planned, and counts it.
pub(super) fn copy(
    from: &Connection,
    to: &Connection,
    plan: &mut CopyPlan,
    which: CopyScope,
    copied: &mut Copied,
) -> Result<()> {
    let copier = Copier { from, to };
    let is_transfer = plan.is_transfer();
    for wanted in &mut plan.series {
        match wanted.target {
            // All of it is there: only what is not compared is copied.
            Some(target) if is_transfer && wanted.versions.is_empty() => {
                copier.one_per_series(wanted.id, target)?
            }
            _ => wanted.target = Some(copier.series(wanted, is_transfer, copied)?),
        }
    }
    for (table, row) in &plan.named {
        let done = copier.rows(table, &format!("rowid = {row}"), &ColumnMap::default())?;
        copied.rows.add(table.name, done.count);
    }
    if plan.checks && which != CopyScope::Own {
        for table in graph::copied(|rule| rule == CopyRule::Results) {
            copier.rows(table, "true", &ColumnMap::default())?;
        }
    }
    Ok(())
}

/// The rows of a table that were copied.
#[derive(Default)]
struct CopiedRows {
    count: usize,
    /// How many rows the target already had.
    there: usize,
    numbers: Numbers,
}

/// The new row numbers of parents.
#[derive(Default)]
struct ColumnMap {
    /// The series in the target.
    series: i64,
    /// Those of the rows that were copied, by table.
    numbers: BTreeMap<&'static str, Numbers>,
}

struct Copier<'a> {
    from: &'a Connection,
    to: &'a Connection,
}

impl Copier<'_> {
    /// Copies a series with its versions; returns its row in the target.
    fn series(&self, wanted: &SeriesToCopy, is_transfer: bool, copied: &mut Copied) -> Result<i64> {
        let old = wanted.id;
        let (new, seen_before) = match wanted.target {
            Some(target) => (target, Some(seen::has_seen_all(self.to, target)?)),
            None => (self.new_series(old, copied)?, None),
        };
        let is_new = wanted.target.is_none();
        let scope = if is_new || is_transfer {
            RowScope::Series(old)
        } else {
            RowScope::Versions(&wanted.versions)
        };
        let mut map = ColumnMap {
            series: new,
            numbers: BTreeMap::new(),
        };
        for table in graph::copied(|rule| rule == CopyRule::Versions) {
            let Some(condition) = table.within(scope) else {
                continue;
            };
            let done = self.rows(table, &condition, &map)?;
            copied.rows.add(table.name, done.count);
            if table.name == "reply" {
                copied.same_replies += done.there;
            }
            map.numbers.insert(table.name, done.numbers);
        }
        self.one_per_series(old, new)?;
        if let Some(mails) = map.numbers.get("gitpatman_mail") {
            seen::copy((self.from, old), (self.to, new), mails, seen_before)?;
        }
        if is_transfer && !is_new {
            self.fill_series(old, new)?;
        }
        Ok(new)
    }

    /// Copies the row of a series that the target lacks; returns the new row.
    fn new_series(&self, old: i64, copied: &mut Copied) -> Result<i64> {
        for table in graph::copied(|rule| rule == CopyRule::Series) {
            let done = self.rows(table, &format!("id = {old}"), &ColumnMap::default())?;
            if let Some(new) = done.numbers.get(&old) {
                copied.rows.add(table.name, 1);
                return Ok(*new);
            }
        }
        Err(rusqlite::Error::QueryReturnedNoRows)
    }

    /// Copies rows that exist once for each series or clone: the target's rows stay, and are filled in.
    fn one_per_series(&self, old: i64, new: i64) -> Result<()> {
        let map = ColumnMap {
            series: new,
            numbers: BTreeMap::new(),
        };
        for table in graph::copied(|rule| matches!(rule, CopyRule::OnePerSeries(_))) {
            if let Some(condition) = table.within(RowScope::Series(old)) {
                self.rows(table, &condition, &map)?;
            }
        }
        Ok(())
    }

    /// Fills in the columns of a series that are empty in the target.
    fn fill_series(&self, old: i64, new: i64) -> Result<()> {
        let mut query = self
            .from
            .prepare("SELECT desc, upstream, hidden FROM series WHERE id = ?1")?;
        let mut rows = query.query([old])?;
        let mut update = self.to.prepare(
            "UPDATE series SET desc = coalesce(desc, ?2), upstream = coalesce(upstream, ?3),
            hidden = coalesce(hidden, ?4) WHERE id = ?1",
        )?;
        while let Some(row) = rows.next()? {
            update.raw_bind_parameter(1, new)?;
            for column in 0..3 {
                update
                    .raw_bind_parameter(column + 2, ToSqlOutput::Borrowed(row.get_ref(column)?))?;
            }
            update.raw_execute()?;
        }
        Ok(())
    }

    /// Copies the rows of a table that `condition` selects, in order. A row that the target already has, by a
    /// unique column, is not copied.
    fn rows(&self, table: &Table, condition: &str, map: &ColumnMap) -> Result<CopiedRows> {
        let name = table.name;
        let sql = format!("SELECT *, rowid FROM main.{name} WHERE {condition} ORDER BY rowid");
        let mut query = self.from.prepare(&sql)?;
        let mut columns: Vec<String> = query.column_names().map(str::to_owned).collect();
        columns.pop();
        let mut done = CopiedRows::default();
        let mut rows = query.query([])?;
        let mut prepared = None;
        while let Some(row) = rows.next()? {
            let (write, changes) = match &mut prepared {
                Some(prepared) => prepared,
                None => prepared.insert((
                    self.to.prepare(&insertion(table, &columns))?,
                    map.changes(table, &columns),
                )),
            };
            let mut parameter = 1;
            for (at, change) in changes.iter().enumerate() {
                if let Some(value) = change.apply(row.get_ref(at)?) {
                    write.raw_bind_parameter(parameter, ToSqlOutput::Borrowed(value))?;
                    parameter += 1;
                }
            }
            if write.raw_execute()? == 0 {
                done.there += 1;
                continue;
            }
            done.count += 1;
            done.numbers
                .insert(row.get(columns.len())?, self.to.last_insert_rowid());
        }
        Ok(done)
    }
}

/// The statement that adds a row.
fn insertion(table: &Table, columns: &[String]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .filter(|column| !column.eq_ignore_ascii_case("id"))
        .map(|column| super::super::snapshot::quoted(column))
        .collect();
    let places: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
    let fill = match table.copy {
        CopyRule::OnePerSeries(update) => format!(" ON CONFLICT DO UPDATE SET {update}"),
        _ => String::new(),
    };
    format!(
        "INSERT OR IGNORE INTO main.{} ({}) VALUES ({}){fill}",
        table.name,
        columns.join(", "),
        places.join(", ")
    )
}

/// What a copy does with a column.
enum ColumnChange<'a> {
    /// It is left out: the target numbers its rows.
    Omitted,
    Unchanged,
    /// It gets this number, or NULL, in every row.
    Fixed(Option<i64>),
    /// It gets the new number of the same row, or NULL if that row was not copied.
    Renumbered(Option<&'a Numbers>),
}

impl ColumnMap {
    fn changes(&self, table: &Table, columns: &[String]) -> Vec<ColumnChange<'_>> {
        columns
            .iter()
            .map(|column| self.change(table, column))
            .collect()
    }

    fn change(&self, table: &Table, column: &str) -> ColumnChange<'_> {
        if column.eq_ignore_ascii_case("id") {
            return ColumnChange::Omitted;
        }
        let mut reset = table.reset.iter();
        if let Some((_, number)) = reset.find(|(name, _)| name.eq_ignore_ascii_case(column)) {
            return ColumnChange::Fixed(*number);
        }
        let mut parents = table.parents.iter();
        match parents.find(|parent| parent.column.eq_ignore_ascii_case(column)) {
            None => ColumnChange::Unchanged,
            Some(parent) if parent.table == graph::SERIES => ColumnChange::Fixed(Some(self.series)),
            Some(parent) => ColumnChange::Renumbered(self.numbers.get(parent.table)),
        }
    }
}

impl ColumnChange<'_> {
    /// The value in the copy; `None` if there is no such column in the statement.
    fn apply<'v>(&self, value: ValueRef<'v>) -> Option<ValueRef<'v>> {
        let number = match self {
            ColumnChange::Omitted => return None,
            ColumnChange::Unchanged => return Some(value),
            ColumnChange::Fixed(number) => *number,
            ColumnChange::Renumbered(numbers) => value
                .as_i64()
                .ok()
                .and_then(|old| numbers.as_ref()?.get(&old).copied()),
        };
        Some(number.map_or(ValueRef::Null, ValueRef::Integer))
    }
}
