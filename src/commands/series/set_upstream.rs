// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series set-upstream`.

use super::Which;
use crate::author::Author;
use crate::complete;
use crate::error::{Error, Result};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Say which upstream a series is meant for
#[derive(Debug, Args)]
pub struct SetUpstream {
    /// The upstream
    #[arg(value_name = "UPSTREAM", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: String,
}

impl SetUpstream {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series set-upstream' is not there yet"))
    }
}
