// SPDX-License-Identifier: GPL-2.0-or-later
//! Runs checks on reviews: commands that the user configured, in the review worktrees or at each patch.
//!
//! Checks of a whole series run in its review worktree, which git-patman does not change; checks of a single patch, or
//! of a series without a worktree, run in a scratch worktree that is moved to each commit in turn. Several series run
//! in parallel, one command at a time in each. All access to the repository and the database happens here, before and
//! after; the workers use only files, locks and processes.
//!
//! A check that passed on a tree is not run again. A worktree with local changes does not match a tree: its results are
//! shown but not stored.

pub mod about;
pub mod check;
mod files;
mod plan;
mod work;

use super::Reviews;
use super::record::ReviewRow;
use crate::clock;
use crate::db::check_result::{self, CheckKey, CheckResult};
use crate::error::{Error, Result};
use crate::events::Task;
use crate::exec::Interrupt;
use crate::series::{SeriesName, VersionNumber};
use check::ConfiguredCheck;
use plan::SeriesRuns;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;
use work::WorkerEvent;

pub use files::last_lines;
pub(super) use files::{remove_output, series_with_output};

/// What to run, and how.
#[derive(Debug, Clone)]
pub struct ExecRequest {
    /// The checks, in their order.
    pub checks: Vec<Arc<ConfiguredCheck>>,
    /// How many series run in parallel.
    pub jobs: usize,
    /// Whether a series continues after a check that did not pass.
    pub keep_going: bool,
    /// Whether to rerun checks that passed before.
    pub rerun: bool,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// The command ended with status 0.
    Passed,
    /// It passed on the same tree before and was not run.
    Cached,
    /// The command ended with another status or by a signal, or could not be run.
    Failed,
    /// It took too long and was ended.
    Timeout,
    /// The user interrupted it.
    Interrupted,
    /// It was not run.
    Skipped,
}

impl CheckStatus {
    /// The result in a word.
    pub fn word(self) -> &'static str {
        match self {
            CheckStatus::Passed => "passed",
            CheckStatus::Cached => "cached",
            CheckStatus::Failed => "failed",
            CheckStatus::Timeout => "timeout",
            CheckStatus::Interrupted => "interrupted",
            CheckStatus::Skipped => "skipped",
        }
    }

    /// Whether the check passed, now or earlier.
    pub fn is_good(self) -> bool {
        matches!(self, CheckStatus::Passed | CheckStatus::Cached)
    }
}

/// One check of one patch or series.
#[derive(Debug, Clone)]
pub struct CheckRun {
    /// Name of the series.
    pub series: SeriesName,
    /// Number of the version.
    pub version: VersionNumber,
    /// Number of the patch; `None` for the whole series.
    pub patch: Option<u32>,
    /// The commit that it checks; `None` if the patch has no commit.
    pub commit: Option<String>,
    /// The tree of that commit.
    pub tree: Option<String>,
    /// Name of the check, or of the program.
    pub check: String,
    /// The command line, as it would be given to a shell.
    pub command: String,
    /// How it ended.
    pub result: CheckStatus,
    /// The exit status; `None` if it was not run or a signal ended it.
    pub status: Option<i32>,
    /// How long it took; for a cached result, how long the original run took.
    pub seconds: Option<f64>,
    /// The file that holds what it printed.
    pub output: Option<PathBuf>,
    /// Whether the worktree had local changes, so that the result is not stored.
    pub dirty: bool,
    /// Why it was not run or how it was ended, as text.
    pub reason: Option<String>,
    /// The result to store.
    keep: Option<(CheckKey, CheckResult)>,
}

impl Reviews<'_> {
    /// Runs the checks on each review. A review that they cannot run on is reported, and the others continue; the
    /// second value is whether there was such a review.
    pub fn exec(
        &mut self,
        reviews: &[ReviewRow],
        order: &ExecRequest,
        interrupt: &Interrupt,
    ) -> Result<(Vec<CheckRun>, Option<Error>)> {
        let mut jobs = Vec::new();
        let mut refused: Option<Error> = None;
        for one in reviews {
            match self.plan(one, order) {
                Ok(job) => jobs.push(job),
                Err(error) => {
                    if let Some(before) = refused.replace(error) {
                        self.events.fail(before);
                    }
                }
            }
        }
        let ran = self.work(&jobs, order, interrupt);
        Ok((ran, refused))
    }

    /// Distributes the jobs to several workers, and collects their events.
    fn work(
        &mut self,
        jobs: &[SeriesRuns],
        order: &ExecRequest,
        interrupt: &Interrupt,
    ) -> Vec<CheckRun> {
        let next = AtomicUsize::new(0);
        let (send, received) = channel();
        let mut ran: Vec<Vec<CheckRun>> = jobs.iter().map(|_| Vec::new()).collect();
        let events = self.events;
        // The line of what each series runs.
        let mut running: BTreeMap<usize, Task<'_>> = BTreeMap::new();
        std::thread::scope(|scope| {
            for _ in 0..order.jobs.clamp(1, jobs.len().max(1)) {
                let (send, next) = (send.clone(), &next);
                scope.spawn(move || {
                    while let Some((at, job)) = {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        jobs.get(at).map(|job| (at, job))
                    } {
                        // The receiver lives until all workers have ended.
                        work::run(job, order, interrupt, &mut |event| {
                            send.send((at, event)).unwrap_or(())
                        });
                    }
                });
            }
            drop(send);
            while let Ok((at, event)) = received.recv() {
                match event {
                    WorkerEvent::Begun(text) => {
                        running.insert(at, events.task(&text));
                    }
                    WorkerEvent::Ended(one) => {
                        running.remove(&at);
                        self.keep(&one);
                        ran[at].push(*one);
                    }
                }
            }
        });
        ran.into_iter().flatten().collect()
    }

    /// Stores the result at once, so that a kill loses only what is running.
    fn keep(&mut self, ran: &CheckRun) {
        self.events.step(ran.line());
        let Some((subject, result)) = &ran.keep else {
            return;
        };
        if self.db.is_read_only() {
            return;
        }
        if let Err(error) = self
            .db
            .write(|write| check_result::set(write, subject, result))
        {
            self.events
                .warn(format!("the result is not saved: {error}"));
        }
    }
}

impl CheckRun {
    /// The check and its result in one line.
    pub fn line(&self) -> String {
        let patch = self
            .patch
            .map_or(String::new(), |patch| format!(" patch {patch}"));
        let time = self.seconds.map_or(String::new(), |s| {
            format!(", {}", clock::short_span(span(s)))
        });
        let why = self
            .reason
            .as_ref()
            .filter(|_| matches!(self.result, CheckStatus::Failed | CheckStatus::Timeout));
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        format!(
            "{} {}{patch} {}: {}{time}{why}",
            self.series,
            self.version,
            self.check,
            self.outcome()
        )
    }

    /// The result in a few words.
    pub fn outcome(&self) -> String {
        let word = self.result.word();
        let word = match (self.result, self.status, &self.reason) {
            (CheckStatus::Failed, Some(status), _) => format!("{word} ({status})"),
            (CheckStatus::Skipped, _, Some(reason)) => format!("{word} ({reason})"),
            _ => word.to_owned(),
        };
        if self.dirty {
            format!("{word}, dirty")
        } else {
            word
        }
    }
}

/// Seconds as a duration.
pub fn span(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
