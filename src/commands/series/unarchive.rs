// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series unarchive`.

use super::Which;
use crate::author::Author;
use crate::error::Result;
use crate::output::shell_quote;
use clap::Args;

/// Bring an archived series back, with its branches
///
/// Each tag becomes the branch again that it was made of, with what that tracked, and is deleted. A branch of that name with
/// other commits is never overwritten. 'git patman undo' takes it back.
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
                branch = shell_quote(branch)
            ));
        }
        which.told(author);
        Ok(())
    }
}
