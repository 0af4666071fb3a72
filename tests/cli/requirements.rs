// SPDX-License-Identifier: GPL-2.0-or-later
//! What each command declares of the database and the terminal, over all commands of the program.

use crate::sandbox::Sandbox;
use clap::Parser;
use git_patman::cli::{self, Cli};
use git_patman::commands::{Requirements, Terminal};
use git_patman::context::DatabaseUse;
use snapbox::{assert_data_eq, str};
use std::path::{Path, PathBuf};

/// A command as typed, with nothing but the arguments that it must have.
fn commands() -> Vec<String> {
    let mut found = Vec::new();
    let mut program = cli::command();
    program.build();
    add_verbs(&program, "", &mut found);
    assert!(found.len() > 70, "{found:?}");
    found
}

fn add_verbs(command: &clap::Command, typed: &str, found: &mut Vec<String>) {
    let verbs = command
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help");
    if command.has_subcommands() {
        verbs.for_each(|verb| add_verbs(verb, &format!("{typed} {}", verb.get_name()), found));
        return;
    }
    let add = |line: String, argument: &clap::Arg| match argument.get_long() {
        Some(option) => format!("{line} --{option} 1"),
        None => line + " 1",
    };
    let needed = command
        .get_arguments()
        .filter(|argument| argument.is_required_set());
    let shortest = needed.fold(typed.trim().to_owned(), add);
    // Some commands must have an argument or an option.
    let complete = ["", " 1", " --rejected"]
        .map(|more| format!("{shortest}{more}"))
        .into_iter()
        .find(|line| parse(line).is_ok());
    found.push(complete.unwrap_or_else(|| panic!("add arguments to test '{shortest}'")));
}

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(["git-patman"].into_iter().chain(line.split_whitespace()))
}

fn required(line: &str) -> Requirements {
    parse(line).unwrap().requirements()
}

/// The commands among these that fit, in lines.
fn those(lines: &[String], fits: impl Fn(Requirements) -> bool) -> String {
    let fitting = lines.iter().filter(|line| fits(required(line)));
    fitting.map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_command_declares_what_it_requires() {
    let mut lines = commands();
    let uses_none = |required: Requirements| required.database == DatabaseUse::None;
    assert_data_eq!(
        those(&lines, uses_none),
        str![[r#"
review check
db path
db status
db check
db backup
db restore 1
db move
db merge 1
db split
db join
util install

"#]]
    );
    lines.extend(
        [
            "review list --watch",
            "series patches -t",
            "series patches -p",
        ]
        .map(str::to_owned),
    );
    let takes = |required: Requirements| required.terminal == Terminal::Takes;
    assert_data_eq!(
        those(&lines, takes),
        str![[r#"
series open
review log
review diff
review shell
review open
review list --watch
series patches -t
series patches -p

"#]]
    );
}

#[test]
fn a_dry_run_requires_no_database() {
    for line in commands() {
        if let Some(verb) = line.strip_prefix("series ") {
            let required = required(&format!("series -n {verb}"));
            assert_eq!(required.database, DatabaseUse::Reads, "{line}");
        }
    }
}

#[test]
fn a_command_that_reads_leaves_a_missing_database_missing() {
    let sandbox = Sandbox::new();
    sandbox.git(&["update-ref", "refs/remotes/us/main", "main"]);
    sandbox.git(&["branch", "-q", "video", "us/main"]);
    sandbox.git(&["stash", "-q", "-u"]);
    sandbox.git(&["switch", "-q", "video"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "video: Begin"]);
    let mut lines = commands();
    lines.extend(["series -n add -M -1", "series -n inc", "undo --list"].map(str::to_owned));
    let mut count = 0;
    for line in lines {
        if matches!(
            required(&line).database,
            DatabaseUse::Reads | DatabaseUse::Changes
        ) {
            count += 1;
            let done = sandbox.patman(&line);
            let made = databases(sandbox.top());
            assert!(made.is_empty(), "{line} made {made:?}: {done:?}");
        }
    }
    assert!(count > 25, "{count}");
    sandbox.patman("series add -M -1");
    assert_eq!(databases(sandbox.top()).len(), 1);
}

/// The databases below a directory.
fn databases(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(databases(&path));
        } else if path.extension().is_some_and(|extension| extension == "db") {
            found.push(path);
        }
    }
    found
}
