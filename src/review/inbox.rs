// SPDX-License-Identifier: GPL-2.0-or-later
//! Lists the series that recently arrived on the list, and which of them are already recorded here.
//!
//! The upstream's Patchwork is asked for the latest series, with two requests: one for the series, one for the states
//! of their patches, which may fail without harm. If no Patchwork is known, or it does not answer, the archive is
//! asked for the mails that begin a series. A series is matched to a review by its number on Patchwork or its
//! first mail, otherwise by title and author, the same way as `review start` does it.

mod fetch;
mod known;

pub use fetch::MOST_FETCHED;

use super::Reviews;
use super::check::ApplyCheck;
use crate::error::{Error, Result};
use crate::mail::date::Timestamp;
use crate::mail::{MessageId, ParsedSubject};
use crate::series::{Person, VersionNumber};
use crate::source::archive::{self, Mails};
use crate::source::{SourceContext, patchwork};
use crate::text::shell_quote;
use known::ReviewIndex;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The state of a series that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxState {
    /// It is under review.
    Tracked,
    /// It is a newer version of a series under review than any that is recorded.
    Newer,
    /// A later version of it is under review or has arrived.
    Older,
    /// The user sent it.
    Own,
    /// Some of its patches have not arrived.
    Incomplete,
    /// None of its patches still needs a review.
    Settled,
}

impl InboxState {
    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            InboxState::Tracked => "tracked",
            InboxState::Newer => "newer",
            InboxState::Older => "older",
            InboxState::Own => "own",
            InboxState::Incomplete => "incomplete",
            InboxState::Settled => "settled",
        }
    }
}

/// A version of a series that arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The argument for `review start`: its number on Patchwork, or the id of its first mail.
    pub id: String,
    /// Its first mail.
    pub message_id: Option<String>,
    /// Which version it is.
    pub version: VersionNumber,
    /// Its title.
    pub title: String,
    /// Who sent it, as `Name <address>`.
    pub author: String,
    /// When it was sent, in seconds.
    pub date: Option<i64>,
    /// How many of its patches have arrived, if known.
    pub received: Option<u32>,
    /// How many it has.
    pub total: u32,
    /// The states of its patches on Patchwork, if known: one word, or several with commas.
    pub state: Option<String>,
    /// The states that apply to it.
    pub marks: Vec<InboxState>,
    /// The review that it belongs to.
    pub series: Option<String>,
    /// The newest recorded version of that review.
    pub reviewed: Option<VersionNumber>,
    /// How it applies, if that was tried.
    pub check: Option<ApplyCheck>,
    /// Who sent it.
    pub sender: Person,
    /// Its number on the Patchwork.
    pub number: Option<u64>,
}

impl Arrival {
    /// Whether it has that state.
    pub fn is(&self, mark: InboxState) -> bool {
        self.marks.contains(&mark)
    }

    fn first(&self) -> Option<MessageId> {
        self.message_id
            .as_deref()
            .and_then(|id| MessageId::new(id).ok())
    }

    /// Identifies the series if neither number nor mail does.
    fn identity(&self) -> (String, String) {
        (self.title.to_lowercase(), self.sender.email.to_lowercase())
    }
}

impl Reviews<'_> {
    /// The latest series, newest first, at most `limit`.
    ///
    /// # Errors
    /// If no server is known, or none answers.
    pub fn inbox(&self, sources: &SourceContext<'_>, limit: usize) -> Result<Vec<Arrival>> {
        let mut all = self.listed(sources, limit)?;
        let known = ReviewIndex::read(&self.db, sources.servers)?;
        let own = self.settings.own_addresses();
        let newest = newest_versions(&all);
        for one in &mut all {
            mark(one, &known, &own, newest.get(&one.identity()).copied());
        }
        Ok(all)
    }

    /// The series that the servers list.
    fn listed(&self, sources: &SourceContext<'_>, limit: usize) -> Result<Vec<Arrival>> {
        let servers = sources.servers;
        let failed = match &servers.patchwork {
            None => None,
            Some(server) => match of_patchwork(sources, server, limit) {
                Ok(all) => return Ok(all),
                Err(error) => Some(error),
            },
        };
        match (&servers.archive, failed) {
            (Some(place), failed) => {
                if let Some(error) = failed {
                    self.events.warn(format!(
                        "Patchwork does not respond; using the archive: {error}"
                    ));
                }
                let mails = archive::open(place, sources)?;
                of_archive(mails.as_ref(), limit)
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(nowhere(servers.upstream.as_deref())),
        }
    }
}

