// SPDX-License-Identifier: GPL-2.0-or-later
//! Deletes rows whose parent is missing, after backing up the database.
//!
//! Only rows that mean nothing without their parent and that nobody wrote are deleted: patches, todo entries
//! and details of a version or series that is gone. Series, versions, reviews, replies and mails are never
//! deleted, and duplicate versions are never resolved: the returned check reports what remains.

use super::check::{self, CheckReport};
use super::unknown_upstream::{self, UnknownUpstream};
use super::{Db, Location, OpenOptions, Read, at, backup, failure, graph, snapshot};
use crate::error::{Error, Result};
use crate::events::Events;
use jiff::Zoned;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The backup made before the repair; `None` when there was nothing to delete.
    pub backup: Option<PathBuf>,
    /// How many rows were deleted, by table.
    pub deleted: BTreeMap<String, usize>,
    /// Upstreams of series that were cleared.
    pub cleared: Vec<UnknownUpstream>,
    /// The problems that remain.
    pub left: CheckReport,
}

/// Repairs what can be repaired without loss. A database with damaged pages is left alone.
pub fn repair(
    location: &Location,
    options: &OpenOptions<'_>,
    is_known: &dyn Fn(&str) -> bool,
    now: &Zoned,
    events: &dyn Events,
) -> Result<Repaired> {
    let before = check::check(location, is_known)?;
    if let Some(damage) = before.damage.first() {
        return Err(Error::new(format!(
            "cannot repair the database '{}'",
            before.path.display()
        ))
        .with_cause(format!("its file is damaged: {damage}"))
        .with_hint("go back to a copy: git patman db restore <file>"));
    }
    let mut db = Db::open(location, options, events)?;
    let path = location.file();
    let mut repaired = Repaired {
        backup: None,
        deleted: BTreeMap::new(),
        cleared: Vec::new(),
        left: CheckReport::default(),
    };
    // Check again: it may have been migrated.
    let before = check::check(location, is_known)?;
    let is_dangling = before.dangling.iter().any(|dangling| dangling.removable);
    if is_dangling || before.unknown_upstreams.iter().any(|one| one.removable) {
        let copy = backup::named(&path, "before-repair", now);
        (repaired.deleted, repaired.cleared) = db.write(|write| {
            // Made beside the open transaction, the backup holds exactly the rows as they are before the
            // deletion.
            let conn =
                super::connect::open(&path).map_err(|why| failure::of(&path, "copy", &why))?;
            snapshot::write(&conn, &path, &copy)?;
            let deleted = at(write, delete(write.conn()))?;
            let cleared = unknown_upstream::clear(write.conn(), &before.unknown_upstreams);
            Ok((deleted, at(write, cleared)?))
        })?;
        repaired.backup = Some(copy);
    }
    drop(db);
    repaired.left = check::check(location, is_known)?;
    Ok(repaired)
}

fn delete(conn: &rusqlite::Connection) -> rusqlite::Result<BTreeMap<String, usize>> {
    let mut deleted = BTreeMap::new();
    for (table, parent) in graph::references().filter(|(_, parent)| parent.removable) {
        let sql = format!("DELETE FROM {} WHERE rowid = ?1", table.name);
        for row in check::dangling(conn, table, parent)? {
            *deleted.entry(table.name.to_owned()).or_default() += conn.execute(&sql, [row])?;
        }
    }
    Ok(deleted)
}
