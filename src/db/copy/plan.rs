// SPDX-License-Identifier: GPL-2.0-or-later
//! Decides which series and versions to copy, from what the target already has, before anything is written.

use super::super::graph::{CopyRule, TABLES, Table};
use super::super::value;
use super::content::{self, Scope};
use super::{Copied, CopyRequest, CopyScope};
use crate::db::series::REVIEW;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, Row};

/// One series of the source.
#[derive(Debug)]
pub(super) struct SeriesToCopy {
    /// Its row in the source.
    pub(super) id: i64,
    /// Its name, for messages.
    pub(super) name: String,
    /// Its row in the target, if it exists there.
    pub(super) target: Option<i64>,
    /// The rows of the versions to copy, in the source.
    pub(super) versions: Vec<i64>,
}

/// Everything to copy.
#[derive(Debug, Default)]
pub(super) struct CopyPlan {
    pub(super) series: Vec<SeriesToCopy>,
    /// Rows that belong to no series, such as upstreams: their table and `rowid` in the source.
    pub(super) named: Vec<(&'static Table, i64)>,
    /// Whether results of checks are copied, which belong to trees, not to series.
    pub(super) checks: bool,
    is_transfer: bool,
    report: Copied,
}

/// A series as read from the source.
struct SourceSeries {
    id: i64,
    name: Value,
    desc: Value,
    is_review: bool,
}

/// A version: its row and its name.
struct VersionToCopy {
    id: i64,
    number: String,
}

impl SourceSeries {
    /// The name, for messages.
    fn name(&self) -> String {
        value::text((&self.name).into()).unwrap_or_else(|| "(no name)".to_owned())
    }
}

impl VersionToCopy {
    fn is_among(&self, versions: &[VersionToCopy]) -> bool {
        versions.iter().any(|other| other.number == self.number)
    }
}

impl CopyPlan {
    /// Plans a copy: versions that the target lacks.
    pub(super) fn merge(
        from: &Connection,
        to: &Connection,
        request: &CopyRequest<'_>,
    ) -> Result<CopyPlan> {
        let mut plan = CopyPlan {
            checks: request.which != CopyScope::Own,
            ..CopyPlan::default()
        };
        for one in selected(from, request.which)? {
            let all = versions(from, one.id)?;
            let Some((target, is_review)) = find(to, &one)? else {
                plan.add(&one, None, all);
                continue;
            };
            if is_review != one.is_review {
                plan.report.apart.push(one.name());
                continue;
            }
            let absent = plan.absent(&one, all, &versions(to, target)?);
            if !absent.is_empty() {
                plan.add(&one, Some(target), absent);
            }
        }
        if request.upstreams {
            for table in TABLES {
                if let CopyRule::ByName(column) = table.copy {
                    let rows = absent_rows(from, to, table.name, column)?;
                    plan.named.extend(rows.into_iter().map(|row| (table, row)));
                }
            }
        }
        plan.checks = plan.checks && !plan.series.is_empty();
        Ok(plan)
    }

    /// Plans a move: series that the target lacks completely or has completely.
    pub(super) fn transfer(
        from: &Connection,
        to: &Connection,
        request: &CopyRequest<'_>,
    ) -> Result<CopyPlan> {
        let mut plan = CopyPlan {
            checks: true,
            is_transfer: true,
            ..CopyPlan::default()
        };
        for one in selected(from, request.which)? {
            let all = versions(from, one.id)?;
            let found = find(to, &one)?;
            if found.is_some_and(|(_, is_review)| is_review != one.is_review) {
                plan.report.apart.push(one.name());
                plan.report.left.push(one.name());
                continue;
            }
            let target = found.map(|(target, _)| target);
            if let Some(target) = target {
                if content::is_within(from, one.id, to, target, Scope::Whole)? {
                    // An interrupted run has copied it, and the target may have changed since.
                    plan.report.finished += 1;
                    plan.add(&one, Some(target), Vec::new());
                    continue;
                }
                let there = versions(to, target)?;
                if all.iter().any(|version| version.is_among(&there)) {
                    plan.absent(&one, all, &there);
                    plan.report.left.push(one.name());
                    continue;
                }
            }
            if has_reply(from, one.id, to)? {
                plan.report.left.push(one.name());
            } else {
                plan.add(&one, target, all);
            }
        }
        plan.checks = !plan.series.is_empty();
        Ok(plan)
    }

    /// Adds a series to copy, with these versions.
    fn add(&mut self, one: &SourceSeries, target: Option<i64>, versions: Vec<VersionToCopy>) {
        self.series.push(SeriesToCopy {
            id: one.id,
            name: one.name(),
            target,
            versions: versions.into_iter().map(|version| version.id).collect(),
        });
    }

