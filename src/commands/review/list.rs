// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review list`: lists the reviews.

use crate::clock;
use crate::context::Context;
use crate::error::Result;
use crate::output::Output;
use crate::output::colour::Paint;
use crate::output::screen;
use crate::output::table::{self, Align, Cell, Table};
use crate::review::Reviews;
use crate::review::listing::ReviewSummary;
use crate::review::merged::{Merged, best};
use crate::review::report::{PathState, ReviewState};
use crate::text::escape_controls;
use crate::text::shell_words;
use crate::view::each;
use crate::view::review::{ReviewJson, news};
use clap::Args;
use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

/// List the reviews in this repository
///
/// Reviews that need your action come first: those that stopped at a conflict, those with a new version, those with
/// new replies; then the newest. If the patches are already in a branch of the project, the branch is shown: such a
/// review can be closed.
#[derive(Debug, Args)]
pub struct ReviewList {
    /// Include reviews that are closed, removed, or only in other clones
    #[arg(short, long)]
    all: bool,
    /// Show the list until 'q' is pressed, and update it when something changes, at least every SECONDS (5)
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "5")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400), conflicts_with = "json")]
    watch: Option<u64>,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl ReviewList {
    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<()> {
        let out = context.out();
        if let Some(seconds) = self.watch {
            return self.keep(out, reviews, Duration::from_secs(seconds));
        }
        if self.json {
            let lines = self.lines(reviews)?;
            let mut reports = lines
                .iter()
                .map(|line| reviews.describe_line(line))
                .collect::<Result<Vec<_>>>()?;
            reviews.fill_merged(&mut reports, &reviews.candidates()?)?;
            return out.json(&each::<_, ReviewJson<'_>>(&reports));
        }
        match self.table(reviews)? {
            Some((table, moved)) => {
                out.table(&table)?;
                if !moved.is_empty() {
                    out.hint(format!(
                        "the repository was moved; to tell git where the worktrees are: git worktree repair {}",
                        shell_words(&moved)
                    ));
                }
                Ok(())
            }
            None => {
                out.note(NOTHING);
                out.hint("to start a review: git patman review start <source>");
                Ok(())
            }
        }
    }

    /// Shows the list until the user quits.
    fn keep(&self, out: &Output, reviews: &Reviews<'_>, every: Duration) -> Result<()> {
        let stamp = RefCell::new(None);
        let changed = || Ok(*stamp.borrow() != Some(reviews.stamp()?));
        screen::keep(every, changed, |size| {
            // Taken first, so that changes during the update are noticed next time.
            *stamp.borrow_mut() = Some(reviews.stamp()?);
            let head = format!(
                "{}  (q to quit)  {}",
                clock::of_day(),
                reviews.repo.common_dir().display()
            );
            let head = table::cut(&escape_controls(&head), size.columns);
            let body = match self.table(reviews) {
                Ok(Some((table, _))) => table.render(Some(size.columns), out.has_colour()),
                Ok(None) => NOTHING.to_owned(),
                Err(error) => escape_controls(&format!("error: {error}")).into_owned(),
            };
            Ok(format!(
                "{}\n{}",
                out.paint(Paint::Dim, &head),
                fitting(&body, size.rows - 1)
            ))
        })
    }

    /// The listed reviews, in order.
    fn lines(&self, reviews: &Reviews<'_>) -> Result<Vec<ReviewSummary>> {
        let mut lines = reviews.lines()?;
        lines.retain(|line| {
            self.all
                || !matches!(
                    line.state,
                    ReviewState::Recorded | ReviewState::Elsewhere | ReviewState::Removed
                )
        });
        lines.sort_by_key(|line| {
            (
                urgency(line),
                std::cmp::Reverse(started(line)),
                line.recorded.name.clone(),
            )
        });
        Ok(lines)
    }

    /// The list as a table, and the paths of the worktrees that git cannot find; none if the list is empty.
    fn table(&self, reviews: &Reviews<'_>) -> Result<Option<(Table, Vec<PathBuf>)>> {
        let lines = self.lines(reviews)?;
        if lines.is_empty() {
            return Ok(None);
        }
        let moved = lines
            .iter()
            .filter(|line| line.path == PathState::Moved)
            .filter_map(|line| line.worktree.as_ref())
            .cloned()
            .collect();
        let merged = merged(reviews, &lines)?;
        let now = clock::now();
        let has_news = lines.iter().any(|line| !line.news.is_empty());
        let mut columns = vec![
            ("NAME", Align::Flexible),
            ("VER", Align::Left),
            ("STATE", Align::Left),
            ("PATCHES", Align::Right),
            ("AGE", Align::Right),
            ("BASE", Align::Optional),
            ("TITLE", Align::Flexible),
            ("WORKTREE", Align::Optional),
        ];
        if has_news {
            columns.insert(3, ("NEWS", Align::Left));
        }
        let mut table = Table::new(&columns);
        for (line, merged) in lines.iter().zip(&merged) {
            let row = line.recorded.version(line.version);
            let worktree = line
                .worktree
                .as_deref()
                .filter(|_| line.path == PathState::Present);
            let other = line
                .elsewhere
                .first()
                .filter(|_| line.state == ReviewState::Elsewhere);
            let worktree = worktree.or(other.map(|other| other.place()));
            let mut cells = vec![
                Cell::new(&line.recorded.name),
                Cell::new(line.version.to_string()),
                state(line, merged.as_ref()),
                Cell::new(row.map_or(String::new(), |row| patches(row.patches, row.total))),
                Cell::painted(
                    started(line).map_or(String::new(), |then| clock::short_age(then, now)),
                    Paint::Dim,
                ),
                Cell::painted(
                    line.refs
                        .base
                        .map_or(String::new(), |id| reviews.repo.short_id(id)),
                    Paint::Commit,
                ),
                Cell::new(&line.recorded.title),
                Cell::painted(
                    worktree.map_or("-".into(), |path| path.to_string_lossy()),
                    Paint::Dim,
                ),
            ];
            if has_news {
                cells.insert(3, Cell::painted(news(&line.news), Paint::Attention));
            }
            table.row(cells);
        }
        Ok(Some((table, moved)))
    }
}

/// The sort key: reviews that need action first, closed reviews last.
fn urgency(line: &ReviewSummary) -> u8 {
    match line {
        _ if line.state == ReviewState::Stopped => 0,
        _ if line.end.is_some() => 4,
        _ if !line.news.versions.is_empty() => 1,
        _ if line.news.replies > 0 => 2,
        _ => 3,
    }
}

const NOTHING: &str = "there are no reviews here";

/// As many lines as fit, and the number of omitted lines.
fn fitting(text: &str, rows: usize) -> String {
    let count = text.lines().count();
    if count <= rows {
        return text.to_owned();
    }
    let shown: Vec<&str> = text.lines().take(rows.saturating_sub(1)).collect();
    format!("{}\n... and {} more", shown.join("\n"), count - shown.len())
}

fn started(line: &ReviewSummary) -> Option<i64> {
    line.recorded
        .version(line.version)
        .and_then(|row| row.started)
}

fn patches(there: u32, total: u32) -> String {
    if there == total || total == 0 {
        there.to_string()
    } else {
        format!("{there}/{total}")
    }
}

/// For each open review, the branch that contains most of its patches.
fn merged(reviews: &Reviews<'_>, lines: &[ReviewSummary]) -> Result<Vec<Option<Merged>>> {
    let open = |line: &&ReviewSummary| {
        line.end.is_none() && matches!(line.state, ReviewState::Applied | ReviewState::Partial)
    };
    let mut reports = lines
        .iter()
        .filter(open)
        .map(|line| reviews.describe_line(line))
        .collect::<Result<Vec<_>>>()?;
    if !reports.is_empty() {
        reviews.fill_merged(&mut reports, &reviews.candidates()?)?;
    }
    let mut found = reports
        .into_iter()
        .map(|report| best(&report.merged).cloned());
    Ok(lines
        .iter()
        .map(|line| {
            if open(&line) {
                found.next().flatten()
            } else {
                None
            }
        })
        .collect())
}

fn state(line: &ReviewSummary, merged: Option<&Merged>) -> Cell {
    let word = match line.end {
        Some(end) => end.outcome.word(),
        None => line.state.word(),
    };
    let is_here = !matches!(line.path, PathState::Missing | PathState::Moved);
    if let Some(merged) = merged.filter(|_| is_here) {
        let leaf = merged.leaf();
        return match merged.is_whole() {
            true => Cell::painted(format!("{word}, in {leaf}"), Paint::Attention),
            false => Cell::painted(
                format!("{word}, {}/{} in {leaf}", merged.patches, merged.total),
                Paint::Attention,
            ),
        };
    }
    match (line.state, line.path) {
        _ if line.end.is_some() => Cell::painted(word, Paint::Dim),
        (_, PathState::Moved) => Cell::painted(format!("{word}, moved"), Paint::Bad),
        (_, PathState::Missing) => Cell::painted(format!("{word}, deleted"), Paint::Bad),
        (ReviewState::Applied, _) => Cell::painted(word, Paint::Good),
        (ReviewState::Stopped | ReviewState::Partial, _) => Cell::painted(word, Paint::Attention),
        _ => Cell::painted(word, Paint::Dim),
    }
}
