// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series summary`: shows a summary of each series and its next step.

use super::SeriesOption;
use crate::author::Author;
use crate::clock::{self, local};
use crate::context::Context;
use crate::db::listing::{
    self, Archived, ListQuery, ListedSeries, PatchDetail, SeriesFilter, VersionFilter,
};
use crate::error::Result;
use crate::listing::next_step::{NextStep, SeriesStanding, standing_of};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::view::each;
use crate::view::list::SummaryJson;
use crate::view::patches::paint;
use clap::Args;
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

impl SeriesSummaryArgs {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let query = match which.is_named() {
            true => ListQuery::only(author.series(&which.chosen())?.0.id),
            false => ListQuery::of(SeriesFilter::Own, Archived::Without),
        };
        let all = listing::list(
            &author.db,
            ListQuery {
                versions: VersionFilter::Newest,
                patches: PatchDetail::States,
                dates: true,
                ..query
            },
        )?;
        let now = clock::now();
        let branches = branches(author, &all);
        let has_branch = |name: &str| branches.as_ref().is_none_or(|all| all.contains(name));
        let mut lines: Vec<SeriesStanding<'_>> = all
            .iter()
            .map(|listed| standing_of(listed, now, &has_branch))
            .collect();
        lines.sort_by_cached_key(|line| {
            let due = line.listed.due().filter(|_| line.rank == 0);
            let sent = line.listed.newest().and_then(|newest| newest.sent);
            (
                line.rank,
                due,
                sent.unwrap_or(i64::MAX),
                line.listed.series.name.clone(),
            )
        });
        if self.json {
            return out.json(&each::<_, SummaryJson<'_>>(&lines));
        }
        if lines.is_empty() {
            out.note("you have no series");
            out.hint("to add the current branch: git patman series add");
            return Ok(());
        }
        out.table(&table(&lines, now))
    }
}

/// The names of all branches if a series needs them, or none if they cannot be read.
fn branches(author: &Author<'_>, all: &[ListedSeries]) -> Option<HashSet<String>> {
    let is_draft = |listed: &ListedSeries| {
        listed
            .newest()
            .is_some_and(|newest| newest.version.link.is_none())
    };
    if !all.iter().any(is_draft) {
        return None;
    }
    let refs = author.repo.refs("refs/heads/*").ok()?;
    Some(
        refs.into_iter()
            .filter_map(|(name, _)| name.strip_prefix("refs/heads/").map(str::to_owned))
            .collect(),
    )
}

fn table(lines: &[SeriesStanding<'_>], now: i64) -> Table {
    let mut columns = vec![
        ("NAME", Align::Flexible),
        ("VER", Align::Left),
        ("ACCEPTED", Align::Right),
        ("STATE", Align::Left),
        ("AGE", Align::Right),
        ("NEXT", Align::Flexible),
        ("TITLE", Align::Spare),
    ];
    let has_todo = lines.iter().any(|line| line.listed.reminder.is_some());
    if has_todo {
        columns.insert(5, ("TODO", Align::Left));
    }
    let mut table = Table::new(&columns);
    for line in lines {
        let (listed, newest) = (line.listed, line.listed.newest());
        let version = newest.and_then(|newest| newest.version.number);
        let accepted = match newest.filter(|newest| newest.version.link.is_some()) {
            Some(newest) => newest.accepted().to_string(),
            None => "-".to_owned(),
        };
        let patches = newest.map_or(0, |newest| newest.patches);
        let sent = newest.and_then(|newest| newest.sent);
        let mut cells = vec![
            Cell::new(&listed.series.name),
            version.map_or(Cell::painted("-", Paint::Dim), |number| {
                Cell::new(number.to_string())
            }),
            Cell::new(format!("{accepted}/{patches}")),
            Cell::painted(line.state, paint(line.standing)),
            Cell::painted(
                sent.map_or(String::new(), |sent| clock::short_age(sent, now)),
                Paint::Dim,
            ),
            Cell::painted(line.step.words(listed), next_paint(line.step)),
            Cell::new(listed.title(newest).unwrap_or_default()),
        ];
        if has_todo {
            let is_due = listed.due().is_some_and(|when| when <= now);
            let todo = listed.due().map_or(String::new(), |when| {
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
