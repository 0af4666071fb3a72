// SPDX-License-Identifier: GPL-2.0-or-later
//! Checks whether series apply: many at once, in memory, without creating a worktree, ref, row or object.
//!
//! One thread prepares the candidates, because only it reads the database; then several threads take one series
//! after the other, each with its own repository, whose new objects are discarded.

use super::Reviews;
use super::dependencies::Needs;
use super::record::{self, ReviewRow};
use super::selection;
use crate::apply::{self, ApplyMethod};
use crate::base::prerequisites::{self, PrerequisiteResult, apply_prerequisites};
use crate::base::{self, Question};
use crate::db::mail::MailKind;
use crate::db::series;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::git::Repo;
use crate::git::commits::Signature;
use crate::git::objects::Objects;
use crate::mail::Message;
use crate::mail::mailinfo::MailinfoOptions;
use crate::mail::thread::{MailedVersion, assemble};
use crate::series::VersionNumber;
use crate::settings::Settings;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// How a series applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyStatus {
    /// Every hunk applies at the line that it names.
    Exact,
    /// Some hunk applies at another line.
    Moved,
    /// Some patch applies by a three-way merge with the blobs it was based on.
    ThreeWay,
    /// All of its changes are already present.
    Already,
    /// A patch does not apply.
    Conflict,
    /// Patches are missing, so it was not tried.
    Incomplete,
    /// It could not be tried.
    Error,
}

impl ApplyStatus {
    /// The result in a word.
    pub fn word(self) -> &'static str {
        match self {
            ApplyStatus::Exact => "exact",
            ApplyStatus::Moved => "moved",
            ApplyStatus::ThreeWay => "3way",
            ApplyStatus::Already => "already",
            ApplyStatus::Conflict => "conflict",
            ApplyStatus::Incomplete => "incomplete",
            ApplyStatus::Error => "error",
        }
    }

    /// Whether all of it applies or is already present.
    pub fn is_good(self) -> bool {
        matches!(
            self,
            ApplyStatus::Exact | ApplyStatus::Moved | ApplyStatus::ThreeWay | ApplyStatus::Already
        )
    }
}

/// The result of applying one series to one commit.
#[derive(Debug, Clone)]
pub struct ApplyCheck {
    /// The name of its review; null if it comes from a source.
    pub series: Option<String>,
    /// Where its mails are.
    pub source: String,
    /// Its title.
    pub title: String,
    /// The version; null if there is none.
    pub version: Option<VersionNumber>,
    /// The revision that the user named; null if the base was chosen automatically.
    pub onto: Option<String>,
    /// The commit.
    pub base: Option<String>,
    /// Why that commit was chosen.
    pub base_why: Option<String>,
    /// How it applies.
    pub result: ApplyStatus,
    /// How many patches it has.
    pub total: u32,
    /// How many of them are already present.
    pub already: usize,
    /// The number of the patch that does not apply.
    pub patch: Option<u32>,
    /// The files that conflict.
    pub files: Vec<String>,
    /// The numbers of the missing patches.
    pub missing: Vec<u32>,
    /// Why it does not apply, as text.
    pub reason: Option<String>,
    /// Missing prerequisites and other warnings.
    pub warnings: Vec<String>,
}

/// A series to try.
#[derive(Debug)]
pub struct CheckCandidate {
    series: Option<String>,
    source: String,
    /// The version, or why there is none.
    version: Result<MailedVersion>,
    sought: Vec<PrerequisiteResult>,
    /// The upstream that it is for.
    upstream: Option<String>,
}

