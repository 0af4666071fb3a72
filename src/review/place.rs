// SPDX-License-Identifier: GPL-2.0-or-later
//! Brings branch and worktree of a review to a commit, from whatever state they are found in.

use super::Reviews;
use super::refs::SeriesRefs;
use crate::error::{Error, Exit, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::output::shell_quote;
use crate::series::SeriesName;
use crate::settings::Settings;
use crate::worktree::lock::ReviewLock;
use crate::worktree::tree::Work;
use crate::worktree::{Changes, Found, Registered, Tree, branch_ref, dirty, kept, same_path};
use std::path::{Path, PathBuf};

/// What is to be brought where.
#[derive(Debug)]
pub struct Placing<'a> {
    /// The series.
    pub name: &'a SeriesName,
    /// Its refs, which say what commits hold nothing of the user's.
    pub refs: &'a SeriesRefs,
    /// The commit to bring branch and worktree to.
    pub to: Oid,
    /// The reflog entry.
    pub why: &'a str,
    /// Whether what the user added is put aside under a ref of its own instead of refusing.
    pub force: bool,
}

impl Reviews<'_> {
    /// The worktree of `name`, which must be ours: at the recorded path or at the one that settings give now.
    pub fn own_worktree(
        &self,
        name: &SeriesName,
        recorded: Option<&Path>,
    ) -> Result<Option<Registered>> {
        let Some(found) = self.worktrees.find(name)? else {
            return Ok(None);
        };
        let is = |path: &Path| same_path(&found.path, path);
        if is(&self.worktrees.path(name)) || recorded.is_some_and(is) {
            return Ok(Some(found));
        }
        Err(Error::new(format!(
            "the branch '{name}' is checked out at '{}'",
            found.path.display()
        ))
        .with_hint("check out another branch there, or review the series under another --name"))
    }

    /// Brings the branch, and the worktree that it is checked out in, to a commit. Without a worktree, makes one where
    /// `make` says so. Returns the worktree's path, if there is one.
    pub fn place(
        &self,
        placing: &Placing<'_>,
        recorded: Option<&Path>,
        make: bool,
        lock: &ReviewLock,
    ) -> Result<Option<PathBuf>> {
        let name = placing.name;
        self.worktrees.sweep(name)?;
        if let Some(found) = self.own_worktree(name, recorded)? {
            match self.worktrees.look(&found)? {
                Found::Worktree(tree) if !found.is_unfinished() => {
                    self.move_worktree(placing, &found, &tree, lock)?;
                    return Ok(Some(found.path));
                }
                // Never finished, or deleted by hand: made anew.
                Found::Worktree(tree) => {
                    self.put_aside_unfinished(placing, &tree, lock)?;
                    self.worktrees.remove(name, &found)?;
                }
                Found::Nothing => self.worktrees.forget(name, &found)?,
            }
        }
        self.move_branch(placing, lock)?;
        if !make {
            return Ok(None);
        }
        let workers = workers(self.settings);
        self.worktrees
            .create(name, placing.to, lock, workers)
            .map(Some)
    }

    /// What the user has added to a worktree whose making was killed is refused, or kept.
    fn put_aside_unfinished(
        &self,
        placing: &Placing<'_>,
        tree: &Tree,
        lock: &ReviewLock,
    ) -> Result<()> {
        let changes = self.unfinished_changes(placing.name, tree)?;
        if changes.paths.is_empty() {
            return Ok(());
        }
        if !placing.force {
            return Err(own_changes(tree.path(), &changes.paths));
        }
        tree.unlock()?;
        self.keep_worktree(placing.name, tree, placing.refs, lock)
    }

    /// What of the user's is in a worktree whose making was killed.
    pub fn unfinished_changes(&self, name: &SeriesName, tree: &Tree) -> Result<Changes> {
        // Its files were being written as the branch has them.
        match self.repo.find_ref(&branch_ref(name))? {
            Some(tip) => tree.changes_unfinished(tip),
            None => tree.changes_unfinished(tree.head()?),
        }
    }

    /// Keeps what the worktree holds under a ref, and names it, unless it holds nothing but what is known.
    pub fn keep_worktree(
        &self,
        name: &SeriesName,
        tree: &Tree,
        known: &SeriesRefs,
        lock: &ReviewLock,
    ) -> Result<()> {
        if let Some(kept) = kept::keep(self.repo, name, tree, &known.known(), lock)? {
            self.out.note(format!(
                "what '{}' held is kept as {kept}",
                tree.path().display()
            ));
        }
        Ok(())
    }

    fn move_branch(&self, placing: &Placing<'_>, lock: &ReviewLock) -> Result<()> {
        let Placing {
            name,
            refs,
            to,
            why,
            force,
        } = placing;
        let branch = branch_ref(name);
        let tip = self.repo.find_ref(&branch)?;
        let Some(tip) = tip else {
            return self
                .repo
                .change_refs(&[RefChange::set(branch, None, *to)], why, lock);
        };
        if tip == *to {
            return Ok(());
        }
        if !refs.known().contains(&tip) {
            if !force {
                return Err(own_commits(name, tip, None));
            }
            self.keep_branch(name, tip, lock)?;
        }
        self.repo
            .change_refs(&[RefChange::set(branch, Some(tip), *to)], why, lock)
    }

    fn move_worktree(
        &self,
        placing: &Placing<'_>,
        found: &Registered,
        tree: &Tree,
        lock: &ReviewLock,
    ) -> Result<()> {
        let Placing {
            name,
            refs,
            to,
            why,
            force,
        } = placing;
        let branch = branch_ref(name);
        refuse_other_branch(name, tree)?;
        let tip = found.head.map_or_else(|| tree.head(), Ok)?;
        // A move that was killed may have left files of either commit, wherever the branch is.
        if tip == *to && !matches!(tree.interrupted(), Some(Work::Move { .. })) {
            return Ok(());
        }
        let mine = tip != *to && !refs.known().contains(&tip);
        let changes = tree.changes()?;
        if changes.paths.is_empty() && !mine {
            return tree.switch(&branch, tip, *to, why, lock);
        }
        if !force {
            if mine {
                return Err(own_commits(name, tip, Some(&found.path)));
            }
            return Err(dirty(&found.path, &changes.paths)
                .with_hint("commit them on another branch, or put them aside with --force"));
        }
        if tree.interrupted().is_some() {
            tree.unlock()?;
        }
        self.keep_worktree(name, tree, refs, lock)?;
        // First, so that a kill leaves nothing of what is kept once the worktree has moved on.
        tree.clear_untracked(lock)?;
        tree.force_switch(&branch, tip, *to, why, lock)
    }

    /// Keeps commits of the user's on a branch that is checked out nowhere.
    pub fn keep_branch(&self, name: &SeriesName, tip: Oid, lock: &ReviewLock) -> Result<()> {
        let kept = kept::keep_commit(self.repo, name, tip, lock)?;
        self.out
            .note(format!("what the branch '{name}' held is kept as {kept}"));
        Ok(())
    }
}

