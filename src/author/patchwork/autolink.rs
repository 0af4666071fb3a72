// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the series on a Patchwork server that is a version of the user's series.
//!
//! It has the same title, sender, version and number of patches, and all of them have arrived. If it was sent several
//! times, it is the newest one that has a patch with one of its subjects. A series that differs in anything is only a
//! candidate for the user to choose: it may be another person's, or older than the branch. The title is that of the cover letter, or of the first patch if there is no cover letter.

use super::servers::{all, shown};
use crate::author::Author;
use crate::author::target::branch_of;
use crate::db::listing::{self, SeriesFilter};
use crate::db::patch;
use crate::db::series::Series;
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::mail::sender::is_same_address;
use crate::series::{TitleKey, VersionNumber, is_same_title, title};
use crate::source::http::Client;
use crate::source::patchwork::{self, PatchworkSummary};
use crate::source::server::PatchworkServer;
use crate::text::shell_quote;
use std::collections::{BTreeMap, HashMap};

/// What identifies a version on a Patchwork server.
#[derive(Debug, Clone)]
pub struct VersionQuery {
    /// Titles that it may have, the most likely first.
    pub titles: Vec<String>,
    /// The version.
    pub version: VersionNumber,
    /// The number of its patches, if known.
    pub count: Option<usize>,
    /// The subjects of its patches; empty if they are not known.
    pub subjects: Vec<String>,
    /// The addresses of its sender, in lower case.
    pub addresses: Vec<String>,
    /// The links of other versions, with their names.
    pub linked: BTreeMap<u64, String>,
}

/// A series on a Patchwork that may be the version.
#[derive(Debug, Clone)]
pub struct LinkCandidate {
    /// The series.
    pub summary: PatchworkSummary,
    /// How it differs from the version; empty if it does not.
    pub against: Vec<String>,
}

/// The result of searching for a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It was found.
    Linked,
    /// It already had a link.
    Kept,
    /// Only series that differ in something were found.
    Unsure,
    /// No series has its title, or only other versions have.
    Missing,
    /// The search or the update failed.
    Failed,
}

impl LinkOutcome {
    /// The outcome in a word.
    pub fn word(self) -> &'static str {
        match self {
            LinkOutcome::Linked => "linked",
            LinkOutcome::Kept => "kept",
            LinkOutcome::Unsure => "unsure",
            LinkOutcome::Missing => "missing",
            LinkOutcome::Failed => "failed",
        }
    }
}

/// A version that was searched for.
#[derive(Debug, Clone)]
pub struct LinkedVersion {
    /// The name of the series.
    pub series: String,
    /// The number of the version.
    pub version: Option<VersionNumber>,
    /// The link that is recorded now.
    pub link: Option<String>,
    /// The outcome of the search.
    pub outcome: LinkOutcome,
    /// Details for the user.
    pub note: Option<String>,
    /// The options of 'git patman series' that select the version.
    pub flags: String,
}

impl Author<'_> {
    /// What identifies a version on a Patchwork server.
    pub fn wanted(&self, series: &Series, version: &Version) -> Result<VersionQuery> {
        let number = version.number.unwrap_or(VersionNumber::FIRST);
        let rows = patch::list(&self.db, version.id)?;
        let mut addresses = self.settings.own_addresses();
        let mut subjects: Vec<String> = rows.iter().map(|row| row.subject.clone()).collect();
        // If the branch is missing, or its base is unclear, use the rows.
        if let Ok(range) = self.range(&branch_of(&series.name, number), None)
            && !series.archived
        {
            let facts = range
                .commits
                .iter()
                .map(|id| self.repo.commit_summary(*id))
                .collect::<Result<Vec<_>>>()?;
            addresses.extend(facts.iter().map(|one| one.author.clone()));
            subjects = facts.into_iter().map(|one| one.subject).collect();
        }
        addresses.sort();
        addresses.dedup();
        let mut titles: Vec<String> = Vec::new();
        let known = [
            version.desc.clone(),
            series.desc.clone(),
            subjects.first().cloned(),
        ];
        for title in known.into_iter().flatten().map(|text| title(&text)) {
            if !title.is_empty() && !titles.iter().any(|old| is_same_title(old, &title)) {
                titles.push(title);
            }
        }
        if titles.is_empty() {
            return Err(
                Error::new(format!("series '{}' has no title to look for", series.name)).with_hint(
                    format!(
                        "read it from the branch: git patman series -s {} scan",
                        shell_quote(&series.name)
                    ),
                ),
            );
        }
        let count = Some(subjects.len()).filter(|count| *count > 0);
        let linked = self.linked(series, version)?;
        Ok(VersionQuery {
            titles,
            version: number,
            count,
            subjects,
            addresses,
            linked,
        })
    }

    /// The links of all other versions of the user's series on the same Patchwork.
    fn linked(&self, asked: &Series, except: &Version) -> Result<BTreeMap<u64, String>> {
        let url = |series: &Series, version: &Version| {
            let branch = branch_of(&series.name, version.number.unwrap_or(VersionNumber::FIRST));
            Some(
                self.servers(series.upstream.as_deref(), &branch)
                    .ok()?
                    .patchwork?
                    .url,
            )
        };
        let here = url(asked, except);
        let mut found = BTreeMap::new();
        for one in listing::by_name(&self.db, SeriesFilter::Own)? {
            for version in version::list(&self.db, one.id)?
                .iter()
                .filter(|version| version.id != except.id)
            {
                let number = version.link.as_deref().and_then(patchwork::url::number);
                let is_here =
                    |_: &u64| one.upstream == asked.upstream || url(&one, version) == here;
                found.extend(
                    number
                        .filter(is_here)
                        .map(|number| (number, shown(&one, version))),
                );
            }
        }
        Ok(found)
    }
}