impl CheckCandidate {
    /// The newest version of each series in the mails of a source, which belong to `upstream`.
    pub fn of_mails(
        messages: Vec<Message>,
        source: &str,
        upstream: Option<&str>,
        needs: &Needs<'_>,
    ) -> Result<Vec<CheckCandidate>> {
        let found = messages.len();
        let all = assemble(messages);
        let newest = all.iter().filter_map(|series| series.versions.last());
        let sought: Result<Vec<Vec<PrerequisiteResult>>> =
            newest.map(|version| needs.sought(version, &all)).collect();
        let sought = sought?;
        let newest = all
            .into_iter()
            .filter_map(|mut series| series.versions.pop());
        let trials: Result<Vec<CheckCandidate>> = newest
            .zip(sought)
            .map(|(version, sought)| {
                let upstream = upstream.map(str::to_owned);
                Ok(CheckCandidate {
                    series: None,
                    source: source.to_owned(),
                    version: Ok(version),
                    sought,
                    upstream,
                })
            })
            .collect();
        let trials = trials?;
        if trials.is_empty() {
            return Err(Error::new(format!(
                "there is no patch in '{source}' ({found} mails)"
            )));
        }
        Ok(trials)
    }

    /// One version, which belongs to `upstream`.
    pub fn of_version(
        version: MailedVersion,
        source: &str,
        upstream: Option<&str>,
        needs: &Needs<'_>,
    ) -> Result<CheckCandidate> {
        let (sought, upstream) = (needs.sought(&version, &[])?, upstream.map(str::to_owned));
        Ok(CheckCandidate {
            series: None,
            source: source.to_owned(),
            version: Ok(version),
            sought,
            upstream,
        })
    }

    /// A candidate that could not be read.
    pub fn failed(source: &str, error: Error) -> CheckCandidate {
        CheckCandidate {
            series: None,
            source: source.to_owned(),
            version: Err(error),
            sought: Vec::new(),
            upstream: None,
        }
    }

    /// The newest version of a review, from the mails in the database; `None` if they were not stored.
    pub fn of_review(
        reviews: &Reviews<'_>,
        review: &ReviewRow,
        needs: &Needs<'_>,
    ) -> Result<Option<CheckCandidate>> {
        let Some(row) = review.version(review.newest) else {
            return Ok(None);
        };
        let (mut cover, mut patches) = (None, Vec::new());
        for mail in record::mails(&reviews.db, row.id)? {
            let message = Message::new(mail.raw, format!("a mail of {}", review.name));
            match (mail.kind, mail.seq) {
                (MailKind::Cover, _) => cover = Some(message),
                (MailKind::Patch, Some(number)) => patches.push((number, message)),
                (MailKind::Patch, None) | (MailKind::Reply, _) => {}
            }
        }
        if patches.is_empty() {
            return Ok(None);
        }
        let version = MailedVersion::kept(review.newest, row.total, cover, patches);
        let sought = needs.sought(&version, &[])?;
        let upstream = series::load(&reviews.db, review.id)?.and_then(|series| series.upstream);
        let (series, source) = (Some(review.name.clone()), "database".to_owned());
        Ok(Some(CheckCandidate {
            series,
            source,
            version: Ok(version),
            sought,
            upstream,
        }))
    }
}

/// What all candidates share.
#[derive(Debug)]
pub struct Trials<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// How mails become commits.
    pub options: MailinfoOptions,
    /// Revisions to apply to; if empty, each series is applied to the base chosen for it.
    pub onto: Vec<String>,
    /// The committer.
    pub committer: Signature,
}

