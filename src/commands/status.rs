// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman status`: shows new trailers and comments for the current branch.

use crate::author::Author;
use crate::author::patchwork::report::CommentFilter;
use crate::context::Context;
use crate::error::Result;
use crate::view::version_report::{self, VersionReportJson};
use clap::Args;

/// Show new trailers and comments on Patchwork for the current branch
///
/// The link to Patchwork is taken from the database or from the Series-links in the branch, which need not be in
/// the database. With -d, creates another branch with the new trailers added to the commits; the current branch
/// does not change.
#[derive(Debug, Args)]
pub struct BranchStatus {
    /// Show the comments on each patch
    #[arg(short = 'c', long)]
    show_comments: bool,
    /// Show the comments on the cover letter
    #[arg(short = 'C', long)]
    show_cover_comments: bool,
    /// Create this branch with the trailers added
    #[arg(short, long, value_name = "BRANCH")]
    dest_branch: Option<String>,
    /// Overwrite the branch if it exists
    #[arg(short, long, requires = "dest_branch")]
    force: bool,
    /// Do not use the network; use cached responses only
    #[arg(long)]
    offline: bool,
    /// Print JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl BranchStatus {
    /// Whether the command only reads the database, so that it need not exist.
    pub fn only_reads(&self) -> bool {
        self.dest_branch.is_none()
    }

    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<()> {
        let out = context.out();
        let mut author = Author::new(
            context.repo()?,
            context.settings(),
            context.out(),
            context.db()?,
            false,
        );
        let job = author.branch_job()?;
        if let Some(dest) = &self.dest_branch {
            author.check_dest(&job, dest, self.force)?;
        }
        let sources = context.sources(self.offline)?;
        let client = sources.client;
        let followed = job.fetch(&sources, true)?;
        let look = author.look(client, job, followed)?;
        let shown = CommentFilter {
            patches: self.show_comments,
            cover: self.show_cover_comments,
        };
        let report = author.report(&look, shown, client.requests())?;
        if self.json {
            out.json(&VersionReportJson::from(&report))?;
        } else {
            out.listing(&version_report::text(out, author.repo, &report, true))?;
            version_report::tell(out, &look, client.requests());
        }
        match &self.dest_branch {
            Some(dest) => author.write_dest(&look, dest, self.force),
            None => Ok(()),
        }
    }
}
