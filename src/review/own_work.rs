// SPDX-License-Identifier: GPL-2.0-or-later
//! The user's work in the worktree and on the branch of a review: refused, or with `--force` saved under refs.
//!
//! All commands that move, remove or forget a worktree use this module. The work is found only by
//! [`Worktrees::holdings`](crate::worktree::Worktrees::holdings), and saved only by [`kept::keep`].

use super::Reviews;
use super::refs::SeriesRefs;
use crate::error::{Error, Exit, Result};
use crate::git::Repo;
use crate::series::SeriesName;
use crate::text::shell_quote;
use crate::worktree::kept::KeptFrom;
use crate::worktree::lock::ReviewLock;
use crate::worktree::{
    Fate, HeldSubmodule, Holdings, Registered, Tree, branch_ref, dirty, first_of, holdings, kept,
};
use std::path::Path;

/// The content of the worktree and the branch of one review.
#[derive(Debug)]
pub struct OwnWork<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// Its refs, which list the commits without work of the user's.
    pub refs: &'a SeriesRefs,
    /// Its worktree, as registered in git.
    pub worktree: Option<Registered>,
    /// The user's work in them.
    pub held: Holdings,
}

impl Reviews<'_> {
    /// Finds the user's work in worktree and branch that `fate` would remove.
    pub fn own_work<'a>(
        &self,
        name: &'a SeriesName,
        refs: &'a SeriesRefs,
        worktree: Option<Registered>,
        fate: Fate,
    ) -> Result<OwnWork<'a>> {
        let held = self
            .worktrees
            .holdings(name, worktree.as_ref(), &refs.known(), fate)?;
        Ok(OwnWork {
            name,
            refs,
            worktree,
            held,
        })
    }

    /// Refuses to start a version if worktree or branch contain work of the user's.
    pub fn refuse_own_work(
        &self,
        name: &SeriesName,
        known: &SeriesRefs,
        recorded: Option<&Path>,
        force: bool,
    ) -> Result<()> {
        let worktree = self.own_worktree(name, recorded)?;
        let own = self.own_work(name, known, worktree, Fate::Move(None))?;
        if force {
            own.refuse_under_way()
        } else {
            own.refuse(self.repo)
        }
    }

    /// Saves the content of worktree and branch under refs, and reports the refs.
    pub fn keep_own_work(&self, own: &OwnWork<'_>, lock: &ReviewLock) -> Result<()> {
        holdings::unlock(&own.held, lock)?;
        let (name, known) = (own.name, own.refs.known());
        for (from, kept) in kept::keep(self.repo, name, &own.held, &known, lock)? {
            let path = own
                .worktree
                .as_ref()
                .map(|found| found.path.display().to_string())
                .unwrap_or_default();
            self.events.notice(match from {
                KeptFrom::Worktree => format!("saved your changes in '{path}' as {kept}"),
                KeptFrom::Branch => format!("saved your commits on branch '{name}' as {kept}"),
                KeptFrom::Log => {
                    format!("saved your commits in the reflog of '{name}' as {kept}")
                }
            });
        }
        Ok(())
    }

    /// Removes the scratch worktree, after saving the user's commits that only it refers to. Returns whether there was
    /// one. `lock` is the lock of the scratch worktree.
    pub fn remove_scratch(&self, name: &SeriesName, lock: &ReviewLock) -> Result<bool> {
        let own = OwnWork {
            name,
            refs: &SeriesRefs::read(self.repo, name)?,
            worktree: None,
            held: self.worktrees.scratch_holdings(name)?,
        };
        self.keep_own_work(&own, lock)?;
        self.worktrees.scratch(name).remove(lock)
    }
}

