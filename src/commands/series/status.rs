// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series status`: shows new trailers and comments on Patchwork.

use super::SeriesOption;
use crate::author::Author;
use crate::author::patchwork::servers::not_a_review;
use crate::context::Context;
use crate::error::Result;
use crate::view::version_report::{self, VersionReportJson};
use clap::Args;

/// Show new trailers and comments on Patchwork
///
/// Shows what 'git patman series gather' would fetch, without changing anything. Trailers that are not in the
/// commit yet are marked with '+'; comments since the last gather are counted as new.
#[derive(Debug, Args)]
pub struct SeriesStatus {
    #[command(flatten)]
    comments: super::Comments,
    /// Print JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl SeriesStatus {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (series, version) = author.version(&which.chosen())?;
        not_a_review(&series)?;
        let mut job = author.job(&series, &version)?;
        if let Some(why) = job.unclear.take() {
            out.warn(format!("cannot show the commits: {why}"));
        }
        let sources = context.sources(self.comments.offline)?;
        let client = sources.client;
        let followed = job.fetch(&sources, !series.archived)?;
        let look = author.look(client, job, followed)?;
        let report = author.report(&look, self.comments.shown(), client.requests())?;
        if self.json {
            return out.json(&VersionReportJson::from(&report));
        }
        out.listing(&version_report::text(out, author.repo, &report, true))?;
        version_report::tell(out, &look, client.requests());
        Ok(())
    }
}
