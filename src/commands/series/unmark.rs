// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unmark`: removes the Change-Ids.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::error::Result;
use clap::Args;

/// Remove the Change-Ids from a series
///
/// The branch is rewritten without them; files, dates and authors do not change. Patches are then matched by their
/// changes or by subject. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct Unmark {
    /// Allow commits that have no Change-Id
    #[arg(short = 'M', long)]
    allow_unmarked: bool,
}

impl Unmark {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        author.unmark(&which.chosen(), self.allow_unmarked)
    }
}
