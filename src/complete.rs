// SPDX-License-Identifier: GPL-2.0-or-later
//! Completion by the shells: clap's dynamic engine, and the names that it offers.
//!
//! Nothing here may print, lock, migrate or create: a completion that fails offers nothing.

mod series;

use crate::context::Context;
use crate::db::{Db, upstream};
use crate::error::Result;
use crate::output::{Output, Verbosity};
use crate::review::record::{self, ReviewRow};
use crate::text::escape_controls;
use clap::builder::Resettable;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::CompleteEnv;
pub use series::{series, series_versions};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;

/// Answers a shell that asks for completions of `program`, and ends the process; returns at once otherwise.
pub fn answer(program: impl Fn() -> clap::Command) {
    // The engine is given a command of the name `git-patman`: with the name `git patman` it would register itself for
    // all of git.
    CompleteEnv::with_factory(|| by_name(program().bin_name("git-patman")))
        .bin("git-patman")
        .completer("git-patman")
        .complete();
}

/// The command with its short names known, but not offered: the engine offers one name for each, and it would be `st` for
/// `status`.
fn by_name(command: clap::Command) -> clap::Command {
    let short: Vec<String> = command.get_all_aliases().map(str::to_owned).collect();
    let command = command.alias(Resettable::Reset).mut_subcommands(by_name);
    short
        .into_iter()
        .fold(command, |command, name| command.alias(name))
}

/// The names of the reviews that the database knows.
pub fn reviews(current: &OsStr) -> Vec<CompletionCandidate> {
    named_in(NameSource::Reviews, current, |db| {
        Ok(record::all(db)?
            .into_iter()
            .map(|one| (one.name, one.title))
            .collect())
    })
}

/// The names of the upstreams that the database knows.
pub fn upstreams(current: &OsStr) -> Vec<CompletionCandidate> {
    named(current, |db| {
        Ok(upstream::list(db)?
            .into_iter()
            .map(|one| (one.name, one.url))
            .collect())
    })
}

/// The context of a command without options.
fn context() -> Option<Context> {
    let context = Context::new(&[], Output::new(Verbosity::Quiet), None, false).ok()?;
    Some(context.for_completion())
}

/// The words typed on the command line, starting with the program.
fn typed() -> Vec<String> {
    std::env::args()
        .skip_while(|word| word != "--")
        .skip(1)
        .collect()
}

/// The database to read names from.
#[derive(Clone, Copy)]
enum NameSource {
    /// The user's own.
    Main,
    /// That for reviews.
    Reviews,
}

/// The names that begin with `current`, each with its description.
fn named(
    current: &OsStr,
    list: impl Fn(&Db) -> Result<Vec<(String, String)>>,
) -> Vec<CompletionCandidate> {
    named_in(NameSource::Main, current, list)
}

fn named_in(
    part: NameSource,
    current: &OsStr,
    list: impl Fn(&Db) -> Result<Vec<(String, String)>>,
) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let known = || {
        let context = context()?;
        let db = match part {
            NameSource::Main => context.current_db().ok()??,
            NameSource::Reviews => context.current_review_dbs().ok()??.0,
        };
        list(&db).ok()
    };
    let known = known().unwrap_or_default().into_iter();
    known
        .filter_map(|(name, said)| candidate(current, name, Some(said)))
        .collect()
}

/// What is offered for a name; none if it does not begin with `current`, or cannot be typed: as an option it would mean
/// something else, and what is not seen on a terminal is not what it seems. The scripts of the shells quote the rest.
fn candidate(current: &str, name: String, help: Option<String>) -> Option<CompletionCandidate> {
    let is_typed = !name.is_empty()
        && !name.starts_with('-')
        && matches!(escape_controls(&name), Cow::Borrowed(_));
    let help = help.map(|help| escape_controls(&help).into_owned().into());
    (is_typed && name.starts_with(current)).then(|| CompletionCandidate::new(name).help(help))
}

/// The versions of the review named on the command line, or of all reviews: `v2`, and `v1..v2` after `v1..`.
pub fn versions(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed();
    let before = current.to_str().and_then(|text| text.rsplit_once(".."));
    let before = before
        .map(|(first, _)| format!("{first}.."))
        .unwrap_or_default();
    named_in(NameSource::Reviews, current, |db| {
        let mut all = record::all(db)?;
        if let Some(at) = typed.iter().find_map(|word| only(&all, word)) {
            all = vec![all.swap_remove(at)];
        }
        let numbers: BTreeSet<_> = all
            .iter()
            .flat_map(|one| &one.versions)
            .map(|version| version.number)
            .collect();
        Ok(numbers
            .into_iter()
            .map(|number| (format!("{before}{number}"), String::new()))
            .collect())
    })
}

/// The review that a word names, if it is the name of one, or a part of the name of only one.
fn only(all: &[ReviewRow], word: &str) -> Option<usize> {
    let parts = || (0..all.len()).filter(|&at| word.len() > 1 && all[at].name.contains(word));
    let part = || {
        if parts().count() == 1 {
            parts().next()
        } else {
            None
        }
    };
    all.iter().position(|one| one.name == word).or_else(part)
}

/// The branches and tags of the repository, as one types them.
pub fn branches(current: &OsStr) -> Vec<CompletionCandidate> {
    refs_below(&["refs/heads/", "refs/remotes/", "refs/tags/"], current)
}

/// The branches of the repository's own.
fn local_branches(current: &OsStr) -> Vec<CompletionCandidate> {
    refs_below(&["refs/heads/"], current)
}

fn refs_below(places: &[&str], current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let known = || {
        let context = context()?;
        let mut names = Vec::new();
        for place in places {
            let refs = context.repo().ok()?.refs(&format!("{place}*")).ok()?;
            names.extend(
                refs.into_iter()
                    .filter_map(|(name, _)| name.strip_prefix(place).map(str::to_owned)),
            );
        }
        Some(names)
    };
    let known = known().unwrap_or_default().into_iter();
    known
        .filter_map(|name| candidate(current, name, None))
        .collect()
}

/// The names of the checks that are set.
pub fn checks(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let Some(context) = context() else {
        return Vec::new();
    };
    let settings = context.settings();
    let command = |name: &str| {
        settings
            .check(name)
            .ok()
            .flatten()
            .map(|check| check.command)
    };
    let names = settings.check_names().into_iter();
    names
        .filter_map(|name| candidate(current, name.to_owned(), command(name)))
        .collect()
}
