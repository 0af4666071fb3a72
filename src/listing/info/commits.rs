// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a version, and the branch that the version is on.

use crate::author::Author;
use crate::author::branch::commits::{BranchCommits, CommitSource};
use crate::db::patch::PatchRow;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::git::Oid;
use crate::review::version_commits::VersionCommit;
use crate::series::VersionNumber;

/// Where a version is in this repository.
#[derive(Debug, Clone, Default)]
pub(super) struct VersionPlace {
    /// Its branch.
    pub branch: Option<String>,
    /// Its commits.
    pub commits: Option<BranchCommits>,
}

impl VersionPlace {
    /// The commit of a row.
    pub(super) fn of_row(&self, row: usize) -> Option<&VersionCommit> {
        self.commits.as_ref()?.placed.of_row(row)
    }
}

impl Author<'_> {
    /// Where a version is; `newest` is the newest of its series. A version that cannot be read is treated as absent.
    pub(super) fn found(
        &self,
        series: &Series,
        row: &Version,
        patches: &[PatchRow],
        newest: Option<VersionNumber>,
    ) -> VersionPlace {
        let Some(known) = self.commits_of(series, row, patches).unwrap_or_default() else {
            return VersionPlace::default();
        };
        let branch = match &known.place {
            CommitSource::Branch(name) => Some(name.clone()),
            CommitSource::Tag(_) => None,
            CommitSource::Kept(_) => self.branch_of_review(series, row, newest, known.tip),
        };
        VersionPlace {
            branch,
            commits: Some(known),
        }
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
