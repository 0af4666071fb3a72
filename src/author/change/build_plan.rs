// SPDX-License-Identifier: GPL-2.0-or-later
//! Builds the plan of a change, or of its undo, from the current state of the repository. Nothing is written. Conflicts
//! are refused ([`preflight`](super::preflight)).

use super::plan::{BranchSettings, GitPlan, HeadChange, PlannedRef};
use super::{BranchChange, HeadMove, Tracking, backup, preflight};
use crate::author::Author;
use crate::error::{Error, Result};
use crate::git::branch_config::{self, Section};
use crate::git::refs::RefChange;
use crate::git::worktrees::{Head, WorktreeHead};
use crate::git::{Oid, Repo};
use crate::text::shell_quote;
use std::collections::HashMap;

/// A requested change, before it is checked against the repository.
#[derive(Debug, Clone, Default)]
pub(in crate::author) struct Draft {
    pub what: String,
    pub why: String,
    pub refs: Vec<RefChange>,
    /// Worktrees by git's names, with their new HEADs.
    pub heads: Vec<(String, Head)>,
    /// Branches with their new settings.
    pub config: Vec<(String, Section)>,
    pub commits: Vec<(Oid, Oid)>,
}

impl Draft {
    pub fn of(repo: &Repo, change: &BranchChange) -> Result<Draft> {
        let heads = match &change.head {
            None => Vec::new(),
            Some(HeadMove::Branch(name)) => {
                vec![(
                    repo.own_worktree_id(),
                    Head::Branch(format!("refs/heads/{name}")),
                )]
            }
            Some(HeadMove::Detach(id)) => vec![(repo.own_worktree_id(), Head::Detached(*id))],
            Some(HeadMove::Renamed(pairs)) => {
                let to = |worktree: &WorktreeHead| {
                    pairs.iter().find_map(|(from, to)| {
                        (worktree.head == Head::Branch(format!("refs/heads/{from}"))).then(|| {
                            (
                                worktree.id.clone(),
                                Head::Branch(format!("refs/heads/{to}")),
                            )
                        })
                    })
                };
                repo.worktree_heads()?.iter().filter_map(to).collect()
            }
        };
        let mut config = Vec::new();
        for tracking in &change.tracking {
            match tracking {
                Tracking::Set {
                    branch,
                    remote,
                    merge,
                } => {
                    let mut section = repo.branch_section(branch)?;
                    for (name, value) in [("remote", remote), ("merge", merge)] {
                        section.retain(|(one, _)| one != name);
                        section.extend(value.clone().map(|value| (name.to_owned(), value)));
                    }
                    branch_config::sort(&mut section);
                    config.push((branch.clone(), section));
                }
                Tracking::Rename { from, to } => {
                    config.push((to.clone(), repo.branch_section(from)?));
                    config.push((from.clone(), Section::new()));
                }
                Tracking::Remove { branch } => config.push((branch.clone(), Section::new())),
            }
        }
        let BranchChange {
            what,
            why,
            refs,
            commits,
            ..
        } = change.clone();
        Ok(Draft {
            what,
            why,
            refs,
            heads,
            config,
            commits,
        })
    }
}

impl Author<'_> {
    /// Plans the change for the current state of the repository; returns an error if something blocks it.
    pub(in crate::author) fn plan(&self, draft: Draft) -> Result<GitPlan> {
        let repo = self.repo;
        let refs = draft.refs.iter().filter(|change| change.old != change.new);
        let refs = refs
            .map(|change| real(repo, change))
            .collect::<Result<Vec<_>>>()?;
        let mut plan = GitPlan {
            what: draft.what,
            why: draft.why,
            commits: draft
                .commits
                .iter()
                .map(|(old, new)| (old.to_string(), new.to_string()))
                .collect(),
            ..GitPlan::default()
        };
        plan.deletes_first = preflight::names(repo, &refs)?;
        plan.backups = backup::plan(repo, &refs)?;
        for (branch, new) in draft.config {
            let old = repo.branch_section(&branch)?;
            if old != new {
                plan.config.push(BranchSettings { branch, old, new });
            }
        }
        let from: HashMap<Oid, Oid> = draft
            .commits
            .iter()
            .map(|(old, new)| (*new, *old))
            .collect();
        let tree = |commit: Oid| match repo.tree_of(commit) {
            Err(why) => from.get(&commit).map_or(Err(why), |old| repo.tree_of(*old)),
            found => found,
        };
        // A rewrite may start from a rewrite that is only in memory: a dry run stores no objects in the repository.
        plan.heads = heads(repo, &refs, &draft.heads, &tree)?;
        preflight::worktrees(repo, &refs, &plan.heads)?;
        plan.refs = refs
            .into_iter()
            .map(|RefChange { name, old, new }| PlannedRef {
                name,
                old: old.map(|id| id.to_string()),
                new: new.map(|id| id.to_string()),
            })
            .collect();
        Ok(plan)
    }
}

/// Resolves a symbolic ref in a change; the ref must have the old value that the change gives.
fn real(repo: &Repo, change: &RefChange) -> Result<RefChange> {
    let mut change = change.clone();
    let name = repo.real_ref(&change.name)?;
    if name != change.name && (change.new.is_none() || change.old.is_none()) {
        let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
        return Err(Error::new(format!(
            "branch '{}' is a symbolic ref",
            short(&change.name)
        ))
        .with_cause(format!("it is another name of '{}'", short(&name)))
        .with_hint(format!(
            "to make it go: git symbolic-ref --delete {}",
            shell_quote(&change.name)
        )));
    }
    change.name = name;
    match repo.find_ref(&change.name)? {
        now if now == change.old => Ok(change),
        now => Err(preflight::moved(repo, &change.name, change.old, now)),
    }
}

/// Returns the worktrees whose HEAD changes, and those whose branch moves to another tree.
fn heads(
    repo: &Repo,
    refs: &[RefChange],
    wanted: &[(String, Head)],
    tree: &dyn Fn(Oid) -> Result<Oid>,
) -> Result<Vec<HeadChange>> {
    let mut changes = Vec::new();
    for worktree in repo.worktree_heads()? {
        let new = wanted
            .iter()
            .find(|(id, _)| *id == worktree.id)
            .map_or(&worktree.head, |(_, head)| head);
        let now = |head: &Head| match head {
            Head::Branch(name) => repo.find_ref(&repo.real_ref(name)?),
            Head::Detached(id) => Ok(Some(*id)),
        };
        let then = |head: &Head| -> Result<Option<Oid>> {
            let Head::Branch(name) = head else {
                return now(head);
            };
            let name = repo.real_ref(name)?;
            match refs.iter().find(|change| change.name == name) {
                Some(change) => Ok(change.new),
                None => repo.find_ref(&name),
            }
        };
        let (from, to) = (now(&worktree.head)?, then(new)?);
        let trees = match (from, to) {
            (Some(from), Some(to)) if from != to => {
                let (from, to) = (tree(from)?, tree(to)?);
                (from != to && worktree.top.is_some()).then(|| (from.to_string(), to.to_string()))
            }
            _ => None,
        };
        if *new != worktree.head || trees.is_some() {
            changes.push(HeadChange {
                worktree: worktree.id.clone(),
                old: worktree.head.text(),
                new: new.text(),
                from: from.map(|id| id.to_string()),
                to: to.map(|id| id.to_string()),
                trees,
            });
        }
    }
    Ok(changes)
}
