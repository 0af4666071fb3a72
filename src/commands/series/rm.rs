// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series rm`: removes a series from the database.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::forget::Forgotten;
use crate::context::Context;
use crate::error::Result;
use crate::text::count::{self, pluralize};
use clap::Args;

/// Remove a series from the database; its branches stay
///
/// Removes all versions, links, states, notes and reminders of the series. Branches and tags are not changed. Undo
/// this with 'git patman undo'.
#[derive(Debug, Args)]
pub struct SeriesRm {}

impl SeriesRm {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let Forgotten {
            name,
            versions,
            patches,
            dependents,
            left,
        } = author.forget(&which.chosen())?;
        let size = format!(
            "{}, {}",
            pluralize(versions, "version", "versions"),
            count::patches(patches)
        );
        let with = dependents
            .words()
            .map(|words| format!(", with {words}"))
            .unwrap_or_default();
        out.note(format!("removed series '{name}' ({size}){with}"));
        if !left.is_empty() {
            out.note(format!("its branches and tags stay: {}", left.join(", ")));
        }
        which.told_undo(out, &name);
        Ok(())
    }
}
