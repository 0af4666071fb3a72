// SPDX-License-Identifier: GPL-2.0-or-later
//! The state of the database: DATABASE STATUS in git-patman-json(5).

use super::{each, json_object};
use crate::clock;
use crate::db::Holder;
use crate::db::status::{Copy, DbState, DbStatus};
use crate::output::Output;
use crate::output::colour::Paint;
use crate::text::{bytes, escape_controls};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

json_object! {
    /// A database.
    pub struct DbStatusJson<'a> from seen: &'a DbStatus {
        path: &'a Path = &seen.path,
        origin: &'a str = &seen.origin,
        unused: Option<&'a Path> = seen.unused.as_deref(),
        exposed: bool = seen.exposed,
        remote: Option<&'a str> = seen.remote.as_deref(),
        state: &'static str = seen.state.word(),
        problem: Option<&'a str> = seen.problem.as_deref(),
        read_only: bool = seen.read_only,
        read_only_reason: Option<&'a str> = seen.read_only_reason.as_deref(),
        foreign_files: &'a [PathBuf] = &seen.foreign_files,
        version: Option<i64> = seen.version,
        own_version: Option<i64> = seen.own_version,
        journal_mode: Option<&'a str> = seen.journal_mode.as_deref(),
        size: u64 = seen.size,
        wal_size: u64 = seen.wal_size,
        tables: &'a BTreeMap<String, i64> = &seen.tables,
        locked: bool = seen.locked,
        lock_holders: Vec<HolderJson<'a>> = each(&seen.lock_holders),
        users: Vec<HolderJson<'a>> = each(&seen.users),
        backups: Vec<BackupJson<'a>> = each(&seen.backups),
        reviews: Option<Box<DbStatusJson<'a>>> =
            seen.reviews.as_deref().map(|reviews| Box::new(reviews.into())),
    }
}

json_object! {
    /// A process that uses the database.
    pub struct HolderJson<'a> from holder: &'a Holder {
        pid: u32 = holder.pid,
        command: Option<&'a str> = holder.command.as_deref(),
    }
}

json_object! {
    /// A backup beside the database.
    pub struct BackupJson<'a> from backup: &'a Copy {
        path: &'a Path = &backup.path,
        size: u64 = backup.size,
        modified: Option<i64> = backup.modified,
    }
}

/// The status as lines of a label and a value, and below them those of a separate database for reviews.
pub fn text(out: &Output, seen: &DbStatus) -> String {
    let mut text = lines(out, seen);
    if let Some(reviews) = &seen.reviews {
        text.push_str("\nSeparate database for reviews:\n");
        text.push_str(&lines(out, reviews));
    }
    text
}

fn lines(out: &Output, seen: &DbStatus) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{label:<10}{value}\n"));
        }
    };
    line("path", &escape_controls(&seen.path.display().to_string()));
    line("origin", &escape_controls(&seen.origin));
    if let Some(unused) = &seen.unused {
        line(
            "unused",
            &escape_controls(&format!(
                "{} (another database, not used)",
                unused.display()
            )),
        );
    }
    let (word, paint) = word(seen.state);
    line("state", &out.paint(paint, word));
    line(
        "problem",
        &escape_controls(seen.problem.as_deref().unwrap_or_default()),
    );
    if let Some(version) = seen.version {
        let own = seen
            .own_version
            .filter(|own| *own > 0)
            .map_or(String::new(), |own| {
                format!(" (tables of git patman: {own})")
            });
        line("schema", &format!("{version}{own}"));
    }
    if let Some(mode) = &seen.journal_mode {
        let remote = seen.remote.as_ref().map_or(String::new(), |kind| {
            format!(", on a network file system ({kind})")
        });
        line("journal", &format!("{mode}{remote}"));
    }
    if seen.state != DbState::Absent {
        let wal = if seen.wal_size > 0 {
            format!(", log {}", bytes(seen.wal_size))
        } else {
            String::new()
        };
        line("size", &format!("{}{wal}", bytes(seen.size)));
    }
    let reason = seen.read_only_reason.as_deref();
    let reason = reason.map_or(String::new(), |why| format!(": {why}"));
    if seen.read_only {
        line("access", &format!("read only{reason}"));
    }
    let holders: Vec<String> = seen.lock_holders.iter().map(ToString::to_string).collect();
    line(
        "locked",
        &if seen.locked && holders.is_empty() {
            "by another process".to_owned()
        } else {
            holders.join(", ")
        },
    );
    line(
        "open in",
        &seen
            .users
            .iter()
            .map(|user| escape_controls(&user.to_string()).into_owned())
            .collect::<Vec<_>>()
            .join(", "),
    );
    let rows: Vec<String> = seen
        .tables
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    line("rows", &rows.join(", "));
    let now = clock::now();
    for (at, copy) in seen.backups.iter().enumerate() {
        let age = copy
            .modified
            .map_or(String::new(), |then| format!(", {}", clock::age(then, now)));
        line(
            if at == 0 { "backups" } else { "" },
            &escape_controls(&format!(
                "{} ({}{age})",
                copy.path.display(),
                bytes(copy.size)
            )),
        );
    }
    text
}

fn word(state: DbState) -> (&'static str, Paint) {
    match state {
        DbState::Absent => (
            "absent: the first command that needs it creates it",
            Paint::Dim,
        ),
        DbState::Empty => (
            "empty: the first command that needs it initializes it",
            Paint::Dim,
        ),
        DbState::Current => ("current", Paint::Good),
        DbState::Old => ("old: the next command migrates it", Paint::Attention),
        DbState::HalfMigrated => (
            "half-migrated: the next command finishes it",
            Paint::Attention,
        ),
        DbState::Newer => ("newer than this program", Paint::Bad),
        DbState::Foreign => ("not a database of patman", Paint::Bad),
        DbState::Unreadable => ("unreadable", Paint::Bad),
        DbState::Lost => ("lost: no command replaces it with a new one", Paint::Bad),
    }
}
