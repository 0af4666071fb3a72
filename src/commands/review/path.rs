// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review path`: prints the path of the worktree, for `cd` and scripts.

use super::ReviewName;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use clap::Args;
use std::os::unix::ffi::OsStrExt;

/// Print the path of a review's worktree
#[derive(Debug, Args)]
pub struct ReviewPath {
    #[command(flatten)]
    named: ReviewName,
}

impl ReviewPath {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<()> {
        let out = context.out();
        let recorded = reviews.find(self.named.name.as_deref())?;
        let path = reviews.directory(&recorded)?;
        out.data([path.as_os_str().as_bytes(), b"\n"].concat())
    }
}
