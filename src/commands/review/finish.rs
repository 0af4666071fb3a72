// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review finish`: what became of a review.

use crate::complete;
use crate::db::outcome::Outcome;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::review::finish::{Finish as Wish, Finished};
use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;

/// Say what became of reviews, and remove their worktrees
///
/// The versions stay under refs/patman/<name>/. A finished review is listed with 'review list --all' only, until a
/// version of it is started again. A worktree with changes or commits of yours is refused.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outcome").required(true))]
pub struct Finish {
    /// The series, or the beginnings of their names where these are unique
    #[arg(value_name = "NAME", required = true, add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// They are merged; patches that are not in BRANCH, or in none of the usual branches of the project, are told
    #[arg(long, value_name = "BRANCH", num_args = 0..=1, require_equals = true, group = "outcome", add = ArgValueCompleter::new(complete::branches))]
    merged: Option<Option<String>>,
    /// They are not wanted
    #[arg(long, group = "outcome")]
    rejected: bool,
    /// Another series takes their place
    #[arg(long, group = "outcome")]
    superseded: bool,
    /// Keep changes and commits of yours under refs, which are named
    #[arg(short, long)]
    force: bool,
}

impl Finish {
    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        let outcome = match (&self.merged, self.rejected) {
            (Some(_), _) => Outcome::Merged,
            (None, true) => Outcome::Rejected,
            (None, false) => Outcome::Superseded,
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
                Ok((finished, name)) => reviews.out.note(words(&name, outcome, &finished)),
                // The others are finished all the same; the last failure decides the exit status.
                Err(error) => {
                    if let Some(before) = failed.replace(error) {
                        reviews.out.error(&before);
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

fn words(name: &str, outcome: Outcome, finished: &Finished) -> String {
    let found = finished.merged.as_ref().map(|one| match one.is_whole() {
        true => format!(", in {}", one.branch),
        false => format!(", {} of {} in {}", one.patches, one.total, one.branch),
    });
    let removed = if finished.removed {
        "; its worktree is removed"
    } else {
        ""
    };
    format!(
        "'{name}' is {}{}{removed}",
        outcome.word(),
        found.unwrap_or_default()
    )
}
