// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series show-notes`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Show the notes that are kept of a series
#[derive(Debug, Args)]
pub struct ShowNotes {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ShowNotes {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series show-notes' is not there yet"))
    }
}
