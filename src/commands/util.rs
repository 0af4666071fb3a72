// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman util`: what concerns the program itself.

mod install;

use crate::context::Context;
use crate::error::Result;
use clap::{Args, Subcommand};

/// Install man pages and completions
#[derive(Debug, Args)]
pub struct Util {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Install(install::Install),
}

impl Util {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<()> {
        match &self.verb {
            Verb::Install(install) => install.run(context),
        }
    }
}
