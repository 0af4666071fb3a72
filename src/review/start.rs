// SPDX-License-Identifier: GPL-2.0-or-later
//! Starts the review of a version: from mails to a worktree.

use super::clones;
use super::ingest::{Incoming, RecordedSeries};
use super::place::WorktreeUpdate;
use super::record::{self, ChosenSeries, RecordedEntry};
use super::refs::{self, SeriesRefs};
use super::report::{PatchReport, PathState, ReviewReport, ReviewState};
use super::selection::{ReviewSelector, Selected, select};
use super::stop::UNFIT;
use super::unread::News;
use super::{Reviews, link, name};
use crate::apply::{self, Applied};
use crate::base::Base;
use crate::clock;
use crate::db::series;
use crate::diff::patch_id;
use crate::error::{Error, Exit, Result};
use crate::git::Oid;
use crate::git::objects::Objects;
use crate::git::refs::RefChange;
use crate::mail::MessageId;
use crate::mail::mailinfo::MailinfoOptions;
use crate::series::{PatchIdentity, SeriesIdentity, SeriesName, VersionNumber};
use crate::settings::Settings;
use crate::source::{Fetched, SourceContext};
use crate::text::count::patches;
use crate::text::shell_quote;
use crate::worktree::branch_ref;
use crate::worktree::lock::ReviewLock;
use std::collections::HashSet;

/// What the user asks for.
#[derive(Debug, Clone, Default)]
pub struct StartRequest<'a> {
    /// The version and series to review.
    pub wanted: ReviewSelector,
    /// The source of the mails to record; if none, the source as the user named it.
    pub origin: Option<String>,
    /// The name to review it under.
    pub name: Option<String>,
    /// The commit to apply it to.
    pub base: Option<String>,
    /// Commits to try in order, instead of `base`.
    pub onto: Vec<String>,
    /// Whether a worktree is made.
    pub worktree: bool,
    /// Whether to change nothing.
    pub dry_run: bool,
    /// Whether to apply the version again, and save what the user added under a ref.
    pub force: bool,
    /// The servers that may be asked for its dependencies.
    pub sources: Option<SourceContext<'a>>,
}

/// A version that is about to be applied.
pub(super) struct StartJob<'a> {
    pub(super) name: &'a SeriesName,
    pub(super) selected: &'a Selected,
    pub(super) base: &'a Base,
    pub(super) entry: &'a RecordedEntry,
    pub(super) request: &'a StartRequest<'a>,
    pub(super) objects: &'a Objects,
}

