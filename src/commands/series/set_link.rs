// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series set-link`.

use super::Which;
use crate::author::Author;
use crate::error::Result;
use clap::Args;

/// Say which series on Patchwork a version is
///
/// States, comments and trailers are gathered from there. 'git patman series autolink' finds it by itself; a link that it
/// has written into the branch is there for others too, and with -u so is this one. 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct SetLink {
    /// Write it into the branch too, as Series-links
    #[arg(short, long)]
    update: bool,
    /// The number of the series on Patchwork, or its URL; empty to take it away
    #[arg(value_name = "LINK")]
    link: String,
}

impl SetLink {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        author.set_link(&which.chosen(), &self.link, self.update)
    }
}
