// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rm-version`.

use super::Which;
use crate::author::Author;
use crate::author::versions::forget::Forgotten;
use crate::error::Result;
use crate::output::count;
use clap::Args;

/// Forget one version of a series; its branch stays
///
/// What the database has of that version goes: its link, states and notes; -V or the branch says which it is. The last one
/// is forgotten with 'git patman series rm'. 'git patman undo' takes it back.
#[derive(Debug, Args)]
pub struct RmVersion {}

impl RmVersion {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let (
            Forgotten {
                name,
                patches,
                hanging,
                left,
                ..
            },
            number,
        ) = author.forget_version(&which.chosen())?;
        let with = hanging
            .words()
            .map(|words| format!(", with {words}"))
            .unwrap_or_default();
        author.out.note(format!(
            "forgot {number} of '{name}' ({}){with}",
            count::patches(patches)
        ));
        if !left.is_empty() {
            author
                .out
                .note(format!("its branch stays: {}", left.join(", ")));
        }
        which.told_undo(author, &name);
        Ok(())
    }
}
