// SPDX-License-Identifier: GPL-2.0-or-later
//! Asks the sources of reviews for updates: new versions, replies, patches that were missing, states of patches.
//!
//! Results are recorded in one transaction for each review, and nothing is applied. The database is not locked while
//! servers are asked and mails are read: the results are checked against it when they are written, so that updates
//! can run in parallel with each other and with other commands.

pub mod ask;
pub mod plan;
mod start;
mod states;

use super::Reviews;
use super::ingest::{Incoming, RecordedSeries, StoredArrivals, trailers_in};
use super::listing::ReviewSummary;
use super::record::{self, ReviewRow};
use super::unread::News;
use crate::clock;
use crate::db::mail::MailKind;
use crate::db::series::SeriesId;
use crate::db::unread;
use crate::error::{Error, Result};
use crate::mail::Message;
use crate::series::{SeriesName, VersionNumber};
use crate::source::server::Servers;
use ask::{Asking, UpdateAnswer};
use plan::UpdatePlan;
use states::PatchStateCounts;
use std::collections::BTreeMap;

/// A version that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// Its number.
    pub version: VersionNumber,
    /// How many of its patches have arrived.
    pub patches: u32,
    /// How many it should have.
    pub total: u32,
}

/// How many patches have changed to a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCount {
    /// The state, as Patchwork has it.
    pub state: String,
    /// How many patches.
    pub patches: usize,
}

/// What an update found of one review.
#[derive(Debug, Clone)]
pub struct Updated {
    /// Name of the series.
    pub series: SeriesName,
    /// Whether there was a source to ask.
    pub asked: bool,
    /// Versions that have arrived.
    pub versions: Vec<NewVersion>,
    /// How many patches arrived that were missing before.
    pub patches: usize,
    /// How many replies have arrived.
    pub replies: usize,
    /// How many trailers these replies give.
    pub trailers: usize,
    /// How many patches have changed to each state on Patchwork.
    pub states: Vec<StateCount>,
    /// The version that was started.
    pub started: Option<VersionNumber>,
    /// Why a new version was not started.
    pub left: Option<String>,
    /// What could not be fetched or used.
    pub errors: Vec<String>,
    /// What is new and unread, from this update and earlier ones.
    pub news: News,
    id: SeriesId,
}

impl Updated {
    fn new(recorded: &ReviewRow) -> Result<Updated> {
        Ok(Updated {
            series: recorded.series_name()?,
            asked: false,
            versions: Vec::new(),
            patches: 0,
            replies: 0,
            trailers: 0,
            states: Vec::new(),
            started: None,
            left: None,
            errors: Vec::new(),
            news: News::default(),
            id: recorded.id,
        })
    }

    fn add(&mut self, kept: &StoredArrivals) {
        for selected in &kept.versions {
            self.versions.push(NewVersion {
                version: selected.number,
                patches: selected.patches,
                total: selected.total,
            });
            self.replies += selected.replies;
            self.trailers += selected.trailers;
        }
        for mail in &kept.mails {
            match mail.kind {
                MailKind::Reply => {
                    self.replies += 1;
                    self.trailers += trailers_in(&Message::new(mail.raw.clone(), String::new()));
                }
                MailKind::Patch => self.patches += 1,
                MailKind::Cover => {}
            }
        }
    }
}

