// SPDX-License-Identifier: GPL-2.0-or-later
//! What the program answers to a shell that asks for completions; tests/shells presses TAB in the shells themselves.

use crate::sandbox::{PROGRAM, Sandbox};

fn answers(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command.env("COMPLETE", "bash").env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9");
    command.env("_CLAP_COMPLETE_SPACE", "true").env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    let done = command.arg("--").args(words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn names_of_reviews_are_live() {
    let sandbox = Sandbox::new();
    sandbox.usual(1);
    assert!(answers(&sandbox, &["git-patman", "review", "show", ""]).iter().all(|one| !one.contains("spell")));
    sandbox.patman("review start ../v1.mbox");
    assert_eq!(answers(&sandbox, &["git-patman", "review", "show", "on"]), ["one-spell-numbers"]);
    assert!(answers(&sandbox, &["git-patman", "review", "show", "x"]).is_empty());
}

#[test]
fn names_of_upstreams_are_live() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    sandbox.patman("upstream add ci https://example.com/ci.git");
    assert_eq!(answers(&sandbox, &["git-patman", "upstream", "delete", "u"]), ["us"]);
    assert_eq!(answers(&sandbox, &["git-patman", "upstream", "default", "c"]), ["ci"]);
    assert_eq!(answers(&sandbox, &["git-patman", "patchwork", "set-project", "U-Boot", "u"]), ["us"]);
}

#[test]
fn asking_makes_no_database() {
    let sandbox = Sandbox::new();
    assert!(answers(&sandbox, &["git-patman", "re"]).contains(&"review".to_owned()));
    answers(&sandbox, &["git-patman", "review", "remove", ""]);
    assert!(!sandbox.repo().join(".git/patman").exists());
}
