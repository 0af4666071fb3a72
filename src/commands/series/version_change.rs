// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series version-change`: changes the number of a version.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::renumber::Renumbered;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::series::VersionNumber;
use crate::text::shell_quote;
use clap::Args;

/// Change the number of a version, on a new branch
///
/// The commits are rewritten on the branch of the new number, with a matching Series-version, and the database is
/// updated. The old branch stays. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct VersionChange {
    /// The new number
    #[arg(long, value_name = "VERSION")]
    new_version: VersionNumber,
}

impl VersionChange {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let Renumbered {
            name,
            from,
            to,
            old,
            new,
            is_checked_out,
        } = author.renumber(&which.chosen(), self.new_version)?;
        out.note(format!(
            "{from} of '{name}' is now {to}, on branch '{new}'; branch '{old}' stays"
        ));
        if !is_checked_out && !author.dry_run {
            out.hint(format!(
                "to work on it: git switch {new}",
                new = shell_quote(&new)
            ));
        }
        which.told(out);
        Ok(())
    }
}
