// SPDX-License-Identifier: GPL-2.0-or-later
//! Series from one database into another, with all that hangs on them, in patman's tables and in ours.
//!
//! `merge` reads a source that is never changed, not even by a migration: it works on a copy of it that has no name. `split`
//! and `join` (both [`transfer`]) move reviews between the database and the one for reviews. SQLite makes no two files with
//! write-ahead logs change at one instant, so that the order keeps the rows: both are locked for writing, the series are
//! copied, the copies are compared with what they were made from, the target is committed, and only then is the source
//! changed. A run that was killed in between leaves series in both; the next one sees that they are the same and finishes.
//!
//! Each database that is changed is first copied to a file beside it, by a second connection while its transaction is open.
//! A dry run does all the same work on copies without a name, and so counts the same.

mod content;
mod ends;
mod plan;
mod rows;

use super::remains::{self, FileState};
use super::{Location, OpenOptions, delete, failure};
use crate::error::{Error, Result};
use crate::output::Output;
use ends::CopyEnd;
use jiff::Zoned;
use plan::CopyPlan;
use rusqlite::Transaction;
use std::path::{Path, PathBuf};

pub use ends::{file_of, is_same};

/// Which series are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyScope {
    /// All.
    All,
    /// The user's own.
    Own,
    /// Those of others that are reviewed.
    Reviews,
}

/// How a copy is made.
#[derive(Clone, Copy, Debug)]
pub struct CopyRequest<'a> {
    /// Which series are meant.
    pub which: CopyScope,
    /// Whether upstreams and their Patchwork projects are copied too.
    pub upstreams: bool,
    /// Whether nothing is changed, only counted.
    pub dry_run: bool,
    /// The time that backups are named by.
    pub now: &'a Zoned,
    /// How databases are opened.
    pub options: &'a OpenOptions<'a>,
    /// Where words go.
    pub out: &'a Output,
}

/// What was copied, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Series that are new in the target.
    pub series: usize,
    /// Their versions, and versions of series that were there.
    pub versions: usize,
    /// Patches.
    pub patches: usize,
    /// Texts of reviews.
    pub reviews: usize,
    /// Replies to them.
    pub replies: usize,
    /// Entries of the workflow.
    pub todos: usize,
    /// Mails.
    pub mails: usize,
    /// Upstreams.
    pub upstreams: usize,
    /// Projects on Patchwork.
    pub projects: usize,
    /// Series that a run that was stopped had copied, and that only had to be taken from the source.
    pub finished: usize,
    /// Replies that the target has already, by the number that their mail server gave them.
    pub same_replies: usize,
    /// Versions that are in the target already, as `<series> v<N>`; they were left alone.
    pub present: Vec<String>,
    /// Series that are the user's own in one database and a review in the other.
    pub apart: Vec<String>,
    /// Series that were not moved, since the target has something of them that is not the same.
    pub left: Vec<String>,
    /// What the databases were before, each as a file.
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
    // What migrates it knows branches of this repository, and the source may be of another.
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
    let mut copied = plan.told();
    if plan.is_empty() {
        return Ok(copied);
    }
    if is_live {
        copied
            .backups
            .push(ends::back_up(&path, "before-merge", request.now)?);
    }
    rows::copy(&from.conn, &transaction, &mut plan, request, &mut copied).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(copied)
}

/// Moves series from one database to another. `what` names it in the files that are kept.
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
    let mut copied = plan.told();
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
    rows::copy(&reading, &writing, &mut plan, request, &mut copied).map_err(to_failed)?;
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

/// Deletes from the source what the target has.
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
