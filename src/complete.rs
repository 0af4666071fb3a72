// SPDX-License-Identifier: GPL-2.0-or-later
//! Completion by the shells: clap's dynamic engine, and the names that it offers.
//!
//! Nothing here may print, lock, migrate or create: a completion that fails offers nothing.

use crate::cli;
use crate::context::Context;
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
    let Some(current) = current.to_str() else { return Vec::new() };
    let known = || {
        let context = Context::new(&[], Output::new(Verbosity::Quiet), None, false).ok()?;
        let db = context.current_db().ok()??;
        record::all(&db).ok()
    };
    let all = known().unwrap_or_default();
    let matching = all.into_iter().filter(|one| one.name.starts_with(current));
    matching.map(|one| CompletionCandidate::new(one.name).help(Some(one.title.into()))).collect()
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
