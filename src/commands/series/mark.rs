// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series mark`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Give each commit of a series a Change-Id
#[derive(Debug, Args)]
pub struct Mark {
    /// Leave commits alone that have one
    #[arg(short = 'm', long)]
    allow_marked: bool,
}

impl Mark {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series mark' is not there yet"))
    }
}
