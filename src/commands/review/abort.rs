// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review abort`: takes a version that has stopped back.

use super::Named;
use crate::error::Result;
use crate::review::Reviews;
use clap::Args;

/// Take back a review that has stopped at a patch
///
/// An earlier version that was applied before is checked out again; without one, worktree, branch and record are
/// removed. What you changed in the worktree is kept under refs, which are named.
#[derive(Debug, Args)]
pub struct Abort {
    #[command(flatten)]
    named: Named,
}

impl Abort {
    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let aborted = reviews.abort(&recorded)?;
        let back = match aborted.back_at {
            Some(version) => format!("its worktree is at {version} again"),
            None => "its worktree is removed".to_owned(),
        };
        reviews.out.note(format!(
            "{} {} is taken back: {back}",
            aborted.name, aborted.version
        ));
        Ok(())
    }
}
