// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series scan`: updates the database from the branch.

use super::SeriesOption;
use crate::author::Author;
use crate::author::scan::ScanOptions;
use crate::commands::Requirements;
use crate::error::Result;
use clap::Args;

/// Update the database from the branch of a series
///
/// Shows the patches that were added ('+'), removed ('-'), renamed ('~') or moved ('>'), and with -v also those
/// that did not change. Each patch keeps its state on Patchwork. Run this after a rebase. Undo this with 'git
/// patman undo'.
#[derive(Debug, Args)]
pub struct Scan {
    /// Rewrite the branch if the tags Series-version and Series-links do not match the database
    #[arg(short, long)]
    update: bool,
    #[command(flatten)]
    marks: super::MarkOptions,
    #[command(flatten)]
    end: super::SeriesEnd,
}

impl Scan {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        let options = ScanOptions {
            has_update: self.update,
            marks: self.marks.mark,
            allows_unmarked: self.marks.allow_unmarked,
            end: self.end.upstream.clone(),
        };
        author.scan(&which.chosen(), &options)
    }
}
