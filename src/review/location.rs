// SPDX-License-Identifier: GPL-2.0-or-later
//! Locates a review: its directory, and the commits of a version.

use super::Reviews;
use super::record::ReviewRow;
use super::refs::SeriesRefs;
use super::report::{PatchReport, PathState, ReviewReport, ReviewState};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::series::{SeriesName, VersionNumber};
use crate::text::shell_quote;
use crate::worktree::{repair, same_path};
use std::path::{Path, PathBuf};

/// The commits of one version in this repository.
#[derive(Debug, Clone)]
pub struct VersionRange {
    /// The series.
    pub name: SeriesName,
    /// The version.
    pub version: VersionNumber,
    /// The base commit.
    pub base: Oid,
    /// Its last commit.
    pub head: Oid,
    /// Its patches, in order, with their commits.
    pub patches: Vec<PatchReport>,
}

impl VersionRange {
    /// The range as git commands accept it.
    pub fn text(&self) -> String {
        format!("{}..{}", self.base, self.head)
    }

    /// The commit of a patch.
    pub fn commit_of(&self, patch: u32) -> Result<Oid> {
        let VersionRange {
            name,
            version,
            patches,
            ..
        } = self;
        let found = patches.iter().find(|one| one.seq == patch).ok_or_else(|| {
            let last = patches.last().map_or(0, |one| one.seq);
            Error::new(format!("{version} of '{name}' has no patch {patch}")).with_hint(format!(
                "its last patch is {last}: git patman review show {name}",
                name = shell_quote(name)
            ))
        })?;
        let commit = found
            .commit
            .as_deref()
            .and_then(|id| Oid::from_str(id).ok());
        commit.ok_or_else(|| {
            Error::new(format!(
                "patch {patch} of '{name}' {version} has no commit here"
            ))
            .with_cause("it is not applied, or its changes are already in the base")
        })
    }
}

impl Reviews<'_> {
    /// The commits of a version; by default, of the version that waits for the user, or the newest applied one.
    pub fn range(
        &self,
        recorded: &ReviewRow,
        version: Option<VersionNumber>,
    ) -> Result<VersionRange> {
        let name = recorded.series_name()?;
        let mut line = self.line_of(recorded)?;
        if let Some(version) = version.filter(|version| *version != line.version) {
            if recorded.version(version).is_none() {
                let known: Vec<String> = recorded
                    .versions
                    .iter()
                    .map(|one| one.number.to_string())
                    .collect();
                return Err(Error::new(format!("there is no {version} of '{name}'"))
                    .with_hint(format!("there is: {}", known.join(", "))));
            }
            line.version = version;
            line.refs = SeriesRefs::read(self.repo, &name)?.of(version);
            line.state = if line.refs.head.is_some() {
                ReviewState::Applied
            } else {
                ReviewState::Recorded
            };
        }
        let ReviewReport {
            version,
            base,
            head,
            patches,
            ..
        } = self.describe_line(&line)?;
        let commit = |id: Option<String>| id.and_then(|id| Oid::from_str(&id).ok());
        match (commit(base), commit(head)) {
            (Some(base), Some(head)) => Ok(VersionRange {
                name,
                version,
                base,
                head,
                patches,
            }),
            _ => Err(Error::new(format!(
                "{version} of '{name}' is not applied in this repository"
            ))
            .with_hint(format!(
                "to apply it: git patman review start --version {} {name}",
                version.get(),
                name = shell_quote(&name)
            ))),
        }
    }

    /// The directory of the worktree, which exists.
    pub fn directory(&self, recorded: &ReviewRow) -> Result<PathBuf> {
        let line = self.line_of(recorded)?;
        match (line.path, line.worktree) {
            (PathState::Present, Some(path)) => Ok(path),
            (PathState::Moved, Some(path)) => Err(Error::new(format!(
                "the worktree '{}' no longer points to its repository",
                path.display()
            ))
            .with_cause("the repository was moved")
            .with_hint(repair(&path))),
            (PathState::Missing, Some(path)) => Err(Error::new(format!(
                "the worktree '{}' was deleted",
                path.display()
            ))
            .with_hint(format!(
                "to create it again: git patman review start {}",
                shell_quote(&recorded.name)
            ))),
            _ => {
                let error = Error::new(format!(
                    "the review '{}' has no worktree here",
                    recorded.name
                ))
                .with_hint(format!(
                    "to create one: git patman review start {}",
                    shell_quote(&recorded.name)
                ));
                Err(
                    match line
                        .elsewhere
                        .iter()
                        .find_map(|other| other.worktree.as_ref())
                    {
                        Some(path) => error
                            .with_hint(format!("another clone has one: cd {}", shell_quote(path))),
                        None => error,
                    },
                )
            }
        }
    }

    /// The HEAD commit of the worktree at that directory.
    pub fn head_at(&self, path: &Path) -> Result<Option<Oid>> {
        let found = self
            .worktrees
            .registered()?
            .into_iter()
            .find(|one| same_path(&one.path, path));
        Ok(found.and_then(|one| one.head))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::series::PatchIdentity;

    #[test]
    fn a_patch_has_a_commit_only_where_it_was_applied() {
        let id = |digit: &str| Oid::from_str(&digit.repeat(40)).unwrap();
        let patch = |seq, commit: Option<Oid>| PatchReport {
            seq,
            subject: String::new(),
            author: String::new(),
            commit: commit.map(|id| id.to_string()),
            tree: None,
            how: None,
            identity: PatchIdentity::default(),
        };
        let range = VersionRange {
            name: SeriesName::new("one").unwrap(),
            version: VersionNumber::FIRST,
            base: id("b"),
            head: id("1"),
            patches: vec![patch(1, Some(id("1"))), patch(2, None)],
        };
        assert_eq!(range.text(), format!("{}..{}", id("b"), id("1")));
        assert_eq!(range.commit_of(1).unwrap(), id("1"));
        let error = range.commit_of(2).unwrap_err();
        assert!(error.to_string().contains("has no commit here"), "{error}");
        let error = range.commit_of(3).unwrap_err();
        assert!(error.to_string().ends_with("has no patch 3"), "{error}");
        assert!(error.hints()[0].starts_with("its last patch is 2"));
    }
}
