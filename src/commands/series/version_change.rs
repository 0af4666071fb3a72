// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series version-change`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use crate::series::VersionNumber;
use clap::Args;

/// Give a version another number, on a branch of that name
#[derive(Debug, Args)]
pub struct VersionChange {
    /// The new number
    #[arg(long, value_name = "VERSION")]
    new_version: VersionNumber,
}

impl VersionChange {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series version-change' is not there yet"))
    }
}
