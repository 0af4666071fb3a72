// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series archive`.

use super::Which;
use crate::author::Author;
use crate::author::versions::archive::PutAway;
use crate::error::Result;
use crate::output::count::counted;
use clap::Args;

/// Archive a finished series: replace its branches by tags
///
/// Each branch becomes an annotated tag, such as 'video-22nov26', and is deleted; if HEAD is on one of the
/// branches, it is detached. The series is no longer listed without -A, but its data is preserved. Restore it with
/// 'git patman series unarchive' or 'git patman undo'.
#[derive(Debug, Args)]
pub struct Archive {}

impl Archive {
    pub(super) fn run(&self, author: &mut Author<'_>, which: &Which) -> Result<()> {
        let PutAway {
            name,
            versions,
            detached,
        } = author.archive(&which.chosen())?;
        author.out.note(format!(
            "archived series '{name}' ({})",
            counted(versions.len(), "version", "versions")
        ));
        for (branch, tag) in versions {
            match tag {
                Some(tag) => author
                    .out
                    .note(format!("branch '{branch}' is the tag '{tag}' now")),
                None => author.out.warn(format!(
                    "there was no branch '{branch}', and so nothing is kept of it"
                )),
            }
        }
        if let Some((branch, commit)) = detached {
            let short = &commit.to_string()[..12];
            author.out.note(format!(
                "HEAD, which was on '{branch}', is detached at {short} now"
            ));
        }
        which.told(author);
        Ok(())
    }
}
