// SPDX-License-Identifier: GPL-2.0-or-later
//! One change of the user's own series: refs, HEAD, settings of branches and rows of the database, together or not at all.
//!
//! The order is what keeps them together. Under a lock of the repository (`lock`):
//!
//! 1. it is looked whether any worktree stands in the way (`draft`); nothing is written yet;
//! 2. a transaction of the database is opened, the rows are written, and with them the record that `git patman undo` reads;
//! 3. the whole step is written to a journal, `<common dir>/patman/rewrite.json` (`journal`);
//! 4. refs are moved in one transaction of git's with their old values, and for each that is moved or deleted
//!    `refs/patman/backup/<branch>` or the next number of it keeps the old tip (`backup`); then HEADs, settings and notes follow (`perform`);
//! 5. the transaction of the database is committed;
//! 6. the journal goes.
//!
//! What fails in 4 or 5 is taken back. Killed, the repository is in one of these states, which the next change, and every
//! command that calls [`Author::recover`], tells apart:
//!
//! - no journal: nothing had been done (1, 2), or all (6);
//! - a journal whose record is in the database: all had been done, and the journal goes;
//! - a journal, no record, and no ref, HEAD or setting is changed: nothing had been done, and the journal goes;
//! - else git has begun: what is left is done, rows and record among it. What somebody else has moved since stays.
//!
//! A message-only rewrite has the trees that it had, so that HEAD, index and files are not touched. Only where a worktree
//! comes to another tree are files written, as `git switch` does it: edits that are not in the way are carried along.

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

/// What is to be changed.
#[derive(Debug, Clone, Default)]
pub struct BranchChange {
    /// Refs, by their full names, with their old values.
    pub refs: Vec<RefChange>,
    /// Where HEAD goes.
    pub head: Option<HeadMove>,
    /// Settings of branches.
    pub tracking: Vec<Tracking>,
    /// The command, as in `series mark`.
    pub what: String,
    /// What it does, for reflogs: `Give 4 commits a Change-Id`.
    pub why: String,
    /// Commits that were made from others, before and after: notes follow them.
    pub commits: Vec<(Oid, Oid)>,
}

/// Where HEAD goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadMove {
    /// That of the worktree that the command was started in goes onto the branch of this short name.
    Branch(String),
    /// That of the worktree that the command was started in goes to a commit, off all branches.
    Detach(Oid),
    /// Those of all worktrees that are on the first of two branches, by short names, go onto the second, which it is renamed
    /// to.
    Renamed(Vec<(String, String)>),
}

/// A change of the settings of a branch, which is given by its short name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tracking {
    /// What the branch tracks: `branch.<name>.remote` and `.merge`; other settings stay.
    Set {
        /// The branch.
        branch: String,
        /// The remote; none takes the setting away.
        remote: Option<String>,
        /// The full name of the branch there; none takes the setting away.
        merge: Option<String>,
    },
    /// All settings of a branch go to another name.
    Rename {
        /// The name that they have.
        from: String,
        /// The name that they get.
        to: String,
    },
    /// All settings of a branch go, as with a branch that git deletes.
    Remove {
        /// The branch.
        branch: String,
    },
}

impl Tracking {
    /// Lets a branch track what is given.
    pub fn set(branch: impl Into<String>, remote: Option<String>, merge: Option<String>) -> Self {
        Tracking::Set {
            branch: branch.into(),
            remote,
            merge,
        }
    }
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// What writing the rows returned.
    pub value: T,
    /// Each branch that was moved or deleted, and the ref that keeps its old tip.
    pub backups: Vec<(String, String)>,
}

impl BranchChange {
    /// A change that moves a branch to what its commits have become.
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
    /// Gives the commits of a branch other messages, as objects alone; [`BranchChange::rewritten`] moves the branch. In a dry run
    /// nothing is kept.
    pub fn reword_branch(&self, range: &BranchRange, edit: &mut Edit<'_>) -> Result<Reworded> {
        match self.dry_run {
            true => self
                .repo
                .reword_aside(self.settings, range.base, &range.commits, edit),
            false => self
                .repo
                .reword(self.settings, range.base, &range.commits, edit),
        }
    }

    /// Makes a change, in which `rows` writes those of `series`, or adds one. In a dry run everything is looked at, and
    /// nothing changed.
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

    /// Says where the old tips of branches are kept.
    pub fn tell_backups<T>(&self, changed: &Changed<T>) {
        changed
            .backups
            .iter()
            .for_each(|(branch, kept)| self.tell_kept(branch, kept));
    }

    /// Says which ref keeps the old tip of a branch, or a tag that is given as `tags/<name>`.
    pub fn tell_kept(&self, branch: &str, kept: &str) {
        let is = self.says("is", "would be");
        let what = branch
            .strip_prefix("tags/")
            .map_or(format!("branch '{branch}'"), |tag| format!("tag '{tag}'"));
        self.out
            .note(format!("{what} as it was {is} kept as {kept}"));
    }
}
