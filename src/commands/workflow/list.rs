// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow list`.

use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// List what was sent, reviewed and set
#[derive(Debug, Args)]
pub struct List {
    /// What has been done with too
    #[arg(short, long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, author: &mut Author<'_>) -> Result<()> {
        let _ = (self, author);
        Err(Error::new("'workflow list' is not there yet"))
    }
}
