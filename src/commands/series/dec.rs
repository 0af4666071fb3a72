// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series dec`: deletes the newest version.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::dec::RemovedVersion;
use crate::context::Context;
use crate::error::Result;
use clap::Args;

/// Delete the newest version of a series and its branch
///
/// The branch is deleted, but its commits are kept under refs/patman/backup/; the version is removed from the
/// database. If the branch is checked out, the branch of the previous version is checked out, unless uncommitted
/// changes prevent it. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct Dec {}

impl Dec {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let back = author.dec(&which.chosen())?;
        let with = back
            .dependents
            .words()
            .map(|words| format!(", with {words}"))
            .unwrap_or_default();
        let RemovedVersion {
            name,
            number,
            newest,
            onto,
            branch,
            ..
        } = &back;
        out.note(format!(
            "deleted {number} of '{name}'{with}: the newest version is now {newest}"
        ));
        match &back.kept {
            Some(kept) => {
                out.note(format!("deleted branch '{branch}'"));
                author.tell_kept(branch, kept);
            }
            None if !back.had_branch => out.warn(format!("there was no branch '{branch}'")),
            None => {}
        }
        if back.is_checked_out {
            out.note(format!("switched to branch '{onto}'"));
        }
        which.told_undo(out, name);
        Ok(())
    }
}
