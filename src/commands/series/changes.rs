// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series changes`: adds a line to the change log.

use super::SeriesOption;
use crate::author::Author;
use crate::author::changes::ChangeLogOptions;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Add a line to the change log of a series
///
/// The line is added to the last commit of the branch, or to the patch given by -p, and the change log is shown. If
/// that commit is checked out, staged changes are included, as with 'git commit --amend'. Undo this with 'git
/// patman undo'.
#[derive(Debug, Args)]
pub struct SeriesChanges {
    /// The line to add
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// Add it only to the change log of the cover letter (Cover-changes)
    #[arg(short, long)]
    cover: bool,
    /// The patch that has changed, by its number or its commit [default: the last patch]
    #[arg(short, long, value_name = "PATCH")]
    patch: Option<String>,
}

impl SeriesChanges {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let options = ChangeLogOptions {
            text: self.text.clone(),
            is_cover: self.cover,
            patch: self.patch.clone(),
        };
        let block = author.add_change(&which.chosen(), &options)?;
        block.map_or(Ok(()), |block| context.out().data(block))
    }
}
