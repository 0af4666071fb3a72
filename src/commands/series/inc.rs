// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series inc`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Begin the next version of a series, on a branch of its own
#[derive(Debug, Args)]
pub struct Inc {}

impl Inc {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series inc' is not there yet"))
    }
}
