// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db join`: moves reviews back into the main database.

use super::copied::{CopyOptions, transfer};
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Move reviews from the separate database back to the main database
///
/// Reverses 'git patman db split'. Review commands use the separate database until patman.reviewDbDir is unset.
#[derive(Debug, Args)]
pub struct Join {
    #[command(flatten)]
    reach: CopyOptions,
}

impl Join {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context, before: &CopyOptions) -> Result<()> {
        let reach = self.reach.with(before);
        let (from, to) = (reach.reviews(context)?, context.location()?);
        if from.is_absent()? {
            context.out().note(format!(
                "nothing to move: there is no database '{}'",
                from.file().display()
            ));
            return Ok(());
        }
        transfer(context, &from, &to, "join", reach.dry_run)?;
        if !reach.dry_run && context.settings().review_db_dir()?.is_some() {
            context
                .out()
                .hint("review commands still use the other database; to use this one:");
            context.out().hint("git config --unset patman.reviewDbDir");
        }
        Ok(())
    }
}