/// Searches for a version: one search, and one more for each other possible title until one matches. The most likely
/// candidate comes first.
pub fn search(
    client: &Client,
    server: &PatchworkServer,
    wanted: &VersionQuery,
) -> Result<Vec<LinkCandidate>> {
    let mut found = search_all(client, &[(server, wanted)]);
    found.pop().unwrap_or_else(|| Ok(Vec::new()))
}

/// Searches for several versions, as [`search`] does, several at a time; no search is done twice.
pub fn search_all(
    client: &Client,
    asked: &[(&PatchworkServer, &VersionQuery)],
) -> Vec<Result<Vec<LinkCandidate>>> {
    let mut known: HashMap<(String, Option<i64>, TitleKey), Result<Vec<PatchworkSummary>>> =
        HashMap::new();
    let key = |server: &PatchworkServer, title: &str| {
        (
            server.url.clone(),
            server.project.as_ref().map(|project| project.id),
            TitleKey::of(title),
        )
    };
    let mut found: Vec<Result<Vec<LinkCandidate>>> = asked.iter().map(|_| Ok(Vec::new())).collect();
    let most = asked
        .iter()
        .map(|(_, wanted)| wanted.titles.len())
        .max()
        .unwrap_or_default();
    for round in 0..most {
        let is_open = |at: usize| {
            let needs_decision = |all| matches!(choose(all), LinkChoice::NeedsDecision(_));
            found[at].as_deref().is_ok_and(needs_decision)
        };
        let open: Vec<usize> = (0..asked.len()).filter(|&at| is_open(at)).collect();
        let mut due: Vec<(&PatchworkServer, &str)> = Vec::new();
        for &at in &open {
            let (server, wanted) = asked[at];
            let Some(title) = wanted.titles.get(round) else {
                continue;
            };
            let same =
                |(other, text): &(&PatchworkServer, &str)| key(other, text) == key(server, title);
            if !known.contains_key(&key(server, title)) && !due.iter().any(same) {
                due.push((server, title));
            }
        }
        let answers = all(&due, |(server, title)| {
            patchwork::search(client, server, title)
        });
        known.extend(
            due.iter()
                .map(|(server, title)| key(server, title))
                .zip(answers),
        );
        for at in open {
            let (server, wanted) = asked[at];
            let Some(answer) = wanted
                .titles
                .get(round)
                .and_then(|title| known.get(&key(server, title)))
            else {
                continue;
            };
            match (answer, &mut found[at]) {
                (Ok(summaries), Ok(candidates)) => add(candidates, summaries, wanted),
                (Err(why), slot) => *slot = Err(why.again()),
                _ => {}
            }
        }
    }
    found
}

fn add(found: &mut Vec<LinkCandidate>, summaries: &[PatchworkSummary], wanted: &VersionQuery) {
    for summary in summaries {
        if !found.iter().any(|old| old.summary.id == summary.id) {
            found.push(judged(summary.clone(), wanted));
        }
    }
    found.sort_by_key(|one| {
        (
            one.against.len(),
            !one.may_be(wanted),
            std::cmp::Reverse(one.summary.id),
        )
    });
}

impl LinkCandidate {
    /// Whether it may be the version: it is not known to be another.
    pub fn may_be(&self, wanted: &VersionQuery) -> bool {
        self.summary.version == wanted.version.get()
            && !wanted.linked.contains_key(&self.summary.id)
    }
}

/// Which of the series that were found is the version.
#[derive(Debug, Clone, Copy)]
pub enum LinkChoice<'f> {
    /// The newest of the series that match completely, and how many do.
    Found(&'f PatchworkSummary, usize),
    /// No series matches completely. The user decides which of these it is, if any, and [`Author::record_link`] links it.
    NeedsDecision(&'f [LinkCandidate]),
}

/// Chooses the series that is the version.
pub fn choose(found: &[LinkCandidate]) -> LinkChoice<'_> {
    let matching = found.iter().filter(|one| one.against.is_empty()).count();
    match found.first() {
        Some(one) if matching > 0 => LinkChoice::Found(&one.summary, matching),
        _ => LinkChoice::NeedsDecision(found),
    }
}

