// SPDX-License-Identifier: GPL-2.0-or-later
//! Commits that would be lost: those that no ref leads to.

use super::Oid;
use super::discover::Repo;
use crate::error::Result;
use std::collections::HashSet;

/// Refs that belong to one worktree alone, and go with it (gitglossary(7), *per-worktree ref*).
const PER_WORKTREE: [&str; 3] = ["refs/bisect/*", "refs/worktree/*", "refs/rewritten/*"];

impl Repo {
    /// Those of `commits` that no ref leads to, less those that others of them lead to, in the given order. Refs named in
    /// `except`, in full, do not count, nor do HEADs and what else belongs to one worktree. A commit that is not in the
    /// repository is left out.
    pub fn unreachable(&self, commits: &[Oid], except: &[String]) -> Result<Vec<Oid>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let excluded = PER_WORKTREE
            .iter()
            .map(|pattern| format!("--exclude={pattern}"))
            .chain(except.iter().map(|name| format!("--exclude={name}")));
        let input: String = commits.iter().map(|id| format!("{id}\n")).collect();
        let listed = self
            .git()
            .args(["rev-list", "--parents", "--ignore-missing", "--stdin"])
            .args(["--not"])
            .args(excluded)
            .args(["--glob=refs/*"])
            .input(input.into_bytes())
            .ok()?
            .text();
        let mut found = HashSet::new();
        let mut parents = HashSet::new();
        for line in listed.lines() {
            let mut ids = line.split(' ').filter_map(|id| Oid::from_str(id).ok());
            found.extend(ids.next());
            parents.extend(ids);
        }
        let mut seen = HashSet::new();
        Ok(commits
            .iter()
            .filter(|id| found.contains(id) && !parents.contains(id) && seen.insert(**id))
            .copied()
            .collect())
    }
}
