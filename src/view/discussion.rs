// SPDX-License-Identifier: GPL-2.0-or-later
//! A review with its cover letter, trailers and sizes: LETTERS in git-patman-json(5).

use super::review::{self, ReviewJson};
use super::{each, json_object};
use crate::clock;
use crate::git::Repo;
use crate::mail::trailers::collected::TrailerState;
use crate::output::Output;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::review::discussion::{DiffStat, Discussion, GivenTrailer};
use crate::review::merged::Merged;
use crate::review::report::{PatchReport, ReviewReport};
use crate::text::count::pluralize;
use crate::text::escape_controls;

json_object! {
    /// A review with its letters.
    pub struct DiscussedReviewJson<'a> from (report, letters): (&'a ReviewReport, &'a Discussion) {
        #[serde(flatten)]
        review: ReviewJson<'a> = ReviewJson::from(report),
        cover: Option<&'a str> = letters.cover.as_deref(),
        trailers: Vec<GivenTrailerJson<'a>> = each(&letters.trailers),
        replies: usize = letters.replies,
        diffstat: Vec<DiffStatJson> = each(&letters.diffstat),
    }
}

json_object! {
    /// A trailer from a reply.
    pub struct GivenTrailerJson<'a> from given: &'a GivenTrailer {
        patch: u32 = given.patch,
        name: &'a str = &given.name,
        value: &'a str = &given.value,
        from: &'a str = &given.from,
        version: u32 = given.version.get(),
        state: &'static str = given.state.word(),
        why: Option<&'a str> = given.why.as_deref(),
    }
}

json_object! {
    /// The size of the changes in a commit.
    pub struct DiffStatJson from stat: &DiffStat {
        patch: u32 = stat.patch,
        files: usize = stat.files,
        added: usize = stat.added,
        deleted: usize = stat.deleted,
    }
}

/// The review as text.
pub fn text(out: &Output, repo: &Repo, report: &ReviewReport, letters: &Discussion) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| text.push_str(&format!("{label:<10}{value}\n"));
    let heading = format!("{} {}", report.series, report.version);
    line("series", &out.paint(Paint::Heading, &heading));
    line("title", &escape_controls(&report.title));
    line("state", report.state.word());
    if !report.news.is_empty() {
        line(
            "news",
            &out.paint(Paint::Attention, &review::news(&report.news)),
        );
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
        line("base", &out.paint(Paint::Commit, &repo.short_hex(base)));
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
    text.push_str(&out.render(&patches(repo, report, letters)));
    if letters.replies > 0 {
        text.push_str(&format!(
            "\n{} stored\n",
            pluralize(letters.replies, "reply", "replies")
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

fn patches(repo: &Repo, report: &ReviewReport, letters: &Discussion) -> Table {
    let mut table = Table::new(&[
        ("", Align::Right),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Flexible),
    ]);
    let empty = || Cell::new("");
    for patch in &report.patches {
        let commit = patch.commit.as_deref();
        let commit = commit.map_or("-".to_owned(), |id| repo.short_hex(id));
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
    table
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
