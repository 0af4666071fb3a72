// SPDX-License-Identifier: GPL-2.0-or-later
//! User data in a review worktree and its branch: the only place that decides it.
//!
//! Every command that moves, removes or forgets a worktree asks here first, and saves the result with
//! [`super::kept`]. A commit belongs to the user when no ref leads to it, other than the branch itself: no
//! version's ref, no other branch, and no ref that saved it before.

use super::index::IndexCopy;
use super::lock::ReviewLock;
use super::submodules::HeldSubmodule;
use super::tree::KilledOperation;
use super::{
    LocalChanges, PathContent, Registered, Tree, Worktrees, admin, branch_ref, overwritten, record,
};
use crate::error::Result;
use crate::git::Oid;
use crate::series::SeriesName;
use std::path::PathBuf;

/// What is about to happen to a worktree and its branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Files, index and branch are moved to a commit, if it is known already.
    Move(Option<Oid>),
    /// The worktree and git's record of it are removed, and the branch is moved.
    Remake,
    /// git's record of a missing worktree is removed, and the branch stays.
    Forget,
    /// Worktree, record and branch are removed.
    Remove,
}

impl Fate {
    fn takes_record(self) -> bool {
        !matches!(self, Fate::Move(_))
    }

    fn takes_branch(self) -> bool {
        self != Fate::Forget
    }
}

/// User data in a worktree and its branch.
#[derive(Debug, Default)]
pub struct Holdings {
    /// The worktree, where it is on disk.
    pub tree: Option<Tree>,
    /// git's record of the worktree, whether or not the worktree exists.
    pub record: Option<PathBuf>,
    /// The commit of HEAD, if neither a ref nor the branch leads to it.
    pub head: Option<Oid>,
    /// The tip of the branch, if neither a ref nor HEAD leads to it.
    pub branch: Option<Oid>,
    /// Commits reachable only from git's record of the worktree, or from the reflog of the branch.
    pub logged: Vec<Oid>,
    /// Files that differ from HEAD or from the index, including hidden and untracked files.
    pub changes: LocalChanges,
    /// Ignored files that would be overwritten.
    pub overwritten: Vec<Vec<u8>>,
    /// Whether the index of a missing worktree has staged changes.
    pub staged: bool,
    /// Submodules that would be lost.
    pub submodules: Vec<HeldSubmodule>,
    /// The git operation in progress, worded as the end of a sentence.
    pub under_way: Option<&'static str>,
}

impl Holdings {
    /// Paths of ignored files that would be overwritten, for display.
    pub fn overwritten(&self) -> Vec<String> {
        overwritten::shown(&self.overwritten)
    }

    /// Whether a command can proceed without force.
    pub fn is_free(&self) -> bool {
        self.head.is_none()
            && self.branch.is_none()
            && self.changes.paths.is_empty()
            && self.overwritten.is_empty()
            && self.submodules.is_empty()
            && self.under_way.is_none()
    }
}

