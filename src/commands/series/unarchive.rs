// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unarchive`: restores an archived series.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::text::shell_quote;
use clap::Args;

/// Restore an archived series and its branches
///
/// Each tag is replaced with the branch that it was created from, with its upstream. An existing branch with other
/// commits is never overwritten. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct Unarchive {}

impl Unarchive {
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
        let back = author.unarchive(&which.chosen())?;
        out.note(format!("restored series '{}'", back.name));
        for branch in &back.branches {
            out.note(format!("restored branch '{branch}'"));
        }
        for branch in &back.there {
            out.note(format!(
                "branch '{branch}' already exists and was not changed"
            ));
        }
        for branch in &back.lost {
            out.warn(format!(
                "branch '{branch}' has no tag and cannot be restored"
            ));
        }
        for branch in &back.untracked {
            out.warn(format!(
                "branch '{branch}' tracks no upstream: the previous one is not known"
            ));
            out.hint(format!(
                "git branch --set-upstream-to <remote>/<branch> {branch}",
                branch = shell_quote(branch)
            ));
        }
        which.told(out);
        Ok(())
    }
}
