// SPDX-License-Identifier: GPL-2.0-or-later
//! What is said of a review, in JSON as git-patman-json(5) has it.

use super::clones::OtherClone;
use super::merged::Merged;
use super::unread::News;
use crate::apply::ApplyMethod;
use crate::db::outcome::ReviewOutcome;
use crate::series::{SeriesName, VersionNumber};
use serde::Serialize;
use std::path::PathBuf;

/// How far a review is in this repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReviewState {
    /// Every patch is applied.
    Applied,
    /// What there is of a series with missing patches is applied.
    Partial,
    /// A patch did not apply; the user has to act.
    Stopped,
    /// It is in the database, and not in this repository.
    Recorded,
    /// It is not in this repository, and in another clone that shares the database.
    Elsewhere,
    /// It was here; worktree and branch are removed, the versions kept.
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

/// What is at the path of a worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PathState {
    /// The worktree.
    Present,
    /// Nothing any more: its directory was deleted by hand.
    Missing,
    /// The worktree, which git does not find since the repository was moved.
    Moved,
    /// There is no worktree.
    None,
}

/// One patch of a review.
#[derive(Debug, Clone, Serialize)]
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
    /// How it was applied; null where that is not known any more.
    pub how: Option<ApplyMethod>,
}

/// One review.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewReport {
    /// Name of the series.
    pub series: SeriesName,
    /// Number of the version.
    pub version: VersionNumber,
    /// Title of the version.
    pub title: String,
    /// The commit it was applied to.
    pub base: Option<String>,
    /// Why that one, in words; null where that is not known any more.
    pub base_why: Option<String>,
    /// The last commit.
    pub head: Option<String>,
    /// The branch, without `refs/heads/`.
    pub branch: Option<String>,
    /// Directory of the worktree.
    pub worktree: Option<PathBuf>,
    /// What is at that directory.
    pub path: PathState,
    /// Other clones that have the series.
    pub elsewhere: Vec<OtherClone>,
    /// How far it is.
    pub state: ReviewState,
    /// The patches, in order.
    pub patches: Vec<PatchReport>,
    /// Numbers of the patches that have not come.
    pub missing: Vec<u32>,
    /// When it was started, in seconds since 1970; null where that is not known.
    pub started: Option<i64>,
    /// Which branches have patches of it already, where that was looked for.
    pub merged: Vec<Merged>,
    /// What became of it, if it is finished.
    pub outcome: Option<ReviewOutcome>,
    /// When it was finished, in seconds since 1970.
    pub finished: Option<i64>,
    /// What has come that the user has not seen.
    pub news: News,
    /// Whether nothing was applied, since it had been before.
    #[serde(skip)]
    pub is_old: bool,
}
