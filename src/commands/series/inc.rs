// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series inc`: creates the next version.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::inc::CreatedVersion;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::text::shell_quote;
use clap::Args;

/// Create the next version of a series on a new branch
///
/// The new branch, such as 'video2' after 'video', has the commits of the newest version, with 'Series-version: 2'
/// in the last one, and tracks the same upstream. The patches are recorded, without a link. If the old branch is
/// checked out, the new one is checked out instead; your files do not change. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct Inc {}

impl Inc {
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
        let CreatedVersion {
            name,
            number,
            branch,
            from,
            is_finished,
            is_checked_out,
        } = author.inc(&which.chosen())?;
        match is_finished {
            true => out.note(format!(
                "completed {number} of '{name}' on branch '{branch}'"
            )),
            false => out.note(format!(
                "created {number} of '{name}' on branch '{branch}', from branch '{from}'"
            )),
        }
        if !is_checked_out && !author.dry_run {
            out.hint(format!(
                "to work on it: git switch {branch}",
                branch = shell_quote(&branch)
            ));
        }
        which.told(out);
        Ok(())
    }
}
