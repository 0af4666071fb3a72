// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unmark`.

use super::Which;
use crate::author::Author;
use crate::error::Result;
use clap::Args;

/// Take the Change-Ids of a series away
#[derive(Debug, Args)]
pub struct Unmark {
    /// Leave commits alone that have none
    #[arg(short = 'M', long)]
    allow_unmarked: bool,
}

impl Unmark {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        author.unmark(&which.chosen(), self.allow_unmarked)
    }
}
