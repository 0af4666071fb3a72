// SPDX-License-Identifier: GPL-2.0-or-later
//! Adds the trailers from replies to the commits of a review.
//!
//! The commits are rewritten in memory with the same trees, so that neither index nor files of the worktree change. One
//! transaction moves the branch and the version's ref from their old values and saves the old tip. Meanwhile `v<N>-was`
//! holds that tip too: if a kill leaves only some refs moved, it shows that the branch holds no commits of the user,
//! and running this again, or any other command that places the branch, finishes the move.

use super::Reviews;
use super::own_work::{not_on_branch, refuse_other_branch};
use super::record::{self, ReviewRow};
use super::refs::{self, SeriesRefs, VersionRefs};
use super::report::ReviewReport;
use crate::error::{Error, Exit, Result};
use crate::git::Oid;
use crate::git::refs::RefChange;
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::series::{SeriesName, VersionNumber};
use crate::tags::commit_trailers;
use crate::text::count;
use crate::text::shell_quote;
use crate::worktree::lock::ReviewLock;
use crate::worktree::{PathContent, branch_ref, kept};

/// The result of adding trailers to a review.
#[derive(Debug)]
pub struct Amended {
    /// The review afterwards.
    pub report: ReviewReport,
    /// The trailers from replies; those that were added are still reported as new.
    pub trailers: Vec<CollectedTrailer>,
    /// The ref that saves the original commits; `None` if nothing was added.
    pub kept: Option<String>,
    /// How many trailers were added.
    pub added: usize,
}

