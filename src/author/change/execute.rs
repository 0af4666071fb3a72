// SPDX-License-Identifier: GPL-2.0-or-later
//! Executes a plan in git. Each part can be repeated: when a killed step is resumed, the parts that still have
//! their old state are done, and those that changed are left alone ([`Mode::Resume`]).

use super::plan::{GitPlan, HeadChange, oid};
use super::preflight;
use super::resume_checkout;
use crate::error::{Error, Result};
use crate::git::file_lock::FileLock;
use crate::git::refs::RefChange;
use crate::git::worktrees::{Head, WorktreeHead};
use crate::git::{Oid, Repo};
use crate::settings::Settings;

/// How strictly the repository must match the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everything must match the plan.
    Strict,
    /// Leave anything that no longer has its old state.
    Resume,
    /// Roll back a plan that has just failed: leave the parts that it had not reached.
    Back,
}

/// Executes plans in a repository.
pub(super) struct Executor<'a> {
    pub repo: &'a Repo,
    pub settings: &'a Settings,
    pub lock: &'a FileLock,
}

impl Executor<'_> {
    /// Executes the plan.
    pub(super) fn perform(&self, plan: &GitPlan, pace: Mode) -> Result<()> {
        let (set, deleted): (Vec<RefChange>, Vec<RefChange>) = self.due(plan, pace)?;
        // Delete a checked-out branch only after HEAD has moved; otherwise git would see a HEAD that points nowhere.
        let first = if plan.deletes_first {
            &deleted[..]
        } else {
            &[]
        };
        let last = if plan.deletes_first {
            &[][..]
        } else {
            &deleted[..]
        };
        self.refs(first, plan)?;
        match plan.heads.is_empty() {
            true => self.refs(&[&set[..], last].concat(), plan)?,
            false => self.refs(&set, plan)?,
        }
        for head in &plan.heads {
            self.head(head, pace)?;
        }
        if !plan.heads.is_empty() {
            self.refs(last, plan)?;
        }
        for settings in &plan.config {
            if pace == Mode::Strict
                || settings.is_on_the_way(&self.repo.branch_section(&settings.branch)?)
            {
                self.repo
                    .set_branch_section(&settings.branch, &settings.new)?;
            }
        }
        let commits = plan
            .commits
            .iter()
            .filter_map(|(old, new)| Some((oid(old)?, oid(new)?)));
        self.repo.carry_notes(
            self.settings.notes_to_copy().as_deref(),
            &commits.collect::<Vec<_>>(),
        )
    }

    /// Returns the refs to set and the refs to delete.
    fn due(&self, plan: &GitPlan, pace: Mode) -> Result<(Vec<RefChange>, Vec<RefChange>)> {
        let backups = plan.backups.iter().map(|backup| backup.change());
        let mut due = Vec::new();
        for change in backups.chain(plan.refs.iter().map(|moved| moved.change())) {
            if pace == Mode::Strict || self.repo.find_ref(&change.name)? == change.old {
                due.push(change);
            }
        }
        due.retain(|change| change.old != change.new);
        Ok(due.into_iter().partition(|change| change.new.is_some()))
    }

    fn refs(&self, changes: &[RefChange], plan: &GitPlan) -> Result<()> {
        self.repo
            .change_refs_here(changes, &plan.reflog(), self.lock)
            .map_err(|why| {
                let text = why.to_string();
                let lost = [
                    "but expected",
                    "reference already exists",
                    "unable to resolve reference",
                    "is missing but",
                ];
                match changes.iter().find(|change| {
                    self.repo
                        .find_ref(&change.name)
                        .is_ok_and(|now| now != change.old)
                }) {
                    Some(change) if lost.iter().any(|words| text.contains(words)) => {
                        preflight::moved(
                            self.repo,
                            &change.name,
                            change.old,
                            self.repo.find_ref(&change.name).ok().flatten(),
                        )
                    }
                    _ => why,
                }
            })
    }

    fn head(&self, change: &HeadChange, pace: Mode) -> Result<()> {
        let worktrees = self.repo.worktree_heads()?;
        let Some(worktree) = worktrees
            .iter()
            .find(|worktree| worktree.id == change.worktree)
        else {
            return match pace {
                Mode::Resume | Mode::Back => Ok(()),
                Mode::Strict => Err(Error::new(format!(
                    "the worktree '{}' is gone",
                    change.worktree
                ))),
            };
        };
        let Some((old, new)) = change.ends() else {
            return Ok(());
        };
        if pace == Mode::Back
            && worktree.head == new
            && let Some((from, to)) = &change.trees
        {
            // Restore the files first: the checkout may be complete or partial.
            return resume_checkout::take_back(worktree, from, to, self.lock)
                .map_err(|why| preflight::in_the_way(worktree, why));
        }
        if worktree.head != old {
            return match pace {
                Mode::Resume | Mode::Back => Ok(()),
                Mode::Strict => Err(Error::new(format!(
                    "HEAD of '{}' has moved in the meantime",
                    worktree.shown()
                ))
                .with_hint("nothing was changed: run the command again")),
            };
        }
        if let Some((from, to)) = &change.trees {
            self.files(worktree, from, to, pace)?;
        }
        if old == new {
            return Ok(());
        }
        let why = format!("checkout: moving from {} to {}", old.shown(), new.shown());
        let git = worktree.git().holding(self.lock)?;
        let done = match &new {
            Head::Branch(name) => git.args(["symbolic-ref", "-m", &why, "HEAD", name]).ok(),
            Head::Detached(id) => git
                .args([
                    "update-ref",
                    "--no-deref",
                    "-m",
                    &why,
                    "HEAD",
                    &id.to_string(),
                ])
                .ok(),
        };
        done.map(drop)
            .map_err(|error| error.within(format!("cannot move HEAD of '{}'", worktree.shown())))
    }

    /// Switches index and files from one tree to another and carries along edits to other files.
    fn files(&self, worktree: &WorktreeHead, from: &str, to: &str, pace: Mode) -> Result<()> {
        if pace != Mode::Strict {
            let index = worktree
                .git()
                .args(["diff-index", "--cached", "--quiet", to, "--"])
                .run()?;
            if index.status.success() {
                return Ok(());
            }
            resume_checkout::settle(worktree, from, to, self.lock)?;
        }
        let done = worktree
            .git()
            .holding(self.lock)?
            .args(["read-tree", "-m", "-u", from, to])
            .ok();
        done.map(drop)
            .map_err(|why| preflight::in_the_way(worktree, why))
    }

    /// Whether any part of a plan is done, by us or by others.
    pub(super) fn has_begun(&self, plan: &GitPlan) -> Result<bool> {
        let is = |now: Option<Oid>, then: &Option<String>| now.map(|id| id.to_string()) == *then;
        for moved in &plan.refs {
            if moved.old != moved.new && is(self.repo.find_ref(&moved.name)?, &moved.new) {
                return Ok(true);
            }
        }
        for backup in plan
            .backups
            .iter()
            .filter(|backup| backup.old.as_ref() != Some(&backup.new))
        {
            if is(self.repo.find_ref(&backup.name)?, &Some(backup.new.clone())) {
                return Ok(true);
            }
        }
        // A partial checkout looks like edits: if no earlier part of the plan can show progress, the journal must.
        let goes_before = plan
            .refs
            .iter()
            .any(|moved| plan.deletes_first || moved.new.is_some())
            || plan
                .backups
                .iter()
                .any(|backup| backup.old.as_ref() != Some(&backup.new));
        if !goes_before && plan.heads.iter().any(|head| head.trees.is_some()) {
            return Ok(true);
        }
        let worktrees = self.repo.worktree_heads()?;
        for head in plan.heads.iter().filter(|head| head.old != head.new) {
            if worktrees
                .iter()
                .any(|worktree| worktree.id == head.worktree && worktree.head.text() == head.new)
            {
                return Ok(true);
            }
        }
        for settings in plan
            .config
            .iter()
            .filter(|settings| settings.old != settings.new)
        {
            if self.repo.branch_section(&settings.branch)? != settings.old {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
