// SPDX-License-Identifier: GPL-2.0-or-later
//! Patchwork's data about many series at once, and about the patches of one series.

use super::answer;
use super::api::Api;
use crate::error::Result;
use crate::mail::MessageId;
use crate::series::Person;
use crate::source::http::Client;
use crate::source::percent::encode_component;
use crate::source::server;
use std::collections::{BTreeMap, BTreeSet};

/// A series in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchworkSummary {
    /// Its number.
    pub id: u64,
    /// Its title, or that of the first patch received; `None` if none has been received.
    pub name: Option<String>,
    /// Its version according to Patchwork.
    pub version: u32,
    /// The number of patches that it should have.
    pub total: u32,
    /// The number of patches received.
    pub received: u32,
    /// Whether all patches have been received.
    pub is_complete: bool,
    /// The date of its first mail, as the mail gives it, in UTC: `2026-01-31T12:00:00`.
    pub date: String,
    /// The sender.
    pub submitter: Person,
    /// Its cover letter, or its first patch if it has none.
    pub first: Option<MessageId>,
    /// The subjects of the patches received, as Patchwork writes them.
    pub subjects: Vec<String>,
}

/// The state of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchState {
    /// Its number.
    pub id: u64,
    /// Its message id.
    pub message_id: Option<MessageId>,
    /// Its subject as Patchwork writes it.
    pub name: String,
    /// Its state, a word such as `under-review`.
    pub state: Option<String>,
    /// Whether it is archived.
    pub is_archived: bool,
}

/// The latest series of the project, newest first: those with a number above `since`, at most `limit`.
///
/// The numbers give the order of arrival; dates are what the mails claim.
pub fn recent(
    client: &Client,
    server: &server::PatchworkServer,
    since: u64,
    limit: usize,
) -> Result<Vec<PatchworkSummary>> {
    let api = Api::new(client, &server.url);
    let path = format!("series/?order=-id{}", of_project(server));
    let all = api.list_until(&path, limit, |one: &answer::SeriesAnswer| one.id <= since)?;
    let mut all: Vec<answer::SeriesAnswer> = all
        .into_iter()
        .filter(|one| is_of(one.project.as_ref(), server) && one.id > since)
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok(all.into_iter().map(summary).collect())
}

/// The series of the project whose titles contain every word of `text`, newest first, in one request.
pub fn search(
    client: &Client,
    server: &server::PatchworkServer,
    text: &str,
) -> Result<Vec<PatchworkSummary>> {
    titled(&Api::new(client, &server.url), server, text)
}

/// The series whose titles contain every word of `text`.
pub(super) fn titled(
    api: &Api<'_>,
    server: &server::PatchworkServer,
    text: &str,
) -> Result<Vec<PatchworkSummary>> {
    // Quotation marks and commas have a special meaning to the server.
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || "\"',".contains(c))
        .map(str::to_lowercase)
        .collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let query = encode_component(&words.join(" "));
    let all: Vec<answer::SeriesAnswer> = api.list(
        &format!("series/?order=-id{}&q={query}", of_project(server)),
        super::api::PER_PAGE,
    )?;
    let fits = |one: &answer::SeriesAnswer| {
        let name = one.name.as_deref().unwrap_or_default().to_lowercase();
        is_of(one.project.as_ref(), server) && words.iter().all(|word| name.contains(word))
    };
    Ok(all.into_iter().filter(fits).map(summary).collect())
}

/// The states of the patches of a series, by number, in one request for each 250 patches.
pub fn state(
    client: &Client,
    server: &server::PatchworkServer,
    id: u64,
) -> Result<Vec<PatchState>> {
    states(&Api::new(client, &server.url), id)
}

pub(super) fn states(api: &Api<'_>, id: u64) -> Result<Vec<PatchState>> {
    let all: Vec<answer::Submission> = api.list(
        &format!("patches/?series={id}&order=id"),
        crate::mail::subject::MAX_PATCHES as usize,
    )?;
    let of_series =
        |one: &answer::Submission| one.series.iter().flatten().any(|series| series.id == id);
    let state = |one: answer::Submission| PatchState {
        id: one.id,
        message_id: answer::message_id(one.msgid.as_deref()),
        name: one.name.unwrap_or_default(),
        state: one.state,
        is_archived: one.archived.unwrap_or_default(),
    };
    Ok(all.into_iter().filter(of_series).map(state).collect())
}

/// The states of the latest patches, at most `most`, by the numbers of their series.
pub fn recent_states(
    client: &Client,
    server: &server::PatchworkServer,
    most: usize,
) -> Result<BTreeMap<u64, BTreeSet<String>>> {
    let path = format!("patches/?order=-id{}", of_project(server));
    let all: Vec<answer::Submission> = Api::new(client, &server.url).list(&path, most)?;
    let mut states: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for patch in all {
        for series in patch.series.iter().flatten() {
            states
                .entry(series.id)
                .or_default()
                .extend(patch.state.clone());
        }
    }
    Ok(states)
}

/// The part of a query that selects the project, by its name in URLs, which every server knows.
pub(super) fn of_project(server: &server::PatchworkServer) -> String {
    server
        .project
        .as_ref()
        .map(|project| format!("&project={}", encode_component(&project.link_name)))
        .unwrap_or_default()
}

/// Whether a response is about the requested project.
pub(super) fn is_of(
    answered: Option<&answer::ProjectAnswer>,
    server: &server::PatchworkServer,
) -> bool {
    let (Some(answered), Some(wanted)) = (answered, &server.project) else {
        return true;
    };
    let is_named = answered
        .link_name
        .as_deref()
        .is_some_and(|name| name.eq_ignore_ascii_case(&wanted.link_name));
    is_named || answered.id == Some(wanted.id)
}

pub(super) fn summary(one: answer::SeriesAnswer) -> PatchworkSummary {
    let first = one
        .cover_letter
        .as_ref()
        .or_else(|| one.patches.as_ref()?.first());
    let nameless = || one.patches.as_ref()?.first()?.name.clone();
    PatchworkSummary {
        subjects: one
            .patches
            .iter()
            .flatten()
            .filter_map(|patch| patch.name.clone())
            .collect(),
        first: first.and_then(|mail| answer::message_id(mail.msgid.as_deref())),
        id: one.id,
        is_complete: one.is_complete(),
        version: one.version.unwrap_or(1),
        total: one.total.unwrap_or_default(),
        received: one.received_total.unwrap_or_default(),
        date: one.date.unwrap_or_default(),
        name: one.name.clone().or_else(nameless),
        submitter: one.submitter.unwrap_or_default().person(),
    }
}
