// SPDX-License-Identifier: GPL-2.0-or-later
//! Describes the state of each review in this repository, from database, refs and directories.

use super::Reviews;
use super::clones::{self, OtherClone};
use super::record::{self, ReviewRow};
use super::refs::{self, SeriesRefs};
use super::report::{PathState, ReviewReport, ReviewState};
use super::unread::News;
use super::version_commits;
use crate::db::outcome::{self, ReviewEnd};
use crate::db::series::SeriesId;
use crate::db::unread;
use crate::error::Result;
use crate::git::Oid;
use crate::presence;
use crate::series::placement::CommitOrigin;
use crate::series::{PatchIdentity, SeriesName, VersionNumber};
use crate::worktree::{Tree, admin, branch_ref, same_path};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

/// A summary of one review.
#[derive(Debug, Clone)]
pub struct ReviewSummary {
    /// Its row in the database.
    pub recorded: ReviewRow,
    /// The version to show: the version that waits for the user, or the newest that is applied here, or the newest
    /// of all.
    pub version: VersionNumber,
    /// The state of the review.
    pub state: ReviewState,
    /// The refs of that version.
    pub refs: refs::VersionRefs,
    /// The branch, if it exists.
    pub branch: Option<String>,
    /// The directory of the worktree, if it exists or existed.
    pub worktree: Option<PathBuf>,
    /// What is at that directory.
    pub path: PathState,
    /// The outcome, if it is finished.
    pub end: Option<ReviewEnd>,
    /// Other clones that have the series.
    pub elsewhere: Vec<OtherClone>,
    /// New arrivals that the user has not seen.
    pub news: News,
}

/// The number of reviews from which listing all branches and worktrees costs less than looking up each one.
const LIST_ALL_FROM: usize = 200;

/// The worktrees here and elsewhere from the database, and this repository's branches and worktree directories;
/// `None` to look up each one separately.
#[derive(Default)]
struct LocalState {
    places: BTreeMap<SeriesId, PathBuf>,
    others: BTreeMap<SeriesId, Vec<OtherClone>>,
    branches: Option<HashSet<String>>,
    directories: Option<HashSet<PathBuf>>,
}

