// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a branch that are a series: those that its upstream has not.

use super::Author;
use crate::error::{Error, Result};
use crate::git::Oid;

/// The commits of a version, as its branch has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
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
    /// where the branch left the upstream that it tracks, else behind the nearest of the remotes' branches.
    ///
    /// It is an error where there is no such branch, where it cannot be told where the series begins, and where no commit is
    /// left.
    pub fn range(&self, branch: &str, end: Option<&str>) -> Result<Range> {
        let tip = self
            .repo
            .commit_of_ref(&format!("refs/heads/{branch}"))?
            .ok_or_else(|| Error::new(format!("there is no branch '{branch}'")))?;
        let base = match end {
            Some(end) => self.repo.commit_named(end)?,
            None => self.left_at(branch, tip)?,
        };
        let base = self.repo.merge_base(tip, base)?.ok_or_else(|| {
            Error::new(format!("branch '{branch}' and '{}' have no history in common", end.unwrap_or("its upstream")))
        })?;
        let commits = self.repo.commits_between(base, tip)?;
        if commits.is_empty() {
            return Err(Error::new(format!("branch '{branch}' has no commits of its own"))
                .with_hint("if the series is on another branch, go there: git switch <branch>")
                .with_hint("or name the commit that the series begins behind with -U <commit>"));
        }
        Ok(Range { branch: branch.to_owned(), tip, base, commits })
    }

    /// The commit that the branch's upstream is at; where it tracks none, the branch of a remote that leaves it the fewest
    /// commits of its own.
    pub(super) fn left_at(&self, branch: &str, tip: Oid) -> Result<Oid> {
        if let Some(upstream) = self.repo.upstream_of(branch)?
            && let Some(id) = self.repo.commit_of_ref(&upstream)?
        {
            return Ok(id);
        }
        let mut nearest: Option<(usize, Oid)> = None;
        for (_, id) in self.repo.refs("refs/remotes/*")? {
            let Some(base) = self.repo.merge_base(tip, id)? else { continue };
            let own = self.repo.commits_between(base, tip)?.len();
            if own > 0 && nearest.is_none_or(|(least, _)| own < least) {
                nearest = Some((own, id));
            }
        }
        nearest.map(|(_, id)| id).ok_or_else(|| {
            Error::new(format!("cannot tell where the series of branch '{branch}' begins: it tracks no upstream"))
                .with_hint(format!("git branch --set-upstream-to <remote>/<branch> {branch}"))
                .with_hint("or name the commit that it begins behind with -U <commit>")
        })
    }
}
