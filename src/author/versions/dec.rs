// SPDX-License-Identifier: GPL-2.0-or-later
//! Removes the newest version of a series: its rows and its branch are deleted, and a backup ref records the
//! branch's tip.

use super::inc::{missing, newest};
use super::unchanged;
use crate::author::Author;
use crate::author::change::{BranchChange, HeadMove, Tracking};
use crate::author::target::TargetChoice;
use crate::db::dependents::{self, Dependents};
use crate::db::{Write, delete};
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::series::VersionNumber;
use crate::text::shell_quote;

/// The result of removing a version.
#[derive(Debug, Clone)]
pub struct RemovedVersion {
    /// The series.
    pub name: String,
    /// The version that was removed.
    pub number: VersionNumber,
    /// The version that is now the newest.
    pub newest: VersionNumber,
    /// The branch of the newest version.
    pub onto: String,
    /// The branch that was deleted.
    pub branch: String,
    /// The backup ref of the branch; none if there was no branch.
    pub kept: Option<String>,
    /// Whether the branch existed.
    pub had_branch: bool,
    /// Whether the branch was checked out; the previous version's branch now is.
    pub is_checked_out: bool,
    /// The dependent rows that were deleted with the version.
    pub dependents: Dependents,
}

impl Author<'_> {
    /// Removes the newest version.
    pub fn dec(&mut self, chosen: &TargetChoice) -> Result<RemovedVersion> {
        let (series, _) = self.own_series(chosen)?;
        let versions = self.versions(&series)?;
        let newest = newest(&versions).clone();
        let before = versions
            .iter()
            .rev()
            .find(|version| version.number < newest.number)
            .ok_or_else(|| {
                let name = &series.name;
                Error::new(format!("series '{name}' has only one version")).with_hint(format!(
                    "to forget the series: git patman series -s {name} rm",
                    name = shell_quote(name)
                ))
            })?;
        if let Some(wanted) = chosen.version.filter(|wanted| *wanted != newest.number) {
            let name = &series.name;
            return Err(Error::usage(format!(
                "{wanted} is not the newest version of '{name}', which is {}",
                newest.number
            ))
            .with_hint(format!(
                "to forget it anyway: git patman series -s {name} -V {} rm-version",
                wanted.get(),
                name = shell_quote(name)
            )));
        }
        if before.tip.is_none() {
            return Err(missing(before).with_hint(format!(
                "to forget {} and leave branches alone: git patman series -s {} -V {} rm-version",
                newest.number,
                shell_quote(&series.name),
                newest.number.get()
            )));
        }
        let full = format!("refs/heads/{}", newest.branch);
        let is_on = newest.tip.is_some()
            && self.repo.current_branch()?.as_deref() == Some(newest.branch.as_str());
        let change = BranchChange {
            refs: newest
                .tip
                .map(|tip| RefChange::delete(full, tip))
                .into_iter()
                .collect(),
            head: is_on.then(|| HeadMove::Branch(before.branch.clone())),
            tracking: newest
                .tip
                .map(|_| Tracking::Remove {
                    branch: newest.branch.clone(),
                })
                .into_iter()
                .collect(),
            what: "series dec".to_owned(),
            why: format!("Remove {} of {}", newest.number, series.name),
            ..BranchChange::default()
        };
        let rows = |write: &Write<'_>| {
            unchanged(write, &series, &versions)?;
            let dependents = dependents::on_version(write, newest.row.id)?;
            delete::version(write, newest.row.id)?;
            Ok(dependents)
        };
        let changed = self.change(change, Some(series.id), rows)?;
        Ok(RemovedVersion {
            name: series.name.clone(),
            number: newest.number,
            newest: before.number,
            onto: before.branch.clone(),
            had_branch: newest.tip.is_some(),
            kept: changed
                .backups
                .into_iter()
                .find(|(branch, _)| *branch == newest.branch)
                .map(|(_, kept)| kept),
            branch: newest.branch,
            is_checked_out: is_on,
            dependents: changed.value,
        })
    }
}
