// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series ls`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// List the series
#[derive(Debug, Args)]
pub struct Ls {
    /// Archived series too
    #[arg(short = 'A', long)]
    include_archived: bool,
    /// Reviews, and nothing else
    #[arg(short, long)]
    reviews: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Ls {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series ls' is not there yet"))
    }
}
