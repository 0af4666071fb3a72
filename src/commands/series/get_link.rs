// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series get-link`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Print the number of the series on Patchwork
#[derive(Debug, Args)]
pub struct GetLink {}

impl GetLink {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series get-link' is not there yet"))
    }
}