impl Reviews<'_> {
    /// Starts the review of the version that `request` names among the mails in `gathered` from `source`.
    ///
    /// A conflict is not an error: the state of the report is then `stopped`.
    pub fn start(
        &mut self,
        gathered: Fetched,
        source: &str,
        request: &StartRequest<'_>,
    ) -> Result<ReviewReport> {
        let options = self.mail_options()?;
        gathered
            .notes
            .iter()
            .for_each(|note| self.events.notice(note));
        gathered
            .warnings
            .iter()
            .for_each(|warning| self.events.warn(warning));
        let mut wanted = request.wanted.clone();
        let first = gathered
            .patchwork
            .first()
            .and_then(|series| series.patches.first());
        wanted.mail = first.map(|patch| patch.message_id.clone());
        let mut selected = select(gathered.messages, source, &wanted, &options)?;
        selected.attach(gathered.patchwork);
        self.compare_with_patchwork(&selected);
        let origin = request.origin.as_deref().unwrap_or(source);
        let source = selected
            .on_patchwork()
            .map_or(origin, |series| series.url.as_str())
            .to_owned();
        self.start_selected(&selected, &source, request)
    }

    /// Starts the review of a version whose mails are available; `source` is recorded.
    pub(super) fn start_selected(
        &mut self,
        selected: &Selected,
        source: &str,
        request: &StartRequest,
    ) -> Result<ReviewReport> {
        let version = selected.version.number;
        self.warn_of_invisible_text(selected);
        if request.dry_run {
            let objects = self.repo.temporary_objects()?;
            let base = self.ground(&objects, selected, request)?;
            return self.rehearse(&objects, selected, &base, request);
        }
        let objects = self.repo.objects()?;
        let base = self.ground(&objects, selected, request)?;
        let (entry, known, lock) = self.register(selected, source, &base, request)?;
        self.keep_answers(&entry, selected, source)?;
        let name = entry.name.clone();
        let job = StartJob {
            name: &name,
            selected,
            base: &base,
            entry: &entry,
            request,
            objects: &objects,
        };
        let there = known.of(version);
        let mut report = match there.head {
            // With both refs, a run was killed while it recorded that the version has stopped.
            Some(head) if !(request.force || entry.has_grown || there.stopped.is_some()) => {
                self.again(&job, &known, head, &lock)?
            }
            _ => self.apply_and_place(&job, &known, &lock)?,
        };
        self.reopen(entry.series)?;
        report.elsewhere = clones::others(&self.db, entry.series, self.repo.common_dir())?;
        Ok(report)
    }

    /// Stores the replies to the other recorded versions.
    fn keep_answers(
        &mut self,
        entry: &RecordedEntry,
        selected: &Selected,
        source: &str,
    ) -> Result<()> {
        if selected.others.iter().all(|one| one.replies.is_empty()) {
            return Ok(());
        }
        let Some(known) = RecordedSeries::load(&self.db, entry.series)? else {
            return Ok(());
        };
        let answers = Incoming::replies(&known, &selected.others);
        if answers.is_empty() {
            Ok(())
        } else {
            self.db
                .write(|write| answers.keep(write, entry.series, source))
                .map(drop)
        }
    }

    /// Reports where the data on Patchwork differ from the mails.
    fn compare_with_patchwork(&self, selected: &Selected) {
        let Some(series) = selected.on_patchwork() else {
            return;
        };
        let mails = selected
            .version
            .patches
            .iter()
            .filter_map(|patch| patch.message.message_id());
        let mails: HashSet<MessageId> = mails.collect();
        let unused = series
            .patches
            .iter()
            .filter(|patch| !mails.contains(&patch.message_id))
            .count();
        if unused > 0 && selected.version.missing.is_empty() {
            let there = patches(series.patches.len());
            self.events.warn(format!(
                "Patchwork has {there} in series {}; {unused} are not applied",
                series.id
            ));
        }
        if series.version != selected.version.number.get() {
            let (id, version) = (series.id, series.version);
            self.events.warn(format!(
                "series {id} is v{version} on Patchwork, but {} in the mails",
                selected.version.number
            ));
        }
        if let Some(state) = series.settled() {
            self.events.warn(format!(
                "no patch of series {} waits for a review: {state}",
                series.id
            ));
        }
    }

    /// How mails become commits: as `git am` does with the user's settings.
    pub(super) fn mail_options(&self) -> Result<MailinfoOptions> {
        mail_options(self.settings)
    }

    fn rehearse(
        &self,
        objects: &Objects,
        selected: &Selected,
        base: &Base,
        request: &StartRequest<'_>,
    ) -> Result<ReviewReport> {
        let chosen = record::choose(&self.db, selected, request.name.as_deref(), |name| {
            self.is_taken(name)
        })?;
        let applied = self.apply(objects, selected, base)?;
        let (stopped, head) = (
            applied.stopped.as_ref().map(|stop| stop.error.clone()),
            applied.head,
        );
        let mut report = self.report(&chosen.name, selected, base, head, Some(&applied));
        report.branch = None;
        match stopped {
            None => self.events.notice(format!(
                "would review {} {} '{}': {} apply",
                chosen.name,
                report.version,
                report.title,
                patches(report.patches.len())
            )),
            Some(error) => {
                report.state = ReviewState::Stopped;
                let why = error.to_string();
                let why = why.trim_start_matches(UNFIT);
                self.events.warn(format!(
                    "would stop at patch {}: {why}",
                    applied_count(&report) + 1
                ));
            }
        }
        Ok(report)
    }

    /// Chooses the name, takes its lock, checks that no work of the user's is affected, and records series, version and
    /// patches as one transaction.
    fn register(
        &mut self,
        selected: &Selected,
        source: &str,
        base: &Base,
        request: &StartRequest<'_>,
    ) -> Result<(RecordedEntry, SeriesRefs, ReviewLock)> {
        loop {
            let mut chosen = record::choose(&self.db, selected, request.name.as_deref(), |name| {
                self.is_taken(name)
            })?;
            let lock = self.worktrees.lock(&chosen.name)?;
            let known = SeriesRefs::read(self.repo, &chosen.name)?;
            let known =
                self.recover_am(&chosen.name, chosen.place(self)?.as_deref(), known, &lock)?;
            if let Some((stopped, _)) = known.stopped() {
                self.refuse_stopped(&chosen, &known, stopped)?;
            }
            if chosen.is_resent && !request.force {
                self.events.warn(format!(
                    "{} {} was recorded from other mails",
                    chosen.name, selected.version.number
                ));
                self.events
                    .hint("to apply these mails instead, use --force");
            }
            chosen.has_grown |= chosen.is_resent && request.force;
            if known.of(selected.version.number).head.is_none() || request.force || chosen.has_grown
            {
                self.refuse_own_work(
                    &chosen.name,
                    &known,
                    chosen.place(self)?.as_deref(),
                    request.force,
                )?;
            }
            // Another process may have recorded a series of that name meanwhile: then choose again.
            if let Some(entry) = record::insert(
                &mut self.db,
                &chosen,
                selected,
                (source, base.commit),
                self.repo,
            )? {
                link::note(&mut self.db, &entry, selected)?;
                return Ok((entry, known, lock));
            }
        }
    }

    /// Whether a branch of that name exists that was not created by a review.
    fn is_taken(&self, name: &str) -> Result<bool> {
        let Ok(name) = name::given(name) else {
            return Ok(true);
        };
        let branch = self.repo.find_ref(&branch_ref(&name))?;
        Ok(branch.is_some() && SeriesRefs::read(self.repo, &name)?.versions.is_empty())
    }

    /// Refuses a start while a version waits for the user; a run killed before `git am` stopped does not count.
    fn refuse_stopped(
        &self,
        chosen: &ChosenSeries,
        known: &SeriesRefs,
        stopped: VersionNumber,
    ) -> Result<()> {
        let name = &chosen.name;
        let worktree = self.own_worktree(name, chosen.place(self)?.as_deref())?;
        let Some(tree) = self.tree_of(worktree.as_ref())? else {
            return Ok(());
        };
        let is_ours = worktree
            .and_then(|found| found.head)
            .is_some_and(|head| known.known().contains(&head));
        if known.of(stopped).debris.is_none() && !tree.has_am() && is_ours {
            return Ok(());
        }
        Err(
            Error::new(format!("'{name}' {stopped} has an unresolved conflict"))
                .with_hint(format!(
                    "to continue after resolving it: git patman review continue {name}",
                    name = shell_quote(name)
                ))
                .with_hint(format!(
                    "to abort it: git patman review abort {name}",
                    name = shell_quote(name)
                ))
                .with_exit(Exit::Stopped),
        )
    }

    /// Handles a version that is applied already: only a missing worktree, or one that a killed run left, is placed.
    fn again(
        &mut self,
        job: &StartJob<'_>,
        known: &SeriesRefs,
        head: Oid,
        lock: &ReviewLock,
    ) -> Result<ReviewReport> {
        let (name, version) = (job.name, job.selected.version.number);
        let commit = known.of(version).base.unwrap_or(job.base.commit);
        let stored = Base {
            commit,
            ..job.base.clone()
        };
        let is_named = job.request.base.is_some() || !job.request.onto.is_empty();
        if stored.commit != job.base.commit && is_named {
            self.events.warn(format!(
                "{name} {version} is applied to {}, which stays",
                self.repo.short_id(stored.commit)
            ));
            self.events.hint("to apply it again, use --force");
        }
        let mut report = self.report(name, job.selected, &stored, head, None);
        report.is_old = true;
        if stored.commit != job.base.commit {
            report.base_why = None;
        }
        self.fill_commits(&mut report, stored.commit, head)?;
        let tip = self.repo.find_ref(&branch_ref(name))?;
        match tip.filter(|tip| !known.known().contains(tip)) {
            // If it has commits of the user's, the branch stays where it is.
            Some(tip) if self.repo.is_ancestor(head, tip)? => {
                let recorded =
                    record::place_of(&self.db, job.entry.series, self.repo.common_dir())?;
                report.worktree = self
                    .own_worktree(name, recorded.as_deref())?
                    .map(|found| found.path);
                report.path = if report.worktree.is_some() {
                    PathState::Present
                } else {
                    PathState::None
                };
            }
            _ => self.place_worktree(job, head, &mut report, lock)?,
        }
        Ok(report)
    }

    fn apply_and_place(
        &mut self,
        job: &StartJob<'_>,
        known: &SeriesRefs,
        lock: &ReviewLock,
    ) -> Result<ReviewReport> {
        let (name, version) = (job.name, job.selected.version.number);
        let applied = match self.apply(job.objects, job.selected, job.base) {
            Ok(applied) => applied,
            Err(error) => {
                record::take_back(&mut self.db, job.entry, self.repo.common_dir())?;
                return Err(error);
            }
        };
        if applied.stopped.is_some() {
            return self.stop(job, known, applied, lock);
        }
        let mut changes = self.leave(job, known)?;
        changes.push(RefChange::set(
            refs::head(name, version),
            known.of(version).head,
            applied.head,
        ));
        let old = known.of(version);
        changes.extend(
            old.stopped
                .map(|id| RefChange::delete(refs::stopped(name, version), id)),
        );
        changes.extend(
            old.debris
                .map(|id| RefChange::delete(refs::debris(name, version), id)),
        );
        self.repo.change_refs(
            &changes,
            &format!("patman: apply {version} of {name}"),
            lock,
        )?;
        record::grow(&mut self.db, job.entry, job.selected)?;
        let mut report = self.report(name, job.selected, job.base, applied.head, Some(&applied));
        self.place_worktree(job, applied.head, &mut report, lock)?;
        Ok(report)
    }

    /// The base of the version to apply, and a ref that holds what was applied before.
    pub(super) fn leave(&self, job: &StartJob<'_>, known: &SeriesRefs) -> Result<Vec<RefChange>> {
        let (name, version) = (job.name, job.selected.version.number);
        let old = known.of(version);
        let mut changes = vec![RefChange::set(
            refs::base(name, version),
            old.base,
            job.base.commit,
        )];
        // A run that was killed before it moved the branch has left it at the old commit.
        let is_left_already =
            old.was.is_some() && self.repo.find_ref(&branch_ref(name))? == old.was;
        let before = old.head.or(old.stopped).filter(|_| !is_left_already);
        changes.extend(before.map(|id| RefChange::set(refs::was(name, version), old.was, id)));
        Ok(changes)
    }

    fn apply(&self, objects: &Objects, selected: &Selected, base: &Base) -> Result<Applied> {
        let committer = self.repo.committer(self.settings.committer())?;
        if committer.is_neutral {
            let signature = &committer.signature;
            self.events.notice(format!(
                "user.name and user.email are not set; committing as '{}'",
                signature.person()
            ));
        }
        apply::apply(
            objects,
            base.commit,
            &selected.patches,
            &committer.signature,
        )
    }

    /// Moves branch and worktree to `head`, unless a newer version is there already.
    fn place_worktree(
        &mut self,
        job: &StartJob<'_>,
        head: Oid,
        report: &mut ReviewReport,
        lock: &ReviewLock,
    ) -> Result<()> {
        let (name, version) = (job.name, job.selected.version.number);
        let known = SeriesRefs::read(self.repo, name)?;
        let stays = self.repo.find_ref(&branch_ref(name))?.is_some();
        if let Some((newer, _)) = known
            .newest()
            .filter(|(newest, _)| stays && *newest > version)
        {
            self.events.notice(format!(
                "the branch '{name}' stays at {newer}; {version} is {}",
                refs::head(name, version)
            ));
            report.branch = None;
            return Ok(());
        }
        let why = format!("patman: review {version} of {name}");
        let placing = WorktreeUpdate {
            name,
            refs: &known,
            to: head,
            why: &why,
            force: job.request.force,
        };
        self.place_and_note(job, &placing, job.request.worktree, report, lock)
    }

    /// Places the worktree, and records its path in the database and the report.
    pub(super) fn place_and_note(
        &mut self,
        job: &StartJob<'_>,
        placing: &WorktreeUpdate<'_>,
        make: bool,
        report: &mut ReviewReport,
        lock: &ReviewLock,
    ) -> Result<()> {
        let recorded = record::place_of(&self.db, job.entry.series, self.repo.common_dir())?;
        let path = self.place(placing, recorded.as_deref(), make, lock)?;
        if let Some(path) = &path {
            record::set_place(&mut self.db, job.entry.series, self.repo.common_dir(), path)?;
            report.path = PathState::Present;
        }
        report.worktree = path;
        let version = job.selected.version.number;
        let left = placing.refs.of(version).was;
        let left = left.map(|id| RefChange::delete(refs::was(placing.name, version), id));
        self.repo.change_refs(left.as_slice(), placing.why, lock)
    }

    /// What identifies a series that may not be recorded yet.
    fn identity_of(&self, name: &SeriesName, selected: &Selected) -> Option<SeriesIdentity> {
        let series = series::find(&self.db, name.as_str()).ok().flatten();
        let recorded = series.and_then(|series| record::find(&self.db, series.id).ok().flatten());
        let mut identity = recorded.and_then(|recorded| recorded.identity);
        if identity.is_none() {
            let message_id = selected.identity().map(|id| id.to_string());
            SeriesIdentity::add(&mut identity, selected.version.change_id(), message_id);
        }
        identity
    }

    pub(super) fn report(
        &self,
        name: &SeriesName,
        selected: &Selected,
        base: &Base,
        head: Oid,
        applied: Option<&Applied>,
    ) -> ReviewReport {
        let steps = applied
            .map(|applied| applied.steps.as_slice())
            .unwrap_or_default();
        let patches = selected
            .version
            .patches
            .iter()
            .zip(&selected.subjects)
            .enumerate();
        let patches = patches.map(|(at, (patch, subject))| {
            let step = steps.get(at);
            PatchReport {
                seq: patch.number,
                subject: subject.clone(),
                author: selected.patches[at].author.person(),
                commit: step.and_then(|step| step.commit).map(|id| id.to_string()),
                tree: step.map(|step| step.tree.to_string()),
                how: step.map(|step| step.how),
                identity: PatchIdentity {
                    message_id: patch.message.message_id().map(|id| id.to_string()),
                    patch_id: patch_id(&selected.patches[at].diff),
                    subject: subject.clone(),
                    ..PatchIdentity::default()
                },
            }
        });
        ReviewReport {
            series: name.clone(),
            identity: self.identity_of(name, selected).map(|id| id.to_string()),
            version: selected.version.number,
            title: selected.version.title.clone(),
            base: Some(base.commit.to_string()),
            base_why: Some(base.why.clone()),
            head: Some(head.to_string()),
            branch: Some(name.to_string()),
            worktree: None,
            path: PathState::None,
            elsewhere: Vec::new(),
            state: complete(selected),
            patches: patches.collect(),
            missing: selected.version.missing.clone(),
            started: Some(clock::now()),
            merged: Vec::new(),
            outcome: None,
            finished: None,
            news: News::default(),
            is_old: false,
        }
    }
}

/// How mails become commits: as `git am` does with the user's settings.
pub fn mail_options(settings: &Settings) -> Result<MailinfoOptions> {
    Ok(MailinfoOptions {
        scissors: settings.scissors()?,
        keep_cr: settings.am_keep_cr()?,
        message_id: settings.am_message_id()?,
        ..MailinfoOptions::default()
    })
}

pub(super) fn complete(selected: &Selected) -> ReviewState {
    if selected.version.missing.is_empty() {
        ReviewState::Applied
    } else {
        ReviewState::Partial
    }
}

fn applied_count(report: &ReviewReport) -> usize {
    report
        .patches
        .iter()
        .filter(|patch| patch.how.is_some())
        .count()
}