impl Reviews<'_> {
    /// All reviews in the database, by name.
    pub fn lines(&self) -> Result<Vec<ReviewSummary>> {
        let all = refs::read_all(self.repo)?;
        let recorded = record::all(&self.db)?;
        let here = self.here_by_name(recorded.len())?;
        let ends = outcome::all(&self.db)?;
        let replies = unread::unseen_replies(&self.db)?;
        let line = |one: ReviewRow| {
            let end = ends.get(&one.id).copied();
            let news = News::of(&one, replies.get(&one.id).copied().unwrap_or_default());
            Ok(ReviewSummary {
                end,
                news,
                ..self.line(one, &all, &here)?
            })
        };
        recorded.into_iter().map(line).collect()
    }

    /// Lists the branches and worktrees of this repository if there are many reviews.
    fn here_by_name(&self, reviews: usize) -> Result<LocalState> {
        let mut here = LocalState {
            places: record::places(&self.db, self.repo.common_dir())?,
            others: clones::all_others(&self.db, self.repo.common_dir())?,
            ..LocalState::default()
        };
        if reviews < LIST_ALL_FROM {
            return Ok(here);
        }
        here.branches = Some(
            self.repo
                .refs("refs/heads/*")?
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
        );
        let entries = presence::entries(self.worktrees.dir())?.into_iter();
        here.directories = Some(entries.map(|entry| entry.path()).collect());
        Ok(here)
    }

    fn line(
        &self,
        recorded: ReviewRow,
        all: &BTreeMap<String, SeriesRefs>,
        here: &LocalState,
    ) -> Result<ReviewSummary> {
        let none = SeriesRefs::default();
        let known = all.get(&recorded.name).unwrap_or(&none);
        let name = SeriesName::new(&recorded.name).ok();
        let branch = match &name {
            Some(name) => match &here.branches {
                Some(branches) => branches
                    .contains(&branch_ref(name))
                    .then(|| name.to_string()),
                None => self
                    .repo
                    .find_ref(&branch_ref(name))?
                    .map(|_| name.to_string()),
            },
            None => None,
        };
        let place = here.places.get(&recorded.id).cloned();
        let elsewhere = here.others.get(&recorded.id).cloned().unwrap_or_default();
        let may_be = |path: &PathBuf| {
            here.directories
                .as_ref()
                .is_none_or(|all| all.contains(path))
        };
        let usual = name
            .as_ref()
            .map(|name| self.worktrees.path(name))
            .filter(may_be)
            .filter(|path| presence::is_dir(path).unwrap_or(true));
        let worktree = place.or(usual);
        let (worktree, path) = match (worktree, &name) {
            (None, _) => (None, PathState::None),
            (Some(path), Some(name)) => self.at(name, path)?,
            (Some(path), None) => (Some(path), PathState::Missing),
        };
        let stopped = known.stopped();
        let (version, version_refs) = stopped
            .or_else(|| known.newest())
            .unwrap_or((recorded.newest, refs::VersionRefs::default()));
        let has_all = recorded
            .version(version)
            .is_none_or(|row| row.patches >= row.total);
        let state = match (
            stopped.is_some(),
            version_refs.head.is_some(),
            branch.is_some() || worktree.is_some(),
        ) {
            (true, _, _) => ReviewState::Stopped,
            (_, true, false) => ReviewState::Removed,
            (_, true, true) if !has_all => ReviewState::Partial,
            (_, _, true) => ReviewState::Applied,
            (_, false, false) if !elsewhere.is_empty() => ReviewState::Elsewhere,
            (_, false, false) => ReviewState::Recorded,
        };
        let (refs, end, news) = (version_refs, None, News::default());
        Ok(ReviewSummary {
            recorded,
            version,
            state,
            refs,
            branch,
            worktree,
            path,
            end,
            elsewhere,
            news,
        })
    }

    /// The directory of a worktree and its state; if `git worktree move` moved it, the new directory.
    fn at(&self, name: &SeriesName, path: PathBuf) -> Result<(Option<PathBuf>, PathState)> {
        if presence::may_exist(&path.join(".git")) {
            let all = self.repo.common_dir().join("worktrees");
            let is_moved = admin::named_by(&path)
                .is_some_and(|admin| admin.parent().is_some_and(|dir| !same_path(dir, &all)));
            let state = if is_moved {
                PathState::Moved
            } else {
                PathState::Present
            };
            return Ok((Some(path), state));
        }
        let registered = self.worktrees.registered()?;
        let elsewhere = registered
            .into_iter()
            .filter(|one| one.path != path && self.worktrees.is_of(one, name))
            .find(|one| presence::may_exist(&one.path.join(".git")));
        Ok(match elsewhere {
            Some(one) => (Some(one.path), PathState::Present),
            None => (Some(path), PathState::Missing),
        })
    }

    /// A summary of one review.
    pub fn line_of(&self, recorded: &ReviewRow) -> Result<ReviewSummary> {
        let all = refs::read_all(self.repo)?;
        let mut line = self.line(recorded.clone(), &all, &self.here_by_name(1)?)?;
        line.end = outcome::find(&self.db, recorded.id)?;
        line.news = News::of(recorded, unread::unseen_replies_of(&self.db, recorded.id)?);
        Ok(line)
    }

    /// The full report on one version of a review.
    pub fn describe_version(
        &self,
        recorded: &ReviewRow,
        version: VersionNumber,
    ) -> Result<ReviewReport> {
        let mut line = self.line_of(recorded)?;
        if line.version != version {
            line.version = version;
            line.refs = refs::read_all(self.repo)?
                .get(&recorded.name)
                .map(|refs| refs.of(version))
                .unwrap_or_default();
            line.state = if line.refs.head.is_some() {
                ReviewState::Applied
            } else {
                ReviewState::Recorded
            };
        }
        self.describe_line(&line)
    }

    /// The full report on one review.
    pub fn describe(&self, recorded: &ReviewRow) -> Result<ReviewReport> {
        self.describe_line(&self.line_of(recorded)?)
    }

    /// The full report on the review of one summary.
    pub fn describe_line(&self, line: &ReviewSummary) -> Result<ReviewReport> {
        let recorded = &line.recorded;
        let row = recorded.version(line.version);
        let patches = match row {
            Some(row) => record::patches(&self.db, row.id)?,
            None => Vec::new(),
        };
        let total = row.map_or(0, |row| row.total);
        let mut report = ReviewReport {
            series: recorded.series_name()?,
            identity: recorded.identity.as_ref().map(ToString::to_string),
            version: line.version,
            title: recorded.title.clone(),
            base: line.refs.base.map(|id| id.to_string()),
            base_why: None,
            head: line
                .refs
                .head
                .or(line.refs.stopped)
                .map(|id| id.to_string()),
            branch: line.branch.clone(),
            worktree: line.worktree.clone(),
            path: line.path,
            elsewhere: line.elsewhere.clone(),
            state: line.state,
            missing: (1..=total)
                .filter(|number| !patches.iter().any(|patch| patch.seq == *number))
                .collect(),
            patches,
            started: row.and_then(|row| row.started),
            merged: Vec::new(),
            outcome: line.end.map(|end| end.outcome),
            finished: line.end.and_then(|end| end.finished),
            news: line.news.clone(),
            is_old: false,
        };
        if line.state == ReviewState::Stopped
            && let Some(head) = line
                .worktree
                .as_ref()
                .and_then(|path| Tree::open(self.repo.common_dir(), path).ok()?.head().ok())
        {
            report.head = Some(head.to_string());
        }
        if let (Some(base), Some(head)) = (line.refs.base, report.head.clone())
            && let Ok(head) = Oid::from_str(&head)
        {
            self.fill_commits(&mut report, base, head)?;
        }
        Ok(report)
    }

    /// Finds the commit of each patch.
    pub fn fill_commits(&self, report: &mut ReviewReport, base: Oid, head: Oid) -> Result<()> {
        report.head = Some(head.to_string());
        let rows: Vec<PatchIdentity> = (report.patches.iter())
            .map(|patch| patch.identity.clone())
            .collect();
        let commits = self.repo.commits_between(base, head)?;
        let placed = version_commits::place(self.repo, &commits, &rows, CommitOrigin::Applied)?;
        for (row, patch) in report.patches.iter_mut().enumerate() {
            let commit = placed.of_row(row);
            patch.commit = commit.map(|commit| commit.id.to_string());
            if let Some(commit) = commit {
                let (_, tree) = self.repo.subject_and_tree(commit.id)?;
                patch.tree = Some(tree.to_string());
            }
        }
        Ok(())
    }
}
