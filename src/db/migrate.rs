// SPDX-License-Identifier: GPL-2.0-or-later
//! The migration: every missing step in one transaction, under the lock, after a backup of exactly the content
//! that is migrated.
//!
//! The order of the steps keeps data safe. The file is examined under the lock before anything is written. The
//! transaction is opened, and the file is examined again inside it, since a writer without the lock may have
//! changed it. The backup is made by a second connection, which sees the state from which the open transaction
//! started. Then the steps run and are committed with `synchronous=FULL`. If the process is killed at any
//! point, the database is either the old one or the new one.

use super::connect::{self, Journal};
use super::remains::{self, FileState};
use super::schema::{self, Due, SchemaState};
use super::{Location, OpenOptions, failure, snapshot, step};
use crate::error::Result;
use crate::events::Events;
use crate::git::file_lock::FileLock;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// The version that added the upstreams of series.
pub(super) const WITH_UPSTREAMS: i64 = 5;

/// Migrates the database to the newest schema, creating it when it is absent, and returns the connection.
pub(super) fn run(
    location: &Location,
    options: &OpenOptions<'_>,
    events: &dyn Events,
) -> Result<Connection> {
    let path = &location.file();
    location.make_dir()?;
    let _lock =
        FileLock::wait(&location.lock_file(), options.lock_timeout, events).map_err(|why| {
            if remains::file_state(path).is_ok_and(|state| state == FileState::Filled) {
                why
            } else {
                why.within(format!("cannot create the database '{}'", path.display()))
            }
        })?;
    snapshot::sweep(path);
    let existed = remains::unless_lost(path)? != FileState::Absent;
    let opened = if existed {
        connect::open(path)
    } else {
        connect::create(path)
    };
    let mut conn =
        opened.map_err(|why| failure::of(path, if existed { "open" } else { "create" }, &why))?;
    let done = bring(&mut conn, path, Journal::of(&location.dir), options, events)?;
    if let Some(done) = done {
        tell(path, existed, &done, events);
        if let Err(why) = location.hide() {
            events.warn(format!(
                "cannot hide '{}' from git status: {why}",
                path.display()
            ));
        }
    }
    conn.execute_batch("PRAGMA synchronous = NORMAL")
        .map_err(|why| failure::of(path, "open", &why))?;
    Ok(conn)
}

/// Migrates the database that `conn` has open, unless another process has already done so. The caller holds the
/// lock.
fn bring(
    conn: &mut Connection,
    path: &Path,
    journal: Journal,
    options: &OpenOptions<'_>,
    events: &dyn Events,
) -> Result<Option<SchemaState>> {
    let failed = |why: rusqlite::Error| failure::of(path, "migrate", &why);
    if work(conn, path)?.is_none() {
        return Ok(None);
    }
    if conn.is_readonly("main").map_err(failed)? {
        return Err(failure::read_only(path, "migrate"));
    }
    conn.execute_batch("PRAGMA synchronous = FULL")
        .map_err(failed)?;
    connect::set_journal(conn, journal).map_err(failed)?;
    let transaction = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let Some(found) = work(&transaction, path)? else {
        return Ok(None);
    };
    let due = match &found {
        SchemaState::Due(due) => due.clone(),
        _ => Due {
            version: 0,
            half: None,
            own_only: false,
            own: 0,
        },
    };
    if due.version > 0 && !due.own_only {
        if let Some(why) = &due.half {
            events.warn(format!(
                "the database '{}' was left half-way by a migration that was stopped: {why}",
                path.display()
            ));
        }
        let kept = snapshot::keep(path, due.version)
            .map_err(|why| why.with_hint("nothing was changed"))?;
        let verb = if kept.already {
            "The database is already backed up in"
        } else {
            "Backed up the database to"
        };
        events.notice(format!("{verb} '{}'", kept.path.display()));
    }
    apply(&transaction, &due, options).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(Some(found))
}

/// Creates a new in-memory database.
pub(super) fn in_memory(options: &OpenOptions<'_>) -> rusqlite::Result<Connection> {
    let conn = Connection::open_in_memory()?;
    apply(
        &conn,
        &Due {
            version: 0,
            half: None,
            own_only: false,
            own: 0,
        },
        options,
    )?;
    Ok(conn)
}

