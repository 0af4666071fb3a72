// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series info`: shows a series with its versions, patches and notes.

use super::SeriesOption;
use crate::author::Author;
use crate::clock;
use crate::context::Context;
use crate::error::Result;
use crate::listing::info::{PatchComment, PatchInfo, SeriesInfo as Known, VersionInfo};
use crate::output::Output;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::series::history::PatchChange;
use crate::series::state::Standing;
use crate::text::escape_controls;
use crate::view::patches::paint;
use crate::view::series_info::SeriesInfoJson;
use clap::Args;

/// Show a series: its versions, patches and notes
///
/// Each patch is shown with its difference from the previous version: new, renamed, moved, changed or the same.
/// With -V only that version is shown.
#[derive(Debug, Args)]
pub struct SeriesInfoArgs {
    /// Show the texts of reviews, of all patches or of these; 0 is the cover letter
    #[arg(short, long, value_name = "PATCH", num_args = 0..)]
    reviews: Option<Vec<u32>>,
    /// Print the series as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl SeriesInfoArgs {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let chosen = which.chosen();
        let (series, only) = match which.version {
            Some(_) => author
                .version(&chosen)
                .map(|(series, version)| (series, version.number))?,
            None => author.series(&chosen).map(|(series, _)| (series, None))?,
        };
        let known = author.info(&series, only, self.reviews.as_deref())?;
        if self.json {
            return out.json(&SeriesInfoJson::from(&known));
        }
        out.listing(&render(out, &known))
    }
}

/// Lines that consist of a label and a value.
struct InfoText<'o> {
    out: &'o Output,
    text: String,
}

impl InfoText<'_> {
    fn line(&mut self, label: &str, value: &str) {
        self.text.push_str(format!("{label:<10}{value}").trim_end());
        self.text.push('\n');
    }

    fn safe(&mut self, label: &str, value: &str) {
        self.line(label, &escape_controls(value));
    }

    /// An indented text of several lines below a label.
    fn block(&mut self, label: &str, value: &str) {
        self.line(label, "");
        for line in value.trim_end().lines() {
            let line = line
                .split('\t')
                .map(escape_controls)
                .collect::<Vec<_>>()
                .join("\t");
            self.text.push_str(format!("    {line}").trim_end());
            self.text.push('\n');
        }
    }
}

fn render(out: &Output, known: &Known) -> String {
    let mut text = InfoText {
        out,
        text: String::new(),
    };
    text.line(
        "series",
        &out.paint(Paint::Heading, &escape_controls(&known.series)),
    );
    text.safe("title", known.title.as_deref().unwrap_or("-"));
    text.safe("upstream", known.upstream.as_deref().unwrap_or("-"));
    match (known.review, known.archived) {
        (false, false) => {}
        (true, false) => text.line("state", "under review"),
        (false, true) => text.line("state", "archived"),
        (true, true) => text.line("state", "a review, archived"),
    }
    if known.versions.is_empty() {
        text.line("versions", &out.paint(Paint::Bad, "none"));
    }
    for one in &known.versions {
        text.text.push('\n');
        version(&mut text, known, one);
    }
    text.text
}

fn version(text: &mut InfoText<'_>, known: &Known, one: &VersionInfo) {
    let number = one
        .version
        .map_or("v?".to_owned(), |number| format!("v{number}"));
    text.line("version", &text.out.paint(Paint::Commit, &number));
    if let Some(title) = one
        .title
        .as_ref()
        .filter(|title| known.title.as_ref() != Some(title))
    {
        text.safe("title", title);
    }
    match (&one.link, &one.url) {
        (Some(link), Some(url)) => text.safe("link", &format!("{link}  {url}")),
        (Some(link), None) => text.safe("link", link),
        (None, _) => text.line("link", "-"),
    }
    if let Some(cover) = &one.cover {
        let said = cover
            .comments
            .filter(|count| *count > 0)
            .map(|count| format!(" ({})", comments(count)));
        let subject = cover.subject.as_deref().unwrap_or("-");
        text.safe("cover", &format!("{subject}{}", said.unwrap_or_default()));
    }
    if let Some(then) = one.sent {
        text.line(
            "sent",
            &format!("{}, {}", clock::day(then), clock::age(then, clock::now())),
        );
    }
    branch(text, known, one);
    if let Some(tag) = &one.tag {
        let is_gone = known.archived && one.head.is_none();
        let note = if is_gone {
            text.out.paint(Paint::Bad, " (missing)")
        } else {
            String::new()
        };
        text.line("tag", &format!("{}{note}", escape_controls(tag)));
    }
    let shown = patches(text.out, one);
    text.text.push_str(&shown);
    if let Some(notes) = &one.notes {
        text.block("notes", notes);
    }
    for review in one.reviews.iter().flatten() {
        let label = if review.seq == 0 {
            "cover".to_owned()
        } else {
            format!("patch {}", review.seq)
        };
        let heading = format!("review of {label}{}", said(review));
        text.block(&text.out.paint(Paint::Heading, &heading), &review.body);
    }
}

