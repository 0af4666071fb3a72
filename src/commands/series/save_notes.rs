// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series save-notes`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Keep notes on how a version's reviews were dealt with
#[derive(Debug, Args)]
pub struct SaveNotes {
    /// The file that holds them; `-` for standard input
    #[arg(value_name = "FILE", default_value = "review-notes.txt", value_hint = clap::ValueHint::FilePath)]
    file: std::path::PathBuf,
}

impl SaveNotes {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series save-notes' is not there yet"))
    }
}
