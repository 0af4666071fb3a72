// SPDX-License-Identifier: GPL-2.0-or-later
//! The report on a review.

use super::clones::OtherClone;
use super::merged::Merged;
use super::unread::News;
use crate::apply::ApplyMethod;
use crate::db::outcome::ReviewOutcome;
use crate::series::{PatchIdentity, SeriesName, VersionNumber};
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
