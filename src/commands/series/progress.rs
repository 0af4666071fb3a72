// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series progress`: shows the upstream progress of each series.

use super::SeriesOption;
use super::patch_table::{self, CoverRow, PatchLine, head, nowhere};
use crate::author::Author;
use crate::author::branch::commits::BranchCommits;
use crate::author::listing::progress::{Need, StandingCounts, StateCounts, states, told};
use crate::author::listing::state::{Standing, word};
use crate::clock;
use crate::commands::Requirements;
use crate::db::progress::{self, ProgressQuery, SeriesProgress, VersionProgress};
use crate::error::Result;
use crate::output::bar::{BarSegment, bar};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table, cut};
use crate::output::{escape_controls, terminal_width};
use crate::series::VersionNumber;
use clap::Args;
use serde::Serialize;

/// Show the upstream progress of your series
///
/// Lists each series with its newest version. Series that need action come first: versions with requested changes,
/// then versions that were sent more than two weeks ago. Merged series come last.
#[derive(Debug, Args)]
pub struct SeriesProgressArgs {
    /// Show all versions, not only the newest
    #[arg(short = 'a', long)]
    show_all_versions: bool,
    /// Also list the patches, with their commits
    #[arg(short, long)]
    list_patches: bool,
    /// Include archived series
    #[arg(short = 'A', long)]
    include_archived: bool,
    /// Print JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

/// A version in JSON.
#[derive(Debug, Serialize)]
struct ProgressJson<'a> {
    series: &'a str,
    version: Option<VersionNumber>,
    title: Option<&'a str>,
    archived: bool,
    link: Option<&'a str>,
    total: u32,
    accepted: u32,
    states: Vec<StateCountJson<'a>>,
    comments: Option<i64>,
    sent: Option<i64>,
    patches: Vec<PatchLine>,
}

/// The number of patches in a state.
#[derive(Debug, Serialize)]
struct StateCountJson<'a> {
    state: Option<&'a str>,
    patches: u32,
}

impl SeriesProgressArgs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, author: &mut Author<'_>, which: &SeriesOption) -> Result<()> {
        let courses = self.courses(author, which)?;
        let lines = courses.iter().flat_map(lines_of);
        if self.json {
            return author.out.json(
                &lines
                    .map(|line| self.report(author, line))
                    .collect::<Vec<_>>(),
            );
        }
        if courses.is_empty() {
            let of_version = which
                .chosen()
                .version
                .map_or(String::new(), |number| format!(" with a {number}"));
            author.out.note(format!("you have no series{of_version}"));
            author
                .out
                .hint("to add the current branch: git patman series add");
            return Ok(());
        }
        if self.list_patches {
            return list(author, lines);
        }
        let width = terminal_width();
        let mut text = author.out.render(&table(lines, width.is_some()));
        if !which.is_named() {
            text += &format!(
                "{}\n",
                author.out.paint(Paint::Heading, &sum(&courses, width))
            );
        }
        author.out.listing(&text)
    }

    /// The series to show, in order.
    fn courses(&self, author: &Author<'_>, which: &SeriesOption) -> Result<Vec<SeriesProgress>> {
        let chosen = which.chosen();
        let series = match (which.is_named(), chosen.version) {
            (true, Some(_)) => Some(author.version(&chosen)?.0.id),
            (true, None) => Some(author.series(&chosen)?.0.id),
            (false, _) => None,
        };
        let wanted = ProgressQuery {
            series,
            archived: self.include_archived,
            all_versions: self.show_all_versions || chosen.version.is_some(),
            patches: self.list_patches,
        };
        let mut courses = progress::list(&author.db, wanted)?;
        if let Some(number) = chosen.version {
            courses.iter_mut().for_each(|course| {
                course
                    .stages
                    .retain(|stage| stage.version.number == Some(number))
            });
            courses.retain(|course| !course.stages.is_empty());
        }
        let now = clock::now();
        courses.sort_by_cached_key(|course| {
            let newest = course.stages.last();
            let sent = newest.and_then(|stage| stage.sent);
            let need = newest.map_or(Need::Open, |stage| {
                StandingCounts::of(stage).need(sent, now)
            });
            (need, sent.unwrap_or(i64::MAX), course.series.name.clone())
        });
        Ok(courses)
    }

    fn report<'c>(
        &self,
        author: &Author<'_>,
        (course, stage): VersionEntry<'c>,
    ) -> ProgressJson<'c> {
        let counts = stage.map(StandingCounts::of).unwrap_or_default();
        let patches = stage.filter(|_| self.list_patches).map(|stage| {
            patch_table::lines(&stage.patches, commits(author, course, stage).as_ref())
        });
        let states = states(stage);
        ProgressJson {
            series: &course.series.name,
            version: stage.and_then(|stage| stage.version.number),
            title: title((course, stage)),
            archived: course.series.archived,
            link: stage.and_then(|stage| stage.version.link.as_deref()),
            total: counts.total(),
            accepted: counts.get(Standing::Accepted),
            states: states
                .into_iter()
                .map(|(state, patches)| StateCountJson { state, patches })
                .collect(),
            comments: stage.and_then(VersionProgress::all_comments),
            sent: stage.and_then(|stage| stage.sent),
            patches: patches.unwrap_or_default(),
        }
    }
}

/// A series and a version, or none if it has no version.
type VersionEntry<'c> = (&'c SeriesProgress, Option<&'c VersionProgress>);

