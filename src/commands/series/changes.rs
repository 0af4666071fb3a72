// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series changes`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Add a line to the change log of the series
#[derive(Debug, Args)]
pub struct Changes {
    /// What has changed
    #[arg(value_name = "TEXT")]
    text: String,
    /// For the cover letter alone (Cover-changes)
    #[arg(short, long)]
    cover: bool,
}

impl Changes {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series changes' is not there yet"))
    }
}
