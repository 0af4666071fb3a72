// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series inc`.

use super::Which;
use crate::author::Author;
use crate::author::versions::inc::Begun;
use crate::error::Result;
use crate::output::shell_quote;
use clap::Args;

/// Begin the next version of a series, on a branch of its own
///
/// The new branch, 'video2' behind 'video', has the commits of the newest version, the last of which says 'Series-version:
/// 2', and tracks what the old branch tracks. The patches are recorded with it, without a link. If the old branch is checked
/// out, you are on the new one then; your files stay as they are. 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct Inc {}

impl Inc {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let Begun {
            name,
            number,
            branch,
            from,
            is_finished,
            is_checked_out,
        } = author.inc(&which.chosen())?;
        match is_finished {
            true => author.out.note(format!(
                "finished {number} of '{name}', which was begun on branch '{branch}'"
            )),
            false => author.out.note(format!(
                "began {number} of '{name}' on branch '{branch}', made of '{from}'"
            )),
        }
        if !is_checked_out && !author.dry_run {
            author.out.hint(format!(
                "to work on it: git switch {branch}",
                branch = shell_quote(&branch)
            ));
        }
        which.told(author);
        Ok(())
    }
}
