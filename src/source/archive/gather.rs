// SPDX-License-Identifier: GPL-2.0-or-later
//! Collects all mails of a series, starting from one of them, in few requests.
//!
//! First comes the thread. Then, if patches are missing because they are not threaded, the mails that
//! their author sent in the same half hour; then other versions, by change-id or by the same title and
//! author; then earlier versions that the cover letters name. Mails that belong to other series are
//! dropped at the end. Only the thread is required; a failure to fetch anything further is a warning.

use super::address::anchor;
use super::{Mails, Query};
use crate::clock;
use crate::error::{Error, Result};
use crate::mail::thread::{MailedSeries, MailedVersion, assemble, series_of, without_duplicates};
use crate::mail::{Message, MessageId, earlier};
use crate::series::TitleKey;
use crate::source::Fetched;
use std::collections::HashSet;

/// Maximum time between the unthreaded patches of a series, in seconds.
const MAX_SENDING_TIME: i64 = 30 * 60;

/// Maximum number of threads fetched because a cover letter names them.
const MAX_NAMED_THREADS: usize = 4;

/// Maximum number of searches for unthreaded patches.
const MAX_UNTHREADED_SEARCHES: usize = 3;

/// The time after which no more requests are made, in seconds.
const MAX_SECONDS: i64 = 120;

/// The known facts about a series, used to look for newer mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesHints {
    /// Its title.
    pub title: String,
    /// The address of its author.
    pub author: String,
    /// Its change-id.
    pub change_id: Option<String>,
    /// When its newest version was sent, in seconds.
    pub seconds: i64,
}

impl SeriesHints {
    /// Reads the facts from the mails of a series.
    pub fn of(series: &MailedSeries) -> SeriesHints {
        let newest = series.versions.last();
        let mails = series
            .versions
            .iter()
            .flat_map(|version| version.cover.iter().chain(patches(version)));
        SeriesHints {
            title: newest
                .map(|version| version.title.clone())
                .unwrap_or_default(),
            author: newest
                .map(|version| version.author.email.clone())
                .unwrap_or_default(),
            change_id: series
                .versions
                .iter()
                .rev()
                .find_map(|version| version.change_id()),
            seconds: mails.map(seconds).max().unwrap_or_default(),
        }
    }

    fn versions(&self) -> Query {
        Query::Versions {
            title: self.title.clone(),
            author: self.author.clone(),
            change_id: self.change_id.clone(),
            sent: self.seconds,
        }
    }
}

/// Fetches everything now known about a series: its versions, including newer ones, and the replies to them.
///
/// `id` is one of its mails. If the archive does not have that mail, the series is searched for by its
/// facts, and the result may be empty.
///
/// # Errors
/// If the archive cannot be queried.
pub fn newer(mails: &dyn Mails, id: &MessageId, facts: &SeriesHints) -> Result<Fetched> {
    let thread = mails.thread(id)?;
    if is_of(&thread, id) {
        return Ok(gather_from(mails, id.clone(), thread));
    }
    let found = mails.find(&facts.versions())?;
    let title = TitleKey::of(&facts.title);
    let is_it = |message: &&Message| {
        let subject = message.subject();
        let is_titled = !subject.is_reply && subject.key() == title;
        is_titled && message.from().email.eq_ignore_ascii_case(&facts.author)
    };
    let first = found.iter().find(is_it).and_then(Message::message_id);
    Ok(first
        .map(|id| gather_from(mails, id, found))
        .unwrap_or_default())
}

/// Collects the series that contains the mail `id`, or the series of the mail in its thread that `pointed` names.
pub(super) fn gather(mails: &dyn Mails, id: &MessageId, pointed: Option<&str>) -> Result<Fetched> {
    let thread = mails.thread(id)?;
    if thread.is_empty() {
        return Err(Error::new(format!(
            "there is no mail '{}'",
            mails.describe(id)
        )));
    }
    if !is_of(&thread, id) {
        return Err(Error::new(format!(
            "'{}' returned other mails instead",
            mails.describe(id)
        )));
    }
    let find = |wanted: &str| {
        thread
            .iter()
            .filter_map(Message::message_id)
            .find(|id| anchor(id) == wanted)
    };
    let id = pointed.and_then(find).unwrap_or_else(|| id.clone());
    Ok(gather_from(mails, id, thread))
}

/// Whether the mails are the thread of `id`: they include that mail, or a reply to it.
///
/// A server's response to a request for an id is not trusted to be the thread.
fn is_of(thread: &[Message], id: &MessageId) -> bool {
    let names = |one: &Message| {
        one.headers("Message-ID")
            .iter()
            .any(|own| MessageId::new(own).is_ok_and(|own| own == *id))
    };
    thread
        .iter()
        .any(|one| names(one) || one.references().contains(id))
}

