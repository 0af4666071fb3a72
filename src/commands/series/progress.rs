// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series progress`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Show how far the series are on their way upstream
#[derive(Debug, Args)]
pub struct Progress {
    /// All versions, not only the newest
    #[arg(short = 'a', long)]
    show_all_versions: bool,
    /// The patches of each too
    #[arg(short, long)]
    list_patches: bool,
    /// Archived series too
    #[arg(short = 'A', long)]
    include_archived: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Progress {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series progress' is not there yet"))
    }
}
