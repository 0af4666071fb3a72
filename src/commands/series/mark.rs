// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series mark`: adds a Change-Id to each commit.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::error::Result;
use clap::Args;

/// Add a Change-Id to each commit of a series
///
/// The Change-Id identifies a patch in later versions, even if its subject and its changes differ. The branch is
/// rewritten; files, dates and authors do not change. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct SeriesMark {
    /// Allow commits that already have a Change-Id, and do not change it
    #[arg(short = 'm', long)]
    allow_marked: bool,
}

impl SeriesMark {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        author.mark(&which.chosen(), self.allow_marked)
    }
}
