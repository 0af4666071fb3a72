// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow todo`.

use crate::author::Author;
use crate::complete;
use crate::error::{Error, Result};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Set when to look at a series again
#[derive(Debug, Args)]
pub struct Todo {
    /// In how many days
    #[arg(value_name = "DAYS", default_value_t = 14, allow_negative_numbers = true)]
    days: i64,
    /// Take the date away
    #[arg(long)]
    clear: bool,
    /// The series; else that of the branch that is checked out
    #[arg(short, long, value_name = "SERIES", add = ArgValueCompleter::new(complete::series))]
    series: Option<String>,
}

impl Todo {
    pub(super) fn run(&self, author: &mut Author<'_>) -> Result<()> {
        let _ = (self, author);
        Err(Error::new("'workflow todo' is not there yet"))
    }
}
