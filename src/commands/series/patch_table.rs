// SPDX-License-Identifier: GPL-2.0-or-later
//! The patches of a version, as a table and as JSON: database rows with their current commits.

use crate::author::Author;
use crate::author::branch::commits::BranchCommits;
use crate::author::listing::progress::{tally, told};
use crate::author::listing::state::{Standing, word};
use crate::author::target::branch_of;
use crate::db::patch::PatchRow;
use crate::db::series::{REVIEW, Series};
use crate::db::version::Version;
use crate::error::Error;
use crate::output::colour::Paint;
use crate::output::escape_controls;
use crate::output::table::{Align, Cell, Table};
use crate::series::placement::{PatchAndCommit, RowStatus};
use serde::Serialize;

/// One patch.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PatchLine {
    seq: Option<u32>,
    subject: String,
    scanned_subject: Option<String>,
    state: Option<String>,
    comments: Option<i64>,
    patchwork_id: Option<i64>,
    change_id: Option<String>,
    commit: Option<String>,
    change: Option<RowStatus>,
}

/// The cover letter on Patchwork.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CoverRow {
    pub(super) subject: Option<String>,
    pub(super) comments: Option<i64>,
    pub(super) patchwork_id: Option<i64>,
}

impl CoverRow {
    /// The cover letter of a version.
    pub(super) fn of(version: &Version, comments: Option<i64>) -> CoverRow {
        let patchwork_id = version
            .cover_id
            .as_deref()
            .and_then(|id| id.trim().parse().ok());
        CoverRow {
            subject: version.name.clone(),
            comments,
            patchwork_id,
        }
    }
}

/// The patches in the order of their commits, or in the order of the database if there are no commits.
pub(super) fn lines(patches: &[PatchRow], commits: Option<&BranchCommits>) -> Vec<PatchLine> {
    let Some(commits) = commits else {
        return patches.iter().map(recorded).collect();
    };
    let placed = &commits.placed;
    let line = |line: &PatchAndCommit| {
        let commit = line.commit.and_then(|at| placed.commits.get(at));
        let row = line.row.and_then(|at| patches.get(at));
        let mut shown = row.map_or_else(PatchLine::none, recorded);
        if let Some(commit) = commit {
            shown.commit = Some(commit.id.to_string());
            shown.change_id = commit.change_id.clone();
            let scanned = std::mem::replace(&mut shown.subject, commit.subject.clone());
            shown.scanned_subject = Some(scanned).filter(|_| line.change == RowStatus::Renamed);
        }
        shown.change = Some(line.change);
        shown
    };
    placed.lines.iter().map(line).collect()
}

fn recorded(patch: &PatchRow) -> PatchLine {
    PatchLine {
        seq: Some(patch.seq.saturating_add(1)),
        subject: patch.subject.clone(),
        state: patch.state.clone(),
        comments: patch.comments,
        patchwork_id: patch.patchwork_id,
        change_id: patch.change_id.clone(),
        ..PatchLine::none()
    }
}

impl PatchLine {
    fn none() -> PatchLine {
        PatchLine {
            seq: None,
            subject: String::new(),
            scanned_subject: None,
            state: None,
            comments: None,
            patchwork_id: None,
            change_id: None,
            commit: None,
            change: None,
        }
    }

    fn differs(&self) -> bool {
        self.change.is_some_and(|change| change != RowStatus::Same)
    }
}

/// The patches as a table, after the cover letter if it is on Patchwork.
pub(super) fn table(cover: &CoverRow, lines: &[PatchLine]) -> Table {
    let differ = lines.iter().any(PatchLine::differs);
    let mut columns = vec![
        ("#", Align::Right),
        ("STATE", Align::Left),
        ("COM", Align::Right),
        ("PATCHWORK", Align::Spare),
        ("COMMIT", Align::Left),
        ("SUBJECT", Align::Flexible),
    ];
    if differ {
        columns.insert(5, ("BRANCH", Align::Left));
    }
    let mut table = Table::new(&columns);
    if cover.patchwork_id.is_some() || cover.subject.is_some() {
        let blank = (0..if differ { 2 } else { 1 }).map(|_| Cell::new(""));
        let cells = [
            Cell::new("0"),
            Cell::painted("cover", Paint::Dim),
            number(cover.comments),
            number(cover.patchwork_id),
        ];
        let subject = Cell::new(cover.subject.as_deref().unwrap_or_default());
        table.row(cells.into_iter().chain(blank).chain([subject]));
    }
    for line in lines {
        let state = match line.seq {
            Some(_) => Cell::painted(
                word(line.state.as_deref()),
                paint(Standing::of(line.state.as_deref())),
            ),
            None => Cell::painted("-", Paint::Dim),
        };
        let commit = match line.commit.as_deref() {
            Some(commit) => Cell::painted(commit.get(..10).unwrap_or(commit), Paint::Commit),
            None => Cell::painted("-", Paint::Dim),
        };
        let mut cells = vec![
            Cell::new(line.seq.map_or("-".to_owned(), |seq| seq.to_string())),
            state,
            number(line.comments),
            number(line.patchwork_id),
            commit,
            Cell::new(&line.subject),
        ];
        if differ {
            let change = line.change.filter(|_| line.differs());
            cells.insert(
                5,
                Cell::painted(change.map_or("", RowStatus::word), Paint::Attention),
            );
        }
        table.row(cells);
    }
    table
}

/// A number, or an empty cell.
pub(super) fn number(number: Option<i64>) -> Cell {
    Cell::new(number.map_or(String::new(), |number| number.to_string()))
}

/// The color of a state.
pub(super) fn paint(standing: Standing) -> Paint {
    match standing {
        Standing::Accepted | Standing::Reviewed => Paint::Good,
        Standing::Waiting => Paint::Plain,
        Standing::Changes => Paint::Attention,
        Standing::Refused => Paint::Bad,
        Standing::Unknown => Paint::Dim,
    }
}

/// The heading: the version and the states of its patches.
pub(super) fn head(
    author: &Author<'_>,
    series: &Series,
    version: &Version,
    patches: &[PatchRow],
) -> String {
    let title = series
        .desc
        .as_deref()
        .or(version.desc.as_deref())
        .unwrap_or_default();
    let states = tally(patches.iter().map(|patch| patch.state.as_deref()));
    let count = match patches.len() {
        0 => "no patches".to_owned(),
        1 => format!("1 patch: {}", told(&states)),
        count => format!("{count} patches: {}", told(&states)),
    };
    let name = author
        .out
        .paint(Paint::Heading, &escape_controls(&words(series, version)));
    let first = format!("{name}  {}", escape_controls(title));
    format!("{}\n{}\n", first.trim_end(), escape_controls(&count))
}

/// The commits of a version are not in this repository.
pub(super) fn nowhere(series: &Series, version: &Version) -> Error {
    let name = &series.name;
    match (version.number, &version.archive_tag) {
        (Some(number), _) if series.source.as_deref() == Some(REVIEW) => {
            Error::new(format!("{number} of '{name}' is not applied here"))
        }
        (_, Some(tag)) if series.archived => Error::new(format!("there is no tag '{tag}'")),
        (Some(number), _) => {
            Error::new(format!("there is no branch '{}'", branch_of(name, number)))
        }
        (None, _) => Error::new(format!(
            "a version of '{name}' has no number and therefore no branch"
        )),
    }
}

/// The text for a version: `video v2`.
pub(super) fn words(series: &Series, version: &Version) -> String {
    version.number.map_or_else(
        || series.name.clone(),
        |number| format!("{} {number}", series.name),
    )
}
