// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series mark`.

use super::Which;
use crate::author::Author;
use crate::error::Result;
use clap::Args;

/// Give each commit of a series a Change-Id
///
/// By it a patch is found again in the next version, whatever its subject and its changes are by then. The branch is written anew;
/// files, dates and authors stay. 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct Mark {
    /// Leave commits alone that have one
    #[arg(short = 'm', long)]
    allow_marked: bool,
}

impl Mark {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        author.mark(&which.chosen(), self.allow_marked)
    }
}
