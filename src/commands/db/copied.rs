// SPDX-License-Identifier: GPL-2.0-or-later
//! Shared by `merge`, `split` and `join`: the choice of the databases, and the report of the result.

use crate::clock;
use crate::context::Context;
use crate::db::Location;
use crate::db::copy::{self, Copied, CopyRequest, CopyScope};
use crate::error::{Error, Result};
use crate::output::Output;
use clap::Args;
use std::path::{Path, PathBuf};

/// Maximum number of names in one line.
const MAX_SHOWN: usize = 8;

/// Which database is that for reviews, and whether anything is changed.
#[derive(Debug, Args, Clone, Default)]
pub struct CopyOptions {
    /// Show what would be done, without changing anything
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Directory of the database for reviews, overriding patman.reviewDbDir
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    review_db_dir: Option<PathBuf>,
}

impl CopyOptions {
    pub(super) fn new(dry_run: bool, review_db_dir: Option<&Path>) -> CopyOptions {
        CopyOptions {
            dry_run,
            review_db_dir: review_db_dir.map(Path::to_owned),
        }
    }

    /// Adds the options that were given before the subcommand, as patman does.
    pub(super) fn with(&self, before: &CopyOptions) -> CopyOptions {
        CopyOptions {
            dry_run: self.dry_run || before.dry_run,
            review_db_dir: self
                .review_db_dir
                .clone()
                .or_else(|| before.review_db_dir.clone()),
        }
    }

    /// Whether any of these options was given.
    pub(super) fn is_given(&self) -> bool {
        self.dry_run || self.review_db_dir.is_some()
    }

    /// The location of the database for reviews, which must be configured.
    pub(super) fn reviews(&self, context: &Context) -> Result<Location> {
        context
            .review_location(self.review_db_dir.as_deref())?
            .ok_or_else(|| {
                Error::usage("there is no separate database for reviews")
                    .with_hint("to use a directory once: --review-db-dir <dir>")
                    .with_hint("to set it for all commands: git config patman.reviewDbDir <dir>")
            })
    }
}

/// Moves all reviews to the other database.
pub(super) fn transfer(
    context: &Context,
    from: &Location,
    to: &Location,
    what: &str,
    dry_run: bool,
) -> Result<()> {
    let out = context.out();
    let copied = context.with_options(|options| {
        let request = CopyRequest {
            which: CopyScope::Reviews,
            upstreams: false,
            dry_run,
            now: &clock::zoned(),
            options,
            events: out,
        };
        copy::transfer(from, to, what, &request)
    })?;
    report(out, "moved", &copied, dry_run);
    if !copied.left.is_empty() {
        let verb = if dry_run {
            "would not be moved from"
        } else {
            "not moved from"
        };
        out.warn(format!(
            "{verb} '{}': {}",
            from.file().display(),
            listed(&copied.left)
        ));
        out.hint("the other database has a different review or reply with the same name");
    }
    Ok(())
}

/// Reports what was copied and what was skipped.
pub(super) fn report(out: &Output, verb: &str, copied: &Copied, dry_run: bool) {
    for backup in &copied.backups {
        out.note(format!("backed up to '{}'", backup.display()));
    }
    let verb = if dry_run {
        format!("would have {verb}")
    } else {
        verb.to_owned()
    };
    out.note(format!("{verb} {}", words(copied)));
    let added = [
        (copied.rows.upstreams, "upstream"),
        (copied.rows.projects, "Patchwork project"),
    ];
    let added: Vec<String> = added
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| count(n, what))
        .collect();
    if !added.is_empty() {
        out.note(format!(
            "{} {}",
            if dry_run { "would have added" } else { "added" },
            added.join(" and ")
        ));
    }
    if copied.finished > 0 {
        let series = count_series(copied.finished);
        out.note(format!(
            "{series} had already been copied by an interrupted run, and only had to be removed here"
        ));
    }
    if copied.same_replies > 0 {
        out.warn(format!(
            "skipped {}: the same mails already exist",
            count(copied.same_replies, "reply")
        ));
    }
    if !copied.present.is_empty() {
        out.warn(format!(
            "skipped because they already exist: {}",
            listed(&copied.present)
        ));
    }
    for name in &copied.apart {
        out.warn(format!(
            "not merged: '{name}' is your own series in one database and a review in the other"
        ));
    }
    if dry_run {
        out.note("nothing was changed");
    }
}

/// The counts as part of a sentence, without zeros.
fn words(copied: &Copied) -> String {
    let parts = [
        (copied.rows.versions, "version"),
        (copied.rows.patches, "patch"),
        (copied.rows.reviews, "review"),
        (copied.rows.replies, "reply"),
        (copied.rows.mails, "mail"),
        (copied.rows.todos, "workflow entry"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| count(n, what))
        .collect();
    let series = count_series(copied.rows.series);
    if parts.is_empty() {
        series
    } else {
        format!("{series}: {}", parts.join(", "))
    }
}

fn count_series(series: usize) -> String {
    if series == 0 {
        "no series".to_owned()
    } else {
        format!("{series} series")
    }
}

fn count(number: usize, what: &str) -> String {
    match (number, what) {
        (1, _) => format!("1 {what}"),
        (_, "patch") => format!("{number} patches"),
        _ if what.ends_with('y') => format!("{number} {}ies", &what[..what.len() - 1]),
        _ => format!("{number} {what}s"),
    }
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(MAX_SHOWN);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}
