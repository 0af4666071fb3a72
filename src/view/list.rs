// SPDX-License-Identifier: GPL-2.0-or-later
//! The lists of series as JSON: `series ls`, `find`, `summary` and `progress`, and `workflow todo-list`.

use super::each;
use super::json_object;
use super::patches::PatchLine;
use crate::clock::local;
use crate::db::listing::{ListedSeries, ListedVersion};
use crate::listing::find::{FoundSeries, Match, Place};
use crate::listing::next_step::SeriesStanding;
use crate::listing::overview::{LineVersion, SeriesSummary};
use crate::listing::progress::{StandingCounts, states};
use crate::listing::reminders::DueSeries;
use crate::series::state::Standing;
use crate::series::{SeriesIdentity, VersionNumber};
use serde::Serialize;

json_object! {
    /// A line of `series ls`.
    pub struct SeriesJson<'a> from line: &'a SeriesSummary {
        series: &'a str = &line.series,
        identity: Option<&'a str> = line.identity.as_ref().map(SeriesIdentity::as_str),
        title: Option<&'a str> = line.title.as_deref(),
        upstream: Option<&'a str> = line.upstream.as_deref(),
        review: bool = line.review,
        archived: bool = line.archived,
        versions: Vec<VersionJson<'a>> = each(&line.versions),
    }
}

json_object! {
    /// A version of a line.
    pub struct VersionJson<'a> from one: &'a LineVersion {
        version: Option<u32> = one.version,
        link: Option<&'a str> = one.link.as_deref(),
        patches: u32 = one.patches,
        accepted: u32 = one.accepted,
        branch: Option<&'a str> = one.branch.as_deref(),
    }
}

json_object! {
    /// A series that contains a text.
    pub struct FoundJson<'a> from found: &'a FoundSeries {
        series: &'a str = &found.series,
        identity: Option<&'a str> = found.identity.as_ref().map(SeriesIdentity::as_str),
        title: Option<&'a str> = found.title.as_deref(),
        review: bool = found.review,
        archived: bool = found.archived,
        matches: Vec<MatchJson<'a>> = each(&found.matches),
    }
}

json_object! {
    /// A text that matches.
    pub struct MatchJson<'a> from found: &'a Match {
        #[serde(rename = "where")]
        kind: &'static str = found.kind.word(),
        text: &'a str = &found.text,
        versions: Vec<PlaceJson> = each(&found.versions),
    }
}

json_object! {
    /// A version or a patch that has the text.
    pub struct PlaceJson from place: &Place {
        version: Option<u32> = place.version,
        patch: Option<u32> = place.patch,
    }
}

json_object! {
    /// A series in the summary.
    pub struct SummaryJson<'a> from line: &'a SeriesStanding<'a> {
        series: &'a str = &line.listed.series.name,
        identity: Option<&'a str> = identity(line.listed),
        version: Option<u32> = line.listed.newest().and_then(|one| one.version.number).map(VersionNumber::get),
        title: Option<&'a str> = line.listed.title(line.listed.newest()),
        archived: bool = line.listed.series.archived,
        link: Option<&'a str> = line.listed.newest().and_then(|one| one.version.link.as_deref()),
        total: u32 = line.listed.newest().map_or(0, |one| one.patches),
        accepted: u32 = line.listed.newest().map_or(0, ListedVersion::accepted),
        state: &'a str = line.state,
        comments: Option<i64> = line.listed.newest().and_then(ListedVersion::all_comments),
        sent: Option<i64> = line.listed.newest().and_then(|one| one.sent),
        todo: Option<i64> = line.listed.due(),
        next: &'static str = line.step.word(),
    }
}

/// A version in the list of progress.
#[derive(Debug, Serialize)]
pub struct ProgressJson<'a> {
    series: &'a str,
    identity: Option<&'a str>,
    version: Option<u32>,
    title: Option<&'a str>,
    archived: bool,
    link: Option<&'a str>,
    total: u32,
    accepted: u32,
    states: Vec<StateJson<'a>>,
    comments: Option<i64>,
    sent: Option<i64>,
    patches: Vec<PatchLine>,
}

/// The number of patches in a state.
#[derive(Debug, Serialize)]
struct StateJson<'a> {
    state: Option<&'a str>,
    patches: u32,
}

impl<'a> ProgressJson<'a> {
    /// A version of a series, or a series without versions, with the patches that were asked for.
    pub fn new(
        listed: &'a ListedSeries,
        version: Option<&'a ListedVersion>,
        patches: Vec<PatchLine>,
    ) -> ProgressJson<'a> {
        let counts = version.map(StandingCounts::of).unwrap_or_default();
        ProgressJson {
            series: &listed.series.name,
            identity: identity(listed),
            version: version
                .and_then(|one| one.version.number)
                .map(VersionNumber::get),
            title: listed.title(version),
            archived: listed.series.archived,
            link: version.and_then(|one| one.version.link.as_deref()),
            total: counts.total(),
            accepted: counts.get(Standing::Accepted),
            states: states(version)
                .into_iter()
                .map(|(state, patches)| StateJson { state, patches })
                .collect(),
            comments: version.and_then(ListedVersion::all_comments),
            sent: version.and_then(|one| one.sent),
            patches,
        }
    }
}

json_object! {
    /// A series with a reminder.
    pub struct ReminderJson<'a> from one: &'a DueSeries {
        series: &'a str = &one.listed.series.name,
        identity: Option<&'a str> = identity(&one.listed),
        title: Option<&'a str> = one.listed.series.desc.as_deref(),
        due: Option<String> = one.when.map(local::written),
        days: Option<i64> = one.days,
    }
}

fn identity(listed: &ListedSeries) -> Option<&str> {
    listed.identity.as_ref().map(SeriesIdentity::as_str)
}