impl Reviews<'_> {
    /// The reviews to update: those that are here and not finished, or with `all` every review.
    pub fn to_update(&self, all: bool) -> Result<Vec<ReviewRow>> {
        let goes_on = |line: &ReviewSummary| all || (line.state.is_here() && line.end.is_none());
        Ok(self
            .lines()?
            .into_iter()
            .filter(goes_on)
            .map(|line| line.recorded)
            .collect())
    }

    /// Fetches and records updates of reviews. A failure is reported in the result of its review.
    pub fn update(&mut self, all: &[ReviewRow], asking: &Asking<'_>) -> Result<Vec<Updated>> {
        let mut updated = all.iter().map(Updated::new).collect::<Result<Vec<_>>>()?;
        let (mut plans, mut places) = (Vec::new(), Vec::new());
        let mut servers: BTreeMap<Option<String>, Result<Servers>> = BTreeMap::new();
        for (at, one) in all.iter().enumerate() {
            let Some(known) = RecordedSeries::load(&self.db, one.id)? else {
                continue;
            };
            let upstream = known.series.upstream.clone();
            let choose = || {
                Servers::choose(
                    self.upstreams(),
                    self.settings,
                    Some(self.repo),
                    upstream.as_deref(),
                )
            };
            match servers.entry(upstream.clone()).or_insert_with(choose) {
                Ok(servers) => {
                    let plan = UpdatePlan::of(&self.db, known, servers)?;
                    if plan.has_source(asking.is_offline) {
                        updated[at].asked = true;
                        plans.push(plan);
                        places.push(at);
                    }
                }
                Err(error) => updated[at].errors.push(error.to_string()),
            }
        }
        let progress = self.events.progress("Asking", plans.len());
        let mut asked = Vec::new();
        let lately = asking.lately(&plans);
        asking.all(&plans, &lately, |at, found| {
            let (plan, told) = (&plans[at], &mut updated[places[at]]);
            if let Err(error) = self.take(plan, found, told) {
                told.errors.push(error.to_string());
            }
            asked.push(plan.known.series.id);
            progress.advance();
        });
        drop(progress);
        let now = clock::now();
        if !asked.is_empty() {
            self.db
                .write(|write| unread::set_updated(write, &asked, now))?;
        }
        self.fill_news(&mut updated)?;
        Ok(updated)
    }

    fn fill_news(&self, updated: &mut [Updated]) -> Result<()> {
        let replies = unread::unseen_replies(&self.db)?;
        let all: BTreeMap<SeriesId, ReviewRow> = record::all(&self.db)?
            .into_iter()
            .map(|one| (one.id, one))
            .collect();
        for one in updated {
            let replies = replies.get(&one.id).copied().unwrap_or_default();
            one.news = all
                .get(&one.id)
                .map(|recorded| News::of(recorded, replies))
                .unwrap_or_default();
        }
        Ok(())
    }

    /// Records the results for one review.
    fn take(&mut self, plan: &UpdatePlan, found: UpdateAnswer, told: &mut Updated) -> Result<()> {
        let UpdateAnswer {
            mut gathered,
            mut states,
            failures,
            ..
        } = found;
        let name = &told.series;
        told.errors.extend(failures.iter().map(Error::to_string));
        gathered
            .warnings
            .iter()
            .for_each(|warning| self.events.warn(format!("{name}: {warning}")));
        let patchwork = gathered.patchwork.clone();
        let arrivals = match gathered.messages.is_empty() {
            true => Incoming::default(),
            false => {
                gathered.messages.extend(self.kept_mails(plan)?);
                Incoming::sort(&plan.known, gathered, &self.mail_options()?)
            }
        };
        arrivals
            .ignored
            .iter()
            .for_each(|what| self.events.step(format!("{name}: {what}")));
        told.errors.extend(arrivals.broken.iter().cloned());
        // A version that was recorded without its Patchwork number gets it now.
        for series in patchwork {
            let row = plan
                .known
                .versions
                .iter()
                .find(|row| plan.known.has_mail_of(row.id, &series));
            states.extend(row.map(|row| (row.id, series)));
        }
        let mut changed = Vec::new();
        for (version, series) in states {
            if states::differs(&self.db, version, &series)? {
                changed.push((version, series));
            }
        }
        if arrivals.is_empty() && changed.is_empty() {
            return Ok(());
        }
        let source = plan.source();
        let kept = self.db.write(|write| {
            let Some(kept) = arrivals.keep(write, plan.known.series.id, &source)? else {
                return Ok(None);
            };
            let mut all = PatchStateCounts::new();
            for (version, series) in &changed {
                for (state, patches) in states::note(write, *version, series)? {
                    *all.entry(state).or_default() += patches;
                }
            }
            Ok(Some((kept, all)))
        })?;
        if let Some((kept, states)) = kept {
            told.add(&kept);
            told.states = states
                .into_iter()
                .map(|(state, patches)| StateCount { state, patches })
                .collect();
        }
        Ok(())
    }

    /// The recorded cover letters and patches, to match replies against.
    fn kept_mails(&self, plan: &UpdatePlan) -> Result<Vec<Message>> {
        let mut mails = Vec::new();
        for row in &plan.known.versions {
            let own = record::mails(&self.db, row.id)?
                .into_iter()
                .filter(|mail| mail.kind != MailKind::Reply);
            mails.extend(own.map(|mail| {
                Message::new(mail.raw, format!("a mail of {}", plan.known.series.name))
            }));
        }
        Ok(mails)
    }
}
