// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series patches`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// List the patches of a version
#[derive(Debug, Args)]
pub struct Patches {
    /// Show each commit and what it touches
    #[arg(short = 't', long)]
    commit: bool,
    /// Show each patch
    #[arg(short, long)]
    patch: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Patches {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series patches' is not there yet"))
    }
}