impl OwnWork<'_> {
    /// Refuses to move or remove work of the user's.
    pub fn refuse(&self, repo: &Repo) -> Result<()> {
        self.refuse_submodules()?;
        self.refuse_under_way()?;
        let worktree = self.worktree.as_ref();
        let path = worktree.map(|found| found.path.as_path());
        // A worktree that was deleted by hand blocks nothing: the content of git's record of it is saved.
        let is_on_branch =
            worktree.is_some_and(|found| found.branch.as_deref() == Some(&branch_ref(self.name)));
        let head = self
            .held
            .head
            .filter(|_| self.held.tree.is_some() || worktree.is_none() || is_on_branch);
        // A branch that patman created has no review refs to compare with: it is saved.
        let is_compared = !self.refs.versions.is_empty();
        if let Some(head) = head.filter(|_| is_compared) {
            return Err(own_commits(self.name, &repo.short_id(head), path));
        }
        if let Some(tip) = self.held.branch.filter(|_| is_compared) {
            return Err(own_commits(self.name, &repo.short_id(tip), None));
        }
        let Some(path) = path else { return Ok(()) };
        if !self.held.changes.paths.is_empty() {
            return Err(own_changes(path, &self.held.changes.paths));
        }
        let ignored = self.held.overwritten();
        if ignored.is_empty() {
            Ok(())
        } else {
            Err(own_ignored(path, &ignored))
        }
    }

    /// Refuses to move a worktree in which a git operation is in progress.
    pub fn refuse_under_way(&self) -> Result<()> {
        let (Some(what), Some(found)) = (self.held.under_way, &self.worktree) else {
            return Ok(());
        };
        let path = shell_quote(&found.path);
        let name = shell_quote(self.name);
        Err(
            Error::new(format!("the worktree '{}' is {what}", found.path.display()))
                .with_hint(format!("finish or abort that first: git -C {path} status"))
                .with_hint(format!(
                    "or remove the worktree, and save your changes: git patman review remove --force {name}"
                ))
                .with_exit(Exit::Stopped),
        )
    }

    /// Refuses to delete submodules with work of the user's, which is never saved elsewhere.
    pub fn refuse_submodules(&self) -> Result<()> {
        match (self.held.submodules.first(), &self.worktree) {
            (Some(submodule), Some(found)) => Err(own_submodule(&found.path, submodule)),
            _ => Ok(()),
        }
    }
}

/// Refuses a worktree where the user has checked out another branch.
pub fn refuse_other_branch(name: &SeriesName, tree: &Tree) -> Result<()> {
    match tree.branch()? {
        Some(there) if there != branch_ref(name) => Err(not_on_branch(
            name,
            tree,
            there.trim_start_matches("refs/heads/"),
        )),
        _ => Ok(()),
    }
}

/// The error for a worktree where the user has checked out something else.
pub fn not_on_branch(name: &SeriesName, tree: &Tree, what: &str) -> Error {
    let path = tree.path().display();
    Error::new(format!(
        "the worktree '{path}' is not on the branch '{name}' but on '{what}'"
    ))
    .with_hint(format!(
        "git -C {} checkout {}",
        shell_quote(tree.path()),
        shell_quote(name)
    ))
    .with_exit(Exit::Stopped)
}

/// The error for a branch with commits of the user's, which is not moved or removed.
fn own_commits(name: &SeriesName, tip: &str, worktree: Option<&Path>) -> Error {
    let place = worktree.map_or_else(
        || format!("the branch '{name}'"),
        |path| format!("the worktree '{}'", path.display()),
    );
    Error::new(format!("{place} has your own commits, up to {tip}"))
        .with_hint(format!(
            "to keep them on a branch: git branch {} {tip}",
            shell_quote(format!("my-{name}"))
        ))
        .with_hint("or save them under a ref with --force")
        .with_exit(Exit::Stopped)
}

/// The error for files that the user has changed.
fn own_changes(path: &Path, paths: &[String]) -> Error {
    dirty(path, paths).with_hint("commit or stash them, or save them under a ref with --force")
}

/// The error for ignored files that would be overwritten.
fn own_ignored(path: &Path, paths: &[String]) -> Error {
    Error::new(format!(
        "files that git ignores would be overwritten in the worktree '{}'",
        path.display()
    ))
    .with_cause(first_of(paths))
    .with_hint("move them away, or save them under a ref with --force")
    .with_exit(Exit::Stopped)
}

/// The error for a submodule with work of the user's, which is not deleted.
fn own_submodule(worktree: &Path, submodule: &HeldSubmodule) -> Error {
    let path = submodule.path.display();
    Error::new(format!("the submodule '{path}' has {}", submodule.what))
        .with_hint(format!(
            "commit and push them from there: cd {}",
            shell_quote(&submodule.path)
        ))
        .with_hint(format!(
            "or delete them, with the worktree: git worktree remove --force {}",
            shell_quote(worktree)
        ))
        .with_exit(Exit::Stopped)
}
