// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series show-notes`: shows the notes on a series.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::db::version;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::escape_controls;
use clap::Args;
use serde::Serialize;

/// Show the notes on a series
///
/// Shows the notes on all versions, or with -V only those on that version, as they were saved.
#[derive(Debug, Args)]
pub struct ShowNotes {
    /// Print the notes as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct NotesJson {
    version: Option<u32>,
    notes: String,
}

impl ShowNotes {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
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
        let noted = versions.into_iter().filter_map(|one| {
            let version = one.number.map(|number| number.get());
            Some(NotesJson {
                version,
                notes: one.notes?,
            })
        });
        let noted: Vec<NotesJson> = noted.collect();
        if self.json {
            return author.out.json(&noted);
        }
        if noted.is_empty() {
            let of = which
                .version
                .map_or(String::new(), |version| format!(" {version}"));
            author
                .out
                .note(format!("there are no notes on '{}'{of}", series.name));
            return Ok(());
        }
        let mut text = String::new();
        for one in &noted {
            if which.version.is_none() {
                let number = one
                    .version
                    .map_or("?".to_owned(), |number| format!("v{number}"));
                let gap = if text.is_empty() { "" } else { "\n" };
                text.push_str(&format!(
                    "{gap}{}\n",
                    author
                        .out
                        .paint(Paint::Heading, &format!("--- {number} ---"))
                ));
            }
            one.notes
                .lines()
                .for_each(|line| text.push_str(&format!("{}\n", plain(line))));
        }
        author.out.listing(&text)
    }
}

/// The line with control characters escaped, except tabs.
fn plain(line: &str) -> String {
    line.split('\t')
        .map(escape_controls)
        .collect::<Vec<_>>()
        .join("\t")
}
