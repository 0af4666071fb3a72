// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review show`: shows the cover letter, the patches and their trailers.

use super::ReviewName;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use crate::view::discussion::{DiscussedReviewJson, text};
use clap::Args;

/// Show a review: cover letter, patches, commits and trailers
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    named: ReviewName,
    /// Print the review as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let recorded = reviews.find(self.named.name.as_deref())?;
        let newest = reviews.newest_mail(recorded.id)?;
        let mut reports = [reviews.describe(&recorded)?];
        reviews.fill_merged(&mut reports, &reviews.candidates()?)?;
        let [report] = reports;
        let letters = reviews.letters(&recorded, report.version, &report)?;
        if self.json {
            out.json(&DiscussedReviewJson::from((&report, &letters)))?;
        } else {
            out.listing(&text(out, reviews.repo, &report, &letters))?;
        }
        reviews.mark_seen(recorded.id, newest);
        Ok(())
    }
}
