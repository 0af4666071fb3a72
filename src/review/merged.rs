// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds which patches of many reviews are already in a branch of the project, as `git cherry` would.
//!
//! Each branch is walked once, from its tip back to the time when the oldest of the versions was written. A commit is
//! examined only if its title and author match a wanted patch, and it counts only if it makes the same change:
//! the number of computed diffs is therefore close to the number of patches found. Results are cached until the
//! branch moves (`cache.rs`).

mod cache;
mod search;

use super::Reviews;
use super::report::{ReviewReport, ReviewState};
use crate::db::upstream;
use crate::error::Result;
use crate::git::{Oid, Repo};
use cache::MergedCache;
use search::{MergedSearch, PatchQuery};

/// The patches of a review that are in a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The branch, such as `origin/next`.
    pub branch: String,
    /// How many patches are in the branch.
    pub patches: usize,
    /// How many patches the review has.
    pub total: usize,
    /// The patches that are in the branch.
    pub commits: Vec<MergedAs>,
}

/// A patch that is in a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergedAs {
    /// Its number, from 1.
    pub seq: u32,
    /// The commit of the patch in the branch.
    pub commit: Oid,
}

impl Merged {
    /// Whether every patch is in the branch.
    pub fn is_whole(&self) -> bool {
        self.patches == self.total
    }

    /// The branch without its remote.
    pub fn leaf(&self) -> &str {
        self.branch.rsplit('/').next().unwrap_or(&self.branch)
    }
}

/// The branch that has the most patches.
pub fn best(all: &[Merged]) -> Option<&Merged> {
    let most = all.iter().map(|one| one.patches).max()?;
    all.iter().find(|one| one.patches == most)
}

/// A branch that may contain patches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its short name.
    pub name: String,
    /// Its last commit.
    pub tip: Oid,
}

/// Usual merge branches besides the upstream; the last one is not final.
const USUAL: [&str; 3] = ["main", "master", "next"];

/// The most branches to search.
const MOST_BRANCHES: usize = 24;

/// How many seconds before the patch a commit may be dated: clocks differ.
const SLACK: i64 = 86_400;

/// The furthest that a mail's date, which can be wrong, extends the search into the past.
const FARTHEST: i64 = 365 * 86_400;

