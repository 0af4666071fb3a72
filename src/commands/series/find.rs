// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series find`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Find series by a part of a title or subject
#[derive(Debug, Args)]
pub struct Find {
    /// The text to look for, in any case
    #[arg(value_name = "TEXT")]
    text: String,
    /// Archived series too
    #[arg(short = 'A', long)]
    include_archived: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Find {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series find' is not there yet"))
    }
}
