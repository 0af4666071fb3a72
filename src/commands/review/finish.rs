// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review finish`: closes a review with an outcome.

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::db::outcome::ReviewOutcome;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::review::finish::{FinishRequest as Wish, Finished};
use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;

/// Close reviews as merged, rejected or superseded
///
/// Removes the worktrees of the reviews. The versions stay under refs/patman/<name>/. A closed review is only
/// listed by 'review list --all', until a version of it is started again. A worktree with your own changes or
/// commits is not removed without --force.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outcome").required(true))]
pub struct ReviewFinish {
    /// The series, by their names or unique beginnings of them
    #[arg(value_name = "NAME", required = true, add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// Close them as merged; patches that are not in BRANCH, or in none of the project's usual branches, are reported
    #[arg(long, value_name = "BRANCH", num_args = 0..=1, require_equals = true, group = "outcome", add = ArgValueCompleter::new(complete::branches))]
    merged: Option<Option<String>>,
    /// Close them as rejected
    #[arg(long, group = "outcome")]
    rejected: bool,
    /// Close them as superseded by another series
    #[arg(long, group = "outcome")]
    superseded: bool,
    /// Save your changes and commits under refs/patman/kept/ first
    #[arg(short, long)]
    force: bool,
}

impl ReviewFinish {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let outcome = match (&self.merged, self.rejected) {
            (Some(_), _) => ReviewOutcome::Merged,
            (None, true) => ReviewOutcome::Rejected,
            (None, false) => ReviewOutcome::Superseded,
        };
        let wish = Wish {
            outcome,
            branch: self.merged.as_ref().and_then(Option::as_deref),
            force: self.force,
        };
        let mut failed: Option<Error> = None;
        for name in &self.names {
            let done = reviews
                .find_to_remove(name)
                .and_then(|one| Ok((reviews.finish(&one, wish)?, one.name)));
            match done {
                Ok((finished, name)) => out.note(words(&name, outcome, &finished)),
                // The other reviews are still closed; the last failure decides the exit status.
                Err(error) => {
                    if let Some(before) = failed.replace(error) {
                        out.error(&before);
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

fn words(name: &str, outcome: ReviewOutcome, finished: &Finished) -> String {
    let found = finished.merged.as_ref().map(|one| match one.is_whole() {
        true => format!(", in {}", one.branch),
        false => format!(", {} of {} in {}", one.patches, one.total, one.branch),
    });
    let removed = if finished.removed {
        "; removed its worktree"
    } else {
        ""
    };
    format!(
        "closed '{name}' as {}{}{removed}",
        outcome.word(),
        found.unwrap_or_default()
    )
}
