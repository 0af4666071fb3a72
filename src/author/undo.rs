// SPDX-License-Identifier: GPL-2.0-or-later
//! Undoes the last change of a series, or redoes it: everything that [`Author::change`] does, in one step of the
//! same kind.
//!
//! `undo` goes back change by change, `redo` forward; a new change discards the changes that could be redone, as
//! in an editor. Neither adds a change to that list, but both write reflogs and back up the tips that they
//! replace under `refs/patman/backup/`. A change is never undone in part: if a branch has moved since, or the
//! database has other values than the change wrote, nothing is changed, and the error names the difference.
//! Unrelated later changes are preserved.

use super::Author;
use super::change::{Draft, GitPlan, PlannedRef, RefKind, StepRecord, oid};
use super::target::TargetChoice;
use crate::clock;
use crate::db::rows;
use crate::db::undo::{self, UndoRecord};
use crate::error::{Error, Result};
use crate::git::refs::RefChange;
use crate::git::worktrees::Head;
use crate::git::{Oid, Repo};
use crate::text::{shell_operand, shell_quote};
use std::cmp::Reverse;

/// Whether to undo or redo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Undo a change.
    Back,
    /// Redo a change that was undone.
    Forth,
}

/// A change as it is listed.
#[derive(Debug, Clone)]
pub struct UndoEntry {
    /// Its record.
    pub record: UndoRecord,
    /// Its plan in git.
    pub plan: GitPlan,
}

impl UndoEntry {
    /// What can be done with the change: undo it, or redo it if it was undone.
    pub fn next(&self) -> Direction {
        match self.record.undone {
            None => Direction::Back,
            Some(_) => Direction::Forth,
        }
    }
}

/// The result of an undo or redo.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The change.
    pub entry: UndoEntry,
    /// The plan that was executed.
    pub plan: GitPlan,
}

