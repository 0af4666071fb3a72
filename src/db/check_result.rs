// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_check`: results of commands run on trees, so that a check that passed is not run again.

use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::Result;
use rusqlite::{OptionalExtension, Row, ToSql};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Identifies a check: the command and its input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckKey {
    /// The tree.
    pub tree: String,
    /// The command line, as a shell would read it.
    pub command: String,
    /// Digest of the other commit data that the command can see.
    pub context: String,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// With status 0.
    Passed,
    /// With another status, or by a signal.
    Failed,
    /// It took too long.
    TimedOut,
}

impl CheckOutcome {
    fn name(self) -> &'static str {
        match self {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "failed",
            CheckOutcome::TimedOut => "timeout",
        }
    }

    /// An unknown outcome counts as not passed.
    fn named(name: &str) -> CheckOutcome {
        [CheckOutcome::Passed, CheckOutcome::TimedOut]
            .into_iter()
            .find(|one| one.name() == name)
            .unwrap_or(CheckOutcome::Failed)
    }
}

/// The result of a command on a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckResult {
    /// How it ended.
    pub outcome: CheckOutcome,
    /// The exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// How long it took.
    pub seconds: f64,
    /// When it ended, in seconds since 1970.
    pub finished: Option<i64>,
    /// The file that holds its output; it may be gone.
    pub output: Option<PathBuf>,
}

/// Stores the result of a command, replacing any earlier result.
pub fn set(write: &Write<'_>, subject: &CheckKey, result: &CheckResult) -> Result<()> {
    let sql =
        "INSERT OR REPLACE INTO gitpatman_check (tree, command, context, outcome, status, seconds, finished, output)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let output = result.output.as_deref().map(super::snapshot::SqlitePath);
    let CheckKey {
        tree,
        command,
        context,
    } = subject;
    let name = result.outcome.name();
    let values: [&dyn ToSql; 8] = [
        tree,
        command,
        context,
        &name,
        &result.status,
        &result.seconds,
        &result.finished,
        &output,
    ];
    at(write, write.conn().execute(sql, &values[..])).map(drop)
}

/// The last result of a command on a tree.
pub fn find(db: &impl Read, subject: &CheckKey) -> Result<Option<CheckResult>> {
    let sql = "SELECT outcome, status, seconds, finished, output FROM gitpatman_check
        WHERE tree = ?1 AND command = ?2 AND context = ?3";
    let key = (&subject.tree, &subject.command, &subject.context);
    at(db, db.conn().query_row(sql, key, read).optional())
}

/// Deletes the results from before `then`, in seconds since 1970; returns how many rows were deleted.
pub fn forget(write: &Write<'_>, then: i64) -> Result<usize> {
    at(
        write,
        write
            .conn()
            .execute("DELETE FROM gitpatman_check WHERE finished < ?1", [then]),
    )
}

/// How many rows [`forget`] would delete.
pub fn count_before(db: &impl Read, then: i64) -> Result<usize> {
    let sql = "SELECT count(*) FROM gitpatman_check WHERE finished < ?1";
    let count: i64 = at(db, db.conn().query_row(sql, [then], |row| row.get(0)))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

fn read(row: &Row<'_>) -> rusqlite::Result<CheckResult> {
    let output = row.get_ref(4)?.as_bytes_or_null().ok().flatten();
    Ok(CheckResult {
        outcome: CheckOutcome::named(&LenientRow::text(row, 0)?.unwrap_or_default()),
        status: row.number(1)?.and_then(|status| i32::try_from(status).ok()),
        seconds: row.get_ref(2)?.as_f64().unwrap_or_default(),
        finished: row.number(3)?,
        output: output.map(|bytes| PathBuf::from(OsStr::from_bytes(bytes))),
    })
}
