// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series open`.

use super::Which;
use crate::author::Author;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Open the series on Patchwork in a browser
#[derive(Debug, Args)]
pub struct Open {}

impl Open {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (context, self, author, which);
        Err(Error::new("'series open' is not there yet"))
    }
}
