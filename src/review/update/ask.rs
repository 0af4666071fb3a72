// SPDX-License-Identifier: GPL-2.0-or-later
//! Fetches updates of reviews, several at once; nothing here knows the database.
//!
//! For an archive, a review costs two requests: the thread of its newest version, and a search for the threads of
//! the others. For a Patchwork, all reviews together cost one list of recent series; then each costs one for the states
//! of its patches, and if no archive is known and the series is small, one for the replies to each mail.

use super::plan::{PatchworkReview, UpdatePlan, link};
use crate::db::version::VersionId;
use crate::error::{Error, Result};
use crate::mail::{Message, MessageId};
use crate::presence;
use crate::review::ingest::RecordedSeries;
use crate::source::archive::{self, newer};
use crate::source::patchwork::{
    self, MAX_REPLY_REQUESTS, PatchworkQuery, PatchworkSeries, PatchworkSource, PatchworkSummary,
    PatchworkTarget,
};
use crate::source::{Fetched, Source, SourceContext, file, server};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc;

/// How many reviews are updated at once.
const AT_ONCE: usize = 4;

/// The most series of a Patchwork's list that are read.
const MOST_RECENT: usize = 500;

/// What was found for one review.
#[derive(Debug, Default)]
pub struct UpdateAnswer {
    /// Its mails.
    pub gathered: Fetched,
    /// The Patchwork data of recorded versions.
    pub states: Vec<(VersionId, PatchworkSeries)>,
    /// What could not be fetched.
    pub failures: Vec<Error>,
    /// Whether a source has returned the replies to mails.
    has_answers: bool,
}

/// What all requests share.
#[derive(Debug)]
pub struct Asking<'a> {
    /// What sources need, without servers: each review has its own.
    pub sources: SourceContext<'a>,
    /// Whether servers must not be asked.
    pub is_offline: bool,
}

/// The recent series of a Patchwork.
#[derive(Debug)]
pub struct Lately {
    server: server::PatchworkServer,
    list: Result<Vec<PatchworkSummary>>,
    is_cut: bool,
}

