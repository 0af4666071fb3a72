// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow todo-list`.

use crate::author::Author;
use crate::error::{Error, Result};
use clap::Args;

/// List the series that are due
#[derive(Debug, Args)]
pub struct TodoList {
    /// Those that are not due yet too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl TodoList {
    pub(super) fn run(&self, author: &mut Author<'_>) -> Result<()> {
        let _ = (self, author);
        Err(Error::new("'workflow todo-list' is not there yet"))
    }
}
