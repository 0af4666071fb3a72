// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series archive`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Put a finished series away: its branches become tags
#[derive(Debug, Args)]
pub struct Archive {}

impl Archive {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series archive' is not there yet"))
    }
}
