// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman db restore`: replaces the content of the database with that of a backup.

use crate::clock;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db;
use crate::error::Result;
use clap::Args;
use std::path::PathBuf;

/// Replace the database with a backup
///
/// The backup is checked first. The replaced database is kept in a file beside it, which is shown.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
}

impl Restore {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::NO_DATABASE
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let file = context.cwd().join(&self.file);
        let restored = context.with_options(|options| {
            db::restore::restore(
                &context.location()?,
                &file,
                options,
                &clock::zoned(),
                context.out(),
            )
        })?;
        let out = context.out();
        out.note(format!(
            "restored '{}' from '{}': {} series",
            restored.path.display(),
            self.file.display(),
            restored.series
        ));
        if let Some(replaced) = &restored.replaced {
            out.note(format!(
                "the replaced database is kept as {}",
                replaced.display()
            ));
        }
        Ok(())
    }
}
