// SPDX-License-Identifier: GPL-2.0-or-later
//! Atomic changes to the user's series: refs, HEAD, branch settings and database rows change together or not at all.
//!
//! The order of the steps guarantees this. Under a lock of the repository (`lock`):
//!
//! 1. check that no worktree blocks the change (`build_plan`, `preflight`); nothing is written yet;
//! 2. open a database transaction and write the rows, along with the record that `git patman undo` reads;
//! 3. write the whole step to a journal, `<common dir>/patman/rewrite.json` (`journal`);
//! 4. move the refs in one git transaction that verifies their old values; for each ref that is moved or
//!    deleted, `refs/patman/backup/<branch>` or its next number records the old tip (`backup`); then update
//!    HEADs, settings and notes (`execute`);
//! 5. commit the database transaction;
//! 6. delete the journal.
//!
//! If step 4 or 5 fails, it is rolled back. If the process is killed, the repository is in one of these states,
//! which the next change, and every command that calls [`Author::recover`], can distinguish:
//!
//! - no journal: nothing was done (1, 2), or everything was (6);
//! - a journal whose record is in the database: everything was done, and the journal is deleted;
//! - a journal, no record, and no changed ref, HEAD or setting: nothing was done, and the journal is deleted;
//! - otherwise git had started: the rest is done, including rows and record. Refs that somebody else moved since
//!   are kept.
//!
//! A message-only rewrite changes no tree, so HEAD, index and files are not touched. Files are written only where a
//! worktree switches to another tree, as `git switch` does it: edits to other files are carried along.

mod backup;
mod build_plan;
mod execute;
mod journal;
mod lock;
mod plan;
mod preflight;
mod recover;
mod resume_checkout;
mod stale_locks;
mod step;
#[cfg(test)]
mod tests;
mod trust;

use super::Author;
use super::branch::range::BranchRange;
use crate::db::Write;
use crate::db::rows;
use crate::db::series::SeriesId;
use crate::error::Result;
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::git::rewrite::{Edit, Reworded};
pub(super) use backup::chain as backups_of;
pub(super) use build_plan::Draft;
pub(super) use plan::oid;
pub use plan::{GitPlan, PlannedRef, RefKind};
pub(super) use step::StepRecord;

/// A change to make.
#[derive(Debug, Clone, Default)]
pub struct BranchChange {
    /// Refs to change, by their full names, with their old values.
    pub refs: Vec<RefChange>,
    /// Where to move HEAD.
    pub head: Option<HeadMove>,
    /// Changes to branch settings.
    pub tracking: Vec<Tracking>,
    /// The command, such as `series mark`.
    pub what: String,
    /// The reason for reflogs, such as `Give 4 commits a Change-Id`.
    pub why: String,
    /// Rewritten commits, old and new: notes are copied from old to new.
    pub commits: Vec<(Oid, Oid)>,
}

/// How to move HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadMove {
    /// Switch HEAD of the current worktree to the branch of this short name.
    Branch(String),
    /// Detach HEAD of the current worktree at a commit.
    Detach(Oid),
    /// For each pair of short names, switch every worktree that is on the first branch to the second, its new name.
    Renamed(Vec<(String, String)>),
}

/// A change to the settings of a branch, which is given by its short name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tracking {
    /// Set what the branch tracks: `branch.<name>.remote` and `.merge`; other settings are unchanged.
    Set {
        /// The branch.
        branch: String,
        /// The remote; none removes the setting.
        remote: Option<String>,
        /// The full name of the remote branch; none removes the setting.
        merge: Option<String>,
    },
    /// Move all settings of a branch to another name.
    Rename {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Remove all settings of a branch, as when git deletes a branch.
    Remove {
        /// The branch.
        branch: String,
    },
}

impl Tracking {
    /// Makes a branch track `remote` and `merge`.
    pub fn set(branch: impl Into<String>, remote: Option<String>, merge: Option<String>) -> Self {
        Tracking::Set {
            branch: branch.into(),
            remote,
            merge,
        }
    }
}

/// The result of a change.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// The value that the function that wrote the rows returned.
    pub value: T,
    /// Each branch that was moved or deleted, with the backup ref of its old tip.
    pub backups: Vec<(String, String)>,
}

impl BranchChange {
    /// Creates a change that moves a branch to its rewritten commits.
    pub fn rewritten(
        range: &BranchRange,
        reworded: &Reworded,
        what: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        let name = format!("refs/heads/{}", range.branch);
        let refs = match reworded.is_changed() {
            true => vec![RefChange::set(name, Some(reworded.old), reworded.new)],
            false => Vec::new(),
        };
        BranchChange {
            refs,
            what: what.into(),
            why: why.into(),
            commits: reworded.changed().collect(),
            ..BranchChange::default()
        }
    }
}

impl Author<'_> {
    /// Rewrites the messages of a branch's commits, creating objects only.
    ///
    /// [`BranchChange::rewritten`] moves the branch. In a dry run no object is stored.
    pub fn reword_branch(&self, range: &BranchRange, edit: &mut Edit<'_>) -> Result<Reworded> {
        match self.dry_run {
            true => {
                self.repo
                    .reword_dry_run(self.settings.resign()?, range.base, &range.commits, edit)
            }
            false => self
                .repo
                .reword(self.settings.resign()?, range.base, &range.commits, edit),
        }
    }

    /// Makes a change; `rows` writes the rows of `series`, or adds a series.
    ///
    /// A dry run checks everything and changes nothing.
    pub fn change<T>(
        &mut self,
        change: BranchChange,
        series: Option<SeriesId>,
        rows: impl FnOnce(&Write<'_>) -> Result<T>,
    ) -> Result<Changed<T>> {
        let lock = self.lock()?;
        let draft = Draft::of(self.repo, &change)?;
        let plan = self.plan(draft)?;
        let backups = plan.kept();
        let value = self.step(lock, plan, |write| {
            let since = rows::newest_series(write)?;
            let before = rows::of(write, series, since)?;
            let mut names = step::names_of(write, series, since)?;
            let value = rows(write)?;
            names.extend(step::names_of(write, series, since)?);
            let changes = rows::difference(&before, &rows::of(write, series, since)?);
            Ok((value, changes, StepRecord::New, names))
        })?;
        Ok(Changed { value, backups })
    }

    /// Reports the backup refs of the old branch tips.
    pub fn tell_backups<T>(&self, changed: &Changed<T>) {
        changed
            .backups
            .iter()
            .for_each(|(branch, kept)| self.tell_kept(branch, kept));
    }

    /// Reports the backup ref of a branch, or of a tag that is given as `tags/<name>`.
    pub fn tell_kept(&self, branch: &str, kept: &str) {
        let is = self.says("is", "would be");
        let what = branch
            .strip_prefix("tags/")
            .map_or(format!("branch '{branch}'"), |tag| format!("tag '{tag}'"));
        self.events
            .notice(format!("{what} {is} backed up as {kept}"));
    }
}
