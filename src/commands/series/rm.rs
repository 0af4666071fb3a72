// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rm`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Forget a series with all its versions; its branches stay
#[derive(Debug, Args)]
pub struct Rm {}

impl Rm {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series rm' is not there yet"))
    }
}
