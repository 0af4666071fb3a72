// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series set-link`: sets the Patchwork link of a version.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::error::Result;
use clap::Args;

/// Set the Patchwork link of a version
///
/// States, comments and trailers are fetched from the linked series. 'git patman series autolink' finds the link
/// automatically and writes it into the branch, so that others can use it; -u does the same here. Undo this with
/// 'git patman undo'.
#[derive(Debug, Args)]
pub struct SetLink {
    /// Also write it into the branch, as Series-links
    #[arg(short, long)]
    update: bool,
    /// The number or URL of the series on Patchwork; an empty value removes the link
    #[arg(value_name = "LINK")]
    link: String,
}

impl SetLink {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        author.set_link(&which.chosen(), &self.link, self.update)
    }
}