    /// The versions that the target lacks; the others are reported.
    fn absent(
        &mut self,
        one: &SourceSeries,
        all: Vec<VersionToCopy>,
        there: &[VersionToCopy],
    ) -> Vec<VersionToCopy> {
        let (present, absent): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|version| version.is_among(there));
        let present = present.iter();
        self.report
            .present
            .extend(present.map(|version| format!("{} v{}", one.name(), version.number)));
        absent
    }

    /// The result so far, before anything is copied.
    pub(super) fn report(&self) -> Copied {
        self.report.clone()
    }

    /// Whether there is nothing to copy.
    pub(super) fn is_empty(&self) -> bool {
        self.series.is_empty() && self.named.is_empty()
    }

    /// Whether all of each series is copied, as for a move.
    pub(super) fn is_transfer(&self) -> bool {
        self.is_transfer
    }

    /// After the copy, before anything is deleted: the name of a series whose copy differs.
    pub(super) fn differing(&self, from: &Connection, to: &Connection) -> Result<Option<&str>> {
        for one in &self.series {
            let Some(target) = one.target else {
                return Ok(Some(&one.name));
            };
            if !content::is_within(from, one.id, to, target, Scope::Versions)? {
                return Ok(Some(&one.name));
            }
        }
        Ok(None)
    }
}

/// Whether the target has a reply that belongs to a series of the source, by its unique number.
fn has_reply(from: &Connection, series: i64, to: &Connection) -> Result<bool> {
    let sql = "SELECT gmail_msg_id FROM reply WHERE gmail_msg_id NOTNULL
        AND (svid IN (SELECT id FROM ser_ver WHERE series_id = ?1) OR review_id IN
        (SELECT r.id FROM review AS r JOIN ser_ver AS v ON r.svid = v.id WHERE v.series_id = ?1))";
    let mut query = from.prepare(sql)?;
    let mut rows = query.query([series])?;
    let mut there = to.prepare("SELECT EXISTS (SELECT 1 FROM reply WHERE gmail_msg_id = ?1)")?;
    while let Some(row) = rows.next()? {
        if there.query_row([owned(row, 0)?], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The selected series, in order.
fn selected(conn: &Connection, which: CopyScope) -> Result<Vec<SourceSeries>> {
    let mut query = conn.prepare("SELECT id, name, desc, source IS ?1 FROM series ORDER BY id")?;
    let read = |row: &Row<'_>| {
        Ok(SourceSeries {
            id: row.get(0)?,
            name: owned(row, 1)?,
            desc: owned(row, 2)?,
            is_review: row.get(3)?,
        })
    };
    let all = query
        .query_map([REVIEW], read)?
        .collect::<Result<Vec<_>>>()?;
    Ok(all
        .into_iter()
        .filter(|one| match which {
            CopyScope::All => true,
            CopyScope::Own => !one.is_review,
            CopyScope::Reviews => one.is_review,
        })
        .collect())
}

/// The row of the same series in the target, and whether it is a review. A series without a name is matched by
/// title.
fn find(to: &Connection, one: &SourceSeries) -> Result<Option<(i64, bool)>> {
    let sql = "SELECT id, source IS ?3 FROM series WHERE name IS ?1 AND (name NOTNULL OR desc IS ?2) LIMIT 1";
    to.query_row(sql, (&one.name, &one.desc, REVIEW), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .optional()
}

fn versions(conn: &Connection, series: i64) -> Result<Vec<VersionToCopy>> {
    let mut query =
        conn.prepare("SELECT id, version FROM ser_ver WHERE series_id = ?1 ORDER BY id")?;
    let read = |row: &Row<'_>| {
        let number = value::text(row.get_ref(1)?).unwrap_or_else(|| "?".to_owned());
        Ok(VersionToCopy {
            id: row.get(0)?,
            number,
        })
    };
    query.query_map([series], read)?.collect()
}

/// The rows of a source table whose key is missing in the target.
fn absent_rows(from: &Connection, to: &Connection, table: &str, key: &str) -> Result<Vec<i64>> {
    let mut query = from.prepare(&format!("SELECT rowid, {key} FROM {table} ORDER BY rowid"))?;
    let all = query
        .query_map([], |row| Ok((row.get(0)?, owned(row, 1)?)))?
        .collect::<Result<Vec<(i64, Value)>>>()?;
    let mut there = to.prepare(&format!(
        "SELECT EXISTS (SELECT 1 FROM {table} WHERE {key} IS ?1)"
    ))?;
    let mut absent = Vec::new();
    for (row, key) in all {
        if !there.query_row([key], |row| row.get(0))? {
            absent.push(row);
        }
    }
    Ok(absent)
}

/// A value of any type; text that is not UTF-8 is compared in its displayed form.
fn owned(row: &Row<'_>, column: usize) -> Result<Value> {
    let value = row.get_ref(column)?;
    Ok(match Value::try_from(value) {
        Ok(value) => value,
        Err(_) => value::text(value).map_or(Value::Null, Value::Text),
    })
}
