// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series show-notes`: shows the notes on a series.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::version;
use crate::error::Result;
use crate::view::each;
use crate::view::notes::{NotesJson, VersionNotes, text};
use clap::Args;

/// Show the notes on a series
///
/// Shows the notes on all versions, or with -V only those on that version, as they were saved.
#[derive(Debug, Args)]
pub struct ShowNotes {
    /// Print the notes as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl ShowNotes {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let chosen = which.chosen();
        let (series, versions) = match which.version {
            Some(_) => author
                .version(&chosen)
                .map(|(series, version)| (series, vec![version]))?,
            None => {
                let (series, _) = author.series(&chosen)?;
                let versions = version::list(&author.db, series.id)?;
                (series, versions)
            }
        };
        let noted: Vec<VersionNotes> = versions.into_iter().filter_map(VersionNotes::of).collect();
        if self.json {
            return out.json(&each::<_, NotesJson<'_>>(&noted));
        }
        if noted.is_empty() {
            let of = which
                .version
                .map_or(String::new(), |version| format!(" {version}"));
            out.note(format!("there are no notes on '{}'{of}", series.name));
            return Ok(());
        }
        out.listing(&text(out, &noted, which.version.is_none()))
    }
}