fn nowhere(upstream: Option<&str>) -> Error {
    let (of, key) = match upstream {
        Some(name) => (
            format!(" of the upstream '{name}'"),
            format!("patman.{name}.archive"),
        ),
        None => (String::new(), "patman.archive".to_owned()),
    };
    Error::new(format!(
        "no Patchwork server and no archive{of} is configured"
    ))
    .with_hint(
        "to set a Patchwork server: git config patman.patchworkUrl https://patchwork.example.com",
    )
    .with_hint(format!(
        "or an archive: git config {} https://lore.kernel.org/<list>/",
        shell_quote(&key)
    ))
}

/// The maximum number of patches whose states are requested: two pages.
const MOST_STATES: usize = 500;

fn of_patchwork(
    sources: &SourceContext<'_>,
    server: &crate::source::server::PatchworkServer,
    limit: usize,
) -> Result<Vec<Arrival>> {
    let all = patchwork::recent(sources.client, server, 0, limit)?;
    let patches: usize = all.iter().map(|one| one.received as usize).sum();
    let states = match patches {
        0 => BTreeMap::new(),
        // Without the states, a series is listed as waiting for a review.
        some => patchwork::recent_states(sources.client, server, some.min(MOST_STATES))
            .unwrap_or_default(),
    };
    Ok(all
        .into_iter()
        .map(|one| of_summary(one, &states))
        .collect())
}

fn of_summary(
    one: patchwork::PatchworkSummary,
    states: &BTreeMap<u64, BTreeSet<String>>,
) -> Arrival {
    let subject = ParsedSubject::parse(one.name.as_deref().unwrap_or_default());
    let states = states.get(&one.id).filter(|states| !states.is_empty());
    let mut marks = Vec::new();
    if states.is_some_and(|states| !states.iter().any(|state| patchwork::is_active(state))) {
        marks.push(InboxState::Settled);
    }
    if !one.is_complete {
        marks.push(InboxState::Incomplete);
    }
    Arrival {
        id: one.id.to_string(),
        message_id: one.first.as_ref().map(MessageId::to_string),
        version: VersionNumber::new(one.version).unwrap_or(VersionNumber::FIRST),
        title: subject.title,
        author: one.submitter.to_string(),
        date: Timestamp::parse(&format!("{}Z", one.date)).map(|date| date.seconds),
        received: Some(one.received),
        total: one.total,
        state: states.map(|states| states.iter().cloned().collect::<Vec<_>>().join(", ")),
        marks,
        series: None,
        reviewed: None,
        check: None,
        sender: one.submitter,
        number: Some(one.id),
    }
}

fn of_archive(mails: &dyn Mails, limit: usize) -> Result<Vec<Arrival>> {
    let mut all = mails.recent(limit)?;
    all.sort_by_key(|one| std::cmp::Reverse(one.seconds));
    // The only patch below a cover letter looks like a separate series.
    let covers: HashSet<MessageId> = all
        .iter()
        .filter(|one| one.subject.is_cover())
        .map(|one| one.id.clone())
        .collect();
    let is_below =
        |one: &archive::AtomEntry| one.answers.as_ref().is_some_and(|id| covers.contains(id));
    all.retain(|one| one.subject.is_cover() || !is_below(one));
    let arrival = |one: archive::AtomEntry| Arrival {
        id: one.id.to_string(),
        message_id: Some(one.id.to_string()),
        version: one.subject.version_or_first(),
        total: one.subject.total.unwrap_or(1),
        title: one.subject.title,
        author: one.author.to_string(),
        date: Some(one.seconds).filter(|&seconds| seconds > 0),
        received: None,
        state: None,
        marks: Vec::new(),
        series: None,
        reviewed: None,
        check: None,
        sender: one.author,
        number: None,
    };
    Ok(all.into_iter().map(arrival).collect())
}

/// The newest version of each series.
fn newest_versions(all: &[Arrival]) -> HashMap<(String, String), VersionNumber> {
    let mut newest = HashMap::new();
    for one in all {
        let known = newest.entry(one.identity()).or_insert(one.version);
        *known = one.version.max(*known);
    }
    newest
}

fn mark(one: &mut Arrival, known: &ReviewIndex, own: &[String], newest: Option<VersionNumber>) {
    let mut marks = Vec::new();
    if let Some(found) = known.find(one) {
        marks.push(match () {
            () if found.is_it || found.versions.contains(&one.version) => InboxState::Tracked,
            () if found.newest.is_none_or(|newest| one.version > newest) => InboxState::Newer,
            () => InboxState::Older,
        });
        (one.series, one.reviewed) = (Some(found.name), found.newest);
    }
    if marks.is_empty() && newest.is_some_and(|newest| newest > one.version) {
        marks.push(InboxState::Older);
    }
    if own.contains(&one.sender.email.to_lowercase()) {
        marks.push(InboxState::Own);
    }
    marks.append(&mut one.marks);
    one.marks = marks;
}
