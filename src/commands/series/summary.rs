// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series summary`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Show all series at a glance, those that need you first
#[derive(Debug, Args)]
pub struct Summary {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Summary {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series summary' is not there yet"))
    }
}