/// The branch and the worktree that it is checked out in, or that it is missing.
fn branch(text: &mut InfoText<'_>, known: &Known, one: &VersionInfo) {
    match (&one.branch, &one.worktree) {
        (Some(branch), Some(path)) => {
            text.safe(
                "branch",
                &format!("{branch} (checked out in {})", path.display()),
            );
        }
        (Some(branch), None) => text.safe("branch", branch),
        (None, _) if known.archived || known.review => {}
        (None, _) => text.line("branch", &text.out.paint(Paint::Attention, "missing")),
    }
}

fn comments(count: i64) -> String {
    if count == 1 {
        "1 comment".to_owned()
    } else {
        format!("{count} comments")
    }
}

/// The state and date of a review, for its heading.
fn said(review: &PatchComment) -> String {
    let approved = if review.approved {
        "approved"
    } else {
        "comments"
    };
    let words = [Some(approved), review.status.as_deref()];
    format!(
        " ({})",
        escape_controls(&words.into_iter().flatten().collect::<Vec<_>>().join(", "))
    )
}

fn patches(out: &Output, one: &VersionInfo) -> String {
    if one.patches.is_empty() && one.dropped.is_empty() {
        return format!("{:<10}none\n", "patches");
    }
    let has = |wanted: fn(&PatchInfo) -> bool| one.patches.iter().any(wanted);
    let (has_states, has_comments) = (
        has(|patch| patch.state.is_some()),
        has(|patch| patch.comments > Some(0)),
    );
    let has_changes = has(|patch| patch.change.is_some()) || !one.dropped.is_empty();
    let columns = [
        (true, Align::Right),
        (has_states, Align::Left),
        (has_comments, Align::Right),
        (true, Align::Flexible),
        (has_changes, Align::Flexible),
    ];
    let kept: Vec<_> = columns
        .iter()
        .filter(|(is_kept, _)| *is_kept)
        .map(|(_, align)| ("", *align))
        .collect();
    let mut table = Table::new(&kept);
    let mut row = |cells: [Cell; 5]| {
        table.row(
            cells
                .into_iter()
                .zip(columns)
                .filter(|(_, (is_kept, _))| *is_kept)
                .map(|(cell, _)| cell),
        );
    };
    for patch in &one.patches {
        let said = patch
            .comments
            .filter(|count| *count > 0)
            .map_or(String::new(), comments);
        row([
            Cell::new(format!("{:>4}", patch.seq)),
            state(patch.state.as_deref()),
            Cell::painted(said, Paint::Attention),
            Cell::new(&patch.subject),
            change(patch),
        ]);
    }
    for gone in &one.dropped {
        row([
            Cell::new("-"),
            Cell::new(""),
            Cell::new(""),
            Cell::painted(&gone.subject, Paint::Dim),
            Cell::painted(format!("dropped, was {}", gone.seq), Paint::Bad),
        ]);
    }
    out.render(&table)
}

fn state(state: Option<&str>) -> Cell {
    Cell::painted(state.unwrap_or("-"), paint(Standing::of(state)))
}

/// A short text for the change of a patch since the previous version.
fn change(patch: &PatchInfo) -> Cell {
    let Some(change) = patch.change else {
        return Cell::new("");
    };
    let mut words = Vec::new();
    match change {
        PatchChange::New => words.push("new".to_owned()),
        PatchChange::Same => words.push("same".to_owned()),
        PatchChange::Changed => words.push("changed".to_owned()),
        PatchChange::Kept => {}
    }
    let number = patch
        .was
        .filter(|was| patch.reordered && *was != patch.seq)
        .map(|was| was.to_string());
    let before = patch
        .was_subject
        .as_ref()
        .map(|before| format!("'{before}'"));
    if number.is_some() || before.is_some() {
        let was: Vec<String> = number.into_iter().chain(before).collect();
        words.push(format!("was {}", was.join(" ")));
    }
    let paint = match change {
        PatchChange::New => Paint::Good,
        PatchChange::Changed => Paint::Attention,
        PatchChange::Same | PatchChange::Kept => Paint::Dim,
    };
    Cell::painted(words.join(", "), paint)
}