impl Author<'_> {
    /// Returns the changes of this repository, newest first; with `branch`, only those of the branch and its series.
    pub fn changes(&self, branch: Option<&str>) -> Result<Vec<UndoEntry>> {
        let names = branch.map(|branch| self.names(branch)).transpose()?;
        let records = undo::list(&self.db, &self.common_dir())?.into_iter().rev();
        let wanted = |record: &UndoRecord| {
            names
                .as_ref()
                .is_none_or(|names| record.names.iter().any(|n| names.contains(n)))
        };
        Ok(records
            .filter(wanted)
            .filter_map(|record| {
                Some(UndoEntry {
                    plan: serde_json::from_str(&record.plan).ok()?,
                    record,
                })
            })
            .collect())
    }

    /// Undoes the last change of a branch and its series, or redoes the last undone change.
    ///
    /// Without `branch`, it uses the checked-out branch; if HEAD is detached, the last change of the repository.
    pub fn take(&mut self, branch: Option<&str>, way: Direction) -> Result<Taken> {
        let lock = self.lock()?;
        let entry = self.due(branch, way)?;
        entry.plan.check(self.repo).map_err(|why| {
            why.within(cannot(&entry, way)).with_hint(
                "another program has written to the database; where it is: git patman db path",
            )
        })?;
        if let Some(gone) = self.gone_tips(&entry.plan, way)?.first() {
            return Err(tip_gone(self.repo, &entry, gone, way));
        }
        let draft = self.turned(&entry, way)?;
        let plan = self
            .plan(draft)
            .map_err(|why| why.within(cannot(&entry, way)))?;
        let changes = match way {
            Direction::Back => rows::reversed(&entry.record.rows),
            Direction::Forth => entry.record.rows.clone(),
        };
        let when = (way == Direction::Back).then(clock::now);
        let (id, names) = (entry.record.id, entry.record.names.clone());
        self.step(lock, plan.clone(), |write| {
            rows::apply(write, &changes).map_err(|why| {
                why.within(cannot(&entry, way))
                    .with_hint("nothing was changed; if git patman made the later change, undo that first")
                    .with_hint("or restore the branches by hand; to see their old tips: git patman undo --list --json")
            })?;
            Ok(((), changes, StepRecord::Undone { id, when }, names))
        })?;
        Ok(Taken { entry, plan })
    }

    /// Returns the tips that an undo or redo of a change would restore branches or tags to, but which are no
    /// longer in the repository.
    pub fn gone_tips(&self, plan: &GitPlan, way: Direction) -> Result<Vec<PlannedRef>> {
        let mut gone = Vec::new();
        for moved in &plan.refs {
            let tip = match way {
                Direction::Back => &moved.old,
                Direction::Forth => &moved.new,
            };
            let id = tip.as_deref().and_then(oid);
            if let Some(id) = id.filter(|_| tip.is_some())
                && !self.repo.has_object(id)?
            {
                gone.push(moved.clone());
            }
        }
        Ok(gone)
    }

    /// Returns the branch and its series.
    fn names(&self, branch: &str) -> Result<Vec<String>> {
        let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        let target = self.target(&TargetChoice {
            series: Some(branch.to_owned()),
            version: None,
        })?;
        Ok(vec![branch.to_owned(), target.name])
    }

    /// Returns the next change to undo or redo.
    fn due(&self, branch: Option<&str>, way: Direction) -> Result<UndoEntry> {
        let branch = branch.map(str::to_owned).or(self.repo.current_branch()?);
        if let Some(found) = next(self.changes(branch.as_deref())?, way) {
            return Ok(found);
        }
        let error = match (way, &branch) {
            (Direction::Back, Some(branch)) => {
                format!("there is no change of '{branch}' to undo")
            }
            (Direction::Back, None) => "there is no change to undo here".to_owned(),
            (Direction::Forth, Some(branch)) => {
                format!("there is no change of '{branch}' to redo")
            }
            (Direction::Forth, None) => "there is no change to redo here".to_owned(),
        };
        let other = next(self.changes(None)?, way);
        let Some((other, name)) = other
            .as_ref()
            .and_then(|one| Some((one, one.record.names.first()?)))
        else {
            return Err(Error::new(error));
        };
        let (what, option) = match way {
            Direction::Back => ("the last change here was", ""),
            Direction::Forth => ("the last change that was undone here was", "--redo "),
        };
        let last = &other.record;
        Err(Error::new(error)
            .with_hint(format!(
                "{what} '{}' of '{name}': git patman undo {option}{}",
                last.what,
                shell_operand(name)
            ))
            .with_hint("to list the changes: git patman undo --list"))
    }

    /// Creates the change in git; a branch that has moved since is refused.
    fn turned(&self, entry: &UndoEntry, way: Direction) -> Result<Draft> {
        let plan = match way {
            Direction::Back => entry.plan.reversed(),
            Direction::Forth => entry.plan.clone(),
        };
        for moved in &plan.refs {
            let now = self.repo.find_ref(&moved.name)?;
            if now.map(|id| id.to_string()) != moved.old {
                return Err(self.has_moved(entry, moved, way, now));
            }
        }
        let worktrees = self.repo.worktree_heads()?;
        let mut draft = Draft {
            what: plan.what.clone(),
            ..Draft::default()
        };
        draft.why = match way {
            Direction::Back => format!("Undo: {}", entry.record.why),
            Direction::Forth => format!("Redo: {}", entry.record.why),
        };
        draft.refs = plan
            .refs
            .iter()
            .map(|moved| moved.change())
            .collect::<Vec<RefChange>>();
        for head in plan.heads.iter().filter(|head| head.old != head.new) {
            let is_there = worktrees
                .iter()
                .any(|worktree| worktree.id == head.worktree && worktree.head.text() == head.old);
            match Head::parse(&head.new) {
                // A worktree that has switched elsewhere since is left alone.
                Some(new) if is_there => draft.heads.push((head.worktree.clone(), new)),
                _ => {}
            }
        }
        for settings in &plan.config {
            match self.repo.branch_section(&settings.branch)? == settings.old {
                true => draft
                    .config
                    .push((settings.branch.clone(), settings.new.clone())),
                false => self.events.warn(format!(
                    "the settings of branch '{}' were changed since: they stay",
                    settings.branch
                )),
            }
        }
        Ok(draft)
    }
}

