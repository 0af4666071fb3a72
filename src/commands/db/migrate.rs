// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db migrate`: migrates the database now, as any other command would.

use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Create the database, or migrate it to the newest schema
///
/// Every command that uses the database does this automatically. It is safe while other processes use the database:
/// one process migrates, and the others wait. A backup is made first.
#[derive(Debug, Args)]
pub struct Migrate {}

impl Migrate {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        context.out().note(format!(
            "'{}' is current",
            context.location()?.file().display()
        ));
        Ok(())
    }
}
