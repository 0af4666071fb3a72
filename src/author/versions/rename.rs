// SPDX-License-Identifier: GPL-2.0-or-later
//! Renames a series: its row and all its branches, with their upstreams and reflogs.
//!
//! patman renames one branch after the other and the row last. If it was interrupted, git's reflog shows which branches
//! already have their new name, and the rest is renamed. An archived series has no branches: its tags keep their names,
//! which its versions record, and its branches are restored under the new name.

use super::{NumberedVersion, unchanged};
use crate::author::Author;
use crate::author::change::{BranchChange, HeadMove, Tracking};
use crate::author::target::{TargetChoice, branch_of, own, split_version};
use crate::db::series::{self, Series};
use crate::db::{Write, version};
use crate::error::{Error, Result};
use crate::git::branches::is_branch_name;
use crate::git::refs::RefChange;
use crate::text::shell_quote;

/// The result of renaming a series.
#[derive(Debug, Clone)]
pub struct Renamed {
    /// The old name.
    pub old: String,
    /// The new name.
    pub new: String,
    /// The old and new names of its branches.
    pub branches: Vec<(String, String)>,
    /// Whether it has tags, whose names do not change.
    pub has_tags: bool,
}

impl Author<'_> {
    /// Renames a series to `new`.
    pub fn rename(&mut self, chosen: &TargetChoice, new: &str) -> Result<Renamed> {
        let (series, _) = self.series(chosen)?;
        own(&Series {
            archived: false,
            ..series.clone()
        })?;
        let old = series.name.clone();
        if let Some(given) = chosen.series.as_deref().filter(|given| !given.is_empty()) {
            whole_name(given, &old)?;
        }
        self.fits(&series, new)?;
        let versions = if version::list(&self.db, series.id)?.is_empty() {
            Vec::new()
        } else {
            self.versions(&series)?
        };
        let branches = if series.archived {
            self.unused(&versions, new)?
        } else {
            self.moves(&versions, new)?
        };
        let change = moved(&branches, &old, new);
        let copied = self.copied_reflogs(&branches);
        let rows = |write: &Write<'_>| {
            if !versions.is_empty() {
                unchanged(write, &series, &versions)?;
            }
            series::set_name(write, series.id, new)
        };
        if let Err(error) = self.change(change, Some(series.id), rows) {
            copied
                .iter()
                .for_each(|branch| self.repo.remove_reflog(branch));
            return Err(error);
        }
        Ok(Renamed {
            old,
            new: new.to_owned(),
            branches: branches
                .into_iter()
                .map(|(version, new)| (version.branch, new))
                .collect(),
            has_tags: versions
                .iter()
                .any(|version| version.row.archive_tag.is_some()),
        })
    }

    /// Checks that the series can have the name.
    fn fits(&self, series: &Series, new: &str) -> Result<()> {
        let old = &series.name;
        if new == old {
            return Err(Error::usage(format!(
                "series '{old}' has that name already"
            )));
        }
        let (stem, _) = split_version(new);
        if stem != new {
            return Err(Error::usage(format!(
                "'{new}' is not a valid name for a series: the digits at its end would be a version"
            ))
            .with_hint(format!(
                "did you mean: git patman series -s {old} rename -N {stem}",
                old = shell_quote(old),
                stem = shell_quote(stem)
            )));
        }
        if !new.is_empty() && new.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::usage(format!(
                "'{new}' is not a valid name for a series: it is a number"
            )));
        }
        if !is_branch_name(new) {
            return Err(Error::usage(format!(
                "'{new}' is not a valid name for a series: git does not allow it for a branch"
            )));
        }
        match series::find(&self.db, new)? {
            Some(other) if other.archived => {
                Err(Error::new(format!("a series '{new}' exists already"))
                    .with_hint("it is archived: git patman series ls -A"))
            }
            Some(_) => Err(Error::new(format!("a series '{new}' exists already"))),
            None => Ok(()),
        }
    }

    /// Returns the branches to rename, with their new names.
    fn moves(
        &self,
        versions: &[NumberedVersion],
        new: &str,
    ) -> Result<Vec<(NumberedVersion, String)>> {
        let (mut moves, mut missing, mut there) = (Vec::new(), Vec::new(), Vec::new());
        for version in versions {
            let branch = branch_of(new, version.number);
            let is_there = self
                .repo
                .find_ref(&format!("refs/heads/{branch}"))?
                .is_some();
            match (version.tip, is_there) {
                (None, true) if self.repo.was_renamed(&version.branch, &branch)? => {}
                (None, _) => missing.push(version.branch.clone()),
                (Some(_), true) => there.push(branch),
                (Some(_), false) => moves.push((version.clone(), branch)),
            }
        }
        if let Some(first) = missing.first() {
            return Err(Error::new(format!(
                "cannot rename: {} not there",
                listed("branch", &missing)
            ))
            .with_hint(format!(
                "to restore it: git branch {first} <commit>",
                first = shell_quote(first)
            )));
        }
        free(&there)?;
        Ok(moves)
    }

    /// Checks that no branch has a name that the branches of an archived series will need.
    fn unused(
        &self,
        versions: &[NumberedVersion],
        new: &str,
    ) -> Result<Vec<(NumberedVersion, String)>> {
        let mut there = Vec::new();
        for version in versions {
            let branch = branch_of(new, version.number);
            if self
                .repo
                .find_ref(&format!("refs/heads/{branch}"))?
                .is_some()
            {
                there.push(branch);
            }
        }
        free(&there).map(|()| Vec::new())
    }

    fn copied_reflogs(&self, branches: &[(NumberedVersion, String)]) -> Vec<String> {
        let moves = branches.iter().filter(|_| !self.dry_run);
        moves
            .filter(|(version, new)| self.repo.copy_reflog(&version.branch, new))
            .map(|(_, new)| new.clone())
            .collect()
    }
}

