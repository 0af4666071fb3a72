// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman undo`.

use crate::complete;
use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Take the last rewrite of a branch back, with what the database had of it
#[derive(Debug, Args)]
pub struct Undo {
    /// The branch; else the one that is checked out
    #[arg(value_name = "BRANCH", add = ArgValueCompleter::new(complete::branches))]
    branch: Option<String>,
    /// Say what would be done, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// List what can be taken back
    #[arg(short, long)]
    list: bool,
    /// Print JSON
    #[arg(long, requires = "list")]
    json: bool,
}

impl Undo {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<()> {
        let _ = (self, context);
        Err(Error::new("'undo' is not there yet"))
    }
}