/// Collects the series of the mail `id`, given its thread.
fn gather_from(mails: &dyn Mails, id: MessageId, thread: Vec<Message>) -> Fetched {
    let mut pile = Pile {
        mails,
        id,
        messages: without_duplicates(thread),
        warnings: Vec::new(),
        begun: clock::now(),
    };
    if pile.series().is_some() {
        pile.collect_scattered();
        pile.collect_versions();
        pile.collect_named();
        pile.collect_scattered();
    }
    let messages = pile.of_series();
    Fetched {
        messages,
        warnings: pile.warnings,
        ..Fetched::default()
    }
}

/// The mails collected so far.
struct Pile<'a> {
    mails: &'a dyn Mails,
    id: MessageId,
    messages: Vec<Message>,
    warnings: Vec<String>,
    begun: i64,
}

impl Pile<'_> {
    /// The mails that belong to the series, or to no series.
    fn of_series(&self) -> Vec<Message> {
        let numbers = series_of(&self.messages);
        let at = self
            .messages
            .iter()
            .position(|message| message.message_id().as_ref() == Some(&self.id));
        let Some(wanted) = at.and_then(|at| numbers[at]) else {
            return self.messages.clone();
        };
        let belongs = |number: &Option<usize>| number.is_none_or(|number| number == wanted);
        let mails = self
            .messages
            .iter()
            .zip(&numbers)
            .filter(|(_, number)| belongs(number));
        mails.map(|(message, _)| message.clone()).collect()
    }

    /// The series itself, if the mail belongs to one.
    fn series(&self) -> Option<MailedSeries> {
        let mut all = assemble(self.of_series());
        if all.len() > 1 {
            all.retain(|series| holds(series, &self.id));
        }
        (all.len() == 1).then(|| all.remove(0))
    }

    fn add(&mut self, what: &str, found: Result<Vec<Message>>) {
        match found {
            Ok(found) => {
                self.messages.extend(found);
                self.messages = without_duplicates(std::mem::take(&mut self.messages));
            }
            Err(error) => self
                .warnings
                .push(format!("cannot search for {what}: {error}")),
        }
    }

    fn has_time(&self) -> bool {
        clock::now() - self.begun < MAX_SECONDS
    }

    /// Searches for missing patches that are not threaded: mails that the author sent at the same time.
    fn collect_scattered(&mut self) {
        let mut asked: HashSet<(String, i64)> = HashSet::new();
        while asked.len() < MAX_UNTHREADED_SEARCHES && self.has_time() {
            let Some(series) = self.series() else { return };
            let scattered = series
                .versions
                .iter()
                .rev()
                .filter(|version| !version.missing.is_empty());
            let place = |version: &MailedVersion| {
                let first = version
                    .cover
                    .iter()
                    .chain(patches(version))
                    .map(seconds)
                    .min()?;
                Some((version.author.email.clone(), first)).filter(|_| version.total > 1)
            };
            let Some((author, at)) = scattered
                .filter_map(place)
                .find(|place| !asked.contains(place))
            else {
                return;
            };
            asked.insert((author.clone(), at));
            let query = Query::Sent {
                author,
                from: at - MAX_SENDING_TIME,
                until: at + MAX_SENDING_TIME,
            };
            let found = self.mails.find(&query);
            self.add("patches that are not in the thread", found);
        }
    }

    fn collect_versions(&mut self) {
        let Some(series) = self.series() else { return };
        let facts = SeriesHints::of(&series);
        if facts.title.is_empty() || facts.author.is_empty() || !self.has_time() {
            return;
        }
        let found = self.mails.find(&facts.versions());
        self.add("other versions", found);
    }

    /// Fetches the earlier versions named in the cover letters, or in the first patches without one.
    fn collect_named(&mut self) {
        let Some(series) = self.series() else { return };
        let here: HashSet<MessageId> = self
            .messages
            .iter()
            .filter_map(Message::message_id)
            .collect();
        let mut named: Vec<MessageId> = Vec::new();
        for version in series.versions.iter().rev() {
            let first = version.cover.iter().chain(patches(version)).next();
            let text = first.map(Message::text).unwrap_or_default();
            for id in earlier::urls(&text, version.number.get())
                .filter_map(|url| self.mails.named_here(url))
            {
                if !here.contains(&id) && !named.contains(&id) {
                    named.push(id);
                }
            }
        }
        for id in named.into_iter().take(MAX_NAMED_THREADS) {
            if self.has_time() {
                let found = self.mails.thread(&id);
                self.add("an earlier version", found);
            }
        }
    }
}

fn patches(version: &MailedVersion) -> impl Iterator<Item = &Message> {
    version.patches.iter().map(|patch| &patch.message)
}

fn seconds(message: &Message) -> i64 {
    message.date().map_or(0, |date| date.seconds)
}

fn holds(series: &MailedSeries, id: &MessageId) -> bool {
    let is_it = |message: &Message| message.message_id().as_ref() == Some(id);
    series.versions.iter().any(|version| {
        let replies = version.replies.iter().map(|reply| &reply.message);
        version
            .cover
            .iter()
            .chain(patches(version))
            .chain(replies)
            .any(is_it)
    })
}
