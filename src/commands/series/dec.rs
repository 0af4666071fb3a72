// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series dec`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Take the newest version of a series back, with its branch
#[derive(Debug, Args)]
pub struct Dec {}

impl Dec {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series dec' is not there yet"))
    }
}