/// Selects the next change to undo or redo from a list, newest first.
fn next(entries: Vec<UndoEntry>, way: Direction) -> Option<UndoEntry> {
    match way {
        Direction::Back => entries
            .into_iter()
            .find(|entry| entry.record.undone.is_none()),
        // Redo the last undone change; of those undone in the same second the oldest, since an undo starts with
        // the newest.
        Direction::Forth => entries
            .into_iter()
            .filter(|entry| entry.record.undone.is_some())
            .max_by_key(|entry| (entry.record.undone, Reverse(entry.record.id))),
    }
}

fn cannot(entry: &UndoEntry, way: Direction) -> String {
    match way {
        Direction::Back => format!("cannot undo '{}'", entry.record.what),
        Direction::Forth => format!("cannot redo '{}'", entry.record.what),
    }
}

/// Creates the error for a branch whose old commit has been deleted.
fn tip_gone(repo: &Repo, entry: &UndoEntry, gone: &PlannedRef, way: Direction) -> Error {
    let tip = match way {
        Direction::Back => &gone.old,
        Direction::Forth => &gone.new,
    };
    Error::new(cannot(entry, way))
        .with_cause(format!(
            "{} of {} is no longer in the repository",
            repo.short_hex(tip.as_deref().unwrap_or_default()),
            gone.told()
        ))
        .with_hint("another clone may have it: fetch it from there and run the command again")
}

impl Author<'_> {
    /// Creates the error for a branch that has moved since the change; its hints name the commands for this kind of ref.
    fn has_moved(
        &self,
        entry: &UndoEntry,
        moved: &PlannedRef,
        way: Direction,
        now: Option<Oid>,
    ) -> Error {
        let now = now.map(|id| id.to_string());
        let short = |hex: &str| self.repo.short_hex(hex);
        let at = |hex: &Option<String>| {
            hex.as_deref()
                .map_or("gone".to_owned(), |hex| format!("at {}", short(hex)))
        };
        let (then, wanted) = (&moved.old, &moved.new);
        let (kind, shown, name) = (moved.kind(), moved.told(), moved.short());
        let error = Error::new(cannot(entry, way)).with_cause(format!(
            "{shown} is {} now, and was {}",
            at(&now),
            at(then)
        ));
        let (make, force, delete) = match kind {
            RefKind::Branch => ("git branch", "git branch --force", "git branch -D"),
            RefKind::Tag => ("git update-ref", "git update-ref", "git tag -d"),
            RefKind::Other => ("git update-ref", "git update-ref", "git update-ref -d"),
        };
        // An annotated tag is an object of its own: `git tag` would create a tag of that tag.
        let made = if kind == RefKind::Branch {
            name
        } else {
            moved.name.as_str()
        };
        let (made, operand) = (shell_operand(made), shell_operand(name));
        match (wanted, &now) {
            (Some(tip), Some(_)) => error
                .with_hint(match then.as_deref() {
                    Some(then) => format!(
                        "to see the new commits: git log {}..{}",
                        short(then),
                        shell_quote(name)
                    ),
                    None => format!("to see the current commits: git log {operand}"),
                })
                .with_hint(format!("to see the old commits: git log {}", short(tip)))
                .with_hint(format!(
                    "to undo it by hand, and lose the new commits: {force} {made} {}",
                    short(tip)
                )),
            (Some(tip), None) => {
                error.with_hint(format!("to create it: {make} {made} {}", short(tip)))
            }
            (None, Some(_)) => error.with_hint(format!(
                "to delete it with the new commits: {delete} {operand}"
            )),
            (None, None) => match then.as_deref() {
                Some(then) => error.with_hint(format!(
                    "to create it again, so that this can continue: {make} {made} {}",
                    short(then)
                )),
                None => error,
            },
        }
    }
}
