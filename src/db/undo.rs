// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `gitpatman_undo`: the latest changes to the user's own series in each repository.

use super::rows::RowChange;
use super::value::LenientRow;
use super::{Read, Write, at};
use crate::error::{Error, Result};
use rusqlite::Row;
use std::collections::BTreeSet;

/// How many changes are kept for each repository.
const KEPT: i64 = 50;

/// A change that can be undone or redone.
#[derive(Debug, Clone)]
pub struct UndoRecord {
    /// Its row.
    pub id: i64,
    /// Identifies the change.
    pub token: String,
    /// The command.
    pub what: String,
    /// What it did.
    pub why: String,
    /// When it was made, in seconds since 1970.
    pub finished: i64,
    /// When it was undone.
    pub undone: Option<i64>,
    /// The branches and series that it concerns.
    pub names: Vec<String>,
    /// What it did in git, as written by its author.
    pub plan: String,
    /// The rows that it changed.
    pub rows: Vec<RowChange>,
}

/// A change that was made.
#[derive(Debug, Clone, Copy)]
pub struct NewRecord<'a> {
    /// The repository.
    pub common_dir: &'a str,
    /// Identifies the change.
    pub token: &'a str,
    /// The command.
    pub what: &'a str,
    /// What it did.
    pub why: &'a str,
    /// When it was made, in seconds since 1970.
    pub finished: i64,
    /// The branches and series that it concerns.
    pub names: &'a [String],
    /// What it did in git.
    pub plan: &'a str,
    /// The rows that it changed.
    pub rows: &'a [RowChange],
}

impl NewRecord<'_> {
    /// Whether `old` was undone and can no longer be redone after this change.
    fn replaces(&self, old: &UndoRecord) -> bool {
        old.undone.is_some() && old.names.iter().any(|name| self.names.contains(name))
    }
}

/// Adds a change. Undone changes to the same branches or series can then no longer be redone, and the oldest
/// changes are dropped. Returns the changes that were removed from the list.
pub fn insert(write: &Write<'_>, new: &NewRecord<'_>) -> Result<Vec<UndoRecord>> {
    let before = list(write, new.common_dir)?;
    for old in before.iter().filter(|old| new.replaces(old)) {
        at(
            write,
            write
                .conn()
                .execute("DELETE FROM gitpatman_undo WHERE id = ?1", [old.id]),
        )?;
    }
    let names = json(&new.names)?;
    let rows = json(&new.rows)?;
    let sql =
        "INSERT INTO gitpatman_undo (common_dir, token, what, why, finished, names, plan, rows)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = (
        new.common_dir,
        new.token,
        new.what,
        new.why,
        new.finished,
        names,
        new.plan,
        rows,
    );
    at(write, write.conn().execute(sql, values))?;
    let sql = "DELETE FROM gitpatman_undo WHERE common_dir = ?1 AND id NOT IN
        (SELECT id FROM gitpatman_undo WHERE common_dir = ?1 ORDER BY id DESC LIMIT ?2)";
    at(write, write.conn().execute(sql, (new.common_dir, KEPT)))?;
    let after: BTreeSet<i64> = list(write, new.common_dir)?
        .into_iter()
        .map(|record| record.id)
        .collect();
    Ok(before
        .into_iter()
        .filter(|old| !after.contains(&old.id))
        .collect())
}

/// Records that a change was undone or redone. `token` identifies the step that did so.
pub fn set_undone(write: &Write<'_>, id: i64, undone: Option<i64>, token: &str) -> Result<()> {
    let sql = "UPDATE gitpatman_undo SET undone = ?1, token = ?2 WHERE id = ?3";
    match at(write, write.conn().execute(sql, (undone, token, id)))? {
        0 => Err(Error::new("the change to undo is no longer recorded")
            .with_hint("git patman undo --list")),
        _ => Ok(()),
    }
}

/// The changes of a repository, the oldest first. Records that cannot be read are left out.
pub fn list(db: &impl Read, common_dir: &str) -> Result<Vec<UndoRecord>> {
    let sql = "SELECT id, token, what, why, finished, undone, names, plan, rows FROM gitpatman_undo
        WHERE common_dir = ?1 ORDER BY id";
    let rows = db.conn().prepare(sql).and_then(|mut query| {
        query
            .query_map([common_dir], read)?
            .collect::<rusqlite::Result<Vec<_>>>()
    });
    Ok(at(db, rows)?.into_iter().flatten().collect())
}

/// Whether a step with that token is recorded.
pub fn has(db: &impl Read, token: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM gitpatman_undo WHERE token = ?1)";
    at(db, db.conn().query_row(sql, [token], |row| row.get(0)))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<UndoRecord>> {
    let text = |column| LenientRow::text(row, column).map(Option::unwrap_or_default);
    let (names, rows): (String, String) = (text(6)?, text(8)?);
    let (Ok(names), Ok(rows)) = (serde_json::from_str(&names), serde_json::from_str(&rows)) else {
        return Ok(None);
    };
    Ok(Some(UndoRecord {
        id: row.get(0)?,
        token: text(1)?,
        what: text(2)?,
        why: text(3)?,
        finished: row.number(4)?.unwrap_or_default(),
        undone: row.number(5)?,
        names,
        plan: text(7)?,
        rows,
    }))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|why| Error::new("cannot record the change").with_cause(why))
}
