// SPDX-License-Identifier: GPL-2.0-or-later
//! Starts the versions that an update has recorded, if they apply completely and touch no work of the user's.

use super::Updated;
use crate::db::series::SeriesId;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::review::listing::ReviewSummary;
use crate::review::record::{self, ReviewRow};
use crate::review::refs::SeriesRefs;
use crate::review::report::ReviewState;
use crate::review::selection::ReviewSelector;
use crate::review::start::StartRequest;
use crate::series::VersionNumber;
use crate::worktree::branch_ref;
use std::collections::BTreeMap;

impl Reviews<'_> {
    /// Starts the newest version of each review, unless it is here or would touch work of the user's. A start that was
    /// killed is continued.
    pub fn start_new(&mut self, updated: &mut [Updated]) -> Result<()> {
        let lines: BTreeMap<SeriesId, ReviewSummary> = self
            .lines()?
            .into_iter()
            .map(|line| (line.recorded.id, line))
            .collect();
        for told in updated.iter_mut() {
            if let Some(line) = lines.get(&told.id) {
                self.start_newest(line, told)?;
            }
        }
        self.fill_news(updated)
    }

    fn start_newest(&mut self, line: &ReviewSummary, told: &mut Updated) -> Result<()> {
        let recorded = &line.recorded;
        let version = recorded.newest;
        let is_unfinished =
            line.state != ReviewState::Stopped && self.is_unfinished(recorded, version)?;
        if version <= line.version && !is_unfinished {
            return Ok(());
        }
        if !line.state.is_here() || line.state == ReviewState::Stopped {
            let why = if line.state.is_here() {
                "it has an unresolved conflict"
            } else {
                "it is not under review here"
            };
            told.left = Some(format!("{version} is not started: {why}"));
            return Ok(());
        }
        let worktree = line.worktree.is_some();
        let started = match is_unfinished {
            true => self.start_recorded(recorded, version, worktree),
            false => self.start_if_it_fits(recorded, version, worktree),
        };
        match started {
            Ok(()) => told.started = Some(version),
            Err(error) => told.left = Some(format!("{version} is not started: {error}")),
        }
        Ok(())
    }

    /// Starts a version if all of it applies and no work of the user's is affected.
    fn start_if_it_fits(
        &mut self,
        recorded: &ReviewRow,
        version: VersionNumber,
        worktree: bool,
    ) -> Result<()> {
        let name = recorded.series_name()?;
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        self.refuse_own_work(
            &name,
            &SeriesRefs::read(self.repo, &name)?,
            place.as_deref(),
            false,
        )?;
        if let Some(why) = self.misfit(recorded, version)? {
            return Err(Error::new(why));
        }
        self.start_recorded(recorded, version, worktree)
    }

    fn start_recorded(
        &mut self,
        recorded: &ReviewRow,
        version: VersionNumber,
        worktree: bool,
    ) -> Result<()> {
        let wanted = ReviewSelector {
            version: Some(version),
            ..ReviewSelector::default()
        };
        self.start_stored(
            recorded,
            &StartRequest {
                wanted,
                worktree,
                ..StartRequest::default()
            },
        )
        .map(drop)
    }

    /// Whether a start of the version was killed: it is applied, but the branch or the worktree is at an older version.
    fn is_unfinished(&self, recorded: &ReviewRow, version: VersionNumber) -> Result<bool> {
        let Ok(name) = recorded.series_name() else {
            return Ok(false);
        };
        let known = SeriesRefs::read(self.repo, &name)?;
        let (Some(head), Some(tip)) = (
            known.of(version).head,
            self.repo.find_ref(&branch_ref(&name))?,
        ) else {
            return Ok(false);
        };
        if tip != head {
            return Ok(known.known().contains(&tip));
        }
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let tree = self.tree_of(self.own_worktree(&name, place.as_deref())?.as_ref())?;
        Ok(tree.is_some_and(|tree| tree.interrupted().is_some()))
    }
}
