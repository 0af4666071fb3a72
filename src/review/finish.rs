// SPDX-License-Identifier: GPL-2.0-or-later
//! Ends a review: records the outcome of the series and removes its worktree; its versions are kept.
//!
//! The worktree goes first: if its removal is refused, nothing is recorded, and an interrupted run can be repeated.

use super::Reviews;
use super::merged::{Branch, Merged, best};
use super::record::ReviewRow;
use super::remove::Removal;
use super::report::{ReviewReport, ReviewState};
use crate::clock;
use crate::db::outcome::{self, ReviewEnd, ReviewOutcome};
use crate::db::series::{self, SeriesId};
use crate::error::{Error, Result};
use crate::worktree::branch_ref;

/// How a review ends.
#[derive(Debug, Clone, Copy)]
pub struct FinishRequest<'a> {
    /// The outcome of the series.
    pub outcome: ReviewOutcome,
    /// The branch that the series was merged to; `None` to search the likely branches.
    pub branch: Option<&'a str>,
    /// Whether to remove the worktree despite the user's changes, which are saved under a ref.
    pub force: bool,
}

/// The result of ending a review.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Whether there was anything to remove.
    pub removed: bool,
    /// The branch that contains most of the patches.
    pub merged: Option<Merged>,
}

impl Reviews<'_> {
    /// Ends a review.
    pub fn finish(&mut self, recorded: &ReviewRow, finish: FinishRequest<'_>) -> Result<Finished> {
        let merged = match finish.outcome {
            ReviewOutcome::Merged => self.look_for(recorded, finish.branch)?,
            ReviewOutcome::Rejected | ReviewOutcome::Superseded => None,
        };
        let removed = self.remove(
            recorded,
            Removal {
                force: finish.force,
                purge: false,
            },
        )?;
        let name = recorded.series_name()?;
        let _lock = self.worktrees.lock(&name)?;
        if self.repo.find_ref(&branch_ref(&name))?.is_some() {
            return Err(Error::new(format!(
                "the review of '{name}' was started again in the meantime"
            )));
        }
        let end = ReviewEnd {
            outcome: finish.outcome,
            finished: Some(clock::now()),
        };
        self.db.write(|write| {
            if series::load(write, recorded.id)?.is_none() {
                return Err(Error::new(format!(
                    "there is no record of '{name}': its only version was removed"
                )));
            }
            outcome::set(write, recorded.id, &end)
        })?;
        Ok(Finished { removed, merged })
    }

    /// Searches for the patches of a review, and warns about those that were not found.
    fn look_for(&self, recorded: &ReviewRow, branch: Option<&str>) -> Result<Option<Merged>> {
        let branches = match branch {
            Some(name) => vec![self.candidate(name)?],
            None => self.candidates()?,
        };
        let mut reports = [self.describe(recorded)?];
        self.fill_merged(&mut reports, &branches)?;
        let [report] = reports;
        if report.state == ReviewState::Stopped {
            return Ok(None);
        }
        let found = best(&report.merged).cloned();
        self.tell_missing(&report, &branches, found.as_ref());
        Ok(found)
    }

    fn tell_missing(&self, report: &ReviewReport, branches: &[Branch], found: Option<&Merged>) {
        let (name, version) = (&report.series, report.version);
        if report.patches.iter().all(|patch| patch.commit.is_none()) {
            return self.events.warn(format!(
                "{name} {version} is not applied here: its patches cannot be looked for"
            ));
        }
        if branches.is_empty() {
            self.events
                .warn("there is no branch to look for the patches in");
            return self
                .events
                .hint("name the branch that has them: --merged=<branch>");
        }
        let is_there = |seq| {
            report
                .merged
                .iter()
                .any(|one| one.commits.iter().any(|landed| landed.seq == seq))
        };
        let applied = || report.patches.iter().filter(|patch| patch.commit.is_some());
        let missing: Vec<_> = applied().filter(|patch| !is_there(patch.seq)).collect();
        let names: Vec<&str> = match found {
            Some(found) => vec![found.branch.as_str()],
            None => branches.iter().map(|branch| branch.name.as_str()).collect(),
        };
        let names = names.join(", ");
        if missing.len() > 1 && missing.len() == applied().count() {
            return self.events.warn(format!(
                "none of its {} patches is in {names} as it is here",
                missing.len()
            ));
        }
        for patch in missing {
            self.events.warn(format!(
                "patch {} '{}' is not in {names} as it is here",
                patch.seq, patch.subject
            ));
        }
    }

    /// Clears the outcome of a series, because its review has started again.
    pub(super) fn reopen(&mut self, series: SeriesId) -> Result<()> {
        if outcome::find(&self.db, series)?.is_none() {
            return Ok(());
        }
        self.db
            .write(|write| outcome::clear(write, series))
            .map(drop)
    }
}
