// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman util`: installation of the program's files.

mod install;

use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::{Args, Subcommand};

/// Install man pages and completions
#[derive(Debug, Args)]
pub struct Util {
    #[command(subcommand)]
    verb: UtilVerb,
}

#[derive(Debug, Subcommand)]
enum UtilVerb {
    Install(install::Install),
}

impl Util {
    /// What the subcommand needs.
    pub fn requirements(&self) -> Requirements {
        match &self.verb {
            UtilVerb::Install(install) => install.requirements(),
        }
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        match &self.verb {
            UtilVerb::Install(install) => install.run(context),
        }
    }
}
