// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series gather-all`: fetches states, comments and trailers of all series.

use super::{SeriesOption, gathered};
use crate::author::Author;
use crate::author::patchwork::gather::GatherJob;
use crate::author::patchwork::record::RecordedChanges;
use crate::author::patchwork::servers::{all, shown};
use crate::context::Context;
use crate::db::listing::{self, SeriesFilter};
use crate::db::version;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::source::http::Client;
use crate::source::patchwork::FollowedSeries;
use crate::text::count;
use crate::view::version_report;
use clap::Args;

/// Fetch states, comments and trailers of all your series
///
/// Fetches the newest version of each series, several in parallel. If one fails, the others continue, and the exit
/// status is 1.
#[derive(Debug, Args)]
pub struct GatherAll {
    /// Include all versions, not only the newest
    #[arg(short = 'a', long)]
    gather_all_versions: bool,
    #[command(flatten)]
    what: super::Gathering,
}

/// The totals so far.
#[derive(Default)]
struct Sum {
    series: usize,
    patches: usize,
    covers: usize,
    trailers: usize,
    unlinked: usize,
    failed: usize,
    accepted: usize,
}

impl GatherAll {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        _: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let mut sum = Sum::default();
        let jobs = self.jobs(out, author, &mut sum)?;
        let sources = context.sources(self.what.comments.offline)?;
        let client = sources.client;
        let answers = all(&jobs, |job| job.fetch(&sources, true));
        for (job, followed) in jobs.into_iter().zip(answers) {
            let name = job.name.clone();
            match self.one(out, author, client, job, followed, &mut sum) {
                Ok(written) => {
                    sum.series += 1;
                    sum.patches += written.patches;
                    sum.covers += usize::from(written.cover);
                    sum.trailers += written.trailers;
                }
                Err(why) => failed(out, &name, &why, &mut sum),
            }
        }
        out.note(told(author, &sum, client.requests()));
        if sum.unlinked > 0 {
            out.hint("to find links: git patman series autolink-all");
        }
        match sum.failed {
            0 => Ok(()),
            count => Err(Error::new(format!("{count} series could not be gathered"))),
        }
    }

    /// The versions to fetch.
    fn jobs(&self, out: &Output, author: &Author<'_>, sum: &mut Sum) -> Result<Vec<GatherJob>> {
        let mut jobs = Vec::new();
        for one in listing::by_name(&author.db, SeriesFilter::Own)?
            .iter()
            .filter(|one| !one.archived)
        {
            let mut versions = version::list(&author.db, one.id)?;
            if !self.gather_all_versions {
                versions = versions.pop().into_iter().collect();
            }
            for version in &versions {
                if version.link.is_none() {
                    sum.unlinked += 1;
                    out.detail(format!("{} has no link", shown(one, version)));
                    continue;
                }
                match author.job(one, version) {
                    Ok(mut job) => {
                        job.allow_mismatch = self.what.allow_mismatch;
                        jobs.push(job);
                    }
                    Err(why) => failed(out, &shown(one, version), &why, sum),
                }
            }
        }
        Ok(jobs)
    }

    fn one(
        &self,
        out: &Output,
        author: &mut Author<'_>,
        client: &Client,
        mut job: GatherJob,
        followed: Result<FollowedSeries>,
        sum: &mut Sum,
    ) -> Result<RecordedChanges> {
        let followed = followed?;
        let to_branch = !self.what.no_gather_tags;
        if let Some(why) = job.unclear.take().filter(|_| to_branch) {
            out.warn(format!("{}: not adding trailers: {why}", job.name));
        }
        let look = author.look(client, job, followed)?;
        look.check()?;
        let report = author.report(&look, self.what.comments.shown(), client.requests())?;
        let text = version_report::text(out, author.repo, &report, false);
        if !text.is_empty() {
            out.data(format!("{}:\n{text}", look.job.name))?;
        }
        version_report::warn_of(out, &look);
        let written = author.record(&look, to_branch)?;
        sum.accepted += usize::from(look.is_accepted());
        gathered::tell(out, &look, to_branch);
        Ok(written)
    }
}

fn failed(out: &Output, name: &str, why: &Error, sum: &mut Sum) {
    sum.failed += 1;
    out.warn(format!("{name}: {why}"));
    why.hints().iter().for_each(|hint| out.hint(hint));
}

fn told(author: &Author<'_>, sum: &Sum, requests: u64) -> String {
    let done = if author.dry_run {
        "would be updated"
    } else {
        "updated"
    };
    let mut text = format!("{} series: {}", sum.series, count::patches(sum.patches));
    if sum.covers > 0 {
        text += &format!(
            " and {}",
            count::pluralize(sum.covers, "cover letter", "cover letters")
        );
    }
    text += &format!(" {done}");
    if sum.trailers > 0 {
        text += &format!(", {} added", count::trailers(sum.trailers));
    }
    if sum.accepted > 0 {
        text += &format!(", {} accepted", sum.accepted);
    }
    if sum.unlinked > 0 {
        text += &format!(", {} without a link", sum.unlinked);
    }
    format!("{text} ({})", count::requests(requests))
}
