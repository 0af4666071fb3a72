// SPDX-License-Identifier: GPL-2.0-or-later
//! The next version of a series: a branch of its own, which begins as the newest version is.
//!
//! What is made depends on nothing but the newest version, so a run that was stopped between the branch and its row, be it of
//! ours or of patman, is known by its branch and finished. Any other branch of that name is somebody's work, and refused.

use super::numbering::{LinkRule, RenumberedVersion};
use super::{NumberedVersion, sayable, unchanged};
use crate::author::Author;
use crate::author::change::{BranchChange, HeadMove};
use crate::author::target::{TargetChoice, branch_of};
use crate::db::version::{self, Details, VersionToAdd};
use crate::db::{Write, patch};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::git::rewrite::Reworded;
use crate::output::shell_quote;
use crate::series::VersionNumber;

/// What was begun.
#[derive(Debug, Clone)]
pub struct CreatedVersion {
    /// The series.
    pub name: String,
    /// The new version.
    pub number: VersionNumber,
    /// Its branch.
    pub branch: String,
    /// The branch that it was made from.
    pub from: String,
    /// Whether it was begun before, and only lacked its row.
    pub is_finished: bool,
    /// Whether the user is on it now.
    pub is_checked_out: bool,
}

impl Author<'_> {
    /// Begins the next version.
    pub fn inc(&mut self, chosen: &TargetChoice) -> Result<CreatedVersion> {
        let (series, _) = self.own_series(chosen)?;
        let versions = self.versions(&series)?;
        let newest = newest(&versions);
        let number = next(newest.number)?;
        // The version that it is made of, or the one that is made: both say the same.
        if chosen
            .version
            .is_some_and(|wanted| wanted != newest.number && wanted != number)
        {
            let (name, number) = (&series.name, newest.number);
            return Err(Error::usage(format!(
                "the next version of '{name}' is made of the newest, {number}"
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
    /// Whether the branch of a new version is made already, by a run that was stopped before it wrote the rows. One that is
    /// still at the old version's commit, where patman begins, is to be moved; any other is refused.
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
            Some(there) => Err(in_the_way(branch, there, number)),
        }
    }
}

/// The newest of versions that are not none.
pub(super) fn newest(versions: &[NumberedVersion]) -> &NumberedVersion {
    versions
        .last()
        .expect("a series without versions was refused")
}

fn next(number: VersionNumber) -> Result<VersionNumber> {
    let next = number.get().checked_add(1).and_then(VersionNumber::new);
    next.ok_or_else(|| Error::new(format!("there is no version after {number}")))
}

/// The branch of a version is not there.
pub(super) fn missing(version: &NumberedVersion) -> Error {
    let NumberedVersion { branch, number, .. } = version;
    Error::new(format!("the branch '{branch}' of {number} is not there"))
        .with_hint(format!("bring it back: git branch {branch} <commit>", branch = shell_quote(branch)))
        .with_hint(format!(
            "or see whether an earlier state was kept: git for-each-ref refs/patman/backup/{branch}",
            branch = shell_quote(branch)
        ))
}

/// A branch that is somebody's work has the name that is wanted.
fn in_the_way(branch: &str, at: Oid, number: VersionNumber) -> Error {
    let short = &at.to_string()[..12];
    Error::new(format!(
        "the branch '{branch}' is there already, at {short}"
    ))
    .with_hint(format!(
        "if it is {number}: git patman series -s {branch} add",
        branch = shell_quote(branch)
    ))
    .with_hint(format!(
        "if it is something else: git branch -m {branch} <other name>",
        branch = shell_quote(branch)
    ))
}
