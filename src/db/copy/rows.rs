// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies the rows of series with new row numbers in the target; all other columns stay unchanged, whatever
//! their types.
//!
//! Every table of the schema is either copied here or listed in [`LEFT`] with the reason why it is not.

use super::super::value::LenientRow;
use super::plan::{CopyPlan, SeriesToCopy};
use super::{Copied, CopyRequest};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Result};
use std::collections::BTreeMap;

/// Tables that are not copied: versions of the schema, counts of what this database's user asked servers, changes that can be
/// undone, whose rows have the numbers of this database, and what this database knows of repositories and of refs that were
/// removed in them.
#[cfg(test)]
const LEFT: &[&str] = &[
    "schema_version",
    "gitpatman_schema",
    "traffic",
    "gitpatman_undo",
    "gitpatman_repository",
    "gitpatman_removed",
];

/// Old row numbers and the new ones.
type Numbers = BTreeMap<i64, i64>;

/// How a column that holds a row number is copied.
enum Column<'a> {
    /// It is replaced by the new number of the same row, or by NULL if the row is missing.
    Renumbered(&'a Numbers),
    /// It is this number in every row.
    Is(i64),
    /// It is NULL.
    Nothing,
}

/// Copies everything that is planned, and counts it.
pub(super) fn copy(
    from: &Connection,
    to: &Connection,
    plan: &mut CopyPlan,
    request: &CopyRequest<'_>,
    copied: &mut Copied,
) -> Result<()> {
    let copy = Copier { from, to };
    let is_transfer = plan.is_transfer();
    for wanted in &mut plan.series {
        match wanted.target {
            // All of it is there: only what is not compared is copied.
            Some(target) if is_transfer && wanted.versions.is_empty() => {
                copy.surroundings(wanted.id, target)?
            }
            _ => wanted.target = Some(copy.series(wanted, is_transfer, copied)?),
        }
    }
    // The name is unique: the target keeps its default upstream, and the source's default is not the default
    // here.
    for &row in &plan.upstreams {
        copied.upstreams += copy
            .rows(
                "upstream",
                "rowid = ?1",
                row,
                &[("is_default", Column::Is(0))],
            )?
            .count;
    }
    for &row in &plan.projects {
        copied.projects += copy.rows("patchwork", "rowid = ?1", row, &[])?.count;
    }
    if plan.checks && request.which != super::CopyScope::Own {
        copy.rows("gitpatman_check", "?1 = 0", 0, &[])?;
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

struct Copier<'a> {
    from: &'a Connection,
    to: &'a Connection,
}

impl Copier<'_> {
    /// Copies a series with its versions; returns its row in the target.
    fn series(&self, wanted: &SeriesToCopy, is_transfer: bool, copied: &mut Copied) -> Result<i64> {
        let old = wanted.id;
        let new = match wanted.target {
            Some(target) => target,
            None => {
                copied.series += 1;
                let done = self.rows("series", "id = ?1", old, &[])?;
                done.numbers
                    .get(&old)
                    .copied()
                    .ok_or(rusqlite::Error::QueryReturnedNoRows)?
            }
        };
        let is_new = wanted.target.is_none();
        let seen = !is_new && self.seen_all(new)?;
        let list = wanted
            .versions
            .iter()
            .map(i64::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let (below, hung) = (
            format!("?1 = ?1 AND id IN ({list})"),
            format!("?1 = ?1 AND svid IN ({list})"),
        );
        let versions = self.rows("ser_ver", &below, old, &[("series_id", Column::Is(new))])?;
        copied.versions += versions.count;
        let of = || [("svid", Column::Renumbered(&versions.numbers))];
        copied.patches += self.rows("pcommit", &hung, old, &of())?.count;
        let reviews = self.rows("review", &hung, old, &of())?;
        copied.reviews += reviews.count;
        let answers = format!(
            "?1 = ?1 AND (svid IN ({list}) OR review_id IN (SELECT id FROM review WHERE svid IN ({list})))"
        );
        let links = [
            ("svid", Column::Renumbered(&versions.numbers)),
            ("review_id", Column::Renumbered(&reviews.numbers)),
        ];
        let replies = self.rows("reply", &answers, old, &links)?;
        copied.replies += replies.count;
        copied.same_replies += replies.there;
        self.rows("gitpatman_version", &hung, old, &of())?;
        self.rows("gitpatman_patch", &hung, old, &of())?;
        self.rows("gitpatman_tracking", &hung, old, &of())?;
        let mails = self.rows("gitpatman_mail", &hung, old, &of())?;
        copied.mails += mails.count;
        copied.todos += self.workflow(old, new, is_new || is_transfer, &list, &versions.numbers)?;
        self.surroundings(old, new)?;
        self.seen(
            old,
            new,
            &mails.numbers,
            if is_new { None } else { Some(seen) },
        )?;
        if is_transfer && !is_new {
            self.fill(
                "SELECT desc, upstream, hidden FROM series WHERE id = ?1",
                "UPDATE series SET desc = coalesce(desc, ?2), upstream = coalesce(upstream, ?3),
                hidden = coalesce(hidden, ?4) WHERE id = ?1",
                (old, new),
            )?;
        }
        Ok(new)
    }

    /// Copies rows that exist once for each series or clone: the target's rows stay, and missing ones are
    /// added.
    fn surroundings(&self, old: i64, new: i64) -> Result<()> {
        self.rows(
            "gitpatman_worktree",
            "series_id = ?1",
            old,
            &[("series_id", Column::Is(new))],
        )?;
        let changed = [("series_id", Column::Is(new)), ("seen", Column::Nothing)];
        self.rows("gitpatman_series", "series_id = ?1", old, &changed)?;
        self.fill(
            "SELECT common_dir, path, created FROM gitpatman_worktree WHERE series_id = ?1 AND path != ''",
            "UPDATE gitpatman_worktree SET path = ?3, created = ?4 WHERE series_id = ?1 AND common_dir = ?2 AND path = ''",
            (old, new),
        )?;
        self.fill(
            "SELECT outcome, finished, updated FROM gitpatman_series WHERE series_id = ?1",
            "UPDATE gitpatman_series SET finished = iif(outcome ISNULL, ?3, finished), outcome = coalesce(outcome, ?2),
            updated = coalesce(updated, ?4) WHERE series_id = ?1",
            (old, new),
        )
    }

    /// Copies the workflow of a series, or only of its copied versions if the target already has the series.
    fn workflow(
        &self,
        old: i64,
        new: i64,
        whole: bool,
        list: &str,
        versions: &Numbers,
    ) -> Result<usize> {
        let all = format!("(series_id = ?1 OR ser_ver_id IN ({list}))");
        let condition = if whole {
            all
        } else {
            format!("?1 = ?1 AND ser_ver_id IN ({list})")
        };
        let links = [
            ("series_id", Column::Is(new)),
            ("ser_ver_id", Column::Renumbered(versions)),
        ];
        Ok(self.rows("workflow", &condition, old, &links)?.count)
    }

    /// What the user has been shown is one number of a mail, and mails have kept their order. Where the target knew the
    /// series (`target_seen`), its user has seen the mails that came only when all were seen on both sides.
    fn seen(&self, old: i64, new: i64, mails: &Numbers, target_seen: Option<bool>) -> Result<()> {
        let sql = "SELECT seen FROM gitpatman_series WHERE series_id = ?1";
        let seen = self
            .from
            .query_row(sql, [old], |row| row.number(0))
            .optional()?
            .flatten();
        let Some(seen) = seen else { return Ok(()) };
        let newest = mails.keys().next_back().copied().unwrap_or_default();
        match target_seen {
            None => self.set_seen(
                new,
                mails.range(..=seen).next_back().map_or(0, |(_, new)| *new),
            ),
            Some(true) if seen >= newest => {
                self.set_seen(new, mails.get(&newest).copied().unwrap_or_default())
            }
            Some(_) => Ok(()),
        }
    }

    /// Runs `update` in the target, on the row of the second number, with each row that `select` finds in the source by the
    /// first.
    fn fill(&self, select: &str, update: &str, (old, new): (i64, i64)) -> Result<()> {
        let mut query = self.from.prepare(select)?;
        let mut rows = query.query([old])?;
        while let Some(row) = rows.next()? {
            let mut write = self.to.prepare(update)?;
            write.raw_bind_parameter(1, new)?;
            for column in 0..row.as_ref().column_count() {
                write
                    .raw_bind_parameter(column + 2, ToSqlOutput::Borrowed(row.get_ref(column)?))?;
            }
            write.raw_execute()?;
        }
        Ok(())
    }

    fn set_seen(&self, series: i64, mail: i64) -> Result<()> {
        let sql =
            "UPDATE gitpatman_series SET seen = max(coalesce(seen, 0), ?2) WHERE series_id = ?1";
        self.to.execute(sql, (series, mail)).map(drop)
    }

    /// Whether the user has been shown every mail of a series in the target; false when that is unknown.
    fn seen_all(&self, series: i64) -> Result<bool> {
        let sql = "SELECT seen >= (SELECT coalesce(max(m.id), 0) FROM ser_ver AS v JOIN gitpatman_mail AS m
            ON m.svid = v.id WHERE v.series_id = ?1) FROM gitpatman_series WHERE series_id = ?1";
        Ok(self
            .to
            .query_row(sql, [series], |row| row.get(0))
            .optional()?
            .flatten()
            .unwrap_or(false))
    }

    /// Copies the rows of a table that `condition` with `key` selects, in order. A row that the target already
    /// has, by a unique key of the table, is left unchanged.
    fn rows(
        &self,
        table: &str,
        condition: &str,
        key: i64,
        changed: &[(&str, Column<'_>)],
    ) -> Result<CopiedRows> {
        let sql = format!("SELECT *, rowid FROM main.{table} WHERE {condition} ORDER BY rowid");
        let mut query = self.from.prepare(&sql)?;
        let mut names: Vec<String> = query.column_names().map(str::to_owned).collect();
        names.pop();
        let mut done = CopiedRows::default();
        let mut rows = query.query([key])?;
        let mut prepared = None;
        while let Some(row) = rows.next()? {
            let write = match &mut prepared {
                Some(write) => write,
                None => prepared.insert(self.to.prepare(&inserted(table, &names))?),
            };
            let mut parameter = 1;
            for (at, name) in names.iter().enumerate() {
                if name.eq_ignore_ascii_case("id") {
                    continue;
                }
                write.raw_bind_parameter(parameter, value(row.get_ref(at)?, name, changed))?;
                parameter += 1;
            }
            if write.raw_execute()? == 0 {
                done.there += 1;
                continue;
            }
            done.count += 1;
            done.numbers
                .insert(row.get(names.len())?, self.to.last_insert_rowid());
        }
        Ok(done)
    }
}

fn inserted(table: &str, names: &[String]) -> String {
    let names: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.eq_ignore_ascii_case("id"))
        .collect();
    let columns: Vec<String> = names
        .iter()
        .map(|name| super::super::snapshot::quoted(name))
        .collect();
    let places: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
    format!(
        "INSERT OR IGNORE INTO main.{table} ({}) VALUES ({})",
        columns.join(", "),
        places.join(", ")
    )
}

/// The value of a column in the copy.
fn value<'v>(value: ValueRef<'v>, name: &str, changed: &[(&str, Column<'_>)]) -> ToSqlOutput<'v> {
    let Some((_, column)) = changed
        .iter()
        .find(|(one, _)| one.eq_ignore_ascii_case(name))
    else {
        return ToSqlOutput::Borrowed(value);
    };
    let number = match column {
        Column::Is(number) => Some(*number),
        Column::Renumbered(numbers) => value
            .as_i64()
            .ok()
            .and_then(|old| numbers.get(&old).copied()),
        Column::Nothing => None,
    };
    ToSqlOutput::Borrowed(number.map_or(ValueRef::Null, ValueRef::Integer))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::db::Read;

    #[test]
    fn every_table_is_copied_or_left_for_a_reason() {
        let place = tempfile::tempdir().unwrap();
        let location = crate::db::Location::at(place.path(), crate::db::Origin::Environment);
        let out = crate::output::Output::new(crate::output::Verbosity::Quiet);
        let db = crate::db::Db::open(&location, &crate::db::OpenOptions::default(), &out).unwrap();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        let mut query = db.conn().prepare(sql).unwrap();
        let source: String = include_str!("rows.rs").split_whitespace().collect();
        for name in query
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap()
            .map(|name| name.unwrap())
        {
            let is_copied = source.contains(&format!(".rows(\"{name}\""));
            assert_ne!(is_copied, LEFT.contains(&name.as_str()), "table {name}");
        }
    }
}
