// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db merge`: copies series from another database into this one.

use super::copied::{CopyOptions, report};
use crate::clock;
use crate::context::Context;
use crate::db::copy::{self, CopyRequest, CopyScope};
use crate::error::Result;
use clap::Args;
use std::path::PathBuf;

/// Copy series from another database
///
/// Copies series, versions, patches, reviews with their replies and mails, reminders, and upstreams with their
/// Patchwork projects. Versions that already exist are skipped and listed. The other database can have an older
/// schema, and is not changed. This database is backed up first.
#[derive(Debug, Args)]
pub struct Merge {
    /// The other .patman.db, or the directory that contains it
    #[arg(value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath)]
    source: PathBuf,
    /// Copy only your own series, not reviews
    #[arg(long, conflicts_with = "reviews")]
    own: bool,
    /// Copy only reviews, not your own series
    #[arg(long)]
    reviews: bool,
    /// Copy into the separate database for reviews, without upstreams, which are read from the main database
    #[arg(short = 'R', long)]
    to_review_db: bool,
    #[command(flatten)]
    reach: CopyOptions,
}

impl Merge {
    pub(super) fn run(&self, context: &Context, before: &CopyOptions) -> Result<()> {
        let reach = self.reach.with(before);
        let target = if self.to_review_db {
            reach.reviews(context)?
        } else {
            context.location()?
        };
        let source = copy::file_of(&context.cwd().join(&self.source));
        let which = match (self.own, self.reviews) {
            (true, _) => CopyScope::Own,
            (_, true) => CopyScope::Reviews,
            _ => CopyScope::All,
        };
        let copied = context.with_options(|options| {
            let request = CopyRequest {
                which,
                upstreams: !self.to_review_db,
                dry_run: reach.dry_run,
                now: &clock::zoned(),
                options,
                events: context.out(),
            };
            copy::merge(&source, &target, &request)
        })?;
        report(context.out(), "copied", &copied, reach.dry_run);
        Ok(())
    }
}
