// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series autolink-all`.

use super::Which;
use crate::author::Author;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Find all series on Patchwork
#[derive(Debug, Args)]
pub struct AutolinkAll {
    /// All versions, not only the newest
    #[arg(short = 'a', long)]
    link_all_versions: bool,
    /// Replace links that are there
    #[arg(short, long)]
    replace_existing: bool,
    #[command(flatten)]
    update: super::Update,
}

impl AutolinkAll {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (context, self, author, which);
        Err(Error::new("'series autolink-all' is not there yet"))
    }
}
