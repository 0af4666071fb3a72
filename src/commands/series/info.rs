// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series info`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Show a series: versions, patches and how they went on, notes
#[derive(Debug, Args)]
pub struct Info {
    /// Show the reviews too, of these patches if any are named
    #[arg(short, long, value_name = "PATCH", num_args = 0..)]
    reviews: Option<Vec<u32>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Info {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series info' is not there yet"))
    }
}
