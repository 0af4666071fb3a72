// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review inbox`: lists recent series.

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use crate::review::check::{ApplyStatus, Trials};
use crate::review::inbox::{Arrival, InboxState, MOST_FETCHED};
use crate::review::start::mail_options;
use crate::source::SourceContext;
use crate::source::server::Servers;
use crate::text::{shell_operand, shell_quote};
use crate::view::each;
use crate::view::inbox::{ArrivalJson, table};
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::num::NonZeroUsize;

/// List recent series, and show which are under review
///
/// Lists the series from the upstream's Patchwork server, or from the archive of its list, newest first, with the
/// argument for 'review start'. MARK shows whether a series is under review, a new or an older version of a review,
/// sent by you, or incomplete, or its state on Patchwork. Older versions and series that do not need a review are
/// only listed with --all.
#[derive(Debug, Args)]
pub struct Inbox {
    /// Use the Patchwork server or archive of this upstream, instead of the default upstream
    #[arg(short = 'U', long, value_name = "NAME", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: Option<String>,
    /// Number of recent series to consider
    #[arg(short = 'n', long, value_name = "N", default_value = "30")]
    limit: NonZeroUsize,
    /// Fetch the series that are not under review, at most 50, and check whether they apply
    #[arg(long)]
    check: bool,
    /// Also list older versions and series that do not need a review
    #[arg(short, long)]
    all: bool,
    /// Do not use the network; use cached responses or a local clone of the archive only
    #[arg(long)]
    offline: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

/// Maximum number of series to list.
const MAX_LIMIT: usize = 1000;

impl Inbox {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<()> {
        let (repo, out) = (context.repo()?, context.out());
        let servers = Servers::choose(
            reviews.upstreams(),
            context.settings(),
            Some(repo),
            self.upstream.as_deref(),
        )?;
        let sources = context.sources(self.offline)?.with_servers(&servers);
        let mut all = reviews.inbox(&sources, self.limit.get().min(MAX_LIMIT))?;
        let found = all.len();
        all.retain(|one| {
            self.all
                || one.is(InboxState::Tracked)
                || !(one.is(InboxState::Older) || one.is(InboxState::Settled))
        });
        if self.check {
            self.check(context, reviews, &sources, &mut all)?;
        }
        if self.json {
            return out.json(&each::<_, ArrivalJson<'_>>(&all));
        }
        let hidden = found - all.len();
        if all.is_empty() {
            out.note("no recent series needs a review");
        } else {
            out.table(&table(&all, self.check))?;
        }
        for (one, fitting) in all
            .iter()
            .filter_map(|one| Some((one, one.check.as_ref()?)))
        {
            if fitting.result == ApplyStatus::Error {
                out.warn(format!(
                    "{}: {}",
                    one.id,
                    fitting.reason.as_deref().unwrap_or_default()
                ));
            }
        }
        if hidden > 0 {
            out.note(format!("{hidden} not shown: older versions and series that do not need a review (see --all)"));
        }
        let is_next = |one: &&Arrival| {
            !one.is(InboxState::Tracked) && !one.is(InboxState::Own) && is_plain(&one.id)
        };
        if let Some(next) = all.iter().find(is_next) {
            let option = self
                .upstream
                .as_ref()
                .map_or(String::new(), |name| format!("-U {} ", shell_quote(name)));
            out.hint(format!(
                "to start a review: git patman review start {option}{}",
                shell_operand(&next.id)
            ));
        }
        Ok(())
    }

    /// Checks the series that are neither under review nor incomplete.
    fn check(
        &self,
        context: &Context,
        reviews: &Reviews<'_>,
        sources: &SourceContext<'_>,
        all: &mut [Arrival],
    ) -> Result<()> {
        let common = Trials {
            settings: context.settings(),
            options: mail_options(context.settings())?,
            onto: Vec::new(),
            committer: reviews
                .repo
                .committer(context.settings().committer())?
                .signature,
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let is_wanted =
            |one: &&mut Arrival| !one.is(InboxState::Tracked) && !one.is(InboxState::Incomplete);
        let mut wanted: Vec<&mut Arrival> = all.iter_mut().filter(is_wanted).collect();
        if wanted.len() > MOST_FETCHED {
            context.out().note(format!(
                "checking only the newest {MOST_FETCHED} of {} series",
                wanted.len()
            ));
        }
        reviews.try_arrivals(sources, &mut wanted, &common, threads)
    }
}

/// Whether an id, which comes from a stranger, is safe in a shell without quotes.
fn is_plain(id: &str) -> bool {
    id.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"@._+=%-/:".contains(&b))
}
