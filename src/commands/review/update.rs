// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review update`: fetches new versions, replies and states of reviews.

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::review::Reviews;
use crate::review::record::ReviewRow;
use crate::review::update::Updated;
use crate::review::update::ask::Asking;
use crate::text::count::pluralize;
use crate::text::shell_quote;
use crate::view::each;
use crate::view::update::{UpdateJson, table};
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::collections::BTreeMap;

/// Maximum number of names in the message for a failure of several reviews.
const MOST_NAMES: usize = 3;

/// Fetch new versions, replies and states of reviews
///
/// Checks the source of each review (an archive, Patchwork, or a file or directory of mails if it still exists),
/// and the archive and Patchwork server of its upstream. New mails are recorded and reported; worktrees do not
/// change. A new version can then be started without the network. A version is new if it has a higher number, and
/// the same author or the same change-id.
///
/// Without NAME, updates the review of the current worktree, or outside of one all reviews here. If there is
/// nothing new, nothing is printed to standard output.
#[derive(Debug, Args)]
pub struct ReviewUpdate {
    /// The reviews, by their names or unique parts of them
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// Update all reviews, including those that are closed, removed, or only in other clones
    #[arg(short, long, conflicts_with = "names")]
    all: bool,
    /// Start new versions if they apply and the worktree has no changes of your own
    #[arg(long)]
    start: bool,
    /// Do not use the network; check only files and local clones of archives
    #[arg(long)]
    offline: bool,
    /// Print the results as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl ReviewUpdate {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let wanted = self.wanted(reviews)?;
        let asking = Asking {
            sources: context.sources(self.offline)?,
            is_offline: self.offline,
        };
        let mut updated = reviews.update(&wanted, &asking)?;
        if self.start {
            reviews.start_new(&mut updated)?;
        }
        if self.json {
            out.json(&each::<_, UpdateJson<'_>>(&updated))?;
        } else {
            self.tell(out, &updated)?;
        }
        tell_errors(out, &updated)
    }

    fn wanted(&self, reviews: &Reviews<'_>) -> Result<Vec<ReviewRow>> {
        if !self.names.is_empty() {
            let mut found: Vec<ReviewRow> = Vec::new();
            for name in &self.names {
                let one = reviews.find(Some(name))?;
                if found.iter().all(|other| other.id != one.id) {
                    found.push(one);
                }
            }
            return Ok(found);
        }
        if !self.all
            && let Ok(here) = reviews.find(None)
        {
            return Ok(vec![here]);
        }
        reviews.to_update(self.all)
    }

    fn tell(&self, out: &Output, updated: &[Updated]) -> Result<()> {
        let table = table(updated);
        if let Some(table) = &table {
            out.data(out.render(table))?;
        }
        let failed = updated.iter().filter(|one| !one.errors.is_empty()).count();
        let asked = updated.iter().filter(|one| one.asked).count();
        if updated.is_empty() {
            out.note("there are no reviews here");
        } else if table.is_none() && failed == 0 && asked > 0 {
            out.note(format!(
                "nothing new for {}",
                pluralize(asked, "review", "reviews")
            ));
        }
        self.tell_unasked(out, updated);
        for one in updated {
            if let Some(version) = one.started {
                out.note(format!("started {} {version}", one.series));
            }
            if let Some(why) = &one.left {
                out.warn(format!("{}: {why}", one.series));
            }
        }
        let waiting = updated
            .iter()
            .find(|one| !one.news.versions.is_empty() && one.left.is_none());
        if let Some(one) = waiting.filter(|_| !self.start) {
            out.hint(format!(
                "to apply a new version: git patman review start {}",
                shell_quote(&one.series)
            ));
        }
        Ok(())
    }
}

impl ReviewUpdate {
    /// Reports the reviews that have no source to update from.
    fn tell_unasked(&self, out: &Output, updated: &[Updated]) {
        let unasked = updated
            .iter()
            .filter(|one| !one.asked && one.errors.is_empty());
        let names: Vec<&str> = unasked.map(|one| one.series.as_str()).collect();
        if names.is_empty() {
            return;
        }
        let more = names.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let names = names[..names.len().min(MOST_NAMES)].join(", ");
        if self.offline {
            return out.note(format!(
                "not updated, because this requires the network: {names}{more}"
            ));
        }
        out.note(format!(
            "not updated, because their sources no longer exist: {names}{more}"
        ));
        out.hint(
            "to update them from an archive: git config patman.archive https://lore.kernel.org/all/",
        );
    }
}

/// Reports failures, once for several reviews with the same failure.
fn tell_errors(out: &Output, updated: &[Updated]) -> Result<()> {
    let mut failures: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in updated {
        for error in &one.errors {
            failures.entry(error).or_default().push(one.series.as_str());
        }
    }
    for (error, names) in &failures {
        let more = names.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let names: Vec<&str> = names.iter().take(MOST_NAMES).copied().collect();
        out.error(&Error::new(format!("{}{more}: {error}", names.join(", "))));
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Error::silent(Exit::Failed))
    }
}
