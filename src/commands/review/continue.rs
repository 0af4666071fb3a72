// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review continue`: continues after a conflict was resolved.

use super::ReviewName;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use crate::view::review::{ReviewJson, tell};
use clap::Args;

/// Continue a review that stopped at a conflict
///
/// First resolve the conflict in the worktree and 'git add' the files. If you have finished 'git am' yourself, this
/// only records the result.
#[derive(Debug, Args)]
pub struct Continue {
    #[command(flatten)]
    named: ReviewName,
    /// Print the result as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Continue {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let recorded = reviews.find(self.named.name.as_deref())?;
        let report = reviews.resume(&recorded)?;
        if self.json {
            return out.json(&ReviewJson::from(&report));
        }
        tell(out, &report);
        Ok(())
    }
}