impl Reviews<'_> {
    /// Adds the new trailers from replies to the newest version that is applied here.
    pub fn add_trailers(&mut self, recorded: &ReviewRow, allow_mismatch: bool) -> Result<Amended> {
        let name = recorded.series_name()?;
        let lock = self.worktrees.lock(&name)?;
        let known = SeriesRefs::read(self.repo, &name)?;
        let known = self.recover_am(
            &name,
            record::place_of(&self.db, recorded.id, self.repo.common_dir())?.as_deref(),
            known,
            &lock,
        )?;
        let (version, there) = self.at_rest(recorded, &name, &known, &lock)?;
        let (Some(base), Some(head)) = (there.base, there.head) else {
            return Err(not_applied(&name));
        };
        let report = self.describe(recorded)?;
        let trailers = self.collected_trailers(recorded, &report, allow_mismatch)?;
        let mut amended = Amended {
            report,
            trailers,
            kept: None,
            added: 0,
        };
        let Some((tip, added)) = self.amend(base, head, &amended)? else {
            return Ok(amended);
        };
        let (kept, mut changes) = kept::keeping(self.repo, &name, &[head])?;
        changes.push(RefChange::set(refs::was(&name, version), there.was, head));
        changes.push(RefChange::set(refs::head(&name, version), Some(head), tip));
        changes.push(RefChange::set(branch_ref(&name), Some(head), tip));
        let why = format!(
            "patman: add {} to {version} of {name}",
            count::trailers(added)
        );
        self.repo.change_refs(&changes, &why, &lock)?;
        self.repo.change_refs(
            &[RefChange::delete(refs::was(&name, version), head)],
            &why,
            &lock,
        )?;
        amended.report = self.describe(recorded)?;
        (amended.kept, amended.added) = (kept.into_iter().next(), added);
        Ok(amended)
    }

    /// Returns the version that the branch is at; refuses if the user has changes on it or an operation is in progress.
    /// Finishes what an interrupted run left.
    fn at_rest(
        &self,
        recorded: &ReviewRow,
        name: &SeriesName,
        known: &SeriesRefs,
        lock: &ReviewLock,
    ) -> Result<(VersionNumber, VersionRefs)> {
        if let Some((stopped, _)) = known.stopped() {
            return Err(
                Error::new(format!("'{name}' {stopped} has an unresolved conflict"))
                    .with_hint(format!(
                        "to continue after resolving it: git patman review continue {}",
                        shell_quote(name)
                    ))
                    .with_exit(Exit::Stopped),
            );
        }
        let (version, mut there) = known.newest().ok_or_else(|| not_applied(name))?;
        let head = there.head.ok_or_else(|| not_applied(name))?;
        self.refuse_busy_worktree(recorded, name)?;
        let branch = branch_ref(name);
        let tip = self.repo.find_ref(&branch)?.ok_or_else(|| {
            Error::new(format!("branch '{name}' no longer exists"))
                .with_hint("to restore it, start the version again from its mails")
        })?;
        let mut left: Vec<RefChange> = Vec::new();
        if tip != head {
            if Some(tip) != there.was || !self.has_same_tree(tip, head)? {
                return Err(self.elsewhere(name, version, known, tip, head));
            }
            left.push(RefChange::set(branch, Some(tip), head));
        }
        left.extend(
            there
                .was
                .take()
                .map(|id| RefChange::delete(refs::was(name, version), id)),
        );
        // Move the branch first: until it has moved, its old value must be recognised as not being the user's work.
        let why = format!("patman: finish with {version} of {name}");
        left.iter()
            .try_for_each(|one| self.repo.change_refs(std::slice::from_ref(one), &why, lock))?;
        Ok((version, there))
    }

    fn has_same_tree(&self, a: Oid, b: Oid) -> Result<bool> {
        let objects = self.repo.objects()?;
        Ok(objects.tree_of(a)? == objects.tree_of(b)?)
    }

    /// Refuses a branch that is checked out elsewhere, and a worktree with an operation in progress.
    fn refuse_busy_worktree(&self, recorded: &ReviewRow, name: &SeriesName) -> Result<()> {
        let place = record::place_of(&self.db, recorded.id, self.repo.common_dir())?;
        let own = self.own_worktree(name, place.as_deref())?;
        let Some(own) = own else { return Ok(()) };
        let PathContent::Worktree(tree) = self.worktrees.inspect(&own)? else {
            return Ok(());
        };
        if own.is_unfinished() || tree.interrupted().is_some() {
            return Err(Error::new(format!(
                "the worktree '{}' is unfinished",
                own.path.display()
            ))
            .with_hint("start the version again to finish it")
            .with_exit(Exit::Stopped));
        }
        refuse_other_branch(name, &tree)?;
        match tree.branch()? {
            Some(_) => Ok(()),
            None => Err(not_on_branch(name, &tree, "a detached HEAD")),
        }
    }

    /// Rewrites the commits from the first that gets a trailer; returns the last one and how many trailers were added.
    fn amend(&self, base: Oid, head: Oid, given: &Amended) -> Result<Option<(Oid, usize)>> {
        let committer = self.repo.committer(self.settings.committer())?.signature;
        let own_email = String::from_utf8_lossy(&committer.email).into_owned();
        let objects = self.repo.objects()?;
        objects.begin_batch();
        let (mut parent, mut added) = (base, 0);
        for commit in self.repo.commits_between(base, head)? {
            let hex = commit.to_string();
            let patch = given
                .report
                .patches
                .iter()
                .find(|one| one.commit.as_ref() == Some(&hex))
                .map(|one| one.seq);
            let is_new = |one: &&CollectedTrailer| {
                one.state == TrailerState::New && Some(one.patch) == patch
            };
            let new: Vec<&CollectedTrailer> = given.trailers.iter().filter(is_new).collect();
            if objects.parents(commit)? == [parent] && new.is_empty() {
                parent = commit;
                continue;
            }
            added += new.len();
            let lines: Vec<Vec<u8>> = new
                .iter()
                .flat_map(|one| one.lines())
                .map(String::into_bytes)
                .collect();
            parent = objects.reword(commit, parent, &committer, |message| {
                let is_new = !lines.is_empty();
                Ok(is_new.then(|| commit_trailers::add(message, &lines, &own_email)))
            })?;
        }
        if added == 0 {
            return Ok(None);
        }
        objects.flush()?;
        Ok(Some((parent, added)))
    }
}

fn not_applied(name: &SeriesName) -> Error {
    Error::new(format!(
        "no version of '{name}' is applied in this repository"
    ))
    .with_hint("to apply one: git patman review start <source>")
}

impl Reviews<'_> {
    fn elsewhere(
        &self,
        name: &SeriesName,
        version: VersionNumber,
        known: &SeriesRefs,
        tip: Oid,
        head: Oid,
    ) -> Error {
        if !known.known().contains(&tip) {
            let (tip, head) = (self.repo.short_id(tip), self.repo.short_id(head));
            return Error::new(format!(
                "the branch '{name}' has your own commits, up to {tip}"
            ))
            .with_hint(format!(
                "to keep them on a new branch: git branch {} {tip}",
                shell_quote(format!("my-{name}"))
            ))
            .with_hint(format!(
                "then go back in the worktree of '{name}': git reset --keep {head}"
            ))
            .with_exit(Exit::Stopped);
        }
        Error::new(format!(
            "the branch '{name}' is at {}, not at {version}, which is {}",
            self.repo.short_id(tip),
            self.repo.short_id(head)
        ))
    }
}
