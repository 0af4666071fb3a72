// SPDX-License-Identifier: GPL-2.0-or-later
//! Forgets a series or one of its versions: deletes all rows, in patman's tables and in ours; branches and tags
//! are kept.

use crate::author::Author;
use crate::author::change::BranchChange;
use crate::author::target::{TargetChoice, branch_of};
use crate::db::dependents::{self, Dependents};
use crate::db::series::{self, REVIEW, Series};
use crate::db::version::{self, Version};
use crate::db::{Write, delete};
use crate::error::{Error, Result};
use crate::series::VersionNumber;
use crate::text::shell_quote;

/// The result of forgetting a series or version.
#[derive(Debug, Clone)]
pub struct Forgotten {
    /// The series.
    pub name: String,
    /// The number of versions.
    pub versions: usize,
    /// The number of patches.
    pub patches: usize,
    /// The dependent rows that were deleted with them.
    pub dependents: Dependents,
    /// The branches and tags of the versions, which still exist.
    pub left: Vec<String>,
}

impl Author<'_> {
    /// Forgets a series with all its versions, even if it is archived or has no versions.
    pub fn forget(&mut self, chosen: &TargetChoice) -> Result<Forgotten> {
        let (series, _) = self.series(chosen)?;
        not_review(&series)?;
        let versions = version::list(&self.db, series.id)?;
        let rows = |write: &Write<'_>| {
            still(write, &series, &versions)?;
            let dependents = dependents::on_series(write, series.id)?;
            Ok((dependents, delete::series(write, series.id)?))
        };
        let change = only_rows("series rm", format!("Forget {}", series.name));
        let (dependents, deleted) = self.change(change, Some(series.id), rows)?.value;
        Ok(Forgotten {
            left: self.left(&series.name, &versions)?,
            name: series.name,
            versions: deleted.versions,
            patches: deleted.patches,
            dependents,
        })
    }

    /// Forgets one version of a series that has several.
    pub fn forget_version(&mut self, chosen: &TargetChoice) -> Result<(Forgotten, VersionNumber)> {
        let (series, target) = self.series(chosen)?;
        not_review(&series)?;
        let name = series.name.clone();
        let versions = version::list(&self.db, series.id)?;
        let (_, row) = self.version(&TargetChoice {
            series: Some(name.clone()),
            version: Some(target.version),
        })?;
        if versions.len() == 1 {
            return Err(
                Error::new(format!("series '{name}' has only one version")).with_hint(format!(
                    "to forget the series: git patman series -s {name} rm",
                    name = shell_quote(&name)
                )),
            );
        }
        let rows = |write: &Write<'_>| {
            still(write, &series, &versions)?;
            let dependents = dependents::on_version(write, row.id)?;
            Ok((dependents, delete::version(write, row.id)?))
        };
        let change = only_rows(
            "series rm-version",
            format!("Forget {} of {name}", target.version),
        );
        let (dependents, deleted) = self.change(change, Some(series.id), rows)?.value;
        let left = self.left(&name, std::slice::from_ref(&row))?;
        let forgotten = Forgotten {
            name,
            versions: deleted.versions,
            patches: deleted.patches,
            dependents,
            left,
        };
        Ok((forgotten, target.version))
    }

    /// Returns the branches and tags of the versions.
    fn left(&self, name: &str, versions: &[Version]) -> Result<Vec<String>> {
        let mut left = Vec::new();
        for version in versions {
            let branch = version.number.map(|number| branch_of(name, number));
            let full = branch
                .iter()
                .map(|branch| (branch, format!("refs/heads/{branch}")));
            for (short, full) in full.chain(
                version
                    .archive_tag
                    .iter()
                    .map(|tag| (tag, format!("refs/tags/{tag}"))),
            ) {
                if !left.contains(short) && self.repo.commit_of_ref(&full)?.is_some() {
                    left.push(short.clone());
                }
            }
        }
        Ok(left)
    }
}

fn only_rows(what: &str, why: String) -> BranchChange {
    BranchChange {
        what: what.to_owned(),
        why,
        ..BranchChange::default()
    }
}

/// Refuses a review: it has a worktree, refs and a lock, which are not ours to delete.
fn not_review(series: &Series) -> Result<()> {
    let name = &series.name;
    if series.source.as_deref() == Some(REVIEW) {
        return Err(
            Error::new(format!("'{name}' is a review, not one of your series")).with_hint(format!(
                "to remove it with its worktree: git patman review remove --purge {name}",
                name = shell_quote(name)
            )),
        );
    }
    Ok(())
}

/// Checks that the series still has the same versions.
fn still(write: &Write<'_>, series: &Series, versions: &[Version]) -> Result<()> {
    let is_same = series::load(write, series.id)?.as_ref() == Some(series);
    if is_same && version::list(write, series.id)? == versions {
        return Ok(());
    }
    let name = &series.name;
    Err(Error::new(format!(
        "series '{name}' was changed by another command in the meantime"
    ))
    .with_hint(format!(
        "to see it: git patman series -s {name} info",
        name = shell_quote(name)
    )))
}
