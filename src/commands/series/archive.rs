// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series archive`: replaces the branches of a finished series with tags.

use super::SeriesOption;
use crate::author::Author;
use crate::author::versions::archive::ArchivedSeries;
use crate::context::Context;
use crate::error::Result;
use crate::text::count::pluralize;
use clap::Args;

/// Archive a finished series: replace its branches with tags
///
/// Each branch becomes an annotated tag, such as 'video-22nov26', and is deleted; if HEAD is on one of the
/// branches, it is detached. The series is no longer listed without -A, but its data is preserved. Restore it with
/// 'git patman series unarchive' or 'git patman undo'.
#[derive(Debug, Args)]
pub struct SeriesArchive {}

impl SeriesArchive {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let ArchivedSeries {
            name,
            versions,
            detached,
        } = author.archive(&which.chosen())?;
        out.note(format!(
            "archived series '{name}' ({})",
            pluralize(versions.len(), "version", "versions")
        ));
        for (branch, tag) in versions {
            match tag {
                Some(tag) => out.note(format!("replaced branch '{branch}' with tag '{tag}'")),
                None => out.warn(format!("there was no branch '{branch}' to keep as a tag")),
            }
        }
        if let Some((branch, commit)) = detached {
            let short = author.repo.short_id(commit);
            out.note(format!(
                "HEAD was on '{branch}' and is now detached at {short}"
            ));
        }
        which.told(out);
        Ok(())
    }
}
