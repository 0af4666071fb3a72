// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes what was gathered: rows of the database, trailers and the link into the branch, all of a series or nothing.

use super::gather::{Look, RecordedPatches};
use super::servers::shown;
use crate::author::Author;
use crate::author::branch::edits::Edits;
use crate::author::branch::range::BranchRange;
use crate::author::change::BranchChange;
use crate::author::target::branch_of;
use crate::db::patch::{self, PatchworkState};
use crate::db::series::Series;
use crate::db::version::{self, CoverState, Version};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::series::VersionNumber;
use crate::tags::edit::add_trailers;
use crate::text::count::trailers;
use std::collections::HashMap;

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct RecordedChanges {
    /// How many patches have their state now.
    pub patches: usize,
    /// Whether the cover letter has.
    pub cover: bool,
    /// How many trailers were added.
    pub trailers: usize,
}

impl Author<'_> {
    /// Writes what was gathered; trailers where `to_branch`.
    pub fn record(&mut self, look: &Look, to_branch: bool) -> Result<RecordedChanges> {
        let Some(recorded) = &look.job.recorded else {
            return Ok(RecordedChanges::default());
        };
        let mut written = RecordedChanges {
            patches: look.of_rows.iter().flatten().count(),
            cover: look.followed.series.cover.is_some(),
            trailers: 0,
        };
        let rows = |write: &Write<'_>| write_rows(write, recorded, look);
        let lines = new_lines(look);
        let range = look
            .job
            .range
            .as_ref()
            .filter(|_| to_branch && !lines.is_empty());
        match range {
            Some(range) => {
                let edit =
                    |at: usize, message: &[u8]| Ok(edited(range, &lines, at, message)) as Result<_>;
                written.trailers = look.count_new();
                let why = format!("Add {} to {}", trailers(written.trailers), look.job.name);
                self.amend(range, &recorded.series, "series gather", &why, edit, rows)?;
            }
            None if self.dry_run => {}
            None => self.db.write(rows)?,
        }
        Ok(written)
    }

    /// Gives a version its number on Patchwork, and where `to_branch` writes it into the branch as Series-links.
    pub fn record_link(
        &mut self,
        series: &Series,
        version: &Version,
        link: u64,
        to_branch: bool,
    ) -> Result<()> {
        let number = version.number.unwrap_or(VersionNumber::FIRST);
        let branch = branch_of(&series.name, number);
        let link = link.to_string();
        let rows = |write: &Write<'_>| {
            is_unchanged(write, series, version)?;
            version::set_link(write, version.id, Some(&link))
        };
        let is_there = self
            .repo
            .commit_of_ref(&format!("refs/heads/{branch}"))?
            .is_some();
        if to_branch && !is_there {
            self.events.warn(format!(
                "there is no branch '{branch}' to write the link into"
            ));
        }
        if to_branch && is_there {
            let range = self.range(&branch, None)?;
            let tags = self.tags_of(&range)?;
            // As patman has it, a branch that is given a link says its version too.
            let edits = Edits {
                version: Some(number),
                link: Some((number, link.clone())),
                ..Edits::default()
            };
            let edit = |at: usize, message: &[u8]| Ok(Some(edits.tagged(&tags, at, message)));
            let why = format!("Link {} to series {link}", shown(series, version));
            return self.amend(&range, series, "series autolink", &why, edit, rows);
        }
        if !self.dry_run {
            self.db.write(rows)?;
        }
        Ok(())
    }

    /// Gives the commits of a branch other messages and writes rows, both or neither.
    fn amend(
        &mut self,
        range: &BranchRange,
        series: &Series,
        what: &str,
        why: &str,
        mut edit: impl FnMut(usize, &[u8]) -> Result<Option<Vec<u8>>>,
        rows: impl FnOnce(&Write<'_>) -> Result<()>,
    ) -> Result<()> {
        let reworded = self.reword_branch(range, &mut edit)?;
        if !reworded.is_changed() {
            // Nothing that 'git patman undo' could take back.
            return if self.dry_run {
                Ok(())
            } else {
                self.db.write(rows)
            };
        }
        let change = BranchChange::rewritten(range, &reworded, what, why);
        let changed = self.change(change, Some(series.id), rows)?;
        self.tell_backups(&changed);
        Ok(())
    }
}

/// The lines that each commit gets.
pub fn new_lines(look: &Look) -> HashMap<Oid, Vec<Vec<u8>>> {
    let lines = look.new_trailers().map(|(commit, new)| {
        (
            commit.id,
            new.iter()
                .flat_map(|one| one.lines())
                .map(String::into_bytes)
                .collect(),
        )
    });
    lines.collect()
}

/// The message of a commit with its lines; none where it gets none.
pub fn edited(
    range: &BranchRange,
    lines: &HashMap<Oid, Vec<Vec<u8>>>,
    at: usize,
    message: &[u8],
) -> Option<Vec<u8>> {
    lines
        .get(range.commits.get(at)?)
        .map(|lines| add_trailers(message, lines))
}

/// Writes states and counts, at rows that are still what they were when servers were asked.
fn write_rows(write: &Write<'_>, recorded: &RecordedPatches, look: &Look) -> Result<()> {
    is_unchanged(write, &recorded.series, &recorded.version)?;
    let series = &look.followed.series;
    for (row, at) in recorded.rows.iter().zip(&look.of_rows) {
        let Some(patch) = at.and_then(|at| series.patches.get(at)) else {
            continue;
        };
        let id = i64::try_from(patch.id).ok();
        let on = PatchworkState {
            id,
            state: patch.state.as_deref(),
            comments: patch.comments.map(i64::from),
        };
        patch::set_on_patchwork(write, recorded.version.id, row, &on)?;
    }
    if let Some((id, _)) = &series.cover {
        let gathered = CoverState {
            cover_id: i64::try_from(*id).ok(),
            cover_comments: series.cover_comments.map(i64::from),
            name: series.name.as_deref(),
        };
        version::set_gathered(write, recorded.version.id, &gathered)?;
    }
    Ok(())
}

/// Refuses to write into a version that another process has changed meanwhile.
fn is_unchanged(db: &impl Read, series: &Series, version: &Version) -> Result<()> {
    let now = version::load(db, version.id)?;
    let is_same = now.is_some_and(|now| {
        now.series == version.series && now.number == version.number && now.link == version.link
    });
    match is_same {
        true => Ok(()),
        false => Err(Error::new(format!(
            "{} was changed by another command meanwhile",
            shown(series, version)
        ))
        .with_hint("run the command again")),
    }
}
