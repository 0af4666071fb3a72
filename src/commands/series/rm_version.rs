// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rm-version`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Forget one version of a series; its branch stays
#[derive(Debug, Args)]
pub struct RmVersion {}

impl RmVersion {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series rm-version' is not there yet"))
    }
}
