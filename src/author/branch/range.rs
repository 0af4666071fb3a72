// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a branch that are a series: those that its upstream has not.
//!
//! Where they begin is where the branch left what it tracks, be that what the upstream was before somebody wrote it anew: the
//! reflog of a remote's branch tells that, as it does to `git rebase`. A branch that tracks nothing began where it was last
//! scanned, if it has as many commits still; else at the nearest of the remotes' branches. What was pushed of the series
//! itself, `<remote>/video2`, is no upstream of it.

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
    /// The commit that the first of the series stands on.
    pub base: Oid,
    /// The commits, the first patch first; merges are among them where the branch has some.
    pub commits: Vec<Oid>,
}

impl Author<'_> {
    /// The commits of `branch` that are its own: those behind `end`, a revision, where it is given, else behind the point
    /// where the branch left the upstream that it tracks, else behind what the database or the remotes' branches say.
    ///
    /// It is an error where there is no such branch, where it cannot be told where the series begins, and where no commit is
    /// left.
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
                .with_hint("or name the commit that the series begins behind: git patman series add -U <commit>"));
        }
        Ok(BranchRange {
            branch: branch.to_owned(),
            tip,
            base,
            commits,
        })
    }

    /// The same for a branch that is at `tip`; where it cannot be told, its newest `count`, one at least.
    pub fn range_or_newest(&self, branch: &str, tip: Oid, count: usize) -> Result<BranchRange> {
        if let Ok(range) = self.range(branch, None) {
            return Ok(range);
        }
        let objects = self.repo.objects()?;
        let mut commits = self.newest(tip, count.max(1))?;
        // The first commit of all stands on none.
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
                "branch '{branch}' has no commit that stands on another"
            ))),
        }
    }

    /// The newest `count` commits that lead to `tip`, by first parents, oldest first.
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

    /// The commit that the first of the branch's own stands on.
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
                "or name the commit that it begins behind: git patman series add -U <commit>",
            )
        })
    }

    /// Where the branch left an earlier state of a remote's branch, one that leaves it fewer commits of its own than `base`.
    fn left_before(&self, upstream: &str, base: Oid, tip: Oid) -> Result<Option<Oid>> {
        if !upstream.starts_with("refs/remotes/") {
            // What a local branch was may well be the work itself, begun on the wrong branch.
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

    /// The commit that the version of the branch was last seen on, where it has as many commits behind it as then.
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

/// Whether a remote's branch is what was pushed of the series that a branch is of.
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
