// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series gather`.

use super::Which;
use crate::author::Author;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Gather states, comments and trailers of a series from Patchwork
#[derive(Debug, Args)]
pub struct Gather {
    #[command(flatten)]
    what: super::Gathering,
}

impl Gather {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (context, self, author, which);
        Err(Error::new("'series gather' is not there yet"))
    }
}