impl Worktrees<'_> {
    /// User data that `fate` would remove from the worktree of `name` and its branch. Worktree and branch hold
    /// no user data at the commits `known`.
    pub fn holdings(
        &self,
        name: &SeriesName,
        worktree: Option<&Registered>,
        known: &[Oid],
        fate: Fate,
    ) -> Result<Holdings> {
        let tree = match worktree.map(|found| self.inspect(found)).transpose()? {
            Some(PathContent::Worktree(tree)) => Some(tree),
            _ => None,
        };
        let record = worktree.and_then(|found| admin::of(self.repo.common_dir(), &found.path));
        let mut held = Holdings {
            tree,
            record,
            ..Holdings::default()
        };
        self.find_commits(name, worktree, known, fate, &mut held)?;
        match held.tree.clone() {
            Some(tree) if worktree.is_some_and(Registered::is_unfinished) => {
                held.changes = self.unfinished_changes(name, &tree)?;
            }
            Some(tree) => look_at(&tree, fate, &mut held)?,
            None => held.staged = self.has_staged(known, &held)?,
        }
        Ok(held)
    }

    /// The user's commits that only the scratch worktree of `name` leads to. Its files are never the user's.
    pub fn scratch_holdings(&self, name: &SeriesName) -> Result<Holdings> {
        let record = admin::of(self.repo.common_dir(), &self.scratch(name).path());
        let commits = record.map(|dir| record::all(&dir)).unwrap_or_default();
        Ok(Holdings {
            logged: self.repo.unreachable(&commits, &[])?,
            ..Holdings::default()
        })
    }

    /// User changes in a worktree whose creation was killed: its files were being written from the branch.
    fn unfinished_changes(&self, name: &SeriesName, tree: &Tree) -> Result<LocalChanges> {
        match self.repo.find_ref(&branch_ref(name))? {
            Some(tip) => tree.changes_unfinished(tip),
            None => tree.changes_unfinished(tree.head()?),
        }
    }

    /// Finds commits that no ref would lead to.
    fn find_commits(
        &self,
        name: &SeriesName,
        worktree: Option<&Registered>,
        known: &[Oid],
        fate: Fate,
        held: &mut Holdings,
    ) -> Result<()> {
        let branch = branch_ref(name);
        let head = worktree.and_then(|found| found.head);
        let tip = match fate.takes_branch() {
            true => self.repo.find_ref(&branch)?,
            false => None,
        };
        let mut commits: Vec<Oid> = head.into_iter().chain(tip).collect();
        match &held.record {
            Some(dir) if fate.takes_record() => commits.extend(record::all(dir)),
            Some(dir) => commits.extend(record::in_am_state(dir)),
            None => {}
        }
        if fate == Fate::Remove {
            let log = self.repo.common_dir().join("logs").join(&branch);
            commits.extend(record::in_log(&log));
        }
        commits.retain(|id| !id.is_zero() && !known.contains(id));
        let mut except: Vec<String> = fate.takes_branch().then_some(branch).into_iter().collect();
        if !commits.is_empty() {
            // Commits that a killed run has saved are reported again.
            let kept = self.repo.refs(&format!("refs/patman/kept/{name}/*"))?;
            let is_same = |id: &Oid| Some(*id) == head || Some(*id) == tip;
            except.extend(
                kept.into_iter()
                    .filter(|(_, id)| is_same(id))
                    .map(|(kept, _)| kept),
            );
        }
        for id in self.repo.unreachable(&commits, &except)? {
            if Some(id) == head {
                held.head = Some(id);
            } else if Some(id) == tip {
                held.branch = Some(id);
            } else {
                held.logged.push(id);
            }
        }
        Ok(())
    }

    /// Whether the index of a missing worktree differs from HEAD and from all versions.
    fn has_staged(&self, known: &[Oid], held: &Holdings) -> Result<bool> {
        let Some(record) = held.record.as_ref().filter(|it| it.join("index").exists()) else {
            return Ok(false);
        };
        let tree = Tree::new(record, record);
        let Ok(head) = tree.head() else {
            return Ok(false);
        };
        for commit in known.iter().chain([&head]) {
            if tree.has_index_of(*commit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Inspects the files, the index and the submodules.
fn look_at(tree: &Tree, fate: Fate, held: &mut Holdings) -> Result<()> {
    let entries = tree.odd_entries()?;
    held.changes = tree.changes_by(&entries)?;
    held.under_way = tree.under_way();
    match fate {
        Fate::Move(None) => {}
        Fate::Move(Some(to)) => {
            let index = IndexCopy::if_hidden(tree, &entries)?;
            held.overwritten = tree.overwritten(to, index.as_ref())?;
            if let Some(KilledOperation::Move { from, to }) = tree.interrupted() {
                // Files that the killed move wrote are not the user's.
                let mut own = Vec::new();
                for path in held.overwritten.drain(..) {
                    if !tree.is_half_written(&path, &[from, to])? {
                        own.push(path);
                    }
                }
                held.overwritten = own;
            }
            held.submodules = tree.replaced_submodules(to, &entries)?;
        }
        Fate::Remake | Fate::Forget | Fate::Remove => {
            held.submodules = tree.held_submodules(&entries)?
        }
    }
    Ok(())
}

/// Removes the locks that a killed git has left in a worktree that is about to be changed.
pub fn unlock(held: &Holdings, _lock: &ReviewLock) -> Result<()> {
    match held
        .tree
        .as_ref()
        .filter(|tree| tree.interrupted().is_some())
    {
        Some(tree) => tree.unlock(),
        None => Ok(()),
    }
}
