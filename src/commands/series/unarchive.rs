// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unarchive`.

use super::Which;
use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// Bring an archived series back, with its branches
#[derive(Debug, Args)]
pub struct Unarchive {}

impl Unarchive {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let _ = (self, author, which);
        Err(Error::new("'series unarchive' is not there yet"))
    }
}
