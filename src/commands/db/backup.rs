// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db backup`: a consistent copy of the database, even while other processes write.

use crate::clock;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db;
use crate::error::Result;
use clap::Args;
use std::path::PathBuf;

/// Back up the database
///
/// Works while other processes use it. The backup contains everything that is committed, including the write-ahead
/// log. Existing files are never overwritten.
#[derive(Debug, Args)]
pub struct DbBackup {
    /// The file to create [default: beside the database, with date and time in its name]
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
}

impl DbBackup {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let file = self.file.as_ref().map(|file| context.cwd().join(file));
        let backup = db::backup::backup(&context.location()?, file.as_deref(), &clock::zoned())?;
        context.out().note(format!(
            "backup: {} ({} bytes)",
            backup.path.display(),
            backup.size
        ));
        Ok(())
    }
}