impl Reviews<'_> {
    /// The branches to search: `patman.base`, the upstream of the current branch, and the usual branches of
    /// their remotes, of `origin` and of the upstreams in the database; local branches if none of these exist.
    pub fn candidates(&self) -> Result<Vec<Branch>> {
        let repo = self.repo;
        let mut full: Vec<String> = Vec::new();
        full.extend(
            self.settings
                .base()?
                .map(|name| repo.branch_named(name))
                .transpose()?
                .flatten()
                .map(|(full, _)| full),
        );
        if let Some(branch) = repo.current_branch()? {
            full.extend(repo.upstream_of(&branch)?);
        }
        full.extend(repo.branch_named("origin/HEAD")?.map(|(full, _)| full));
        let remote = |name: &String| {
            Some(
                name.strip_prefix("refs/remotes/")?
                    .rsplit_once('/')?
                    .0
                    .to_owned(),
            )
        };
        let mut remotes: Vec<String> = full.iter().filter_map(remote).collect();
        remotes.push("origin".to_owned());
        remotes.extend(
            upstream::list(self.upstreams())?
                .into_iter()
                .map(|one| one.name),
        );
        let beside = remotes
            .iter()
            .flat_map(|remote| USUAL.map(|leaf| format!("refs/remotes/{remote}/{leaf}")));
        full.extend(beside);
        let found = branches(repo, full);
        let local = || branches(repo, USUAL.map(|leaf| format!("refs/heads/{leaf}")).into());
        Ok(if found.is_empty() { local() } else { found })
    }

    /// The branch that the user named.
    pub fn candidate(&self, name: &str) -> Result<Branch> {
        match self.repo.branch_named(name)? {
            Some((full, tip)) => Ok(Branch {
                name: short(&full).to_owned(),
                tip,
            }),
            None => match self.repo.commit_named(name) {
                Ok(tip) => Ok(Branch {
                    name: name.to_owned(),
                    tip,
                }),
                Err(error) => Err(error.with_hint("name a branch, such as origin/next")),
            },
        }
    }

    /// Fills in each report which of these branches contain which of its patches.
    pub fn fill_merged(&self, reports: &mut [ReviewReport], branches: &[Branch]) -> Result<()> {
        let mut wanted = Vec::new();
        for (review, report) in reports.iter().enumerate() {
            wanted.extend(self.wanted(review, report)?);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let (mut cache, mut search) = (MergedCache::read(self.repo.common_dir()), None);
        for branch in branches {
            let found = match self.look_in(branch, &wanted, &mut cache, &mut search) {
                Ok(found) => found,
                // A branch that cannot be read must not prevent listing the others.
                Err(error) => {
                    self.events.warn(format!(
                        "cannot look for patches in '{}': {error}",
                        branch.name
                    ));
                    continue;
                }
            };
            for (review, report) in reports.iter_mut().enumerate() {
                let own = wanted
                    .iter()
                    .zip(&found)
                    .filter(|(one, _)| one.review == review);
                let landed = |(one, id): (&PatchQuery, &Option<Oid>)| {
                    id.map(|commit| MergedAs {
                        seq: one.seq,
                        commit,
                    })
                };
                let commits: Vec<MergedAs> = own.filter_map(landed).collect();
                if !commits.is_empty() {
                    let total = report
                        .patches
                        .iter()
                        .filter(|patch| patch.commit.is_some())
                        .count();
                    let branch = branch.name.clone();
                    report.merged.push(Merged {
                        branch,
                        patches: commits.len(),
                        total,
                        commits,
                    });
                }
            }
        }
        cache.write();
        Ok(())
    }

    /// Finds the commit of each patch in a branch. If the branch has moved, only its new commits are walked.
    fn look_in<'w>(
        &'w self,
        branch: &Branch,
        wanted: &'w [PatchQuery],
        cache: &mut MergedCache,
        search: &mut Option<MergedSearch<'w>>,
    ) -> Result<Vec<Option<Oid>>> {
        let known: Vec<Option<Option<Oid>>> = wanted
            .iter()
            .map(|one| cache.find(branch, one.commit))
            .collect();
        let left: Vec<usize> = (0..wanted.len())
            .filter(|&at| known[at].is_none())
            .collect();
        let mut found: Vec<Option<Oid>> = known.into_iter().map(Option::flatten).collect();
        if left.is_empty() {
            return Ok(found);
        }
        let search = match search {
            Some(search) => search,
            None => search.insert(MergedSearch::new(self.repo, wanted)?),
        };
        let before = |at: &usize| cache.before(branch, wanted[*at].commit);
        let last_tip = left
            .iter()
            .find_map(before)
            .map(|(tip, _)| tip)
            .filter(|&tip| self.repo.commit_summary(tip).is_ok());
        // A rebase may have dropped commits that were found before: search for those again in the whole branch.
        let has_grown =
            last_tip.is_some_and(|tip| self.repo.is_ancestor(tip, branch.tip).unwrap_or(false));
        let may_stay =
            |at: &usize| before(at).is_some_and(|(_, found)| has_grown || found.is_none());
        let (old, new): (Vec<usize>, Vec<usize>) = left
            .iter()
            .copied()
            .partition(|at| last_tip.is_some() && may_stay(at));
        if !new.is_empty() {
            search.walk(branch.tip, None, &new, &mut found)?;
        }
        if !old.is_empty() {
            search.walk(branch.tip, last_tip, &old, &mut found)?;
            for at in old {
                found[at] = found[at].or_else(|| before(&at)?.1);
            }
        }
        left.iter()
            .for_each(|&at| cache.put(branch, wanted[at].commit, found[at]));
        Ok(found)
    }

    /// The applied patches of a review, and the earliest time at which they may be in a branch.
    fn wanted(&self, review: usize, report: &ReviewReport) -> Result<Vec<PatchQuery>> {
        let mut wanted: Vec<PatchQuery> = Vec::new();
        if matches!(report.state, ReviewState::Stopped | ReviewState::Recorded) {
            return Ok(wanted);
        }
        for patch in &report.patches {
            let Some(commit) = patch
                .commit
                .as_deref()
                .and_then(|hex| Oid::from_str(hex).ok())
            else {
                continue;
            };
            let facts = self.repo.commit_summary(commit)?;
            // The author's clock may be fast: a patch that was applied here was written before that time.
            let written = facts.authored.min(facts.committed);
            let since = written.max(
                report
                    .started
                    .map_or(i64::MIN, |started| started - FARTHEST),
            ) - SLACK;
            wanted.push(PatchQuery {
                review,
                seq: patch.seq,
                commit,
                since,
            });
        }
        Ok(wanted)
    }
}

/// The branches with these names that exist, each once.
fn branches(repo: &Repo, full: Vec<String>) -> Vec<Branch> {
    let mut found: Vec<Branch> = Vec::new();
    for full in full {
        let name = short(&full);
        if found.len() < MOST_BRANCHES
            && !found.iter().any(|one| one.name == name)
            // patman allows upstream names that are not valid in a ref.
            && let Ok(Some(tip)) = repo.find_ref(&full)
        {
            found.push(Branch {
                name: name.to_owned(),
                tip,
            });
        }
    }
    found
}

fn short(full: &str) -> &str {
    full.strip_prefix("refs/remotes/")
        .or_else(|| full.strip_prefix("refs/heads/"))
        .unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(branch: &str, patches: usize) -> Merged {
        Merged {
            branch: branch.to_owned(),
            patches,
            total: 3,
            commits: Vec::new(),
        }
    }

    #[test]
    fn of_branches_with_as_many_patches_the_first_is_the_best() {
        let all = [
            merged("a/main", 1),
            merged("a/next", 3),
            merged("b/next", 3),
        ];
        assert_eq!(best(&all), Some(&all[1]));
        assert!(all[1].is_whole() && !all[0].is_whole());
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn a_branch_is_shown_without_what_git_puts_before_it() {
        assert_eq!(merged("origin/for/next", 1).leaf(), "next");
        assert_eq!(merged("main", 1).leaf(), "main");
        for (full, wanted) in [
            ("refs/remotes/origin/next", "origin/next"),
            ("refs/heads/next", "next"),
            ("refs/tags/v1", "refs/tags/v1"),
        ] {
            assert_eq!(short(full), wanted);
        }
    }
}
