// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rm-version`: removes a version from the database.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::forget::Forgotten;
use crate::context::Context;
use crate::error::Result;
use crate::text::count;
use clap::Args;

/// Remove a version of a series from the database; its branch stays
///
/// Removes the link, states and notes of the version that -V or the current branch selects. To remove the only
/// version, use 'git patman series rm'. Undo this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct RmVersion {}

impl RmVersion {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (
            Forgotten {
                name,
                patches,
                dependents,
                left,
                ..
            },
            number,
        ) = author.forget_version(&which.chosen())?;
        let with = dependents
            .words()
            .map(|words| format!(", with {words}"))
            .unwrap_or_default();
        out.note(format!(
            "removed {number} of '{name}' ({}){with}",
            count::patches(patches)
        ));
        if !left.is_empty() {
            out.note(format!("its branch stays: {}", left.join(", ")));
        }
        which.told_undo(out, &name);
        Ok(())
    }
}
