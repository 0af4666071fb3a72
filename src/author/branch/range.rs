// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a branch that are a series: those that are not in its upstream.
//!
//! They begin where the branch left its upstream. If the upstream was rewritten, its reflog tells where that was, as for
//! `git rebase`. A branch without an upstream begins where it was last scanned, if it still has as many commits; otherwise
//! at the nearest remote-tracking branch. A branch to which the series itself was pushed, `<remote>/video2`, is not its
//! upstream.

use crate::author::Author;
use crate::author::target::{split_version, target_of};
use crate::db::{series, version};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::text::shell_quote;

/// The commits of a version, as its branch has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchRange {
    /// The branch, by its short name.
    pub branch: String,
    /// Its last commit.
    pub tip: Oid,
    /// The parent of the first commit of the series.
    pub base: Oid,
    /// The commits, the first patch first, including merges.
    pub commits: Vec<Oid>,
}

impl Author<'_> {
    /// The commits of `branch` after `end`, a revision, if given; otherwise after the point where the branch left the
    /// upstream that it tracks; otherwise after the base that the database or the remote-tracking branches give.
    ///
    /// It is an error if there is no such branch, if it is unclear where the series begins, and if no commit
    /// is left.
    pub fn range(&self, branch: &str, end: Option<&str>) -> Result<BranchRange> {
        let tip = self
            .repo
            .commit_of_ref(&format!("refs/heads/{branch}"))?
            .ok_or_else(|| Error::new(format!("there is no branch '{branch}'")))?;
        let base = match end {
            Some(end) => {
                let id = self.repo.commit_named(end)?;
                self.repo
                    .merge_base(tip, id)?
                    .ok_or_else(|| self.unrelated(branch, end))?
            }
            None => self.begin_of(branch, tip)?,
        };
        let commits = self.repo.commits_between(base, tip)?;
        if commits.is_empty() {
            return Err(Error::new(format!("branch '{branch}' has no commits of its own"))
                .with_hint("if the series is on another branch, go there: git switch <branch>")
                .with_hint("or give the commit before the first patch: git patman series add -U <commit>"));
        }
        Ok(BranchRange {
            branch: branch.to_owned(),
            tip,
            base,
            commits,
        })
    }

    /// The same for a branch that is at `tip`; if it is unclear, its newest `count` commits, at least one.
    pub fn range_or_newest(&self, branch: &str, tip: Oid, count: usize) -> Result<BranchRange> {
        if let Ok(range) = self.range(branch, None) {
            return Ok(range);
        }
        let objects = self.repo.objects()?;
        let mut commits = self.newest(tip, count.max(1))?;
        // The root commit has no parent.
        commits.retain(|id| {
            objects
                .parents(*id)
                .is_ok_and(|parents| !parents.is_empty())
        });
        let first = commits
            .first()
            .copied()
            .map(|id| objects.parents(id))
            .transpose()?;
        match first.as_deref() {
            Some([base, ..]) => Ok(BranchRange {
                branch: branch.to_owned(),
                tip,
                base: *base,
                commits,
            }),
            _ => Err(Error::new(format!(
                "branch '{branch}' has no commit with a parent"
            ))),
        }
    }

    /// The newest `count` commits up to `tip`, by first parents, oldest first.
    pub(super) fn newest(&self, tip: Oid, count: usize) -> Result<Vec<Oid>> {
        let objects = self.repo.objects()?;
        let mut commits = Vec::new();
        let mut next = Some(tip);
        while let Some(id) = next.filter(|_| commits.len() < count) {
            commits.push(id);
            next = objects.parents(id)?.first().copied();
        }
        commits.reverse();
        Ok(commits)
    }

    /// The parent of the first commit of the series on the branch.
    pub(super) fn begin_of(&self, branch: &str, tip: Oid) -> Result<Oid> {
        if let Some(upstream) = self.repo.upstream_of(branch)?
            && let Some(id) = self.repo.commit_of_ref(&upstream)?
        {
            if is_pushed(&upstream, branch)
                && let Some(base) = self.scanned_at(branch, tip)?
            {
                return Ok(base);
            }
            let other = upstream
                .trim_start_matches("refs/remotes/")
                .trim_start_matches("refs/heads/");
            let base = self
                .repo
                .merge_base(tip, id)?
                .ok_or_else(|| self.unrelated(branch, other))?;
            return Ok(self.left_before(&upstream, base, tip)?.unwrap_or(base));
        }
        if let Some(base) = self.scanned_at(branch, tip)? {
            return Ok(base);
        }
        let mut nearest: Option<(usize, Oid)> = None;
        for (name, id) in self.repo.refs("refs/remotes/*")? {
            if is_pushed(&name, branch) {
                continue;
            }
            let Some(base) = self.repo.merge_base(tip, id)? else {
                continue;
            };
            let own = self.repo.commits_between(base, tip)?.len();
            if own > 0 && nearest.is_none_or(|(least, _)| own < least) {
                nearest = Some((own, base));
            }
        }
        nearest.map(|(_, base)| base).ok_or_else(|| {
            Error::new(format!(
                "cannot tell where the series of branch '{branch}' begins: it tracks no upstream"
            ))
            .with_hint(format!(
                "git branch --set-upstream-to <remote>/<branch> {branch}",
                branch = shell_quote(branch)
            ))
            .with_hint(
                "or give the commit before the first patch: git patman series add -U <commit>",
            )
        })
    }

    /// Where the branch left an earlier state of a remote-tracking branch, if that gives fewer commits than `base`.
    fn left_before(&self, upstream: &str, base: Oid, tip: Oid) -> Result<Option<Oid>> {
        if !upstream.starts_with("refs/remotes/") {
            // An earlier state of a local branch may be the work itself, begun on the wrong branch.
            return Ok(None);
        }
        let commits = self.repo.commits_between(base, tip)?;
        let mut fewest = commits.len();
        let mut found = None;
        for was in self.repo.earlier_states(upstream) {
            if was != tip && commits.contains(&was) {
                let count = self.repo.commits_between(was, tip)?.len();
                if count < fewest {
                    (fewest, found) = (count, Some(was));
                }
            }
        }
        Ok(found)
    }

    /// The base at which the version was last scanned, if the branch still has as many commits after it.
    fn scanned_at(&self, branch: &str, tip: Oid) -> Result<Option<Oid>> {
        let target = target_of(&self.db, branch)?;
        let Some(series) = series::find(&self.db, &target.name)? else {
            return Ok(None);
        };
        let Some(version) = version::find(&self.db, series.id, target.version)? else {
            return Ok(None);
        };
        let (Some(hex), Some(total)) = (version.details.base, version.details.total) else {
            return Ok(None);
        };
        let Some(base) = self.repo.commit_of_hex(&hex)? else {
            return Ok(None);
        };
        let is_there = base != tip && self.repo.is_ancestor(base, tip)?;
        Ok(Some(base).filter(|_| {
            is_there
                && self
                    .repo
                    .commits_between(base, tip)
                    .is_ok_and(|commits| commits.len() == total as usize)
        }))
    }

    fn unrelated(&self, branch: &str, other: &str) -> Error {
        let error = Error::new(format!(
            "branch '{branch}' and '{other}' have no history in common"
        ));
        match self.repo.is_shallow() {
            true => error
                .with_cause("this is a shallow clone, which ends before they meet")
                .with_hint("to fetch what is missing: git fetch --unshallow"),
            false => error,
        }
    }
}

/// Whether the series of a branch was pushed to this remote-tracking branch.
fn is_pushed(remote: &str, branch: &str) -> bool {
    let Some((_, name)) = remote
        .strip_prefix("refs/remotes/")
        .and_then(|name| name.split_once('/'))
    else {
        return false;
    };
    split_version(name).0 == split_version(branch).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_of_a_series_is_known_by_its_name() {
        assert!(is_pushed("refs/remotes/origin/video", "video2"));
        assert!(is_pushed("refs/remotes/origin/topic/video3", "topic/video"));
        assert!(!is_pushed("refs/remotes/origin/main", "video"));
        assert!(!is_pushed("refs/remotes/origin/videos", "video"));
    }
}
