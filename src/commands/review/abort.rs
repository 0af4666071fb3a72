// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review abort`: aborts a review that stopped at a conflict.

use super::ReviewName;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use clap::Args;

/// Abort a review that stopped at a conflict
///
/// Checks out the previous version if one was applied; otherwise removes the worktree, the branch and the record.
/// Your changes in the worktree are kept under a ref, which is shown.
#[derive(Debug, Args)]
pub struct Abort {
    #[command(flatten)]
    named: ReviewName,
}

impl Abort {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let recorded = reviews.find(self.named.name.as_deref())?;
        let aborted = reviews.abort(&recorded)?;
        let back = match aborted.back_at {
            Some(version) => format!("its worktree is back at {version}"),
            None => "removed its worktree".to_owned(),
        };
        out.note(format!(
            "aborted {} {}; {back}",
            aborted.name, aborted.version
        ));
        Ok(())
    }
}
