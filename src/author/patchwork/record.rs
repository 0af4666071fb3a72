// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes what was gathered to the database and the branch: states, trailers and the link, all of a series or nothing.

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
    /// How many patches were updated.
    pub patches: usize,
    /// Whether the cover letter was updated.
    pub cover: bool,
    /// How many trailers were added.
    pub trailers: usize,
}

impl Author<'_> {
    /// Writes what was gathered; trailers only if `to_branch`.
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

    /// Links a version to its series on Patchwork, and if `to_branch`, writes Series-links to the branch.
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
            // As with patman, a branch with a link also gets its version.
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

    /// Rewrites the messages of a branch and writes rows, both or neither.
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
            // There is nothing for 'git patman undo' to undo.
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

/// The lines to add to each commit.
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

/// The message of a commit with the added lines; `None` if there are none.
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

/// Writes states and counts to rows that have not changed since the servers were asked.
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

/// Refuses to write to a version that another process has changed in the meantime.
fn is_unchanged(db: &impl Read, series: &Series, version: &Version) -> Result<()> {
    let now = version::load(db, version.id)?;
    let is_same = now.is_some_and(|now| {
        now.series == version.series && now.number == version.number && now.link == version.link
    });
    match is_same {
        true => Ok(()),
        false => Err(Error::new(format!(
            "{} was changed by another command in the meantime",
            shown(series, version)
        ))
        .with_hint("run the command again")),
    }
}
