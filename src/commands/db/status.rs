// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db status`: shows the state of the database without changing it.

use crate::clock;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::status::{self, DbState, DbStatus as Seen};
use crate::error::{Error, Exit, Result};
use crate::output::colour::Paint;
use crate::output::{Output, bytes, escape_controls};
use clap::Args;

/// Show the location and the state of the database
///
/// Never migrates, locks or changes the database. Exits with status 1 if the database cannot be read, or if it is
/// missing or empty beside its log or its backups.
#[derive(Debug, Args)]
pub struct DbStatusArgs {
    /// Print the status as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl DbStatusArgs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let mut seen = status::status(&context.location()?)?;
        let reviews = match context.separate_reviews() {
            Ok(location) => location,
            Err(why) => {
                context.out().warn(why.to_string());
                None
            }
        };
        seen.reviews = reviews
            .map(|location| status::status(&location))
            .transpose()?
            .map(Box::new);
        if self.json {
            context.out().json(&seen)?;
            return ended(&seen);
        }
        let mut text = render(context.out(), &seen);
        if let Some(reviews) = &seen.reviews {
            text.push_str("\nSeparate database for reviews:\n");
            text.push_str(&render(context.out(), reviews));
        }
        context.out().listing(&text)?;
        if seen.exposed && !matches!(seen.state, DbState::Absent | DbState::Lost) {
            context.out().warn("the database is at the top of a worktree, where 'git clean -x' and 'git stash -a' remove it");
            context
                .out()
                .hint("to move it to the git directory: git patman db move");
        }
        ended(&seen)
    }
}

/// Exits with 1 where there is a database that cannot be read.
fn ended(seen: &Seen) -> Result<()> {
    if seen.is_unreadable() {
        Err(Error::silent(Exit::Failed))
    } else {
        Ok(())
    }
}

fn render(out: &Output, seen: &Seen) -> String {
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
        DbState::Lost => ("lost: no command makes a new one in its place", Paint::Bad),
    }
}
