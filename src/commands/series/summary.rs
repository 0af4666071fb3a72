// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series summary`: shows a summary of each series and its next step.

use super::SeriesOption;
use super::patch_table::paint;
use crate::author::Author;
use crate::author::listing::progress::StandingCounts;
use crate::author::listing::state::Standing;
use crate::author::listing::todo::{NextStep, SeriesStanding, glance};
use crate::clock::{self, local};
use crate::commands::Requirements;
use crate::db::progress::{self, ProgressQuery, SeriesProgress, VersionProgress};
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::series::VersionNumber;
use clap::Args;
use serde::Serialize;
use std::collections::HashSet;

/// Show a summary of your series and their next steps
///
/// Shows for the newest version of each series: accepted patches, state, when it was sent, when its reminder is due
/// ('git patman workflow todo'), and the next step according to the database and the branches. Reminders that are
/// due come first, then versions with requested changes, versions with unanswered comments, and versions without a
/// reply for two weeks.
#[derive(Debug, Args)]
pub struct SeriesSummaryArgs {
    /// Print JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

/// A series in JSON.
#[derive(Debug, Serialize)]
struct SummaryJson<'a> {
    series: &'a str,
    version: Option<VersionNumber>,
    title: Option<&'a str>,
    archived: bool,
    link: Option<&'a str>,
    total: u32,
    accepted: u32,
    state: &'a str,
    comments: Option<i64>,
    sent: Option<i64>,
    todo: Option<i64>,
    next: NextStep,
}

impl SeriesSummaryArgs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        let series = match which.is_named() {
            true => Some(author.series(&which.chosen())?.0.id),
            false => None,
        };
        let courses = progress::list(
            &author.db,
            ProgressQuery {
                series,
                ..ProgressQuery::default()
            },
        )?;
        let now = clock::now();
        let branches = branches(author, &courses);
        let has_branch = |name: &str| branches.as_ref().is_none_or(|all| all.contains(name));
        let mut lines: Vec<(&SeriesProgress, SeriesStanding<'_>)> = courses
            .iter()
            .map(|course| (course, glance(course, now, &has_branch)))
            .collect();
        lines.sort_by_cached_key(|(course, glance)| {
            let todo = course.todo.filter(|_| glance.rank == 0);
            let sent = course.stages.last().and_then(|stage| stage.sent);
            (
                glance.rank,
                todo,
                sent.unwrap_or(i64::MAX),
                course.series.name.clone(),
            )
        });
        if self.json {
            return author
                .out
                .json(&lines.iter().map(report).collect::<Vec<_>>());
        }
        if lines.is_empty() {
            author.out.note("you have no series");
            author
                .out
                .hint("to add the current branch: git patman series add");
            return Ok(());
        }
        author.out.table(&table(&lines, now))
    }
}

/// The names of all branches if a series needs them, or none if they cannot be read.
fn branches(author: &Author<'_>, courses: &[SeriesProgress]) -> Option<HashSet<String>> {
    let is_draft = |course: &SeriesProgress| {
        course
            .stages
            .last()
            .is_some_and(|stage| stage.version.link.is_none())
    };
    if !courses.iter().any(is_draft) {
        return None;
    }
    let refs = author.repo.refs("refs/heads/*").ok()?;
    Some(
        refs.into_iter()
            .filter_map(|(name, _)| name.strip_prefix("refs/heads/").map(str::to_owned))
            .collect(),
    )
}

fn report<'c>((course, glance): &(&'c SeriesProgress, SeriesStanding<'c>)) -> SummaryJson<'c> {
    let newest = course.stages.last();
    let counts = newest.map(StandingCounts::of).unwrap_or_default();
    SummaryJson {
        series: &course.series.name,
        version: newest.and_then(|stage| stage.version.number),
        title: course
            .series
            .desc
            .as_deref()
            .or(newest.and_then(|stage| stage.version.desc.as_deref())),
        archived: course.series.archived,
        link: newest.and_then(|stage| stage.version.link.as_deref()),
        total: counts.total(),
        accepted: counts.get(Standing::Accepted),
        state: glance.state,
        comments: newest.and_then(VersionProgress::all_comments),
        sent: newest.and_then(|stage| stage.sent),
        todo: course.todo,
        next: glance.step,
    }
}

fn table(lines: &[(&SeriesProgress, SeriesStanding<'_>)], now: i64) -> Table {
    let mut columns = vec![
        ("NAME", Align::Flexible),
        ("VER", Align::Left),
        ("ACCEPTED", Align::Right),
        ("STATE", Align::Left),
        ("AGE", Align::Right),
        ("NEXT", Align::Flexible),
        ("TITLE", Align::Spare),
    ];
    let has_todo = lines.iter().any(|(course, _)| course.todo.is_some());
    if has_todo {
        columns.insert(5, ("TODO", Align::Left));
    }
    let mut table = Table::new(&columns);
    for line in lines {
        let (course, glance) = line;
        let newest = course.stages.last();
        let counts = newest.map(StandingCounts::of).unwrap_or_default();
        let version = newest.and_then(|stage| stage.version.number);
        let is_linked = newest.is_some_and(|stage| stage.version.link.is_some());
        let accepted = if is_linked {
            counts.get(Standing::Accepted).to_string()
        } else {
            "-".to_owned()
        };
        let sent = newest.and_then(|stage| stage.sent);
        let mut cells = vec![
            Cell::new(&course.series.name),
            version.map_or(Cell::painted("-", Paint::Dim), |number| {
                Cell::new(number.to_string())
            }),
            Cell::new(format!("{accepted}/{}", counts.total())),
            Cell::painted(glance.state, paint(glance.standing)),
            Cell::painted(
                sent.map_or(String::new(), |sent| clock::short_age(sent, now)),
                Paint::Dim,
            ),
            Cell::painted(glance.step.words(course), next_paint(glance.step)),
            Cell::new(report(line).title.unwrap_or_default()),
        ];
        if has_todo {
            let is_due = course.todo.is_some_and(|when| when <= now);
            let todo = course.todo.map_or(String::new(), |when| {
                local::due(local::at(when), local::at(now))
            });
            cells.insert(
                5,
                Cell::painted(todo, if is_due { Paint::Attention } else { Paint::Dim }),
            );
        }
        table.row(cells);
    }
    table
}

fn next_paint(step: NextStep) -> Paint {
    match step {
        NextStep::Wait | NextStep::Nothing | NextStep::Archive => Paint::Dim,
        NextStep::Restore => Paint::Bad,
        NextStep::Begin | NextStep::Answer | NextStep::Remind => Paint::Attention,
        NextStep::Scan | NextStep::Send | NextStep::Link | NextStep::Gather => Paint::Plain,
    }
}