fn judged(summary: PatchworkSummary, wanted: &VersionQuery) -> LinkCandidate {
    let mut against = Vec::new();
    let name = summary.name.as_deref().unwrap_or_default();
    if !wanted.titles.iter().any(|title| is_same_title(title, name)) {
        against.push("another title".to_owned());
    }
    if !wanted
        .addresses
        .iter()
        .any(|own| is_same_address(own, &summary.submitter.email))
    {
        against.push("another author".to_owned());
    }
    if summary.version != wanted.version.get() {
        against.push(format!("v{}, not {}", summary.version, wanted.version));
    }
    if wanted
        .count
        .is_some_and(|count| count != summary.total as usize)
    {
        let patches = if summary.total == 1 {
            "patch"
        } else {
            "patches"
        };
        against.push(format!(
            "{} {patches}, not {}",
            summary.total,
            wanted.count.unwrap_or_default()
        ));
    }
    let is_known = |subject: &String| {
        wanted
            .subjects
            .iter()
            .any(|one| is_same_title(one, subject))
    };
    if !wanted.subjects.is_empty()
        && !summary.subjects.is_empty()
        && !summary.subjects.iter().any(is_known)
    {
        against.push("other patches".to_owned());
    }
    if !summary.is_complete {
        against.push(format!(
            "{} of {} patches have arrived",
            summary.received, summary.total
        ));
    }
    if let Some(other) = wanted.linked.get(&summary.id) {
        against.push(format!("is {other}"));
    }
    LinkCandidate { summary, against }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Person;

    fn summary(id: u64, name: &str, email: &str, version: u32, total: u32) -> PatchworkSummary {
        let submitter = Person {
            name: "X".to_owned(),
            email: email.to_owned(),
        };
        let (name, date) = (Some(name.to_owned()), String::new());
        let (received, subjects) = (
            total,
            vec!["[1/10] doc: One".to_owned(), "[2/10] doc: Two".to_owned()],
        );
        PatchworkSummary {
            id,
            name,
            version,
            total,
            received,
            is_complete: true,
            date,
            submitter,
            first: None,
            subjects,
        }
    }

    fn wanted() -> VersionQuery {
        VersionQuery {
            titles: vec!["doc: Tidy".to_owned()],
            version: VersionNumber::FIRST,
            count: Some(10),
            subjects: vec!["doc: Two".to_owned(), "doc: Three".to_owned()],
            addresses: vec!["ada@x.org".to_owned()],
            linked: BTreeMap::from([(7, "other v1".to_owned())]),
        }
    }

    fn against(summary: PatchworkSummary) -> Vec<String> {
        judged(summary, &wanted()).against
    }

    #[test]
    fn only_what_fits_in_everything_is_the_version() {
        assert_eq!(
            against(summary(1, "[0/10] doc:  tidy", "Ada+pw@x.org", 1, 10)),
            Vec::<String>::new()
        );
        assert_eq!(
            against(summary(1, "doc: Tidy up", "ada@x.org", 1, 10)),
            ["another title"]
        );
        assert_eq!(
            against(summary(1, "doc: Tidy", "eve@x.org", 1, 10)),
            ["another author"]
        );
        assert_eq!(
            against(summary(1, "doc: Tidy", "ada@x.org", 2, 9)),
            ["v2, not v1", "9 patches, not 10"]
        );
        assert_eq!(
            against(summary(7, "doc: Tidy", "ada@x.org", 1, 10)),
            ["is other v1"]
        );
        let partly = PatchworkSummary {
            received: 3,
            is_complete: false,
            ..summary(1, "doc: Tidy", "ada@x.org", 1, 10)
        };
        assert_eq!(against(partly), ["3 of 10 patches have arrived"]);
        let alike = PatchworkSummary {
            subjects: vec!["doc: Else".to_owned()],
            ..summary(1, "doc: Tidy", "ada@x.org", 1, 10)
        };
        assert_eq!(against(alike), ["other patches"]);
        let bare = PatchworkSummary {
            subjects: Vec::new(),
            ..summary(1, "doc: Tidy", "ada@x.org", 1, 10)
        };
        assert_eq!(against(bare), Vec::<String>::new());
    }

    #[test]
    fn of_several_that_fit_the_newest_is_taken() {
        let mut found: Vec<LinkCandidate> = [2, 9, 4]
            .map(|id| judged(summary(id, "doc: Tidy", "ada@x.org", 1, 10), &wanted()))
            .into();
        found.sort_by_key(|one| (one.against.len(), std::cmp::Reverse(one.summary.id)));
        assert!(matches!(choose(&found), LinkChoice::Found(one, 3) if one.id == 9));
        let foreign = [judged(
            summary(1, "doc: Tidy", "eve@x.org", 1, 10),
            &wanted(),
        )];
        assert!(matches!(choose(&foreign), LinkChoice::NeedsDecision(all) if all.len() == 1));
    }
}
