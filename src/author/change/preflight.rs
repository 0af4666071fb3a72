// SPDX-License-Identifier: GPL-2.0-or-later
//! Checks whether anything blocks a change: ref names, worktrees in the middle of a git operation, branches that are
//! checked out, edits. Each refusal names the cause and its location.

use super::plan::HeadChange;
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::git::worktrees::{Head, WorktreeHead};
use crate::git::{Oid, Repo};
use crate::text::shell_quote;

/// Refuses names that conflict with existing refs; returns whether some refs must be deleted before others are created.
pub(super) fn names(repo: &Repo, refs: &[RefChange]) -> Result<bool> {
    let created: Vec<&str> = refs
        .iter()
        .filter(|change| change.old.is_none())
        .map(|change| &*change.name)
        .collect();
    if created.is_empty() {
        return Ok(false);
    }
    let below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
    let mut deletes_first = false;
    let there = [repo.refs("refs/heads/*")?, repo.refs("refs/tags/*")?].concat();
    for name in created {
        for (other, _) in there
            .iter()
            .filter(|(other, _)| below(other, name) || below(name, other))
        {
            if !refs
                .iter()
                .any(|change| change.name == *other && change.new.is_none())
            {
                let short = |name: &str| {
                    name.trim_start_matches("refs/heads/")
                        .trim_start_matches("refs/")
                        .to_owned()
                };
                return Err(Error::new(format!(
                    "cannot create '{}' beside '{}'",
                    short(name),
                    short(other)
                ))
                .with_cause("git cannot store a branch below the name of another branch"));
            }
            deletes_first = true;
        }
    }
    Ok(deletes_first)
}

/// Creates the error for a ref that does not have its expected value.
pub(super) fn moved(repo: &Repo, name: &str, old: Option<Oid>, now: Option<Oid>) -> Error {
    let short = name
        .strip_prefix("refs/heads/")
        .map_or(name.to_owned(), |branch| format!("branch {branch}"));
    let (kind, short) = short.split_once(' ').unwrap_or(("ref", name));
    let hex = |id| repo.short_id(id);
    let error = match (old, now) {
        (None, Some(now)) => Error::new(format!("{kind} '{short}' already exists"))
            .with_cause(format!("at {}", hex(now))),
        (Some(old), None) => Error::new(format!("{kind} '{short}' is gone"))
            .with_cause(format!("it was at {}", hex(old))),
        (Some(old), Some(now)) => Error::new(format!("{kind} '{short}' has moved in the meantime"))
            .with_cause(format!("from {} to {}", hex(old), hex(now))),
        (None, None) => Error::new(format!("{kind} '{short}' has moved in the meantime")),
    };
    error.with_hint("nothing was changed: run the command again")
}

/// Refuses a change that a worktree blocks.
pub(super) fn worktrees(repo: &Repo, refs: &[RefChange], heads: &[HeadChange]) -> Result<()> {
    let worktrees = repo.worktree_heads()?;
    for change in refs
        .iter()
        .filter(|change| change.name.starts_with("refs/heads/"))
    {
        for worktree in &worktrees {
            at_work(worktree, &change.name)?;
            let is_on = |head: &Head| matches!(head, Head::Branch(name) if repo.real_ref(name).is_ok_and(|name| name == change.name));
            let after = heads
                .iter()
                .find(|head| head.worktree == worktree.id)
                .and_then(|head| head.ends());
            let stays = after.map_or(is_on(&worktree.head), |(_, new)| is_on(&new));
            let short = change.name.trim_start_matches("refs/heads/");
            if change.new.is_none() && stays {
                return Err(checked_out(short, worktree));
            }
            if change.old.is_none() && is_on(&worktree.head) {
                return Err(Error::new(format!(
                    "the worktree '{}' is on branch '{short}'",
                    worktree.shown()
                ))
                .with_cause("which has no commit yet"));
            }
        }
    }
    for head in heads {
        let Some(worktree) = worktrees
            .iter()
            .find(|worktree| worktree.id == head.worktree)
        else {
            return Err(Error::new(format!(
                "the worktree '{}' is gone",
                head.worktree
            )));
        };
        head_moves(repo, &worktrees, worktree, head)?;
    }
    Ok(())
}

fn head_moves(
    repo: &Repo,
    worktrees: &[WorktreeHead],
    worktree: &WorktreeHead,
    change: &HeadChange,
) -> Result<()> {
    let Some((old, new)) = change.ends() else {
        return Err(Error::new(format!(
            "cannot determine what HEAD of '{}' refers to",
            worktree.shown()
        )));
    };
    if let Head::Branch(name) = &old {
        at_work(worktree, name)?;
    }
    if let Head::Branch(name) = &new
        && old != new
    {
        let real = repo.real_ref(name)?;
        let is_on = |worktree: &&WorktreeHead| matches!(&worktree.head, Head::Branch(one) if repo.real_ref(one).is_ok_and(|one| one == real));
        if let Some(other) = worktrees
            .iter()
            .filter(|other| other.id != worktree.id)
            .find(is_on)
        {
            return Err(checked_out(name.trim_start_matches("refs/heads/"), other));
        }
    }
    let Some((from, to)) = &change.trees else {
        return Ok(());
    };
    if !worktree.is_there() {
        return Err(
            Error::new(format!("the worktree '{}' is not there", worktree.shown()))
                .with_cause(format!(
                    "it is on '{}', whose files would change",
                    worktree.head.shown()
                ))
                .with_hint("if it is gone for good: git worktree prune"),
        );
    }
    // Files that were only touched or restored from a backup are unmodified.
    worktree
        .git()
        .args(["update-index", "-q", "--refresh"])
        .run()?;
    let tried = worktree
        .git()
        .args(["read-tree", "-n", "-m", "-u", from, to])
        .ok();
    tried.map(drop).map_err(|why| in_the_way(worktree, why))
}

/// Creates the error for edits to files that would be overwritten.
pub(super) fn in_the_way(worktree: &WorktreeHead, why: Error) -> Error {
    why.within(format!(
        "cannot bring the worktree '{}' to other files",
        worktree.shown()
    ))
    .with_hint("commit your edits there, or stash them: git stash")
}

fn checked_out(branch: &str, worktree: &WorktreeHead) -> Error {
    let error = Error::new(format!(
        "branch '{branch}' is checked out at '{}'",
        worktree.shown()
    ));
    match worktree.is_there() || worktree.top.is_none() {
        true => error.with_hint(format!(
            "to free it: git -C {} switch --detach",
            shell_quote(worktree.shown())
        )),
        false => error
            .with_cause("which is not there")
            .with_hint("if it is gone for good: git worktree prune"),
    }
}

/// Refuses a branch on which a git operation is in progress.
fn at_work(worktree: &WorktreeHead, name: &str) -> Result<()> {
    match worktree.busy.iter().find(|(_, branch)| branch == name) {
        None => Ok(()),
        Some((what, _)) => Err(Error::new(format!(
            "branch '{}' is {what} at '{}'",
            name.trim_start_matches("refs/heads/"),
            worktree.shown()
        ))
        .with_hint(format!(
            "finish that first, or give it up: git -C {} status",
            shell_quote(worktree.shown())
        ))),
    }
}
