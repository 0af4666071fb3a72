// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series find`: finds the series that contain a text.

use super::SeriesOption;
use crate::author::Author;
use crate::context::Context;
use crate::db::listing::{Archived, ListQuery, SeriesFilter};
use crate::error::{Error, Result};
use crate::listing::find::{FoundSeries, Match, Needle, Place};
use crate::output::Output;
use crate::output::colour::Paint;
use crate::text::escape_controls;
use crate::view::each;
use crate::view::list::FoundJson;
use clap::Args;

/// Find series by name, title, subject, link or Change-Id
///
/// The search ignores case and has no wildcards. Reviews are searched too. With -s only that series is searched,
/// even if it is archived.
#[derive(Debug, Args)]
pub struct Find {
    /// The text to search for, ignoring case
    #[arg(value_name = "TEXT")]
    text: String,
    /// Include archived series
    #[arg(short = 'A', long)]
    include_archived: bool,
    /// Print the matches as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Find {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        if self.text.is_empty() {
            return Err(Error::usage("no text to search for").with_hint(
                "for example a part of a title or subject: git patman series find <text>",
            ));
        }
        let query = match (which.is_named(), self.include_archived) {
            (true, _) => ListQuery::only(author.series(&which.chosen())?.0.id),
            (false, true) => ListQuery::of(SeriesFilter::All, Archived::With),
            (false, false) => ListQuery::of(SeriesFilter::All, Archived::Without),
        };
        let mut needle = Needle::new(&self.text);
        let found = author.find(&mut needle, query)?;
        if self.json {
            return out.json(&each::<_, FoundJson<'_>>(&found));
        }
        if found.is_empty() {
            out.note(format!("no series contains '{}'", self.text));
            if !self.include_archived && !which.is_named() {
                out.hint("to include archived series: -A");
            }
            return Ok(());
        }
        out.listing(&render(out, &found, &needle))
    }
}

fn render(out: &Output, found: &[FoundSeries], needle: &Needle) -> String {
    let mut text = String::new();
    for one in found {
        if !text.is_empty() {
            text.push('\n');
        }
        let archived = if one.archived {
            out.paint(Paint::Dim, " (archived)")
        } else {
            String::new()
        };
        let name = out.paint(Paint::Heading, &escape_controls(&one.series));
        text.push_str(&format!("{name}{archived}\n"));
        if let Some(title) = &one.title {
            text.push_str(&format!("    {}\n", escape_controls(title)));
        }
        for found in &one.matches {
            let places = out.paint(Paint::Commit, &places(found));
            let gap = if places.is_empty() { "" } else { "  " };
            let shown = marked(out, &found.text, needle);
            text.push_str(&format!(
                "  {:<9}  {places}{gap}{shown}\n",
                found.kind.word()
            ));
        }
    }
    text
}

/// The places of a text: `v1 v2`, `v1 patch 3, v2 patch 4`; empty if it belongs to the whole series.
fn places(found: &Match) -> String {
    let version = |one: &Place| {
        one.version
            .map_or("v?".to_owned(), |number| format!("v{number}"))
    };
    let mut runs: Vec<(Option<u32>, Vec<String>)> = Vec::new();
    for one in &found.versions {
        match runs.iter_mut().find(|(patch, _)| *patch == one.patch) {
            Some((_, versions)) => versions.push(version(one)),
            None => runs.push((one.patch, vec![version(one)])),
        }
    }
    let words = runs.into_iter().map(|(patch, versions)| {
        let patch = patch.map_or(String::new(), |number| format!(" patch {number}"));
        format!("{}{patch}", versions.join(" "))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The text with the matches highlighted.
fn marked(out: &Output, text: &str, needle: &Needle) -> String {
    let (mut shown, mut at) = (String::new(), 0);
    for part in needle.parts(text) {
        // Matches in two parts of one character are highlighted once.
        let start = part.start.max(at);
        shown.push_str(&escape_controls(&text[at..start]));
        shown.push_str(&out.paint(
            Paint::Bad,
            &escape_controls(&text[start..part.end.max(start)]),
        ));
        at = part.end.max(start);
    }
    shown.push_str(&escape_controls(&text[at..]));
    shown
}
