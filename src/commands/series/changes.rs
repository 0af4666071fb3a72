// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series changes`.

use super::Which;
use crate::author::Author;
use crate::author::changes::Options;
use crate::error::Result;
use clap::Args;

/// Add a line to the change log of the series
///
/// It is written into the last commit of the branch, or the patch that is named, and shown. Where that is the commit that is
/// checked out, what is staged goes into it too, as with 'git commit --amend'. 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct Changes {
    /// What has changed
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// For the cover letter alone (Cover-changes)
    #[arg(short, long)]
    cover: bool,
    /// The patch that has changed, by its number or its commit; else the last
    #[arg(short, long, value_name = "PATCH")]
    patch: Option<String>,
}

impl Changes {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let options = Options {
            text: self.text.clone(),
            is_cover: self.cover,
            patch: self.patch.clone(),
        };
        author.add_change(&which.chosen(), &options)
    }
}
