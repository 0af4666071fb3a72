// SPDX-License-Identifier: GPL-2.0-or-later
//! A line for each series: how many patches of each version are accepted, and whether its branch is here.

use crate::author::Author;
use crate::author::target::branch_of;
use crate::db::listing::{self, ListQuery, ListedSeries, ListedVersion, PatchDetail};
use crate::db::series::REVIEW;
use crate::error::Result;
use crate::series::SeriesIdentity;
use std::collections::HashSet;

/// A series in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesSummary {
    /// Its name; empty only in a database that others have written.
    pub series: String,
    /// What identifies it.
    pub identity: Option<SeriesIdentity>,
    /// Its title.
    pub title: Option<String>,
    /// The upstream it is meant for.
    pub upstream: Option<String>,
    /// Whether it is another author's, under review.
    pub review: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Its versions, the oldest first; there may be none.
    pub versions: Vec<LineVersion>,
}

/// A version in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineVersion {
    /// Its number; none if the database holds something that is not a version.
    pub version: Option<u32>,
    /// The number of the series on Patchwork.
    pub link: Option<String>,
    /// How many patches it has.
    pub patches: u32,
    /// How many of them are accepted.
    pub accepted: u32,
    /// The branch of the user's series, if it is in this repository.
    pub branch: Option<String>,
}

impl SeriesSummary {
    /// The version that shows how far the series is.
    pub fn newest(&self) -> Option<&LineVersion> {
        self.versions
            .iter()
            .rev()
            .find(|one| one.version.is_some())
            .or(self.versions.last())
    }

    /// A note on a series with something unusual.
    pub fn mark(&self) -> Option<&'static str> {
        match self.newest() {
            None => Some("no version"),
            Some(_) if self.archived => Some("archived"),
            Some(_) if self.review => None,
            Some(newest) if newest.branch.is_none() => Some("no branch"),
            Some(_) => None,
        }
    }
}

/// The number of series from which listing all branches costs less than looking up each.
const LIST_ALL_FROM: usize = 100;

impl Author<'_> {
    /// A line for each series, by name.
    pub fn overview(&self, query: ListQuery<'_>) -> Result<Vec<SeriesSummary>> {
        let query = ListQuery {
            patches: PatchDetail::States,
            ..query
        };
        let all = listing::list(&self.db, query)?;
        let known: Option<HashSet<String>> = if all.len() < LIST_ALL_FROM {
            None
        } else {
            Some(
                self.repo
                    .refs("refs/heads/*")?
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect(),
            )
        };
        let has_branch = |branch: &str| {
            let name = format!("refs/heads/{branch}");
            match &known {
                Some(known) => known.contains(&name),
                // A name that no branch can have is not an error.
                None => self.repo.find_ref(&name).is_ok_and(|found| found.is_some()),
            }
        };
        let mut lines: Vec<SeriesSummary> =
            all.into_iter().map(|one| line(one, has_branch)).collect();
        // Those of one name keep the order they were added in.
        lines.sort_by(|a, b| a.series.cmp(&b.series));
        Ok(lines)
    }
}

fn line(one: ListedSeries, has_branch: impl Fn(&str) -> bool) -> SeriesSummary {
    let ListedSeries {
        series,
        identity,
        versions,
        ..
    } = one;
    let review = series.source.as_deref() == Some(REVIEW);
    let has_branches = !review && !series.archived && !series.name.is_empty();
    let version = |one: ListedVersion| LineVersion {
        accepted: one.accepted(),
        patches: one.patches,
        version: one.version.number.map(|number| number.get()),
        branch: one
            .version
            .number
            .filter(|_| has_branches)
            .map(|number| branch_of(&series.name, number))
            .filter(|branch| has_branch(branch)),
        link: one.version.link,
    };
    let versions = versions.into_iter().map(version).collect();
    let archived = series.archived;
    SeriesSummary {
        series: series.name,
        identity,
        title: series.desc,
        upstream: series.upstream,
        review,
        archived,
        versions,
    }
}

/// Numbers with ranges: `1 2 5-9`, with `?` for an unknown number.
pub fn numbers(versions: &[LineVersion]) -> String {
    let mut runs: Vec<(Option<u32>, Option<u32>)> = Vec::new();
    for one in versions {
        match runs.last_mut() {
            Some((_, Some(last)))
                if last.checked_add(1) == one.version && one.version.is_some() =>
            {
                *last += 1
            }
            _ => runs.push((one.version, one.version)),
        }
    }
    let words = runs.into_iter().map(|run| match run {
        (Some(first), Some(last)) if last > first.saturating_add(1) => format!("{first}-{last}"),
        (Some(first), Some(last)) if last > first => format!("{first} {last}"),
        (Some(first), _) => first.to_string(),
        (None, _) => "?".to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_a_row_are_written_as_a_range() {
        let shown = |given: &[u32]| {
            let one = |number: &u32| LineVersion {
                version: Some(*number).filter(|number| *number > 0),
                link: None,
                patches: 0,
                accepted: 0,
                branch: None,
            };
            numbers(&given.iter().map(one).collect::<Vec<_>>())
        };
        assert_eq!(shown(&[]), "");
        assert_eq!(shown(&[1]), "1");
        assert_eq!(shown(&[1, 2]), "1 2");
        assert_eq!(shown(&[1, 2, 3, 5, 7, 8, 9, 10]), "1-3 5 7-10");
        assert_eq!(shown(&[2, 2, 0, 3]), "2 2 ? 3");
        assert_eq!(shown(&[u32::MAX, 1]), format!("{} 1", u32::MAX));
    }
}
