// SPDX-License-Identifier: GPL-2.0-or-later
//! Completion by the shells: clap's dynamic engine, and the names that it offers.
//!
//! Nothing here may print, lock, migrate or create: a completion that fails offers nothing.

use crate::cli;
use crate::context::Context;
use crate::db::{Db, upstream};
use crate::error::Result;
use crate::output::{Output, Verbosity};
use crate::review::record;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::CompleteEnv;
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
    named(current, |db| Ok(record::all(db)?.into_iter().map(|one| (one.name, one.title)).collect()))
}

/// The names of the upstreams that the database knows.
pub fn upstreams(current: &OsStr) -> Vec<CompletionCandidate> {
    named(current, |db| Ok(upstream::list(db)?.into_iter().map(|one| (one.name, one.url)).collect()))
}

/// The names that begin with `current`, each with what is said of it.
fn named(current: &OsStr, list: impl Fn(&Db) -> Result<Vec<(String, String)>>) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let known = || {
        let context = Context::new(&[], Output::new(Verbosity::Quiet), None, false).ok()?;
        list(&context.current_db().ok()??).ok()
    };
    let matching = known().unwrap_or_default().into_iter().filter(|(name, _)| name.starts_with(current));
    matching.map(|(name, help)| CompletionCandidate::new(name).help(Some(help.into()))).collect()
}
