// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review update`: what has come of the reviews.

use crate::complete;
use crate::context::Context;
use crate::error::{Error, Exit, Result};
use crate::output::colour::Paint;
use crate::output::count::counted;
use crate::output::shell_quote;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::record::Recorded;
use crate::review::update::Updated;
use crate::review::update::ask::Asking;
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::collections::BTreeMap;

/// Most names that a failure of several reviews lists.
const MOST_NAMES: usize = 3;

/// Ask for new versions, replies and states of what is under review
///
/// Each review is asked for where it came from: an archive, a Patchwork, or the file or directory of mails if it is still
/// there; the archive and the Patchwork of its upstream are asked too, where they are known. What is new is recorded and
/// told, and no worktree changes: a new version waits until it is started, which needs no network. A version counts as
/// new if it has a higher number and is by the same author or has the same change-id.
///
/// Without NAME, the review in whose worktree the command runs is asked for, and elsewhere all that are under review
/// here. Where nothing has come, nothing is printed to standard output.
#[derive(Debug, Args)]
pub struct Update {
    /// The reviews, each by its name or a part of it where that is unique
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    names: Vec<String>,
    /// Ask for all reviews, also for those that are finished, removed, or only in other clones
    #[arg(short, long, conflicts_with = "names")]
    all: bool,
    /// Start new versions, where they apply and nothing of yours is in the worktree
    #[arg(long)]
    start: bool,
    /// Ask no server: look only into files and clones of archives on this machine
    #[arg(long)]
    offline: bool,
    /// Print what has come as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Update {
    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let wanted = self.wanted(reviews)?;
        let cache = dirs::cache_dir();
        let asking = Asking {
            client: context.client(self.offline)?,
            cwd: context.cwd(),
            cache: cache.as_deref(),
            is_offline: self.offline,
        };
        let mut updated = reviews.update(&wanted, &asking)?;
        if self.start {
            reviews.start_new(&mut updated)?;
        }
        if self.json {
            reviews.out.json(&updated)?;
        } else {
            self.tell(reviews, &updated)?;
        }
        tell_errors(reviews, &updated)
    }

    fn wanted(&self, reviews: &Reviews<'_>) -> Result<Vec<Recorded>> {
        if !self.names.is_empty() {
            let mut found: Vec<Recorded> = Vec::new();
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

    fn tell(&self, reviews: &Reviews<'_>, updated: &[Updated]) -> Result<()> {
        let out = reviews.out;
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
        let mut new = 0;
        for one in updated {
            let words = one.words();
            if !words.is_empty() {
                new += 1;
                table.row([
                    Cell::painted(one.series.as_str(), Paint::Heading),
                    Cell::new(words),
                ]);
            }
        }
        if new > 0 {
            out.data(out.render(&table))?;
        }
        let failed = updated.iter().filter(|one| !one.errors.is_empty()).count();
        let asked = updated.iter().filter(|one| one.asked).count();
        if updated.is_empty() {
            out.note("no series is under review here");
        } else if new == 0 && failed == 0 && asked > 0 {
            out.note(format!(
                "nothing new of {}",
                counted(asked, "review", "reviews")
            ));
        }
        self.tell_unasked(reviews, updated);
        for one in updated {
            if let Some(version) = one.started {
                out.note(format!("{} {version} is started", one.series));
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

impl Update {
    /// Says which reviews nobody could be asked about.
    fn tell_unasked(&self, reviews: &Reviews<'_>, updated: &[Updated]) {
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
            return reviews.out.note(format!(
                "not asked, since that needs a server: {names}{more}"
            ));
        }
        reviews.out.note(format!(
            "not asked, since their mails are not where they came from: {names}{more}"
        ));
        reviews.out.hint(
            "to look them up in an archive: git config patman.archive https://lore.kernel.org/all/",
        );
    }
}

/// Says what could not be asked, the same failure of several reviews once.
fn tell_errors(reviews: &Reviews<'_>, updated: &[Updated]) -> Result<()> {
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
        reviews
            .out
            .error(&Error::new(format!("{}{more}: {error}", names.join(", "))));
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Error::silent(Exit::Failed))
    }
}
