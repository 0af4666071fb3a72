// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unmark`.

use super::Which;
use crate::author::Author;
use crate::error::Result;
use clap::Args;

/// Take the Change-Ids of a series away
///
/// The branch is written anew without them; files, dates and authors stay. Patches are then followed by what they change,
/// else by their subject. 'git patman undo' takes it back.
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