impl Asking<'_> {
    /// The recent series of the Patchworks of some reviews: one list for each Patchwork.
    pub fn lately(&self, plans: &[UpdatePlan]) -> Vec<Lately> {
        let mut wanted: Vec<(server::PatchworkServer, u64)> = Vec::new();
        for on in plans
            .iter()
            .filter_map(|plan| plan.patchwork.as_ref())
            .filter(|on| on.newest > 0)
        {
            match wanted.iter_mut().find(|(server, _)| *server == on.server) {
                Some((_, since)) => *since = on.newest.min(*since),
                None => wanted.push((on.server.clone(), on.newest)),
            }
        }
        if self.is_offline {
            return Vec::new();
        }
        each(wanted, |(server, since)| {
            let list = patchwork::recent(self.sources.client, &server, since, MOST_RECENT);
            let is_cut = list.as_ref().is_ok_and(|list| list.len() >= MOST_RECENT);
            Lately {
                server,
                list,
                is_cut,
            }
        })
    }

    /// Queries each review, and passes each result to `take` when it arrives, with the index of its plan.
    pub fn all(
        &self,
        plans: &[UpdatePlan],
        lately: &[Lately],
        mut take: impl FnMut(usize, UpdateAnswer),
    ) {
        let next = Mutex::new(0..plans.len());
        let (sender, receiver) = mpsc::sync_channel(AT_ONCE);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(plans.len()) {
                let (next, sender) = (&next, sender.clone());
                scope.spawn(move || {
                    loop {
                        let at = next.lock().ok().and_then(|mut next| next.next());
                        let Some(at) = at else { return };
                        if sender.send((at, self.one(&plans[at], lately))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            receiver.iter().for_each(|(at, found)| take(at, found));
        });
    }

    /// Queries each source of one review; the results of one source count even if another has failed.
    fn one(&self, plan: &UpdatePlan, lately: &[Lately]) -> UpdateAnswer {
        let mut found = UpdateAnswer::default();
        let path = self.path(plan, &mut found);
        let archive = self.archive(plan, &mut found);
        let patchwork = self.patchwork(plan, lately, &mut found);
        found.failures.extend(
            [path, archive, patchwork]
                .into_iter()
                .filter_map(Result::err),
        );
        found
    }

    fn path(&self, plan: &UpdatePlan, found: &mut UpdateAnswer) -> Result<()> {
        let Some(path) = plan.path.as_deref() else {
            return Ok(());
        };
        if !presence::exists(Path::new(path))? {
            return Ok(());
        }
        found.gathered.messages.extend(
            file::MailPath::new(path, self.sources.cwd)
                .fetch()?
                .messages,
        );
        Ok(())
    }

    fn archive(&self, plan: &UpdatePlan, found: &mut UpdateAnswer) -> Result<()> {
        let Some(archive) = plan.archive.as_deref() else {
            return Ok(());
        };
        let (Some(first), Some(facts)) = (plan.firsts.first(), &plan.facts) else {
            return Ok(());
        };
        if self.is_offline && archive.contains("://") {
            return Ok(());
        }
        let mails = archive::open(archive, &self.sources)?;
        let gathered = newer(mails.as_ref(), first, facts)?;
        let here: HashSet<MessageId> = gathered
            .messages
            .iter()
            .filter_map(Message::message_id)
            .collect();
        found.gathered.messages.extend(gathered.messages);
        found.gathered.warnings.extend(gathered.warnings);
        // If the title or author has changed, the search has not found the earlier versions.
        for id in plan.firsts.iter().skip(1).filter(|id| !here.contains(*id)) {
            found.gathered.messages.extend(mails.thread(id)?);
        }
        found.has_answers = !here.is_empty();
        Ok(())
    }

    fn patchwork(
        &self,
        plan: &UpdatePlan,
        lately: &[Lately],
        found: &mut UpdateAnswer,
    ) -> Result<()> {
        let Some(on) = plan.patchwork.as_ref().filter(|_| !self.is_offline) else {
            return Ok(());
        };
        for (version, series) in &on.linked {
            found.states.push((
                *version,
                self.states(on, series.clone(), found.has_answers, &mut found.gathered)?,
            ));
        }
        let here: HashSet<MessageId> = found
            .gathered
            .messages
            .iter()
            .filter_map(Message::message_id)
            .collect();
        let mut wanted: Vec<u64> = on.incomplete.clone();
        wanted.extend(
            self.fitting(plan, on, lately)?
                .iter()
                .map(|summary| summary.id),
        );
        for id in wanted {
            let described = patchwork::describe(
                self.sources.client,
                &on.server,
                id,
                on.servers.upstream.as_deref(),
            )?;
            if !described.patches.is_empty()
                && described
                    .patches
                    .iter()
                    .all(|patch| here.contains(&patch.message_id))
            {
                found.gathered.patchwork.push(described);
                continue;
            }
            let sources = self.sources.with_servers(&on.servers);
            let source = match on.servers.patchwork.as_ref() == Some(&on.server) {
                true => PatchworkSource::chosen(
                    PatchworkQuery::Target(PatchworkTarget::Series(id)),
                    &sources,
                )?,
                false => PatchworkSource::at(&on.server.url, PatchworkTarget::Series(id), &sources),
            };
            let gathered = source.fetch()?;
            found.gathered.messages.extend(gathered.messages);
            found.gathered.patchwork.extend(gathered.patchwork);
            found.gathered.warnings.extend(gathered.warnings);
        }
        Ok(())
    }

    /// The states of a version's patches; also the replies, if no archive has returned them and there are few patches.
    fn states(
        &self,
        on: &PatchworkReview,
        mut series: PatchworkSeries,
        has_answers: bool,
        gathered: &mut Fetched,
    ) -> Result<PatchworkSeries> {
        let mails = series.patches.len() + usize::from(series.cover.is_some());
        if !has_answers && mails > 0 && mails < MAX_REPLY_REQUESTS {
            let answers = patchwork::comments(self.sources.client, &on.server, &mut series)?;
            gathered.messages.extend(answers);
        }
        for one in patchwork::state(self.sources.client, &on.server, series.id)? {
            match series.patches.iter_mut().find(|patch| patch.id == one.id) {
                Some(patch) => patch.state = one.state,
                None => series.patches.extend(one.message_id.map(|message_id| {
                    patchwork::PatchworkPatch {
                        id: one.id,
                        message_id,
                        name: one.name,
                        state: one.state,
                        comments: None,
                    }
                })),
            }
        }
        Ok(series)
    }

    /// The Patchwork series that are newer versions of a review, or a recorded version without a Patchwork number.
    fn fitting(
        &self,
        plan: &UpdatePlan,
        on: &PatchworkReview,
        lately: &[Lately],
    ) -> Result<Vec<PatchworkSummary>> {
        let title = plan.known.series.desc.as_deref().unwrap_or_default();
        let listed = lately.iter().find(|one| one.server == on.server);
        let all = match listed {
            Some(Lately {
                list: Err(error), ..
            }) => return Err(error.clone()),
            Some(Lately {
                list: Ok(list),
                is_cut: false,
                ..
            }) => list.clone(),
            // There are more recent series than the list holds.
            _ => patchwork::search(self.sources.client, &on.server, title)?,
        };
        let mut fitting: Vec<PatchworkSummary> = all
            .into_iter()
            .filter(|one| fits(&plan.known, one))
            .collect();
        // If a version was sent twice, take the complete sending, or otherwise the later.
        fitting.sort_by_key(|one| (one.version, one.is_complete, one.id));
        fitting.reverse();
        fitting.dedup_by_key(|one| one.version);
        Ok(fitting)
    }
}

fn fits(known: &RecordedSeries, one: &PatchworkSummary) -> bool {
    let is_it = known.is_titled(one.name.as_deref().unwrap_or_default());
    let is_new = known
        .newest()
        .is_none_or(|newest| one.version > newest.get());
    let mut rows = known
        .versions
        .iter()
        .filter(|row| row.number.is_some_and(|number| number.get() == one.version));
    let is_unlinked = rows.any(|row| link(row) == 0);
    is_it && (is_new || is_unlinked) && one.received > 0 && known.is_by(&one.submitter)
}

/// Runs `work` on each item, a few at once, and preserves their order.
fn each<T: Send, U: Send>(all: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let mut done = Vec::new();
    let mut left = all.into_iter().peekable();
    while left.peek().is_some() {
        let part: Vec<T> = left.by_ref().take(AT_ONCE).collect();
        std::thread::scope(|scope| {
            let running: Vec<_> = part
                .into_iter()
                .map(|one| scope.spawn(|| work(one)))
                .collect();
            done.extend(running.into_iter().filter_map(|one| one.join().ok()));
        });
    }
    done
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::review::samples::{database, record, sent};
    use crate::series::Person;

    fn summary(title: &str, version: u32, author: &str, received: u32) -> PatchworkSummary {
        PatchworkSummary {
            id: 9,
            name: Some(title.to_owned()),
            version,
            total: 2,
            received,
            is_complete: received == 2,
            date: String::new(),
            submitter: Person {
                name: author.to_owned(),
                email: format!("{author}@example.com"),
            },
            first: None,
            subjects: Vec::new(),
        }
    }

    #[test]
    fn what_is_newer_or_not_linked_yet_belongs_to_a_review() {
        let mut db = database();
        let versions = [(1, 5, sent("Ada", "a@x")), (2, 0, sent("Ada", "b@x"))];
        let id = record(&mut db, "one-fix", "one: Fix", &versions);
        let known = RecordedSeries::load(&db, id).unwrap().unwrap();
        for (title, version, author, received, wanted) in [
            ("[v3,0/2] One: fix", 3, "Ada", 1, true),
            ("[v2,0/2] one: Fix", 2, "Ada", 2, true),
            ("[0/2] one: Fix", 1, "Ada", 2, false),
            ("[v3,0/2] one: Fix it", 3, "Ada", 2, false),
            ("[v3,0/2] one: Fix", 3, "Eve", 2, false),
            ("[v3,0/2] one: Fix", 3, "Ada", 0, false),
        ] {
            let one = summary(title, version, author, received);
            assert_eq!(
                fits(&known, &one),
                wanted,
                "{title} {version} {author} {received}"
            );
        }
    }

    #[test]
    fn a_few_at_once_keep_their_order() {
        let all: Vec<usize> = (0..50).collect();
        assert_eq!(each(all.clone(), |one| one), all);
    }
}
