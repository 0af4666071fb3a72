// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman status`.

use crate::context::Context;
use crate::error::{Error, Result};
use clap::Args;

/// Show what Patchwork has of the branch that is checked out: new trailers and comments
#[derive(Debug, Args)]
pub struct Status {
    /// Show the comments on each patch
    #[arg(short = 'c', long)]
    show_comments: bool,
    /// Show the comments on the cover letter
    #[arg(short = 'C', long)]
    show_cover_comments: bool,
    /// Make a branch of that name, with the trailers added
    #[arg(short, long, value_name = "BRANCH")]
    dest_branch: Option<String>,
    /// Replace that branch if it is there
    #[arg(short, long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<()> {
        let _ = (self, context);
        Err(Error::new("'status' is not there yet"))
    }
}
