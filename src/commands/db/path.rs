// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db path`: prints the path of the database and the reason for it.

use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::Args;
use std::os::unix::ffi::OsStrExt;

/// Print the path of the database
#[derive(Debug, Args)]
pub struct DbPath {
    /// Print the reason for the path before it, as 'git config --show-origin' does
    #[arg(long)]
    show_origin: bool,
}

impl DbPath {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let location = context.location()?;
        let origin = if self.show_origin {
            format!("{}\t", location.origin)
        } else {
            String::new()
        };
        context.out().data(
            [
                origin.as_bytes(),
                location.file().as_os_str().as_bytes(),
                b"\n",
            ]
            .concat(),
        )?;
        if let Some(unused) = &location.unused {
            context.out().warn(format!(
                "another database exists and is not used: '{}'",
                unused.display()
            ));
        }
        Ok(())
    }
}
