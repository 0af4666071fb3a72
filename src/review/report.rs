// SPDX-License-Identifier: GPL-2.0-or-later
//! The report on a review.

use super::Reviews;
use super::clones::OtherClone;
use super::merged::{AppliedPatches, Branch, Merged};
use super::unread::News;
use crate::apply::ApplyMethod;
use crate::db::outcome::ReviewOutcome;
use crate::db::version::VersionId;
use crate::db::{Read, patch};
use crate::error::Result;
use crate::git::Oid;
use crate::series::{PatchIdentity, Person, SeriesName, VersionNumber, title};
use std::path::PathBuf;

/// The state of a review in this repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// Every patch is applied.
    Applied,
    /// Some patches are missing; the available patches are applied.
    Partial,
    /// A patch did not apply; the user has to act.
    Stopped,
    /// It is in the database, but not in this repository.
    Recorded,
    /// It is not in this repository, but in another clone that shares the database.
    Elsewhere,
    /// It was here; worktree and branch are removed, but the versions remain.
    Removed,
}

impl ReviewState {
    /// Whether it is applied in this repository, with a branch or a worktree, or waits for the user there.
    pub fn is_here(self) -> bool {
        matches!(
            self,
            ReviewState::Applied | ReviewState::Partial | ReviewState::Stopped
        )
    }

    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            ReviewState::Applied => "applied",
            ReviewState::Partial => "partial",
            ReviewState::Stopped => "stopped",
            ReviewState::Recorded => "recorded",
            ReviewState::Elsewhere => "elsewhere",
            ReviewState::Removed => "removed",
        }
    }
}

/// The state of a worktree's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathState {
    /// The worktree.
    Present,
    /// Nothing: its directory was deleted by hand.
    Missing,
    /// The worktree, which git cannot find because the repository was moved.
    Moved,
    /// There is no worktree.
    None,
}

impl PathState {
    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            PathState::Present => "present",
            PathState::Missing => "missing",
            PathState::Moved => "moved",
            PathState::None => "none",
        }
    }
}

/// One patch of a review.
#[derive(Debug, Clone)]
pub struct PatchReport {
    /// Its number, from 1.
    pub seq: u32,
    /// Its subject, without prefixes.
    pub subject: String,
    /// Its author, as `Name <address>`.
    pub author: String,
    /// The commit; null where there is none.
    pub commit: Option<String>,
    /// The tree of the commit.
    pub tree: Option<String>,
    /// How it was applied; null if that is unknown.
    pub how: Option<ApplyMethod>,
    /// What identifies it in every version.
    pub identity: PatchIdentity,
}

/// One review.
#[derive(Debug, Clone)]
pub struct ReviewReport {
    /// Name of the series.
    pub series: SeriesName,
    /// What identifies the series, whatever its name.
    pub identity: Option<String>,
    /// Number of the version.
    pub version: VersionNumber,
    /// Title of the version.
    pub title: String,
    /// The commit it was applied to.
    pub base: Option<String>,
    /// Why this base was chosen, in words; null if that is unknown.
    pub base_why: Option<String>,
    /// The last commit.
    pub head: Option<String>,
    /// The branch, without `refs/heads/`.
    pub branch: Option<String>,
    /// Directory of the worktree.
    pub worktree: Option<PathBuf>,
    /// The state of that directory.
    pub path: PathState,
    /// Other clones that have the series.
    pub elsewhere: Vec<OtherClone>,
    /// The state of the review.
    pub state: ReviewState,
    /// The patches, in order.
    pub patches: Vec<PatchReport>,
    /// Numbers of the patches that have not arrived.
    pub missing: Vec<u32>,
    /// When it was started, in seconds since 1970; null if unknown.
    pub started: Option<i64>,
    /// The branches that already contain patches of it, if they were searched.
    pub merged: Vec<Merged>,
    /// The outcome, if the review is finished.
    pub outcome: Option<ReviewOutcome>,
    /// When it was finished, in seconds since 1970.
    pub finished: Option<i64>,
    /// New versions and replies that the user has not seen.
    pub news: News,
    /// Whether nothing was applied, because the version was applied already.
    pub is_old: bool,
}

/// The patches of a version, without data on their commits.
pub fn recorded_patches(db: &impl Read, version: VersionId) -> Result<Vec<PatchReport>> {
    let rows = patch::list(db, version)?;
    let report = |row: patch::PatchRow| {
        let identity = row.identity();
        let author = match (row.author_name, row.author_email) {
            (Some(name), Some(email)) => Person { name, email }.to_string(),
            (name, email) => name.or(email).unwrap_or_default(),
        };
        let subject = title(&row.subject);
        PatchReport {
            seq: row.seq + 1,
            subject,
            author,
            commit: None,
            tree: None,
            how: None,
            identity,
        }
    };
    Ok(rows.into_iter().map(report).collect())
}

impl ReviewReport {
    /// The patches to look for in branches; none of a review that is not applied here.
    fn applied(&self) -> AppliedPatches {
        let is_applied = !matches!(self.state, ReviewState::Stopped | ReviewState::Recorded);
        let commit = |patch: &PatchReport| {
            let id = Oid::from_str(patch.commit.as_deref()?).ok()?;
            Some((patch.seq, id))
        };
        AppliedPatches {
            commits: self
                .patches
                .iter()
                .filter(|_| is_applied)
                .filter_map(commit)
                .collect(),
            started: self.started,
        }
    }
}

impl Reviews<'_> {
    /// Fills in each report which of these branches contain which of its patches.
    pub fn fill_merged(&self, reports: &mut [ReviewReport], branches: &[Branch]) -> Result<()> {
        let applied: Vec<AppliedPatches> = reports.iter().map(ReviewReport::applied).collect();
        let merged = self.merged(&applied, branches)?;
        for (report, merged) in reports.iter_mut().zip(merged) {
            report.merged = merged;
        }
        Ok(())
    }
}
