// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series autolink`.

use super::Which;
use crate::author::Author;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Find the series on Patchwork
#[derive(Debug, Args)]
pub struct Autolink {
    #[command(flatten)]
    update: super::Update,
    /// Wait up to so many seconds for Patchwork to have it
    #[arg(short = 'w', long, value_name = "SECONDS", default_value_t = 0)]
    autolink_wait: u64,
}

impl Autolink {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (context, self, author, which);
        Err(Error::new("'series autolink' is not there yet"))
    }
}
