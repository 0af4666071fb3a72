// SPDX-License-Identifier: GPL-2.0-or-later
//! Completes series names and version numbers according to the verb: verbs that move branches take
//! only the user's own series, `unarchive` takes archived series, `add` takes branches, and verbs
//! that only read take any series.

use super::{local_branches, named, typed};
use crate::author::target::split_version;
use crate::db::Db;
use crate::db::listing::{
    self, Archived, ListQuery, ListedSeries, NameFilter, PatchDetail, SeriesFilter, VersionFilter,
};
use crate::db::series::{REVIEW, Series};
use crate::error::Result;
use crate::series::VersionNumber;
use clap_complete::engine::CompletionCandidate;
use std::collections::BTreeSet;
use std::ffi::OsStr;

/// Verbs that take reviews too, and archived series.
const READING: [&str; 9] = [
    "ls",
    "list",
    "info",
    "find",
    "get-link",
    "set-upstream",
    "show-notes",
    "save-notes",
    "rm",
];

/// Verbs that take reviews, but not what is archived.
const ASKING: [&str; 18] = [
    "patches",
    "summary",
    "progress",
    "p",
    "pr",
    "prog",
    "set-link",
    "autolink",
    "au",
    "gather",
    "g",
    "status",
    "st",
    "open",
    "o",
    "rm-version",
    "rmv",
    "todo",
];

/// Verbs that take the user's own series, which are not archived.
const MOVING: [&str; 10] = [
    "scan",
    "inc",
    "dec",
    "rename",
    "version-change",
    "archive",
    "ar",
    "mark",
    "unmark",
    "changes",
];

/// The names of series that the verb on the command line takes; where none is typed yet, the user's own, and others only if
/// none of them begins so.
pub fn series(current: &OsStr) -> Vec<CompletionCandidate> {
    let verb = verb();
    if verb.as_deref() == Some("add") {
        return local_branches(current);
    }
    named(current, |db| {
        let start = current.to_str().unwrap_or_default();
        let all = list(db, NameFilter::StartsWith(start), VersionFilter::None)?;
        let chosen = match verb.as_deref() {
            Some("unarchive" | "unar") => kept(&all, |one| one.archived && !is_review(one)),
            Some(verb) if READING.contains(&verb) => kept(&all, |_| true),
            Some(verb) if ASKING.contains(&verb) => kept(&all, |one| !one.archived),
            Some(_) => kept(&all, |one| !one.archived && !is_review(one)),
            None => {
                let own = kept(&all, |one| !one.archived && !is_review(one));
                if own.is_empty() {
                    kept(&all, |_| true)
                } else {
                    own
                }
            }
        };
        Ok(chosen)
    })
}

fn list(db: &Db, name: NameFilter<'_>, versions: VersionFilter) -> Result<Vec<ListedSeries>> {
    let query = ListQuery {
        name,
        versions,
        patches: PatchDetail::None,
        ..ListQuery::of(SeriesFilter::All, Archived::With)
    };
    listing::list(db, query)
}

fn is_review(series: &Series) -> bool {
    series.source.as_deref() == Some(REVIEW)
}

/// The names and titles of some of these series.
fn kept(all: &[ListedSeries], is_kept: impl Fn(&Series) -> bool) -> Vec<(String, String)> {
    all.iter()
        .map(|listed| &listed.series)
        .filter(|one| is_kept(one))
        .map(|one| (one.name.clone(), one.desc.clone().unwrap_or_default()))
        .collect()
}

/// The version numbers of the series with that name, or of all series, ascending.
fn numbers(db: &Db, name: NameFilter<'_>) -> Result<Vec<VersionNumber>> {
    let all = list(db, name, VersionFilter::All)?;
    let found: BTreeSet<VersionNumber> = all
        .iter()
        .flat_map(|listed| &listed.versions)
        .filter_map(|one| one.version.number)
        .collect();
    Ok(found.into_iter().collect())
}

/// The version numbers of the series named with `-s` on the command line, or of the current branch, or of all series.
pub fn series_versions(current: &OsStr) -> Vec<CompletionCandidate> {
    named(current, |db| {
        let numbers = versions(db)?;
        Ok(numbers
            .into_iter()
            .map(|number| (number.get().to_string(), String::new()))
            .collect())
    })
}

fn versions(db: &Db) -> Result<Vec<VersionNumber>> {
    let given = named_series(&typed());
    let branch = || super::context()?.repo().ok()?.current_branch().ok()?;
    for name in given.clone().or_else(branch).iter() {
        for name in [name, split_version(name).0] {
            let found = numbers(db, NameFilter::Is(name))?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    if given.is_some() {
        Ok(Vec::new())
    } else {
        numbers(db, NameFilter::Any)
    }
}

/// The verb that is typed, before or behind the word that is completed.
fn verb() -> Option<String> {
    let is_verb = |word: &str| {
        let all = READING.iter().chain(&ASKING).chain(&MOVING);
        all.chain(&["add", "unarchive", "unar"])
            .any(|one| *one == word)
    };
    let mut words = typed().into_iter().skip(1);
    let mut before = String::new();
    words.find(|word| {
        let is_value = matches!(
            before.as_str(),
            "-s" | "--series" | "-V" | "--series-version" | "-C"
        );
        before.clone_from(word);
        !is_value && is_verb(word)
    })
}

/// The value of `-s`, in whichever way it is written.
fn named_series(words: &[String]) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let joined = word
            .strip_prefix("--series=")
            .or_else(|| word.strip_prefix("-s").filter(|rest| !rest.is_empty()));
        match (word.as_str(), joined) {
            ("-s" | "--series", _) => return words.next().cloned(),
            (_, Some(name)) => return Some(name.to_owned()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::named_series;

    #[test]
    fn the_series_is_named_in_every_way_that_options_are_written() {
        let named =
            |line: &str| named_series(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in [
            "p series -s video -V",
            "p series --series video",
            "p series --series=video info",
            "p series -svideo",
        ] {
            assert_eq!(named(line).as_deref(), Some("video"), "{line}");
        }
        assert_eq!(named("p series info"), None);
        assert_eq!(named("p series -s"), None);
    }
}
