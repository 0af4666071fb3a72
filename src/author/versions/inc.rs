// SPDX-License-Identifier: GPL-2.0-or-later
//! Creates the next version of a series: a new branch that starts as a copy of the newest version.
//!
//! The result depends only on the newest version, so if our own run, or one of patman, was interrupted between
//! creating the branch and writing its row, its branch is recognized and the run is finished. Any other branch
//! of that name is refused as somebody's work.

use super::numbering::{LinkRule, RenumberedVersion};
use super::{NumberedVersion, sayable, unchanged};
use crate::author::Author;
use crate::author::add::identify;
use crate::author::change::{BranchChange, HeadMove};
use crate::author::target::{TargetChoice, branch_of};
use crate::db::version::{self, Details, VersionToAdd};
use crate::db::{Write, patch};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::git::rewrite::Reworded;
use crate::series::VersionNumber;
use crate::text::shell_quote;

/// The result of creating a version.
#[derive(Debug, Clone)]
pub struct CreatedVersion {
    /// The series.
    pub name: String,
    /// The new version.
    pub number: VersionNumber,
    /// Its branch.
    pub branch: String,
    /// The branch that it was created from.
    pub from: String,
    /// Whether an earlier run created the branch, and only the row was missing.
    pub is_finished: bool,
    /// Whether the branch is now checked out.
    pub is_checked_out: bool,
}

impl Author<'_> {
    /// Creates the next version.
    pub fn inc(&mut self, chosen: &TargetChoice) -> Result<CreatedVersion> {
        let (series, _) = self.own_series(chosen)?;
        let versions = self.versions(&series)?;
        let newest = newest(&versions);
        let number = next(newest.number)?;
        // The user may give the version to copy or the version to create: both mean the same.
        if chosen
            .version
            .is_some_and(|wanted| wanted != newest.number && wanted != number)
        {
            let (name, number) = (&series.name, newest.number);
            return Err(Error::usage(format!(
                "the next version of '{name}' starts from the newest, {number}"
            ))
            .with_hint(format!(
                "git patman series -s {name} inc",
                name = shell_quote(name)
            )));
        }
        sayable(number)?;
        let tip = newest.tip.ok_or_else(|| missing(newest))?;
        let RenumberedVersion { reworded, title } =
            self.renumbered(newest, tip, number, LinkRule::Stays)?;
        let branch = branch_of(&series.name, number);
        let full = format!("refs/heads/{branch}");
        let old = self.repo.find_ref(&full)?;
        let is_made = self.is_begun(&branch, old, tip, &reworded, number)?;
        let is_on = self.repo.current_branch()?.as_deref() == Some(newest.branch.as_str());
        let change = BranchChange {
            refs: if is_made {
                Vec::new()
            } else {
                vec![RefChange::set(full, old, reworded.new)]
            },
            head: is_on.then(|| HeadMove::Branch(branch.clone())),
            tracking: self.tracks_the_same(&newest.branch, &branch)?,
            what: "series inc".to_owned(),
            why: format!("Begin {number} of {}", series.name),
            commits: reworded.changed().collect(),
        };
        let desc = title.or_else(|| newest.row.desc.clone());
        let id = series.id;
        let rows = |write: &Write<'_>| {
            unchanged(write, &series, &versions)?;
            let details = Details {
                change_id: newest.row.details.change_id.clone(),
                ..Details::default()
            };
            let new = VersionToAdd {
                desc: desc.as_deref(),
                details,
                ..VersionToAdd::default()
            };
            let row = version::insert(write, id, number, &new)?;
            identify(write, id, &series.name, &[tip])?;
            patch::copy(write, newest.row.id, row).map(drop)
        };
        self.change(change, Some(id), rows)?;
        Ok(CreatedVersion {
            name: series.name.clone(),
            number,
            branch,
            from: newest.branch.clone(),
            is_finished: old.is_some(),
            is_checked_out: is_on,
        })
    }
}

impl Author<'_> {
    /// Whether an interrupted run already created the branch of a new version, but no row. A branch that is
    /// still at the old version's commit, where patman starts, is moved; any other is refused.
    pub(super) fn is_begun(
        &self,
        branch: &str,
        there: Option<Oid>,
        before: Oid,
        wanted: &Reworded,
        number: VersionNumber,
    ) -> Result<bool> {
        match there {
            None => Ok(false),
            Some(there) if there == before && there != wanted.new => Ok(false),
            Some(there) if self.is_same_work(wanted, there)? => Ok(true),
            Some(there) => Err(in_the_way(branch, &self.repo.short_id(there), number)),
        }
    }
}

/// Returns the newest of a non-empty list of versions.
pub(super) fn newest(versions: &[NumberedVersion]) -> &NumberedVersion {
    versions
        .last()
        .expect("a series without versions was refused")
}

fn next(number: VersionNumber) -> Result<VersionNumber> {
    let next = number.get().checked_add(1).and_then(VersionNumber::new);
    next.ok_or_else(|| Error::new(format!("there is no version after {number}")))
}

/// Creates the error for a version whose branch does not exist.
pub(super) fn missing(version: &NumberedVersion) -> Error {
    let NumberedVersion { branch, number, .. } = version;
    Error::new(format!("branch '{branch}' of {number} does not exist"))
        .with_hint(format!(
            "to restore it: git branch {branch} <commit>",
            branch = shell_quote(branch)
        ))
        .with_hint(format!(
            "or look for a backup: git for-each-ref refs/patman/backup/{branch}",
            branch = shell_quote(branch)
        ))
}

/// Creates the error for a branch with somebody's work that already has the name.
fn in_the_way(branch: &str, at: &str, number: VersionNumber) -> Error {
    Error::new(format!("branch '{branch}' already exists, at {at}"))
        .with_hint(format!(
            "if it is {number}: git patman series -s {branch} add",
            branch = shell_quote(branch)
        ))
        .with_hint(format!(
            "if it is something else: git branch -m {branch} <other name>",
            branch = shell_quote(branch)
        ))
}