/// Refuses a worktree where the user has checked out something else.
pub fn refuse_other_branch(name: &SeriesName, tree: &Tree) -> Result<()> {
    let there = tree.branch()?;
    if there.as_deref() == Some(&branch_ref(name)) {
        return Ok(());
    }
    let path = tree.path().display();
    let what = there
        .as_deref()
        .unwrap_or("a detached HEAD")
        .trim_start_matches("refs/heads/");
    Err(Error::new(format!(
        "the worktree '{path}' is not on the branch '{name}' but on '{what}'"
    ))
    .with_hint(format!(
        "git -C {} checkout {}",
        shell_quote(tree.path()),
        shell_quote(name)
    ))
    .with_exit(Exit::Stopped))
}

/// A refusal to move or remove a branch with commits of the user's.
pub fn own_commits(name: &SeriesName, tip: Oid, worktree: Option<&Path>) -> Error {
    let place = worktree.map_or_else(
        || format!("the branch '{name}'"),
        |path| format!("the worktree '{}'", path.display()),
    );
    let short: String = tip.to_string().chars().take(12).collect();
    Error::new(format!("{place} holds commits of yours, up to {short}"))
        .with_hint(format!(
            "keep them on a branch: git branch {} {short}",
            shell_quote(format!("my-{name}"))
        ))
        .with_hint("or put them aside with --force")
        .with_exit(Exit::Stopped)
}

/// A refusal because of files that the user changed.
pub fn own_changes(path: &Path, paths: &[String]) -> Error {
    dirty(path, paths).with_hint("commit or stash them, or put them aside with --force")
}

/// How many processes write the files of a worktree: as many as there are cores; none: git's own setting counts.
pub fn workers(settings: &Settings) -> Option<usize> {
    if settings.has_checkout_workers() {
        return None;
    }
    std::thread::available_parallelism()
        .ok()
        .map(std::num::NonZero::get)
}
