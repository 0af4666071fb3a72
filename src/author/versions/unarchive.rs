// SPDX-License-Identifier: GPL-2.0-or-later
//! Unarchives a series: restores each branch from its tag and deletes the tag.
//!
//! An interrupted run is finished: a branch that already exists at the tag's commit is used as it is, and so is
//! a branch whose tag is already deleted. A partially archived series, with branches deleted and no row updated,
//! is also restored.

use super::{NumberedVersion, unchanged};
use crate::author::Author;
use crate::author::change::{BranchChange, Tracking, backups_of};
use crate::author::target::{TargetChoice, own};
use crate::db::series::Series;
use crate::db::tracking::{self, Tracked};
use crate::db::{Write, series, version};
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::git::{Oid, Repo};
use crate::text::shell_quote;

/// The result of unarchiving a series.
#[derive(Debug, Clone)]
pub struct UnarchivedSeries {
    /// The series.
    pub name: String,
    /// Its branches that were restored from tags.
    pub branches: Vec<String>,
    /// Branches that already existed.
    pub there: Vec<String>,
    /// Branches that could not be restored because they have no tag.
    pub lost: Vec<String>,
    /// Branches whose upstream is unknown, so that they track nothing.
    pub untracked: Vec<String>,
}

impl Author<'_> {
    /// Unarchives a series.
    pub fn unarchive(&mut self, chosen: &TargetChoice) -> Result<UnarchivedSeries> {
        let (series, _) = self.series(chosen)?;
        let name = series.name.clone();
        own(&Series {
            archived: false,
            ..series.clone()
        })?;
        let versions = self.versions(&series)?;
        let mut back = UnarchivedSeries {
            name,
            branches: vec![],
            there: vec![],
            lost: vec![],
            untracked: vec![],
        };
        let mut refs = Vec::new();
        for version in &versions {
            self.brought_back(&series, version, &mut back, &mut refs)?;
        }
        if !series.archived && refs.is_empty() {
            return Err(Error::new(format!(
                "series '{}' is not archived",
                series.name
            )));
        }
        let tracking = self.tracking_again(&versions, &mut back)?;
        let change = BranchChange {
            refs,
            tracking,
            what: "series unarchive".to_owned(),
            why: format!("Unarchive {}", series.name),
            ..BranchChange::default()
        };
        let rows = |write: &Write<'_>| {
            unchanged(write, &series, &versions)?;
            for version in &versions {
                version::set_archive_tag(write, version.row.id, None)?;
                tracking::remove(write, version.row.id)?;
            }
            series::set_archived(write, series.id, false)
        };
        self.change(change, Some(series.id), rows)?;
        Ok(back)
    }

    /// Restores the upstreams that branches had when they were archived, for those that now track nothing.
    fn tracking_again(
        &self,
        versions: &[NumberedVersion],
        back: &mut UnarchivedSeries,
    ) -> Result<Vec<Tracking>> {
        let mut tracking = Vec::new();
        for NumberedVersion { branch, row, .. } in versions {
            if back.lost.contains(branch) || self.tracked(branch)? != Tracked::default() {
                continue;
            }
            match tracking::find(&self.db, row.id)? {
                Some(Tracked { remote, merge }) => {
                    tracking.push(Tracking::set(branch, remote, merge))
                }
                None if back.branches.contains(branch) => back.untracked.push(branch.clone()),
                None => {}
            }
        }
        Ok(tracking)
    }

    /// Plans the changes for one version.
    fn brought_back(
        &self,
        series: &Series,
        version: &NumberedVersion,
        back: &mut UnarchivedSeries,
        refs: &mut Vec<RefChange>,
    ) -> Result<()> {
        let branch = version.branch.clone();
        let tag = match &version.row.archive_tag {
            Some(tag) => Some(tag.clone()),
            // A run was interrupted before it wrote the rows.
            None if !series.archived => self.left_tag(&branch)?.map(|(tag, _)| tag),
            None => None,
        };
        let full = |tag: &str| format!("refs/tags/{tag}");
        let found = match &tag {
            Some(tag) => self
                .repo
                .find_ref(&full(tag))?
                .zip(self.repo.commit_of_ref(&full(tag))?),
            None => None,
        };
        match (tag, found, version.tip) {
            (Some(tag), Some((object, commit)), tip) => {
                if let Some(tip) = tip.filter(|tip| *tip != commit) {
                    if !series.archived {
                        return Ok(());
                    }
                    return Err(differs(self.repo, &branch, tip, &tag, commit));
                }
                if tip.is_none() {
                    refs.push(RefChange::set(format!("refs/heads/{branch}"), None, commit));
                    back.branches.push(branch);
                } else {
                    back.there.push(branch);
                }
                refs.push(RefChange::delete(full(&tag), object));
            }
            (_, None, Some(_)) => back.there.push(branch),
            (Some(tag), None, None) => return Err(self.gone(&branch, &tag)?),
            (None, _, None) => back.lost.push(branch),
            (None, Some(_), Some(_)) => {}
        }
        Ok(())
    }

    /// Creates the error for a version that has neither its tag nor a branch.
    fn gone(&self, branch: &str, tag: &str) -> Result<Error> {
        let error = Error::new(format!(
            "tag '{tag}' of the archived branch '{branch}' is gone"
        ));
        let kept = backups_of(self.repo, branch)?;
        Ok(match kept.last().map(|link| (&link.name, link.tip)) {
            Some((name, id)) => error.with_hint(format!(
                "to restore the branch from '{name}': git branch {branch} {id}",
                branch = shell_quote(branch)
            )),
            None => error.with_hint(format!(
                "if you know the commit: git branch {branch} <commit>, and run this again",
                branch = shell_quote(branch)
            )),
        })
    }
}

fn differs(repo: &Repo, branch: &str, tip: Oid, tag: &str, commit: Oid) -> Error {
    Error::new(format!(
        "there is a branch '{branch}' at {}",
        repo.short_id(tip)
    ))
    .with_cause(format!(
        "the archived one, '{tag}', is at {}",
        repo.short_id(commit)
    ))
    .with_hint(format!(
        "to rename your branch: git branch -m {branch} <other name>",
        branch = shell_quote(branch)
    ))
}