fn lines_of(course: &SeriesProgress) -> Vec<VersionEntry<'_>> {
    match course.stages.is_empty() {
        true => vec![(course, None)],
        false => course
            .stages
            .iter()
            .map(|stage| (course, Some(stage)))
            .collect(),
    }
}

fn title<'c>((course, stage): VersionEntry<'c>) -> Option<&'c str> {
    course
        .series
        .desc
        .as_deref()
        .or(stage.and_then(|stage| stage.version.desc.as_deref()))
}

/// The versions as a table, with a bar of their states if `drawn`.
fn table<'c>(lines: impl Iterator<Item = VersionEntry<'c>>, drawn: bool) -> Table {
    let mut columns = vec![
        ("NAME", Align::Flexible),
        ("VER", Align::Left),
        ("PATCHES", Align::Right),
        ("STATE", Align::Flexible),
        ("COM", Align::Right),
        ("AGE", Align::Right),
        ("TITLE", Align::Spare),
    ];
    if drawn {
        columns.insert(3, ("PROGRESS", Align::Spare));
    }
    let now = clock::now();
    let mut table = Table::new(&columns);
    for (course, stage) in lines {
        let counts = stage.map(StandingCounts::of).unwrap_or_default();
        let states = states(stage);
        let age = stage
            .and_then(|stage| stage.sent)
            .map_or(String::new(), |sent| clock::short_age(sent, now));
        let version = stage.and_then(|stage| stage.version.number);
        let cells = [
            Cell::new(&course.series.name),
            version.map_or(Cell::painted("-", Paint::Dim), |number| {
                Cell::new(number.to_string())
            }),
            Cell::new(counts.total().to_string()),
            in_words(&states),
            patch_table::number(stage.and_then(VersionProgress::all_comments)),
            Cell::painted(age, Paint::Dim),
            Cell::new(title((course, stage)).unwrap_or_default()),
        ];
        let mut cells = Vec::from(cells);
        if drawn {
            cells.insert(3, drawing(&counts));
        }
        table.row(cells);
    }
    table
}

/// The totals of all versions, in a line of the given width.
fn sum(courses: &[SeriesProgress], width: Option<usize>) -> String {
    let stages = || courses.iter().flat_map(|course| &course.stages);
    let patches: u32 = stages()
        .map(|stage| StandingCounts::of(stage).total())
        .sum();
    let states = states(stages());
    let sum = format!(
        "{} series, {patches} patches: {}",
        courses.len(),
        told(&states)
    );
    cut(
        &escape_controls(sum.trim_end_matches(": ")),
        width.unwrap_or(usize::MAX),
    )
}

/// The text for states, each in its color.
fn in_words(states: &StateCounts<'_>) -> Cell {
    let words = states.iter().enumerate().flat_map(|(at, (state, count))| {
        let comma = if at == 0 { "" } else { ", " };
        let paint = patch_table::paint(Standing::of(*state));
        [
            (comma.to_owned(), Paint::Plain),
            (format!("{count} {}", word(*state)), paint),
        ]
    });
    Cell::joined(words)
}

/// The patches of a version as a bar.
fn drawing(counts: &StandingCounts) -> Cell {
    let part = |standing| BarSegment {
        sign: sign(standing),
        paint: patch_table::paint(standing),
        count: counts.get(standing),
    };
    bar(&Standing::ALL.map(part))
}

fn sign(standing: Standing) -> char {
    match standing {
        Standing::Accepted => '█',
        Standing::Reviewed => '▓',
        Standing::Waiting => '░',
        Standing::Changes => '!',
        Standing::Refused => 'x',
        Standing::Unknown => '·',
    }
}

/// The commits of a version, or none if they are missing or cannot be read, which is not an error in a list.
fn commits(
    author: &Author<'_>,
    course: &SeriesProgress,
    stage: &VersionProgress,
) -> Option<BranchCommits> {
    author
        .commits_of(&course.series, &stage.version, &stage.patches)
        .ok()
        .flatten()
}

/// The versions, each with its patches.
fn list<'c>(author: &Author<'_>, lines: impl Iterator<Item = VersionEntry<'c>>) -> Result<()> {
    let mut text = String::new();
    let mut differ = 0;
    for (course, stage) in lines {
        if !text.is_empty() {
            text.push('\n');
        }
        let Some(stage) = stage else {
            text += &format!(
                "{}  no version\n",
                author
                    .out
                    .paint(Paint::Heading, &escape_controls(&course.series.name))
            );
            continue;
        };
        let commits = commits(author, course, stage);
        differ += usize::from(
            commits
                .as_ref()
                .is_some_and(|commits| !commits.is_scanned()),
        );
        text += &head(author, &course.series, &stage.version, &stage.patches);
        if commits.is_none() {
            let why = nowhere(&course.series, &stage.version).to_string();
            text += &format!("{}\n", author.out.paint(Paint::Dim, &escape_controls(&why)));
        }
        let cover = CoverRow::of(&stage.version, stage.cover_comments);
        text += &author.out.render(&patch_table::table(
            &cover,
            &patch_table::lines(&stage.patches, commits.as_ref()),
        ));
    }
    author.out.listing(&text)?;
    if differ > 0 {
        author.out.hint(
            "to update a series after its branch has changed: git patman series -s <series> scan",
        );
    }
    Ok(())
}
