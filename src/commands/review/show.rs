// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review show`: shows the cover letter, the patches and their trailers.

use super::ReviewName;
use crate::clock;
use crate::commands::Requirements;
use crate::error::Result;
use crate::mail::trailers::collected::TrailerState;
use crate::output::colour::Paint;
use crate::output::escape_controls;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::discussion::{Discussion, GivenTrailer};
use crate::review::merged::Merged;
use crate::review::report::{PatchReport, ReviewReport};
use clap::Args;
use serde::Serialize;

/// Show a review: cover letter, patches, commits and trailers
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    named: ReviewName,
    /// Print the review as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct ShowJson {
    #[serde(flatten)]
    report: ReviewReport,
    #[serde(flatten)]
    letters: Discussion,
}

impl Show {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::CHANGES
    }

    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let newest = reviews.newest_mail(recorded.id)?;
        let mut reports = [reviews.describe(&recorded)?];
        reviews.fill_merged(&mut reports, &reviews.candidates()?)?;
        let [report] = reports;
        let letters = reviews.letters(&recorded, report.version, &report)?;
        let shown = ShowJson { report, letters };
        if self.json {
            reviews.out.json(&shown)?;
        } else {
            reviews.out.listing(&render(reviews, &shown))?;
        }
        reviews.mark_seen(recorded.id, newest);
        Ok(())
    }
}

fn render(reviews: &Reviews<'_>, shown: &ShowJson) -> String {
    let (out, report, letters) = (reviews.out, &shown.report, &shown.letters);
    let mut text = String::new();
    let mut line = |label: &str, value: &str| text.push_str(&format!("{label:<10}{value}\n"));
    let heading = format!("{} {}", report.series, report.version);
    line("series", &out.paint(Paint::Heading, &heading));
    line("title", &escape_controls(&report.title));
    line("state", report.state.word());
    if !report.news.is_empty() {
        line("news", &out.paint(Paint::Attention, &report.news.words()));
    }
    if let Some(outcome) = report.outcome {
        let when = report.finished.map_or(String::new(), |then| {
            format!(", {}", clock::age(then, clock::now()))
        });
        line("outcome", &format!("{}{when}", outcome.word()));
    }
    for merged in &report.merged {
        line("merged", &escape_controls(&landed(merged)));
    }
    if let Some(base) = &report.base {
        line("base", &out.paint(Paint::Commit, &base[..12]));
    }
    if let Some(path) = &report.worktree {
        line("worktree", &escape_controls(&path.display().to_string()));
    }
    for other in &report.elsewhere {
        line(
            "elsewhere",
            &escape_controls(&other.place().display().to_string()),
        );
    }
    if let Some(then) = report.started {
        line("started", &clock::age(then, clock::now()));
    }
    if !report.missing.is_empty() {
        let missing: Vec<String> = report.missing.iter().map(u32::to_string).collect();
        line("missing", &missing.join(", "));
    }
    if let Some(cover) = &letters.cover {
        text.push('\n');
        cover.trim().lines().for_each(|one| {
            text.push_str(&format!("    {}\n", escape_controls(one)).replace("    \n", "\n"))
        });
    }
    text.push('\n');
    text.push_str(&patches(reviews, report, letters));
    if letters.replies > 0 {
        text.push_str(&format!(
            "\n{} stored\n",
            if letters.replies == 1 {
                "1 reply".to_owned()
            } else {
                format!("{} replies", letters.replies)
            }
        ));
    }
    text
}

fn landed(merged: &Merged) -> String {
    let Merged {
        branch,
        patches,
        total,
        commits,
    } = merged;
    if merged.is_whole() {
        return format!("all in {branch}");
    }
    let numbers: Vec<String> = commits.iter().map(|one| one.seq.to_string()).collect();
    format!("{patches} of {total} in {branch}: {}", numbers.join(", "))
}

fn patches(reviews: &Reviews<'_>, report: &ReviewReport, letters: &Discussion) -> String {
    let mut table = Table::new(&[
        ("", Align::Right),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Flexible),
    ]);
    let empty = || Cell::new("");
    for patch in &report.patches {
        let commit = patch.commit.as_deref().map_or("-", |id| &id[..10]);
        table.row([
            Cell::new(patch.seq.to_string()),
            Cell::painted(commit, Paint::Commit),
            Cell::painted(stat(patch, letters), Paint::Dim),
            Cell::new(&patch.subject),
        ]);
        for trailer in letters.trailers.iter().filter(|one| one.patch == patch.seq) {
            table.row([empty(), empty(), empty(), given(trailer)]);
        }
    }
    for trailer in letters.trailers.iter().filter(|one| one.patch == 0) {
        table.row([empty(), Cell::new("all"), empty(), given(trailer)]);
    }
    reviews.out.render(&table)
}

/// A trailer, with the reason if it is refused.
fn given(trailer: &GivenTrailer) -> Cell {
    let text = format!("  {}", trailer.text());
    match trailer.state {
        TrailerState::New | TrailerState::Present | TrailerState::Own => {
            Cell::painted(text, Paint::Good)
        }
        TrailerState::Unproved => Cell::painted(
            format!("{text} (unproved: sent by {})", trailer.from),
            Paint::Attention,
        ),
        TrailerState::Refused => Cell::painted(
            format!("{text} (refused: sent by {})", trailer.from),
            Paint::Bad,
        ),
        TrailerState::Objection if trailer.name == "NACK" => Cell::painted(
            format!("  {} ({})", trailer.value, trailer.from),
            Paint::Bad,
        ),
        TrailerState::Objection => Cell::painted(text, Paint::Bad),
    }
}

fn stat(patch: &PatchReport, letters: &Discussion) -> String {
    let stat = letters.diffstat.iter().find(|stat| stat.patch == patch.seq);
    stat.map_or(String::new(), |stat| {
        format!("{} +{} -{}", stat.files, stat.added, stat.deleted)
    })
}