/// Creates the change that renames the branches, with the HEADs of all worktrees and all settings.
fn moved(branches: &[(NumberedVersion, String)], old: &str, new: &str) -> BranchChange {
    let refs = branches.iter().filter_map(|(version, new)| {
        let (tip, name) = (version.tip?, &version.branch);
        Some([
            RefChange::delete(format!("refs/heads/{name}"), tip),
            RefChange::set(format!("refs/heads/{new}"), None, tip),
        ])
    });
    let names = branches
        .iter()
        .map(|(version, new)| (version.branch.clone(), new.clone()));
    BranchChange {
        refs: refs.flatten().collect(),
        head: Some(HeadMove::Renamed(names.clone().collect())).filter(|_| !branches.is_empty()),
        tracking: names
            .map(|(from, to)| Tracking::Rename { from, to })
            .collect(),
        what: "series rename".to_owned(),
        why: format!("Rename {old} to {new}"),
        ..BranchChange::default()
    }
}

/// Checks that the user named a series, not one of its branches.
fn whole_name(given: &str, name: &str) -> Result<()> {
    let given = given.strip_prefix("refs/heads/").unwrap_or(given);
    if given == name {
        return Ok(());
    }
    Err(Error::usage(format!(
        "'{given}' is a branch of series '{name}', which is renamed with all its branches"
    ))
    .with_hint(format!(
        "git patman series -s {name} rename -N <name>",
        name = shell_quote(name)
    )))
}

fn free(there: &[String]) -> Result<()> {
    match there.first() {
        None => Ok(()),
        Some(first) => Err(Error::new(format!(
            "cannot rename: {} already there",
            listed("branch", there)
        ))
        .with_hint(format!(
            "git branch -m {first} <other name>",
            first = shell_quote(first)
        ))),
    }
}

/// `branch 'a' is`, `branches 'a', 'b' are`.
fn listed(one: &str, names: &[String]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match names.len() {
        1 => format!("{one} {} is", all[0]),
        _ => format!("{one}es {} are", all.join(", ")),
    }
}
