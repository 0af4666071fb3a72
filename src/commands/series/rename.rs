// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rename`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Give a series and its branches another name
#[derive(Debug, Args)]
pub struct Rename {
    /// The new name
    #[arg(short = 'N', long, value_name = "NAME")]
    new_name: String,
}

impl Rename {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series rename' is not there yet"))
    }
}
