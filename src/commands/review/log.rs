// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review log`: runs `git log` on the commits of a version.

use super::ReviewName;
use crate::commands::{Finished, Requirements};
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::review::Reviews;
use crate::series::VersionNumber;
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::ffi::OsString;

/// Run 'git log' on the commits of a review
#[derive(Debug, Args)]
pub struct ReviewLog {
    #[command(flatten)]
    named: ReviewName,
    /// Show this version, instead of the newest that is applied here
    #[arg(long, value_name = "N", add = ArgValueCompleter::new(complete::versions))]
    version: Option<VersionNumber>,
    /// Options and paths for 'git log', as in: git patman review log <name> -- --stat
    #[arg(value_name = "OPTION", last = true)]
    options: Vec<OsString>,
}

impl ReviewLog {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS.with_terminal()
    }

    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<Finished> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let range = reviews.range(&recorded, self.version)?;
        let mut git = context.git_to_show("log", context.out().is_paged());
        git.arg(range.text()).args(&self.options);
        Ok(Finished::exec(git))
    }
}
