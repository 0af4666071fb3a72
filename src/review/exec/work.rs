// SPDX-License-Identifier: GPL-2.0-or-later
//! Runs the commands on one series, one after the other. Nothing here needs the repository or the database.

use super::about::About;
use super::check::ConfiguredCheck;
use super::plan::{On, SeriesRuns, Task};
use super::{CheckRun, CheckStatus, ExecRequest, files};
use crate::clock;
use crate::db::check_result::{CheckOutcome, CheckResult};
use crate::error::{Error, Result, WithContext};
use crate::exec::{self, Ending, Guard, Interrupt};
use crate::git::Oid;
use crate::presence;
use crate::worktree::Tree;
use crate::worktree::lock::ReviewLock;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// An event from a worker.
#[derive(Debug)]
pub(super) enum WorkerEvent {
    /// It started something, described in words.
    Begun(String),
    /// One command is finished.
    Ended(Box<CheckRun>),
}

/// The directories that commands run in, each locked while it is in use.
#[derive(Default)]
struct WorkDirs {
    worktree: Option<(Tree, Guard, ReviewLock)>,
    scratch: Option<(Guard, ReviewLock)>,
}

/// Where a command is run.
struct RunLocation<'a> {
    tree: Tree,
    head: Oid,
    dirty: bool,
    guard: &'a mut Guard,
}

/// Runs all commands of a job; each command is reported, including those that are not run.
pub(super) fn run(
    job: &SeriesRuns,
    order: &ExecRequest,
    interrupt: &Interrupt,
    tell: &mut dyn FnMut(WorkerEvent),
) {
    let mut places = WorkDirs::default();
    let mut stop: Option<&str> = None;
    for (at, task) in job.tasks.iter().enumerate() {
        if interrupt.came() {
            stop = Some("interrupted");
        }
        let mut ran = blank(job, task);
        match (&task.on, stop) {
            (None, _) => ran.reason = Some("already in the base".to_owned()),
            (_, Some(why)) => ran.reason = Some(why.to_owned()),
            (Some(on), None) => {
                let patch = task
                    .patch
                    .map_or(String::new(), |patch| format!(" patch {patch}"));
                let count = job.tasks.len();
                let name = &task.check.name;
                tell(WorkerEvent::Begun(format!(
                    "{} {}{patch}: {name} ({}/{count})",
                    job.name,
                    job.version,
                    at + 1
                )));
                if let Err(error) = attempt(job, task, on, order, interrupt, &mut places, &mut ran)
                {
                    // Ctrl-C also ends the git process that prepares a worktree.
                    ran.result = if interrupt.came() {
                        CheckStatus::Interrupted
                    } else {
                        CheckStatus::Failed
                    };
                    ran.reason = Some(error.to_string());
                    stop = Some("an earlier check could not be run");
                } else if !ran.result.is_good() && !order.keep_going {
                    stop = Some("an earlier check did not pass");
                }
            }
        }
        tell(WorkerEvent::Ended(Box::new(ran)));
    }
}

fn blank(job: &SeriesRuns, task: &Task) -> CheckRun {
    CheckRun {
        series: job.name.clone(),
        version: job.version,
        patch: task.patch,
        commit: task.on.as_ref().map(|on| on.commit.to_string()),
        tree: task.on.as_ref().map(|on| on.subject.tree.clone()),
        check: task.check.name.clone(),
        command: task.check.line(),
        result: CheckStatus::Skipped,
        status: None,
        seconds: None,
        output: None,
        dirty: false,
        reason: None,
        keep: None,
    }
}

