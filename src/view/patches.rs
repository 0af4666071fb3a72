// SPDX-License-Identifier: GPL-2.0-or-later
//! The patches of a version, database rows with their current commits: SERIES PATCHES in git-patman-json(5).

use super::json_object;
use crate::author::branch::commits::BranchCommits;
use crate::db::patch::PatchRow;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::git::Repo;
use crate::listing::progress::{tally, words};
use crate::output::Output;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::series::VersionNumber;
use crate::series::placement::{PatchAndCommit, RowStatus};
use crate::series::state::{Standing, word};
use crate::text::count;
use crate::text::escape_controls;
use serde::Serialize;

/// A version with its patches and their commits, if they are in this repository.
#[derive(Debug)]
pub struct VersionPatches<'a> {
    /// The series.
    pub series: &'a Series,
    /// The version.
    pub version: &'a Version,
    /// The number of comments on the cover letter.
    pub cover_comments: Option<i64>,
    /// The patches.
    pub patches: &'a [PatchRow],
    /// Their commits.
    pub commits: Option<&'a BranchCommits>,
}

json_object! {
    /// The version.
    pub struct PatchesJson<'a> from of: &VersionPatches<'a> {
        series: &'a str = &of.series.name,
        version: Option<u32> = of.version.number.map(VersionNumber::get),
        title: Option<&'a str> = of.title(),
        link: Option<&'a str> = of.version.link.as_deref(),
        cover: CoverJson<'a> = CoverJson::from(of),
        r#ref: Option<String> = of.commits.map(|commits| commits.place.full()),
        head: Option<String> = of.commits.map(|commits| commits.tip.to_string()),
        patches: Vec<PatchLine> = of.lines(),
    }
}

json_object! {
    /// The cover letter on Patchwork.
    pub struct CoverJson<'a> from of: &VersionPatches<'a> {
        subject: Option<&'a str> = of.version.name.as_deref(),
        comments: Option<i64> = of.cover_comments,
        patchwork_id: Option<i64> = of.version.cover_id.as_deref().and_then(|id| id.trim().parse().ok()),
    }
}

/// A patch, in the order of the commits.
#[derive(Debug, Default, Serialize)]
pub struct PatchLine {
    seq: Option<u32>,
    subject: String,
    scanned_subject: Option<String>,
    state: Option<String>,
    comments: Option<i64>,
    patchwork_id: Option<i64>,
    change_id: Option<String>,
    commit: Option<String>,
    change: Option<&'static str>,
}

impl<'a> VersionPatches<'a> {
    fn title(&self) -> Option<&'a str> {
        let title = self.series.desc.as_deref();
        title.or(self.version.desc.as_deref())
    }

    /// The patches in the order of their commits, or in the order of the database if there are no commits.
    pub fn lines(&self) -> Vec<PatchLine> {
        match self.commits {
            None => self.patches.iter().map(PatchLine::of).collect(),
            Some(commits) => commits
                .placed
                .lines
                .iter()
                .map(|line| self.line(commits, line))
                .collect(),
        }
    }

    fn line(&self, commits: &BranchCommits, line: &PatchAndCommit) -> PatchLine {
        let commit = line.commit.and_then(|at| commits.placed.commits.get(at));
        let patch = line.row.and_then(|at| self.patches.get(at));
        let mut shown = patch.map(PatchLine::of).unwrap_or_default();
        if let Some(commit) = commit {
            shown.commit = Some(commit.id.to_string());
            shown.change_id = commit.change_id.clone();
            let scanned = std::mem::replace(&mut shown.subject, commit.subject.clone());
            shown.scanned_subject = Some(scanned).filter(|_| line.change == RowStatus::Renamed);
        }
        shown.change = Some(line.change.word());
        shown
    }

    /// The name and the title of the version, and the states of its patches, in two lines.
    pub fn heading(&self, out: &Output) -> String {
        let name = out.paint(
            Paint::Heading,
            &escape_controls(&name(self.series, self.version)),
        );
        let title = escape_controls(self.title().unwrap_or_default());
        let count = match self.patches.len() {
            0 => "no patches".to_owned(),
            count => {
                let states = tally(self.patches.iter().map(|patch| patch.state.as_deref()));
                format!("{}: {}", count::patches(count), words(&states))
            }
        };
        let first = format!("{name}  {title}");
        format!("{}\n{}\n", first.trim_end(), escape_controls(&count))
    }

    /// The patches as a table, after the cover letter if it is on Patchwork.
    pub fn table(&self, repo: &Repo) -> Table {
        let (cover, lines) = (CoverJson::from(self), self.lines());
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
            let subject = Cell::new(cover.subject.unwrap_or_default());
            table.row(cells.into_iter().chain(blank).chain([subject]));
        }
        for line in &lines {
            let state = match line.seq {
                Some(_) => Cell::painted(
                    word(line.state.as_deref()),
                    paint(Standing::of(line.state.as_deref())),
                ),
                None => Cell::painted("-", Paint::Dim),
            };
            let commit = match line.commit.as_deref() {
                Some(commit) => Cell::painted(repo.short_hex(commit), Paint::Commit),
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
                    Cell::painted(change.unwrap_or_default(), Paint::Attention),
                );
            }
            table.row(cells);
        }
        table
    }
}

impl PatchLine {
    fn of(patch: &PatchRow) -> PatchLine {
        PatchLine {
            seq: Some(patch.seq.saturating_add(1)),
            subject: patch.subject.clone(),
            state: patch.state.clone(),
            comments: patch.comments,
            patchwork_id: patch.patchwork_id,
            change_id: patch.change_id.clone(),
            ..PatchLine::default()
        }
    }

    fn differs(&self) -> bool {
        self.change
            .is_some_and(|change| change != RowStatus::Same.word())
    }
}

/// A version in words: `video v2`.
pub fn name(series: &Series, version: &Version) -> String {
    match version.number {
        Some(number) => format!("{} {number}", series.name),
        None => series.name.clone(),
    }
}

/// A number, or an empty cell.
pub fn number(number: Option<i64>) -> Cell {
    Cell::new(number.map_or(String::new(), |number| number.to_string()))
}

/// The color of a state.
pub fn paint(standing: Standing) -> Paint {
    match standing {
        Standing::Accepted | Standing::Reviewed => Paint::Good,
        Standing::Waiting => Paint::Plain,
        Standing::Changes => Paint::Attention,
        Standing::Refused => Paint::Bad,
        Standing::Unknown => Paint::Dim,
    }
}
