// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db split`: moves reviews to a separate database.

use super::copied::{CopyOptions, transfer};
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Move reviews from the main database to a separate database
///
/// The separate database is in the directory set by patman.reviewDbDir, where all review commands then use it; it
/// is created if it does not exist. Both databases are backed up first. A review that also exists in the separate
/// database, with different content, is not moved.
#[derive(Debug, Args)]
pub struct Split {
    #[command(flatten)]
    reach: CopyOptions,
}

impl Split {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context, before: &CopyOptions) -> Result<()> {
        let reach = self.reach.with(before);
        transfer(
            context,
            &context.location()?,
            &reach.reviews(context)?,
            "split",
            reach.dry_run,
        )
    }
}
