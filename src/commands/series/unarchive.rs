// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unarchive`.

use super::Which;
use crate::author::Author;
use crate::error::Result;
use crate::output::word;
use clap::Args;

/// Restore an archived series and its branches
///
/// Each tag is replaced by the branch that it was created from, with its upstream. An existing branch with other
/// commits is never overwritten. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct Unarchive {}

impl Unarchive {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let back = author.unarchive(&which.chosen())?;
        author
            .out
            .note(format!("brought series '{}' back", back.name));
        for branch in &back.branches {
            author.out.note(format!("branch '{branch}' is there again"));
        }
        for branch in &back.there {
            author
                .out
                .note(format!("branch '{branch}' was there, and is as it was"));
        }
        for branch in &back.lost {
            author
                .out
                .warn(format!("nothing was kept of branch '{branch}'"));
        }
        for branch in &back.untracked {
            author.out.warn(format!(
                "branch '{branch}' tracks no upstream: which it had was not kept"
            ));
            author.out.hint(format!(
                "git branch --set-upstream-to <remote>/<branch> {branch}",
                branch = word(branch)
            ));
        }
        which.told(author);
        Ok(())
    }
}
