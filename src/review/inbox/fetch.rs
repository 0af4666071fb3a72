// SPDX-License-Identifier: GPL-2.0-or-later
//! Fetches the mails of new series, to try whether they apply: one request for each series from the archive, or one for
//! each mail from a Patchwork without an archive.

use super::{Arrival, InboxState};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::mail::thread::{MailedVersion, assemble};
use crate::mail::{Message, MessageId};
use crate::review::Reviews;
use crate::review::check::{CheckCandidate, Trials};
use crate::review::dependencies::Needs;
use crate::source::archive::{self, Mails};
use crate::source::patchwork::{PatchworkQuery, PatchworkSource, PatchworkTarget};
use crate::source::{Source, SourceContext};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The maximum number of series to fetch and try.
pub const MOST_FETCHED: usize = 50;

/// The maximum number of patches of a series that is fetched mail by mail.
const MOST_MAILS: u32 = 50;

/// How many series are fetched at once.
const AT_ONCE: usize = 4;

impl Reviews<'_> {
    /// Tries in memory how series apply: only the first [`MOST_FETCHED`] of the given series.
    pub fn try_arrivals(
        &self,
        sources: &SourceContext<'_>,
        all: &mut [&mut Arrival],
        trials: &Trials<'_>,
        threads: usize,
    ) -> Result<()> {
        let mut tried: Vec<&mut Arrival> = all
            .iter_mut()
            .take(MOST_FETCHED)
            .map(|one| &mut **one)
            .collect();
        let asked: Vec<&Arrival> = tried.iter().map(|one| &**one).collect();
        let fetched = fetch(sources, &asked, self.events);
        let needs = Needs::new(Some(self), self.mail_options()?, None);
        let upstream = sources.servers.upstream.as_deref();
        let mut made = Vec::new();
        for (one, version) in asked.iter().zip(fetched) {
            let trial = version
                .and_then(|version| CheckCandidate::of_version(version, &one.id, upstream, &needs));
            made.push(trial.unwrap_or_else(|error| CheckCandidate::failed(&one.id, error)));
        }
        let fittings = trials.run(self.repo, &made, threads, self.events)?;
        for (one, fitting) in tried.iter_mut().zip(fittings) {
            if fitting.version.is_some() {
                let missing = u32::try_from(fitting.missing.len()).unwrap_or(u32::MAX);
                one.received = Some(fitting.total.saturating_sub(missing));
                one.total = fitting.total;
                one.marks.retain(|mark| *mark != InboxState::Incomplete);
                one.marks
                    .extend((missing > 0).then_some(InboxState::Incomplete));
            }
            one.check = Some(fitting);
        }
        Ok(())
    }
}

/// Fetches the given versions, in their order.
fn fetch(
    sources: &SourceContext<'_>,
    all: &[&Arrival],
    events: &dyn Events,
) -> Vec<Result<MailedVersion>> {
    // A local clone is read by one thread, and what one read finds speeds up the next.
    let is_remote = sources
        .servers
        .archive
        .as_deref()
        .is_none_or(|place| place.contains("://"));
    let threads = if is_remote { AT_ONCE.min(all.len()) } else { 1 };
    let slots: Vec<OnceLock<Result<MailedVersion>>> = all.iter().map(|_| OnceLock::new()).collect();
    let (next, progress) = (
        AtomicUsize::new(0),
        Mutex::new(events.progress("Fetching", all.len())),
    );
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let place = sources.servers.archive.as_deref();
                let mails = place.map(|place| archive::open(place, sources)).transpose();
                while let Some((slot, one)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| slots.get(at).zip(all.get(at)))
                {
                    slot.get_or_init(|| match &mails {
                        Ok(mails) => one_of(sources, mails.as_deref(), one),
                        Err(error) => Err(error.clone()),
                    });
                    progress
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .advance();
                }
            });
        }
    });
    let lost = || Err(Error::new("it was not fetched"));
    slots
        .into_iter()
        .map(|slot| slot.into_inner().unwrap_or_else(lost))
        .collect()
}

/// Fetches one version: from the archive or, if it is missing or incomplete there, from Patchwork.
fn one_of(
    sources: &SourceContext<'_>,
    mails: Option<&dyn Mails>,
    one: &Arrival,
) -> Result<MailedVersion> {
    let first = one.first();
    let of_archive = mails
        .zip(first.as_ref())
        .map(|(mails, id)| Ok(version_of(mails.thread(id)?, first.as_ref())));
    let of_archive = of_archive.transpose().map(Option::flatten);
    match (of_archive, one.number) {
        (Ok(Some(version)), _) if version.missing.is_empty() => Ok(version),
        (of_archive, Some(number)) if one.total <= MOST_MAILS || mails.is_none() => {
            let source = PatchworkSource::chosen(
                PatchworkQuery::Target(PatchworkTarget::Series(number)),
                sources,
            )?
            .mails_alone();
            let found = source
                .fetch()
                .map(|gathered| version_of(gathered.messages, first.as_ref()));
            match (found, of_archive) {
                (Ok(Some(version)), _) | (_, Ok(Some(version))) => Ok(version),
                (Err(error), _) => Err(error),
                (Ok(None), _) => Err(Error::new("its mails have no patch")),
            }
        }
        (Ok(Some(version)), _) => Ok(version),
        (Ok(None), _) => Err(Error::new("the archive does not have it")),
        (Err(error), _) => Err(error),
    }
}

/// The version that a mail begins, or the newest version of the only series.
fn version_of(messages: Vec<Message>, first: Option<&MessageId>) -> Option<MailedVersion> {
    let mut all = assemble(messages);
    let has_first = |version: &MailedVersion| first.is_some_and(|id| version.has_mail(id));
    let found = all.iter().find_map(|series| {
        series
            .versions
            .iter()
            .find(|version| has_first(version))
            .cloned()
    });
    found.or_else(|| {
        if all.len() == 1 {
            all.remove(0).versions.pop()
        } else {
            None
        }
    })
}
