// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a version, wherever they are stored, matched with the patches of the database.
//!
//! Which commit is which patch is decided by [`placement`](crate::series::placement).

use crate::author::Author;
use crate::author::target::branch_of;
use crate::db::patch::PatchRow;
use crate::db::series::{REVIEW, Series};
use crate::db::version::{self, Version};
use crate::diff::patch_ids_by_commit;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::review::refs;
use crate::review::version_commits::{self, PlacedCommits, VersionCommit};
use crate::series::placement::CommitOrigin;
use crate::series::{PatchIdentity, SeriesName};

/// Where the commits of a version are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitSource {
    /// A branch, by its short name.
    Branch(String),
    /// The tag of an archived version, by its short name.
    Tag(String),
    /// A ref below `refs/patman`, by its full name: the commits of a version under review.
    Kept(String),
}

impl CommitSource {
    /// How the commits were made.
    fn origin(&self) -> CommitOrigin {
        match self {
            CommitSource::Kept(_) => CommitOrigin::Applied,
            CommitSource::Branch(_) | CommitSource::Tag(_) => CommitOrigin::Branch,
        }
    }

    /// The full name of the ref.
    pub fn full(&self) -> String {
        match self {
            CommitSource::Branch(name) => format!("refs/heads/{name}"),
            CommitSource::Tag(name) => format!("refs/tags/{name}"),
            CommitSource::Kept(name) => name.clone(),
        }
    }
}

impl std::fmt::Display for CommitSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CommitSource::Branch(name) => write!(f, "branch '{name}'"),
            CommitSource::Tag(name) => write!(f, "tag '{name}'"),
            CommitSource::Kept(name) => write!(f, "'{name}'"),
        }
    }
}

/// The error for a version whose commits are not in this repository.
pub fn not_here(series: &Series, version: &Version) -> Error {
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

/// The commits of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchCommits {
    /// Where they are stored.
    pub place: CommitSource,
    /// The last of them.
    pub tip: Oid,
    /// The commits, with its rows.
    pub placed: PlacedCommits,
}

impl Author<'_> {
    /// The commits of a version, placed at `patches`, its rows; `None` if they are not in this repository.
    pub fn commits_of(
        &self,
        series: &Series,
        version: &Version,
        patches: &[PatchRow],
    ) -> Result<Option<BranchCommits>> {
        let Some((place, tip, ids)) = self.kept(series, version, patches.len())? else {
            return Ok(None);
        };
        let rows: Vec<PatchIdentity> = patches.iter().map(PatchRow::identity).collect();
        let placed = version_commits::place(self.repo, &ids, &rows, place.origin())?;
        Ok(Some(BranchCommits { place, tip, placed }))
    }

    /// The identities of the rows of a version. What patman's rows lack is read from the commits where they are placed.
    pub fn identities(
        &self,
        rows: &[PatchRow],
        commits: Option<&BranchCommits>,
    ) -> Result<Vec<PatchIdentity>> {
        let mut all: Vec<PatchIdentity> = rows.iter().map(PatchRow::identity).collect();
        // What a patch changed as a mail and as an applied commit is not compared.
        let Some(known) = commits.filter(|known| known.place.origin() == CommitOrigin::Branch)
        else {
            return Ok(all);
        };
        let lacking: Vec<(usize, &VersionCommit)> = (0..rows.len())
            .filter(|row| all[*row].patch_id.is_none())
            .filter_map(|row| Some((row, known.placed.of_row(row)?)))
            .collect();
        let ids: Vec<Oid> = lacking.iter().map(|(_, commit)| commit.id).collect();
        let patch_ids = patch_ids_by_commit(&self.repo.changes_of(&ids)?);
        for (row, commit) in lacking {
            all[row].patch_id = patch_ids.get(&commit.id.to_string()).cloned();
            if all[row].change_id.is_none() {
                all[row].change_id = commit.change_id.clone();
            }
        }
        Ok(all)
    }

    /// Where a version is kept, its last commit, and its commits including merges, oldest first.
    fn kept(
        &self,
        series: &Series,
        version: &Version,
        count: usize,
    ) -> Result<Option<(CommitSource, Oid, Vec<Oid>)>> {
        let Some(number) = version.number else {
            return Ok(None);
        };
        let is_review = series.source.as_deref() == Some(REVIEW);
        if let Some(name) = SeriesName::new(&series.name).ok().filter(|_| is_review) {
            let known = refs::SeriesRefs::read(self.repo, &name)?.of(number);
            if let Some(tip) = known.head {
                let commits = match known.base {
                    Some(base) => self.repo.commits_between(base, tip)?,
                    None => self.newest(tip, count)?,
                };
                return Ok(Some((
                    CommitSource::Kept(refs::head(&name, number)),
                    tip,
                    commits,
                )));
            }
        }
        // All versions of a review use one branch, which is at the newest version.
        let branch = match is_review {
            true => version::newest(&self.db, series.id)?
                .filter(|newest| newest.id == version.id)
                .map(|_| series.name.clone()),
            false => Some(branch_of(&series.name, number)),
        };
        let mut places: Vec<CommitSource> = branch
            .clone()
            .map(CommitSource::Branch)
            .into_iter()
            .collect();
        places.extend(version.archive_tag.clone().map(CommitSource::Tag));
        if series.archived {
            // A branch with that name does not belong to the series.
            places.reverse();
        }
        for place in places {
            if let Some(tip) = self.repo.commit_of_ref(&place.full())? {
                let branch = branch.as_deref().unwrap_or(&series.name);
                let commits =
                    self.own_commits(branch, tip, version.details.base.as_deref(), count)?;
                return Ok(Some((place, tip, commits)));
            }
        }
        Ok(None)
    }

    /// The commits of a version that ends at `tip`: those that are not in its upstream, or those after the recorded base,
    /// whichever are fewer; if neither can be determined, or the upstream now has all of them, the newest `count`.
    fn own_commits(
        &self,
        branch: &str,
        tip: Oid,
        base: Option<&str>,
        count: usize,
    ) -> Result<Vec<Oid>> {
        let left = self.begin_of(branch, tip).ok();
        let recorded = match base {
            Some(hex) => self.repo.commit_of_hex(hex)?,
            None => None,
        };
        let mut fewest: Option<Vec<Oid>> = None;
        for base in left.into_iter().chain(recorded) {
            if base != tip && self.repo.is_ancestor(base, tip)? {
                let commits = self.repo.commits_between(base, tip)?;
                if !commits.is_empty()
                    && fewest
                        .as_ref()
                        .is_none_or(|fewest| commits.len() < fewest.len())
                {
                    fewest = Some(commits);
                }
            }
        }
        match fewest {
            Some(commits) => Ok(commits),
            None => self.newest(tip, count),
        }
    }
}
