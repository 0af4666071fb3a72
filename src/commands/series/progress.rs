// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series progress`: shows the upstream progress of each series.

use super::SeriesOption;
use crate::author::Author;
use crate::author::branch::commits::{BranchCommits, not_here};
use crate::clock;
use crate::context::Context;
use crate::db::listing::{
    self, Archived, ListQuery, ListedSeries, ListedVersion, PatchDetail, SeriesFilter,
    VersionFilter,
};
use crate::error::Result;
use crate::listing::progress::{Need, StandingCounts, StateCounts, states, words};
use crate::output::Output;
use crate::output::bar::{BarSegment, bar};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table, cut};
use crate::output::terminal_width;
use crate::series::state::{Standing, word};
use crate::text::escape_controls;
use crate::view::list::ProgressJson;
use crate::view::patches::{self, VersionPatches};
use clap::Args;

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

impl SeriesProgressArgs {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let all = self.listed(author, which)?;
        let lines = all.iter().flat_map(lines_of);
        if self.json {
            return out.json(
                &lines
                    .map(|line| self.report(author, line))
                    .collect::<Vec<_>>(),
            );
        }
        if all.is_empty() {
            let of_version = which
                .chosen()
                .version
                .map_or(String::new(), |number| format!(" with a {number}"));
            out.note(format!("you have no series{of_version}"));
            out.hint("to add the current branch: git patman series add");
            return Ok(());
        }
        if self.list_patches {
            return list(out, author, lines);
        }
        let width = terminal_width();
        let mut text = out.render(&table(lines, width.is_some()));
        if !which.is_named() {
            text += &format!("{}\n", out.paint(Paint::Heading, &sum(&all, width)));
        }
        out.listing(&text)
    }

    /// The series to show, in order.
    fn listed(&self, author: &Author<'_>, which: &SeriesOption) -> Result<Vec<ListedSeries>> {
        let chosen = which.chosen();
        let query = match (which.is_named(), chosen.version, self.include_archived) {
            (true, Some(_), _) => ListQuery::only(author.version(&chosen)?.0.id),
            (true, None, _) => ListQuery::only(author.series(&chosen)?.0.id),
            (false, _, true) => ListQuery::of(SeriesFilter::Own, Archived::With),
            (false, _, false) => ListQuery::of(SeriesFilter::Own, Archived::Without),
        };
        let mut all = listing::list(
            &author.db,
            ListQuery {
                versions: match self.show_all_versions || chosen.version.is_some() {
                    true => VersionFilter::All,
                    false => VersionFilter::Newest,
                },
                patches: match self.list_patches {
                    true => PatchDetail::Rows,
                    false => PatchDetail::States,
                },
                dates: true,
                ..query
            },
        )?;
        if let Some(number) = chosen.version {
            all.iter_mut().for_each(|listed| {
                listed
                    .versions
                    .retain(|one| one.version.number == Some(number))
            });
            all.retain(|listed| !listed.versions.is_empty());
        }
        let now = clock::now();
        all.sort_by_cached_key(|listed| {
            let newest = listed.newest();
            let sent = newest.and_then(|newest| newest.sent);
            let need = newest.map_or(Need::Open, |newest| {
                StandingCounts::of(newest).need(sent, now)
            });
            (need, sent.unwrap_or(i64::MAX), listed.series.name.clone())
        });
        Ok(all)
    }

    fn report<'c>(
        &self,
        author: &Author<'_>,
        (listed, version): VersionEntry<'c>,
    ) -> ProgressJson<'c> {
        let patches = version.filter(|_| self.list_patches).map(|version| {
            shown(listed, version, commits(author, listed, version).as_ref()).lines()
        });
        ProgressJson::new(listed, version, patches.unwrap_or_default())
    }
}

/// A series and a version, or none if it has no version.
type VersionEntry<'c> = (&'c ListedSeries, Option<&'c ListedVersion>);

fn lines_of(listed: &ListedSeries) -> Vec<VersionEntry<'_>> {
    match listed.versions.is_empty() {
        true => vec![(listed, None)],
        false => listed
            .versions
            .iter()
            .map(|version| (listed, Some(version)))
            .collect(),
    }
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
    for (listed, version) in lines {
        let counts = version.map(StandingCounts::of).unwrap_or_default();
        let states = states(version);
        let age = version
            .and_then(|version| version.sent)
            .map_or(String::new(), |sent| clock::short_age(sent, now));
        let number = version.and_then(|version| version.version.number);
        let cells = [
            Cell::new(&listed.series.name),
            number.map_or(Cell::painted("-", Paint::Dim), |number| {
                Cell::new(number.to_string())
            }),
            Cell::new(counts.total().to_string()),
            in_words(&states),
            patches::number(version.and_then(ListedVersion::all_comments)),
            Cell::painted(age, Paint::Dim),
            Cell::new(listed.title(version).unwrap_or_default()),
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
fn sum(all: &[ListedSeries], width: Option<usize>) -> String {
    let versions = || all.iter().flat_map(|listed| &listed.versions);
    let patches: u32 = versions()
        .map(|version| StandingCounts::of(version).total())
        .sum();
    let states = states(versions());
    let sum = format!(
        "{} series, {patches} patches: {}",
        all.len(),
        words(&states)
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
        let paint = patches::paint(Standing::of(*state));
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
        paint: patches::paint(standing),
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
    listed: &ListedSeries,
    version: &ListedVersion,
) -> Option<BranchCommits> {
    author
        .commits_of(&listed.series, &version.version, &version.rows)
        .ok()
        .flatten()
}

fn shown<'a>(
    listed: &'a ListedSeries,
    version: &'a ListedVersion,
    commits: Option<&'a BranchCommits>,
) -> VersionPatches<'a> {
    VersionPatches {
        series: &listed.series,
        version: &version.version,
        cover_comments: version.cover_comments,
        patches: &version.rows,
        commits,
    }
}

/// The versions, each with its patches.
fn list<'c>(
    out: &Output,
    author: &Author<'_>,
    lines: impl Iterator<Item = VersionEntry<'c>>,
) -> Result<()> {
    let mut text = String::new();
    let mut differ = 0;
    for (listed, version) in lines {
        if !text.is_empty() {
            text.push('\n');
        }
        let Some(version) = version else {
            text += &format!(
                "{}  no version\n",
                out.paint(Paint::Heading, &escape_controls(&listed.series.name))
            );
            continue;
        };
        let commits = commits(author, listed, version);
        differ += usize::from(
            commits
                .as_ref()
                .is_some_and(|commits| !commits.placed.is_scanned()),
        );
        let shown = shown(listed, version, commits.as_ref());
        text += &shown.heading(out);
        if commits.is_none() {
            let why = not_here(&listed.series, &version.version).to_string();
            text += &format!("{}\n", out.paint(Paint::Dim, &escape_controls(&why)));
        }
        text += &out.render(&shown.table(author.repo));
    }
    out.listing(&text)?;
    if differ > 0 {
        out.hint(
            "to update a series after its branch has changed: git patman series -s <series> scan",
        );
    }
    Ok(())
}
