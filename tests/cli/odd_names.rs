// SPDX-License-Identifier: GPL-2.0-or-later
//! Names and paths that mean something to a shell or a terminal: commands in messages can be pasted whatever is in them, and
//! nothing of them reaches the terminal raw.

use crate::sandbox::{PROGRAM, Sandbox};
use std::path::{Path, PathBuf};
use std::process::Output;

/// Runs code, moves the cursor, and ends a quotation, if it is let.
const ODD: &str = "a'b $(touch x) `touch x`;touch x\u{1b}[2J \\";

fn run(sandbox: &Sandbox, dir: &Path, words: &[&str]) -> Output {
    sandbox.command(PROGRAM, dir).args(words).output().unwrap()
}

fn told(done: &Output) -> String {
    String::from_utf8([done.stdout.as_slice(), &done.stderr].concat()).unwrap()
}

/// What is pasted from a hint, up to the end of its line.
fn pasted(said: &str, hint: &str) -> String {
    let found = said
        .lines()
        .find_map(|line| line.split_once(hint).map(|(_, command)| command));
    found
        .unwrap_or_else(|| panic!("no '{hint}' in: {said}"))
        .to_owned()
}

/// The words that bash makes of a command, which is not run; nothing in them may be.
fn words(sandbox: &Sandbox, command: &str) -> Vec<String> {
    let done = sandbox
        .command("bash", sandbox.top())
        .args(["-c", &format!("printf '%s\\0' {command}")])
        .output()
        .unwrap();
    assert!(!sandbox.top().join("x").exists(), "{command}");
    let text = String::from_utf8(done.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// Runs a command that was pasted.
fn paste(sandbox: &Sandbox, dir: &Path, command: &str) -> String {
    let done = sandbox
        .command("bash", dir)
        .args(["-c", command])
        .output()
        .unwrap();
    assert!(done.status.success(), "{command}: {}", told(&done));
    assert!(!dir.join("x").exists(), "{command}");
    told(&done)
}

/// A clone in a directory of an odd name, with a review, and another clone that shares its database.
fn clones() -> (Sandbox, PathBuf, PathBuf) {
    let sandbox = Sandbox::new().mailed(1);
    std::fs::create_dir(sandbox.top().join("db")).unwrap();
    let db = sandbox.top().join("db").display().to_string();
    sandbox.git(&["config", "--global", "patman.dbDir", &db]);
    for name in [ODD, "other"] {
        sandbox.git_at(sandbox.top(), &["clone", "-q", "repo", name]);
    }
    let odd = sandbox.top().join(ODD).canonicalize().unwrap();
    let other = sandbox.top().join("other");
    let done = sandbox.patman_at(&odd, "review start ../v1.mbox");
    assert!(done.status.success(), "{}", told(&done));
    (sandbox, odd, other)
}

#[test]
fn where_a_review_is_can_be_pasted_and_holds_no_escape_sequences() {
    let (sandbox, odd, other) = clones();
    for line in [
        "review show one",
        "review path one",
        "review list",
        "db status",
        "review show one --json",
    ] {
        for dir in [&odd, &other] {
            let said = told(&sandbox.patman_at(dir, line));
            // The path of a worktree is for programs, and is written as it is.
            let is_raw = line == "review path one" && *dir == odd;
            assert!(is_raw || !said.contains('\u{1b}'), "{line}: {said:?}");
        }
    }
    let said = told(&sandbox.patman_at(&other, "review path one"));
    let cd = pasted(&said, "another clone has one: ");
    let tree = paste(&sandbox, &other, &format!("{cd} && pwd -P"));
    assert_eq!(
        Path::new(tree.trim_end_matches('\n')),
        odd.join(".git/patman/worktrees/one-spell-numbers")
    );
}

#[test]
fn commands_with_odd_paths_can_be_pasted() {
    let (sandbox, odd, other) = clones();
    let tree = odd.join(".git/patman/worktrees/one-spell-numbers");
    sandbox.git_at(&odd, &["worktree", "lock", tree.to_str().unwrap()]);
    let said = told(&sandbox.patman_at(&odd, "review remove one"));
    paste(&sandbox, &odd, &pasted(&said, "to unlock it: "));
    let done = sandbox.patman_at(&other, "review remove --purge one");
    let remove = pasted(&told(&done), "to remove it there first: ");
    paste(&sandbox, &other, &remove);
    let absent = sandbox.top().join(format!("{ODD}/deep/er"));
    let done = sandbox
        .command(PROGRAM, &other)
        .args(["series", "ls"])
        .env("PATMAN_DB_DIR", &absent)
        .output()
        .unwrap();
    paste(&sandbox, &other, &pasted(&told(&done), "make it: "));
    assert!(absent.is_dir());
}

#[test]
fn commands_with_odd_names_can_be_pasted() {
    let sandbox = Sandbox::new().with_three_series();
    let odd = "v'$(touch x);`touch x`";
    let quoted = odd.replace('\'', "''");
    sandbox.sql(&format!(
        "INSERT INTO series (name, archived) VALUES ('{quoted}', 1)"
    ));
    let repo = sandbox.repo();
    let series = format!("--series={odd}");
    let said = told(&run(&sandbox, &repo, &["series", &series, "inc"]));
    let command = pasted(&said, "to restore its branches: ");
    assert_eq!(
        words(&sandbox, &command),
        ["git", "patman", "series", "-s", odd, "unarchive"]
    );
    // What git allows as the name of a remote.
    let remote = "o'$(touch${IFS}x);`x`&";
    let add = ["upstream", "add", remote, "https://example.com/;touch"];
    let said = told(&run(&sandbox, &repo, &add));
    assert_eq!(
        words(&sandbox, &pasted(&said, "git remote add ")),
        [remote, "https://example.com/;touch"]
    );
    let said = told(&run(&sandbox, &repo, &add));
    assert_eq!(
        words(&sandbox, &pasted(&said, "to change it: ")),
        ["git", "patman", "upstream", "set", remote]
    );
}