/// Runs one command, unless it passed before.
fn attempt(
    job: &SeriesRuns,
    task: &Task,
    on: &On,
    order: &ExecRequest,
    interrupt: &Interrupt,
    places: &mut WorkDirs,
    ran: &mut CheckRun,
) -> Result<()> {
    let known = on.passed.as_ref().filter(|_| !order.rerun);
    if let Some(before) = known.filter(|_| !on.in_worktree) {
        ran.take_over(before);
        return Ok(());
    }
    let here = if on.in_worktree {
        places.worktree(job, on.commit)?
    } else {
        places.scratch(job, on.commit)?
    };
    ran.dirty = here.dirty;
    if let Some(before) = known.filter(|_| !here.dirty) {
        ran.take_over(before);
        return Ok(());
    }
    let output = files::open_anew(&task.output)?;
    ran.output = Some(task.output.clone());
    let errors = output
        .try_clone()
        .context(|| format!("cannot write '{}'", task.output.display()))?;
    let mut command = task.check.command();
    let about = About {
        name: &job.name,
        version: job.version,
        patch: task.patch,
        base: job.base,
        head: here.head,
        mbox: &task.mbox,
    };
    about.tell(&mut command);
    command
        .current_dir(here.tree.path())
        .stdout(output)
        .stderr(errors);
    let begun = Instant::now();
    let ending = exec::run(&mut command, task.check.timeout, here.guard, interrupt)?;
    ran.end(ending, begun.elapsed(), &task.check);
    if let (false, Some(outcome)) = (ran.dirty, ran.outcome_to_keep()) {
        let result = CheckResult {
            outcome,
            status: ran.status,
            seconds: begun.elapsed().as_secs_f64(),
            finished: Some(clock::now()),
            output: ran.output.clone(),
        };
        ran.keep = Some((on.subject.clone(), result));
    }
    Ok(())
}

impl WorkDirs {
    /// The review worktree as it is. It is dirty if it is not at the commit or has local changes.
    fn worktree(&mut self, job: &SeriesRuns, commit: Oid) -> Result<RunLocation<'_>> {
        if self.worktree.is_none() {
            let lock = job.lock()?;
            // The review could be removed until we held the lock.
            let is_there = |path: &&PathBuf| presence::may_exist(path);
            let path = job.worktree.as_ref().filter(is_there).ok_or_else(|| {
                Error::new(format!(
                    "the worktree of '{}' is gone: it was removed in the meantime",
                    job.name
                ))
            })?;
            self.worktree = Some((
                Tree::open(&job.common_dir, path)?,
                Guard::start(&lock)?,
                lock,
            ));
        }
        let (tree, guard, _) = self.worktree.as_mut().expect("it was just made");
        let head = tree.head()?;
        let dirty = head != commit || !tree.changes()?.paths.is_empty();
        Ok(RunLocation {
            tree: tree.clone(),
            head,
            dirty,
            guard,
        })
    }

    /// The scratch worktree, moved to the commit.
    fn scratch(&mut self, job: &SeriesRuns, commit: Oid) -> Result<RunLocation<'_>> {
        if self.scratch.is_none() {
            let lock = job.scratch.lock()?;
            self.scratch = Some((Guard::start(&lock)?, lock));
        }
        let (guard, lock) = self.scratch.as_mut().expect("it was just made");
        let tree = job.scratch.at(commit, lock, job.workers)?;
        Ok(RunLocation {
            tree,
            head: commit,
            dirty: false,
            guard,
        })
    }
}

impl CheckRun {
    fn take_over(&mut self, before: &CheckResult) {
        self.result = CheckStatus::Cached;
        self.status = before.status;
        self.seconds = Some(before.seconds);
        self.output = before
            .output
            .clone()
            .filter(|path| presence::may_exist(path));
    }

    fn end(&mut self, ending: Ending, took: Duration, check: &ConfiguredCheck) {
        self.seconds = Some(took.as_secs_f64());
        match ending {
            Ending::Ended(status) => {
                self.result = if status.success() {
                    CheckStatus::Passed
                } else {
                    CheckStatus::Failed
                };
                self.status = status.code();
                if status.code().is_none() {
                    self.reason = Some(status.to_string());
                }
            }
            Ending::TimedOut => {
                self.result = CheckStatus::Timeout;
                let limit = check.timeout.unwrap_or(took);
                self.reason = Some(format!("it took longer than {}", clock::short_span(limit)));
            }
            Ending::Interrupted => self.result = CheckStatus::Interrupted,
            Ending::NotStarted(why) => {
                self.result = CheckStatus::Failed;
                self.reason = Some(format!("cannot start '{}': {why}", check.program()));
            }
        }
    }

    fn outcome_to_keep(&self) -> Option<CheckOutcome> {
        match self.result {
            CheckStatus::Passed => Some(CheckOutcome::Passed),
            CheckStatus::Failed if self.status.is_some() => Some(CheckOutcome::Failed),
            CheckStatus::Timeout => Some(CheckOutcome::TimedOut),
            _ => None,
        }
    }
}
