// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series scan`.

use super::Which;
use crate::author::Author;
use crate::author::scan::Options;
use crate::error::Result;
use clap::Args;

/// Bring the database up to date with a series' branch
///
/// What is shown is what has become of the patches: '+' was added, '-' removed, '~' renamed, '>' moved; with -v those that stayed
/// are shown too. What a Patchwork said of a patch stays with it. Do it after a rebase; 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct Scan {
    /// Rewrite the branch where the tags Series-version and Series-links do not agree with what is known
    #[arg(short, long)]
    update: bool,
    #[command(flatten)]
    marks: super::Marks,
    #[command(flatten)]
    end: super::End,
}

impl Scan {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let options = Options {
            has_update: self.update,
            marks: self.marks.mark,
            allows_unmarked: self.marks.allow_unmarked,
            end: self.end.upstream.clone(),
        };
        author.scan(&which.chosen(), &options)
    }
}