impl Trials<'_> {
    /// Tries all candidates in parallel; the results are in the order of the candidates.
    pub fn run(
        &self,
        repo: &Repo,
        trials: &[CheckCandidate],
        threads: usize,
        events: &dyn Events,
    ) -> Result<Vec<ApplyCheck>> {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        let repos: Result<Vec<Repo>> = (0..threads.clamp(1, trials.len().max(1)))
            .map(|_| repo.reopen())
            .collect();
        let repos = repos?;
        let progress = events.progress("Checking", trials.len());
        let mut done: Vec<(usize, Vec<ApplyCheck>)> = Vec::with_capacity(trials.len());
        std::thread::scope(|scope| {
            for repo in repos {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    let objects = repo.temporary_objects();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(trial) = trials.get(at) else { break };
                        let fittings = match &objects {
                            Ok(objects) => self.one(&repo, objects, trial),
                            Err(error) => vec![trial.unfit(None, error)],
                        };
                        if sender.send((at, fittings)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            for one in receiver {
                done.push(one);
                progress.advance();
            }
        });
        done.sort_by_key(|(at, _)| *at);
        Ok(done
            .into_iter()
            .flat_map(|(_, fittings)| fittings)
            .collect())
    }

    /// Applies one series to each commit.
    fn one(&self, repo: &Repo, objects: &Objects, trial: &CheckCandidate) -> Vec<ApplyCheck> {
        let targets: Vec<Option<&str>> = match self.onto.as_slice() {
            [] => vec![None],
            onto => onto.iter().map(|name| Some(name.as_str())).collect(),
        };
        let version = match &trial.version {
            Ok(version) => version,
            Err(error) => return vec![trial.unfit(None, error)],
        };
        if !version.missing.is_empty() {
            return targets
                .iter()
                .map(|onto| trial.fitting(*onto, ApplyStatus::Incomplete))
                .collect();
        }
        let selected = match selection::of_version(version.clone(), &self.options) {
            Ok(selected) => selected,
            Err(error) => return vec![trial.unfit(None, &error)],
        };
        let fit = |onto: &Option<&str>| {
            self.fit(repo, objects, trial, &selected, *onto)
                .unwrap_or_else(|error| trial.unfit(*onto, &error))
        };
        targets.iter().map(fit).collect()
    }

    fn fit(
        &self,
        repo: &Repo,
        objects: &Objects,
        trial: &CheckCandidate,
        selected: &selection::Selected,
        onto: Option<&str>,
    ) -> Result<ApplyCheck> {
        let below = prerequisites::patches(&trial.sought);
        let question = Question {
            given: onto,
            version: &selected.version,
            patches: &selected.patches,
            below: &below,
            upstream: trial.upstream.as_deref(),
        };
        let base = base::choose(repo, self.settings, &question)?;
        let commit = base.commit;
        let base = apply_prerequisites(objects, base, &trial.sought, &self.committer)?;
        let applied =
            apply::apply_in_memory(objects, base.commit, &selected.patches, &self.committer)?;
        let count = |how: ApplyMethod| applied.steps.iter().filter(|step| step.how == how).count();
        let result = match () {
            () if applied.stopped.is_some() => ApplyStatus::Conflict,
            () if count(ApplyMethod::Already) == selected.patches.len() => ApplyStatus::Already,
            () if count(ApplyMethod::ThreeWay) > 0 => ApplyStatus::ThreeWay,
            () if count(ApplyMethod::Moved) > 0 => ApplyStatus::Moved,
            () => ApplyStatus::Exact,
        };
        let mut fitting = trial.fitting(onto, result);
        fitting.base = Some(commit.to_string());
        fitting.base_why = Some(base.why);
        fitting.already = count(ApplyMethod::Already);
        fitting.warnings = base
            .remarks
            .into_iter()
            .map(|remark| remark.warning)
            .collect();
        if let Some(stop) = applied.stopped {
            fitting.patch = selected
                .version
                .patches
                .get(stop.index)
                .map(|patch| patch.number);
            fitting.files = stop.files;
            fitting.reason = Some(stop.error.to_string());
        }
        Ok(fitting)
    }
}

impl CheckCandidate {
    fn fitting(&self, onto: Option<&str>, result: ApplyStatus) -> ApplyCheck {
        let version = self.version.as_ref().ok();
        ApplyCheck {
            series: self.series.clone(),
            source: self.source.clone(),
            title: version.map_or(String::new(), |version| version.title.clone()),
            version: version.map(|version| version.number),
            onto: onto.map(str::to_owned),
            base: None,
            base_why: None,
            result,
            total: version.map_or(0, |version| version.total),
            already: 0,
            patch: None,
            files: Vec::new(),
            missing: version.map_or(Vec::new(), |version| version.missing.clone()),
            reason: None,
            warnings: Vec::new(),
        }
    }

    fn unfit(&self, onto: Option<&str>, error: &Error) -> ApplyCheck {
        ApplyCheck {
            reason: Some(error.to_string()),
            ..self.fitting(onto, ApplyStatus::Error)
        }
    }
}
