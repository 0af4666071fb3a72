// SPDX-License-Identifier: GPL-2.0-or-later
//! Completion by the shells: clap's dynamic engine, and the names that it offers.
//!
//! Nothing here may print, lock, migrate or create: a completion that fails offers nothing.

use crate::cli;
use crate::context::Context;
use crate::db::{Db, series, upstream, version};
use crate::error::Result;
use crate::output::{Output, Verbosity};
use crate::review::record::{self, Recorded};
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::CompleteEnv;
use std::collections::BTreeSet;
use std::ffi::OsStr;

/// Answers a shell that asks for completions, and ends the process; returns at once otherwise.
pub fn answer() {
    // The engine is given a command of the name `git-patman`: with the name `git patman` it would register itself for
    // all of git.
    CompleteEnv::with_factory(|| cli::command().bin_name("git-patman"))
        .bin("git-patman")
        .completer("git-patman")
        .complete();
}

/// The names of the reviews that the database knows.
pub fn reviews(current: &OsStr) -> Vec<CompletionCandidate> {
    named_in(Part::Reviews, current, |db| Ok(record::all(db)?.into_iter().map(|one| (one.name, one.title)).collect()))
}

/// The names of the user's own series that the database knows.
pub fn series(current: &OsStr) -> Vec<CompletionCandidate> {
    named(current, |db| Ok(series::own(db)?.into_iter().map(|one| (one.name, one.desc.unwrap_or_default())).collect()))
}

/// The numbers of the versions of the series that is named on the command line with `-s`, else of all.
pub fn series_versions(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(1).collect();
    let given = typed.iter().position(|word| word == "-s" || word == "--series").and_then(|at| typed.get(at + 1));
    named(current, |db| {
        let all = series::own(db)?.into_iter().filter(|one| given.is_none_or(|name| *name == one.name));
        let mut numbers = BTreeSet::new();
        for one in all {
            numbers.extend(version::list(db, one.id)?.into_iter().filter_map(|version| version.number));
        }
        Ok(numbers.into_iter().map(|number| (number.get().to_string(), String::new())).collect())
    })
}

/// The names of the upstreams that the database knows.
pub fn upstreams(current: &OsStr) -> Vec<CompletionCandidate> {
    named(current, |db| Ok(upstream::list(db)?.into_iter().map(|one| (one.name, one.url)).collect()))
}

/// The database that has the names.
#[derive(Clone, Copy)]
enum Part {
    /// The user's own.
    Main,
    /// That for reviews.
    Reviews,
}

/// The names that begin with `current`, each with what is said of it.
fn named(current: &OsStr, list: impl Fn(&Db) -> Result<Vec<(String, String)>>) -> Vec<CompletionCandidate> {
    named_in(Part::Main, current, list)
}

fn named_in(
    part: Part,
    current: &OsStr,
    list: impl Fn(&Db) -> Result<Vec<(String, String)>>,
) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let known = || {
        let context = Context::new(&[], Output::new(Verbosity::Quiet), None, false).ok()?;
        let db = match part {
            Part::Main => context.current_db().ok()??,
            Part::Reviews => context.current_review_dbs().ok()??.0,
        };
        list(&db).ok()
    };
    let matching = known().unwrap_or_default().into_iter().filter(|(name, _)| name.starts_with(current));
    matching.map(|(name, help)| CompletionCandidate::new(name).help(Some(help.into()))).collect()
}

/// The versions of the review that is named on the command line, else of all: `v2`, and `v1..v2` after `v1..`.
pub fn versions(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(1).collect();
    let before = current.to_str().and_then(|text| text.rsplit_once(".."));
    let before = before.map(|(first, _)| format!("{first}..")).unwrap_or_default();
    named_in(Part::Reviews, current, |db| {
        let mut all = record::all(db)?;
        if let Some(at) = typed.iter().find_map(|word| only(&all, word)) {
            all = vec![all.swap_remove(at)];
        }
        let numbers: BTreeSet<_> = all.iter().flat_map(|one| &one.versions).map(|version| version.number).collect();
        Ok(numbers.into_iter().map(|number| (format!("{before}{number}"), String::new())).collect())
    })
}

/// The review that a word names, if it is the name of one, or a part of the name of only one.
fn only(all: &[Recorded], word: &str) -> Option<usize> {
    let parts = || (0..all.len()).filter(|&at| word.len() > 1 && all[at].name.contains(word));
    let part = || if parts().count() == 1 { parts().next() } else { None };
    all.iter().position(|one| one.name == word).or_else(part)
}

/// The branches and tags of the repository, as one types them.
pub fn branches(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let known = || {
        let context = Context::new(&[], Output::new(Verbosity::Quiet), None, false).ok()?;
        let mut names = Vec::new();
        for place in ["refs/heads/", "refs/remotes/", "refs/tags/"] {
            let refs = context.repo().ok()?.refs(&format!("{place}*")).ok()?;
            names.extend(refs.into_iter().filter_map(|(name, _)| name.strip_prefix(place).map(str::to_owned)));
        }
        Some(names)
    };
    let matching = known().unwrap_or_default().into_iter().filter(|name| name.starts_with(current));
    matching.map(CompletionCandidate::new).collect()
}

/// The names of the checks that are set.
pub fn checks(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let Ok(context) = Context::new(&[], Output::new(Verbosity::Quiet), None, false) else { return Vec::new() };
    let settings = context.settings();
    let matching = settings.check_names().into_iter().filter(|name| name.starts_with(current));
    let command = |name: &str| settings.check(name).ok().flatten().map(|check| check.command.into());
    matching.map(|name| CompletionCandidate::new(name).help(command(name))).collect()
}
