// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series gather-all`.

use super::Which;
use crate::author::Author;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Gather states, comments and trailers of all series
#[derive(Debug, Args)]
pub struct GatherAll {
    /// All versions, not only the newest
    #[arg(short = 'a', long)]
    gather_all_versions: bool,
    #[command(flatten)]
    what: super::Gathering,
}

impl GatherAll {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (context, self, author, which);
        Err(Error::new("'series gather-all' is not there yet"))
    }
}
