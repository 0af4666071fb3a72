// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series gather`: fetches states, comments and trailers of a series.

use super::{SeriesOption, gathered};
use crate::author::Author;
use crate::author::patchwork::record::RecordedChanges;
use crate::author::patchwork::servers::not_a_review;
use crate::context::Context;
use crate::error::Result;
use crate::text::count;
use crate::view::version_report;
use clap::Args;

/// Fetch states, comments and trailers of a series from Patchwork
///
/// The state and the number of comments of each patch are recorded. Trailers in replies, such as Reviewed-by, are
/// shown and then added to the commits of the branch; a trailer in a reply to the cover letter is added to all
/// commits. A trailer that names another address than the sender's is shown, but not added without
/// --allow-mismatch. The index and the files do not change. Undo this with 'git patman undo'.
///
/// Patches are matched with commits by Message-ID, Change-Id, subject and changes, never by position. If the
/// archive of the list is known ('patman.archive'), the replies are fetched from there, with one request. For an
/// archived series only the states are fetched.
#[derive(Debug, Args)]
pub struct Gather {
    #[command(flatten)]
    what: super::Gathering,
}

impl Gather {
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
        job.allow_mismatch = self.what.allow_mismatch;
        let to_branch = !self.what.no_gather_tags;
        if let Some(why) = job.unclear.take().filter(|_| to_branch) {
            return Err(why.with_hint("to record states without changing the branch: -G"));
        }
        let sources = context.sources(self.what.comments.offline)?;
        let client = sources.client;
        let followed = job.fetch(&sources, !series.archived)?;
        let look = author.look(client, job, followed)?;
        look.check()?;
        let report = author.report(&look, self.what.comments.shown(), client.requests())?;
        out.data(version_report::text(out, author.repo, &report, false))?;
        version_report::warn_of(out, &look);
        let written = author.record(&look, to_branch)?;
        out.note(format!(
            "{}: {} ({})",
            look.job.name,
            updated(author, &written),
            count::requests(client.requests())
        ));
        gathered::tell(out, &look, to_branch);
        Ok(())
    }
}

/// The text that describes what was recorded.
fn updated(author: &Author<'_>, written: &RecordedChanges) -> String {
    let cover = if written.cover {
        " and the cover letter"
    } else {
        ""
    };
    let (done, added) = if author.dry_run {
        ("would be updated", "would be added")
    } else {
        ("updated", "added")
    };
    let trailers = match written.trailers {
        0 => String::new(),
        given => format!(", {} {added}", count::trailers(given)),
    };
    format!(
        "{}{cover} {done}{trailers}",
        count::patches(written.patches)
    )
}
