// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies series from one database to another, with everything that belongs to them, in patman's tables and in
//! ours.
//!
//! `merge` reads a source that is never changed, not even by a migration: it works on an unnamed copy. `split`
//! and `join` (both [`transfer`]) move reviews between the database and the review database. SQLite cannot
//! commit to two files with write-ahead logs atomically, so the order of the steps protects the rows: both are
//! locked for writing, the series are copied, the copies are compared with the originals, the target is
//! committed, and only then is the source changed. A process killed in between leaves series in both; the next
//! run sees that they are identical and finishes.
//!
//! Each database that is changed is first backed up to a file beside it, by a second connection while its
//! transaction is open. A dry run does all the same work on unnamed copies, and so reports the same counts.

mod content;
mod ends;
mod plan;
mod rows;
mod seen;

use super::remains::{self, FileState};
use super::row_counts::RowCounts;
use super::{Location, OpenOptions, delete, failure};
use crate::error::{Error, Result};
use crate::events::Events;
use ends::CopyEnd;
use jiff::Zoned;
use plan::CopyPlan;
use rusqlite::Transaction;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use ends::{file_of, is_same};

/// Old row numbers and the new ones.
type Numbers = BTreeMap<i64, i64>;

/// Which series to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyScope {
    /// All.
    All,
    /// The user's own.
    Own,
    /// Other authors' series, under review.
    Reviews,
}

/// The options of a copy.
#[derive(Clone, Copy, Debug)]
pub struct CopyRequest<'a> {
    /// Which series to copy.
    pub which: CopyScope,
    /// Whether upstreams and their Patchwork projects are copied too.
    pub upstreams: bool,
    /// Whether to change nothing and only count.
    pub dry_run: bool,
    /// The time used in the names of backups.
    pub now: &'a Zoned,
    /// How databases are opened.
    pub options: &'a OpenOptions<'a>,
    /// Receives what is reported during the copy.
    pub events: &'a dyn Events,
}

/// The result of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many rows were copied.
    pub rows: RowCounts,
    /// Series that an interrupted run had already copied, and that only had to be deleted from the source.
    pub finished: usize,
    /// Replies that the target already has, by the number that their mail server gave them.
    pub same_replies: usize,
    /// Versions that the target already has, as `<series> v<N>`; they were left unchanged.
    pub present: Vec<String>,
    /// Series that are the user's own in one database and a review in the other.
    pub apart: Vec<String>,
    /// Series that were not moved, since the target has different data for them.
    pub left: Vec<String>,
    /// The backups of the databases that were changed.
    pub backups: Vec<PathBuf>,
}

/// Copies series of the database in the file `source` into `target`.
pub fn merge(source: &Path, target: &Location, request: &CopyRequest<'_>) -> Result<Copied> {
    ends::refuse_same(source, &target.file())?;
    if remains::unless_lost(source)? == FileState::Absent {
        return Err(failure::unopened(source, "read"));
    }
    ends::prepare(&[target], request)?;
    let _locks = ends::lock(&[&target.file()], &[source], request)?;
    // The migration uses branches of this repository, but the source may belong to another.
    let options = OpenOptions {
        upstream_of: None,
        ..*request.options
    };
    let from = CopyEnd::copy_of(source, &options)?;
    let mut to = CopyEnd::to_change(target, request)?;
    let failed = |why| failure::of(&target.file(), "merge into", &why);
    let (path, is_live) = (to.path.clone(), to.is_live);
    let transaction = to.begin().map_err(failed)?;
    let mut plan = CopyPlan::merge(&from.conn, &transaction, request).map_err(failed)?;
    let mut copied = plan.report();
    if plan.is_empty() {
        return Ok(copied);
    }
    if is_live {
        copied
            .backups
            .push(ends::back_up(&path, "before-merge", request.now)?);
    }
    rows::copy(
        &from.conn,
        &transaction,
        &mut plan,
        request.which,
        &mut copied,
    )
    .map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(copied)
}

/// Moves series from one database to another. `what` is used in the names of the backups.
pub fn transfer(
    from: &Location,
    to: &Location,
    what: &str,
    request: &CopyRequest<'_>,
) -> Result<Copied> {
    ends::refuse_same(&from.file(), &to.file())?;
    ends::prepare(&[from, to], request)?;
    let _locks = ends::lock(&[&from.file(), &to.file()], &[], request)?;
    let (mut source, mut target) = (
        CopyEnd::to_change(from, request)?,
        CopyEnd::to_change(to, request)?,
    );
    let (from_path, to_path) = (source.path.clone(), target.path.clone());
    let is_live = source.is_live;
    let from_failed = |why| failure::of(&from_path, "move series out of", &why);
    let to_failed = |why| failure::of(&to_path, "move series into", &why);
    let reading = source.begin().map_err(from_failed)?;
    let writing = target.begin().map_err(to_failed)?;
    let mut plan = CopyPlan::transfer(&reading, &writing, request).map_err(to_failed)?;
    let mut copied = plan.report();
    if plan.is_empty() {
        return Ok(copied);
    }
    if is_live {
        for path in [&to_path, &from_path] {
            copied
                .backups
                .push(ends::back_up(path, &format!("before-{what}"), request.now)?);
        }
    }
    rows::copy(&reading, &writing, &mut plan, request.which, &mut copied).map_err(to_failed)?;
    if let Some(name) = plan.differing(&reading, &writing).map_err(to_failed)? {
        return Err(Error::new(format!(
            "cannot move series '{name}' to '{}'",
            to_path.display()
        ))
        .with_cause("its copy there would not hold the same; nothing was changed"));
    }
    writing.commit().map_err(to_failed)?;
    take_away(reading, &from_path, &plan).map_err(|why| {
        why.with_hint("the series are in both databases now, and nothing is lost; run the command again to finish")
    })?;
    Ok(copied)
}

/// Deletes from the source everything that the target has.
fn take_away(transaction: Transaction<'_>, path: &Path, plan: &CopyPlan) -> Result<()> {
    let write = super::Write { transaction, path };
    for one in &plan.series {
        delete::series(&write, super::series::SeriesId(one.id))?;
    }
    write
        .transaction
        .commit()
        .map_err(|why| failure::of(path, "move series out of", &why))
}
