// SPDX-License-Identifier: GPL-2.0-or-later
//! The commit of each patch of a version, and the branch that the version is on.

use crate::author::Author;
use crate::author::branch::commits::{BranchCommits, CommitSource};
use crate::db::patch::PatchRow;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::git::Oid;
use crate::series::VersionNumber;

/// The most patches of a version whose commits are looked at: each costs a diff.
const MAX_PATCHES: usize = 500;

/// Where a version is in this repository.
#[derive(Debug, Clone, Default)]
pub(super) struct VersionCommits {
    /// Its branch.
    pub branch: Option<String>,
    /// Its last commit.
    pub head: Option<Oid>,
    /// The commit of each patch.
    pub commits: Vec<Option<PatchCommit>>,
}

/// The commit of a patch.
#[derive(Debug, Clone)]
pub(super) struct PatchCommit {
    /// The commit.
    pub id: Oid,
    /// The Change-Id that it names.
    pub change_id: Option<String>,
    /// A name for what it changes.
    pub patch_id: Option<String>,
}

impl Author<'_> {
    /// Where a version is; `newest` is the newest of its series. What cannot be read is as if it were not here.
    pub(super) fn found(
        &self,
        series: &Series,
        row: &Version,
        patches: &[PatchRow],
        newest: Option<VersionNumber>,
    ) -> VersionCommits {
        let looked_at = if patches.len() > MAX_PATCHES {
            &[]
        } else {
            patches
        };
        let Some(known) = self.commits_of(series, row, looked_at).unwrap_or_default() else {
            return VersionCommits {
                commits: vec![None; patches.len()],
                ..VersionCommits::default()
            };
        };
        let branch = match &known.place {
            CommitSource::Branch(name) => Some(name.clone()),
            CommitSource::Tag(_) => None,
            CommitSource::Kept(_) => self.branch_of_review(series, row, newest, known.tip),
        };
        let commits = (0..patches.len())
            .map(|at| self.commit_of(&known, at))
            .collect();
        VersionCommits {
            branch,
            head: Some(known.tip),
            commits,
        }
    }

    fn commit_of(&self, known: &BranchCommits, row: usize) -> Option<PatchCommit> {
        let found = known.of_row(row)?;
        let patch_id = self.repo.patch_id(found.id).map(|id| id.to_string());
        Some(PatchCommit {
            id: found.id,
            change_id: found.change_id.clone(),
            patch_id,
        })
    }

    /// A review has one branch, at the newest version; patman's has one for each link.
    fn branch_of_review(
        &self,
        series: &Series,
        row: &Version,
        newest: Option<VersionNumber>,
        tip: Oid,
    ) -> Option<String> {
        let linked = row.link.as_ref().map(|link| {
            let upstream = series.upstream.as_deref().unwrap_or("pw");
            format!("{upstream}-{link}-review")
        });
        let own = Some(series.name.clone()).filter(|_| newest == row.number);
        let is_its = |name: &String| {
            self.repo
                .commit_of_ref(&format!("refs/heads/{name}"))
                .is_ok_and(|found| found == Some(tip))
        };
        own.filter(is_its).or(linked.filter(is_its))
    }
}
