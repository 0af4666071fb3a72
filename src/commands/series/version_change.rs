// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series version-change`.

use super::Which;
use crate::author::Author;
use crate::author::versions::renumber::Renumbered;
use crate::error::Result;
use crate::output::shell_quote;
use crate::series::VersionNumber;
use clap::Args;

/// Give a version another number, on a branch of that name
///
/// The commits are written anew on the branch of the new number, with a Series-version that says it, and the database
/// follows. The old branch stays. 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct VersionChange {
    /// The new number
    #[arg(long, value_name = "VERSION")]
    new_version: VersionNumber,
}

impl VersionChange {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let Renumbered {
            name,
            from,
            to,
            old,
            new,
            is_checked_out,
        } = author.renumber(&which.chosen(), self.new_version)?;
        author.out.note(format!(
            "{from} of '{name}' is {to} now, on branch '{new}'; branch '{old}' stays"
        ));
        if !is_checked_out && !author.dry_run {
            author.out.hint(format!(
                "to work on it: git switch {new}",
                new = shell_quote(&new)
            ));
        }
        which.told(author);
        Ok(())
    }
}
