// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review check`: checks whether series apply on a commit.

use crate::complete;
use crate::context::Context;
use crate::db::outcome;
use crate::error::{Error, Exit, Result};
use crate::presence;
use crate::review::check::{ApplyCheck, CheckCandidate, Trials};
use crate::review::dependencies::Needs;
use crate::review::start::mail_options;
use crate::review::{Reviews, record};
use crate::source::server::Servers;
use crate::source::{self, SourceContext};
use crate::view::apply_check::{ApplyCheckJson, table};
use crate::view::each;
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::num::NonZeroUsize;

/// Check whether series apply, without changing anything
///
/// Each series is applied in memory: no worktree, branch, ref or object is created, and nothing is recorded. An
/// mbox or maildir can contain any number of series; the newest version of each is checked. Without an argument,
/// all open reviews are checked, from their recorded mails. Dependencies are found as by 'review start'. The exit
/// status is 1 if a series does not apply, is incomplete or cannot be read.
#[derive(Debug, Args)]
pub struct ReviewCheck {
    /// Files, directories or '-' as for 'review start', or names of reviews
    #[arg(value_name = "SOURCE|NAME", value_hint = clap::ValueHint::AnyPath, add = ArgValueCompleter::new(complete::reviews))]
    what: Vec<String>,
    /// Check on this commit, instead of the base of each series; may be repeated
    #[arg(long, value_name = "COMMIT", add = ArgValueCompleter::new(complete::branches))]
    onto: Vec<String>,
    /// Use the Patchwork server, the archive and the branches of this upstream, instead of the default upstream
    #[arg(short = 'U', long, value_name = "NAME", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: Option<String>,
    /// Do not use the network; use cached responses only
    #[arg(long)]
    offline: bool,
    /// Number of threads [default: one for each core]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Print the results as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl ReviewCheck {
    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let (repo, out, settings) = (context.repo()?, context.out(), context.settings());
        for name in &self.onto {
            repo.commit_named(name)?;
        }
        let reviews = match context.current_review_dbs()? {
            Some(dbs) => Some(Reviews::new(repo, settings, out, dbs)?),
            None => None,
        };
        let servers = match &reviews {
            Some(reviews) => Servers::choose(
                reviews.upstreams(),
                settings,
                Some(repo),
                self.upstream.as_deref(),
            )?,
            None => Servers {
                upstream: self.upstream.clone(),
                ..Servers::default()
            },
        };
        let sources = context.sources(self.offline)?.with_servers(&servers);
        let needs = Needs::new(reviews.as_ref(), mail_options(settings)?, Some(sources));
        let given = CheckSources {
            reviews: reviews.as_ref(),
            sources: &sources,
            needs: &needs,
        };
        let trials = match self.what.as_slice() {
            [] => given.all(context)?,
            what => what.iter().flat_map(|one| given.one(one)).collect(),
        };
        needs.report(out);
        let common = Trials {
            settings,
            options: mail_options(settings)?,
            onto: self.onto.clone(),
            committer: repo.committer(settings.committer())?.signature,
        };
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let fittings = common.run(repo, &trials, self.jobs.unwrap_or_else(cores).get(), out)?;
        if self.json {
            out.json(&each::<_, ApplyCheckJson<'_>>(&fittings))?;
        } else if fittings.is_empty() {
            out.note("there are no reviews here");
            out.hint("to check series in mails: git patman review check <source>");
        } else {
            out.table(&table(repo, &fittings))?;
            warn(&fittings, context);
        }
        if fittings.iter().all(|one| one.result.is_good()) {
            Ok(())
        } else {
            Err(Error::silent(Exit::Failed))
        }
    }
}

/// The sources of the series to check.
struct CheckSources<'a> {
    reviews: Option<&'a Reviews<'a>>,
    sources: &'a SourceContext<'a>,
    needs: &'a Needs<'a>,
}

impl CheckSources<'_> {
    /// All open reviews with recorded mails.
    fn all(&self, context: &Context) -> Result<Vec<CheckCandidate>> {
        let Some(reviews) = self.reviews else {
            return Ok(Vec::new());
        };
        let finished = outcome::all(&reviews.db)?;
        let mut trials = Vec::new();
        let mut without = 0;
        for review in record::all(&reviews.db)?
            .iter()
            .filter(|review| !finished.contains_key(&review.id))
        {
            match CheckCandidate::of_review(reviews, review, self.needs) {
                Ok(Some(trial)) => trials.push(trial),
                Ok(None) => without += 1,
                Err(error) => trials.push(CheckCandidate::failed(&review.name, error)),
            }
        }
        if without > 0 {
            context.out().note(format!(
                "not checked: {without} without mails in the database"
            ));
        }
        Ok(trials)
    }

    /// Resolves an argument: a file or directory, a review, or any other source, in this order.
    fn one(&self, what: &str) -> Vec<CheckCandidate> {
        let is_file = what == "-" || presence::may_exist(&self.sources.cwd.join(what));
        let found = match self.reviews.filter(|_| !is_file) {
            Some(reviews) => self.named(what, reviews),
            None => Ok(None),
        };
        let trials = match found {
            Ok(Some(trial)) => Ok(vec![trial]),
            Ok(None) => self.source(what),
            Err(error) => Err(error),
        };
        trials.unwrap_or_else(|error| vec![CheckCandidate::failed(what, error)])
    }

    fn named(&self, name: &str, reviews: &Reviews<'_>) -> Result<Option<CheckCandidate>> {
        let all = record::all(&reviews.db)?;
        let is_one = |one: &&record::ReviewRow| one.name == name;
        let begins = all.iter().filter(|one| one.name.starts_with(name)).count();
        let found = all.iter().find(is_one).or_else(|| {
            all.iter()
                .find(|one| begins == 1 && one.name.starts_with(name))
        });
        let Some(review) = found else { return Ok(None) };
        let missing = || {
            Error::new(format!(
                "the mails of '{}' are not in the database",
                review.name
            ))
        };
        CheckCandidate::of_review(reviews, review, self.needs)?
            .ok_or_else(missing)
            .map(Some)
    }

    fn source(&self, spec: &str) -> Result<Vec<CheckCandidate>> {
        let source = source::named(spec, self.sources)?;
        let upstream = self.sources.servers.upstream.as_deref();
        CheckCandidate::of_mails(
            source.fetch()?.messages,
            &source.describe(),
            upstream,
            self.needs,
        )
    }
}

fn warn(fittings: &[ApplyCheck], context: &Context) {
    for one in fittings {
        let name = one.series.as_deref().unwrap_or(&one.title);
        for warning in &one.warnings {
            let text = format!("{name}: {warning}");
            // Missing dependencies do not matter if the whole series applies.
            if one.result.is_good() {
                context.out().detail(text)
            } else {
                context.out().warn(text)
            }
        }
    }
}
