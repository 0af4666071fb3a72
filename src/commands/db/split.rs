// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db split`: reviews into a database of their own.

use super::copied::{Reach, transfer};
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Move reviews from the main database to the one for reviews
///
/// That one is in the directory that patman.reviewDbDir names, where all review commands then use it; it is made if it is
/// not there. Both databases are backed up before, to files that are named. A review that the other database has too, and
/// not the same, stays where it is.
#[derive(Debug, Args)]
pub struct Split {
    #[command(flatten)]
    reach: Reach,
}

impl Split {
    pub(super) fn run(&self, context: &Context, before: &Reach) -> Result<()> {
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
