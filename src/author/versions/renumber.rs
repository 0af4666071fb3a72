// SPDX-License-Identifier: GPL-2.0-or-later
//! Gives a version another number: creates a branch of rewritten commits and updates the row; the old branch is kept.

use super::inc::missing;
use super::numbering::LinkRule;
use super::{sayable, unchanged};
use crate::author::Author;
use crate::author::change::{BranchChange, HeadMove};
use crate::author::target::{TargetChoice, branch_of};
use crate::db::{Write, version};
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::series::VersionNumber;

/// The result of renumbering a version.
#[derive(Debug, Clone)]
pub struct Renumbered {
    /// The series.
    pub name: String,
    /// The old number.
    pub from: VersionNumber,
    /// The new number.
    pub to: VersionNumber,
    /// The old branch, which is kept.
    pub old: String,
    /// The new branch of the version.
    pub new: String,
    /// Whether the new branch is checked out.
    pub is_checked_out: bool,
}

impl Author<'_> {
    /// Changes the number of a version to `to`.
    pub fn renumber(&mut self, chosen: &TargetChoice, to: VersionNumber) -> Result<Renumbered> {
        let (series, target) = self.own_series(chosen)?;
        sayable(to)?;
        let versions = self.versions(&series)?;
        let name = &series.name;
        if versions.iter().any(|version| version.number == to) {
            let known: Vec<String> = versions
                .iter()
                .map(|version| version.number.to_string())
                .collect();
            return Err(Error::new(format!("series '{name}' has {to} already"))
                .with_hint(format!("it has {}", known.join(", "))));
        }
        let Some(version) = versions
            .iter()
            .find(|version| version.number == target.version)
        else {
            return Err(self
                .version(chosen)
                .err()
                .unwrap_or_else(|| Error::new(format!("there is no {}", target.version))));
        };
        let tip = version.tip.ok_or_else(|| missing(version))?;
        let reworded = self.renumbered(version, tip, to, LinkRule::Goes)?.reworded;
        let branch = branch_of(name, to);
        let full = format!("refs/heads/{branch}");
        let old = self.repo.find_ref(&full)?;
        let is_made = self.is_begun(&branch, old, tip, &reworded, to)?;
        let is_on = self.repo.current_branch()?.as_deref() == Some(version.branch.as_str());
        let change = BranchChange {
            refs: if is_made {
                Vec::new()
            } else {
                vec![RefChange::set(full, old, reworded.new)]
            },
            head: is_on.then(|| HeadMove::Branch(branch.clone())),
            tracking: self.tracks_the_same(&version.branch, &branch)?,
            what: "series version-change".to_owned(),
            why: format!("Make {} of {name} {to}", version.number),
            commits: reworded.changed().collect(),
        };
        let rows = |write: &Write<'_>| {
            unchanged(write, &series, &versions)?;
            version::set_number(write, version.row.id, to)
        };
        self.change(change, Some(series.id), rows)?;
        Ok(Renumbered {
            name: name.clone(),
            from: version.number,
            to,
            old: version.branch.clone(),
            new: branch,
            is_checked_out: is_on,
        })
    }
}
