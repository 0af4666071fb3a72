// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series status`.

use super::Which;
use crate::author::Author;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Show what Patchwork has of a series: new trailers and comments
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    comments: super::Comments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (context, self, author, which);
        Err(Error::new("'series status' is not there yet"))
    }
}