/// Runs all steps that are due, inside the caller's transaction.
pub(super) fn apply(
    conn: &Connection,
    due: &Due,
    options: &OpenOptions<'_>,
) -> rusqlite::Result<()> {
    if !due.own_only {
        for version in 1..=step::PATMAN {
            step::run(conn, version, version > due.version)?;
        }
        conn.execute("DELETE FROM schema_version", [])?;
        conn.execute(
            "INSERT INTO schema_version (version) VALUES (?1)",
            [step::PATMAN],
        )?;
        if (1..WITH_UPSTREAMS).contains(&due.version) {
            fill_upstreams(conn, options)?;
        }
    }
    step::run_own(conn, due.own)
}

/// Sets the upstream of each series to the remote of its branch, as patman does after a migration from a
/// version without upstreams. In a newer database, the user may have removed the upstream on purpose.
fn fill_upstreams(conn: &Connection, options: &OpenOptions<'_>) -> rusqlite::Result<()> {
    let Some(upstream_of) = options.upstream_of else {
        return Ok(());
    };
    let mut query =
        conn.prepare("SELECT id, name FROM series WHERE upstream IS NULL AND archived = 0 AND typeof(name) = 'text'")?;
    let series = query.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    })?;
    for (id, name) in series.collect::<rusqlite::Result<Vec<_>>>()? {
        if let Some(upstream) = upstream_of(&name) {
            conn.execute(
                "UPDATE series SET upstream = ?1 WHERE id = ?2",
                (upstream, id),
            )?;
        }
    }
    Ok(())
}

/// Whether the file is a patman database of any version, or empty; another program's file is an error.
pub(super) fn recognise(conn: &Connection, path: &Path) -> Result<SchemaState> {
    match schema::find(conn).map_err(|why| failure::of(path, "read", &why))? {
        SchemaState::Foreign(why) => Err(failure::foreign(path, &why)),
        found => Ok(found),
    }
}

/// The work that is due; `None` when the database is current. A newer database and another program's file are
/// errors.
pub(super) fn work(conn: &Connection, path: &Path) -> Result<Option<SchemaState>> {
    match recognise(conn, path)? {
        SchemaState::Current => Ok(None),
        SchemaState::Newer(table, version) => Err(failure::newer(path, table, version)),
        found => Ok(Some(found)),
    }
}

fn tell(path: &Path, existed: bool, found: &SchemaState, events: &dyn Events) {
    let file = path.display();
    let newest = step::PATMAN;
    match found {
        SchemaState::Due(due) if due.own_only => events.step(format!(
            "Added git-patman's own tables to the database '{file}'"
        )),
        SchemaState::Due(due) if due.version == newest => {
            events.notice(format!("Repaired the database '{file}'"))
        }
        SchemaState::Due(due) => {
            events.notice(format!(
                "Updated the database '{file}' from version {} to {newest}",
                due.version
            ));
        }
        _ if existed => events.notice(format!("Created a database in the empty file '{file}'")),
        _ => events.notice(format!("Created database '{file}'")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::events::Collector;

    #[test]
    fn a_migration_without_a_log_is_backed_up_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".patman.db");
        std::fs::copy(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/db/patman-v09.db"),
            &path,
        )
        .unwrap();
        let mut conn = connect::open(&path).unwrap();
        let events = Collector::default();
        assert!(
            bring(
                &mut conn,
                &path,
                Journal::Truncate,
                &OpenOptions::default(),
                &events
            )
            .unwrap()
            .is_some()
        );
        assert!(
            bring(
                &mut conn,
                &path,
                Journal::Truncate,
                &OpenOptions::default(),
                &events
            )
            .unwrap()
            .is_none()
        );
        assert_eq!(connect::journal_mode(&conn).unwrap(), "truncate");
        let kept = connect::open_immutable(&dir.path().join(".patman.dbold.v9")).unwrap();
        assert_eq!(
            schema::written(&kept).unwrap(),
            schema::SchemaVersions::Number(9)
        );
        assert_eq!(
            schema::written(&conn).unwrap(),
            schema::SchemaVersions::Number(16)
        );
    }
}
