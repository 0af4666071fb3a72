// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series scan`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Bring the database up to date with a series' branch
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
        let _ = (self, author, which);
        Err(Error::new("'series scan' is not there yet"))
    }
}
