// SPDX-License-Identifier: GPL-2.0-or-later
//! What the program answers to a shell that asks for completions; tests/shells presses TAB in the shells themselves.

use crate::sandbox::{PROGRAM, Sandbox};

pub fn answers(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command
        .env("COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_COMP_TYPE", "9");
    command
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    let done = command.arg("--").args(words).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout)
        .unwrap()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
fn names_of_reviews_are_live() {
    let sandbox = Sandbox::new().mailed(1);
    assert!(
        answers(&sandbox, &["git-patman", "review", "show", ""])
            .iter()
            .all(|one| !one.contains("spell"))
    );
    sandbox.patman("review start ../v1.mbox");
    assert_eq!(
        answers(&sandbox, &["git-patman", "review", "show", "on"]),
        ["one-spell-numbers"]
    );
    assert!(answers(&sandbox, &["git-patman", "review", "show", "x"]).is_empty());
}

#[test]
fn names_of_upstreams_are_live() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    sandbox.patman("upstream add ci https://example.com/ci.git");
    assert_eq!(
        answers(&sandbox, &["git-patman", "upstream", "delete", "u"]),
        ["us"]
    );
    assert_eq!(
        answers(&sandbox, &["git-patman", "upstream", "default", "c"]),
        ["ci"]
    );
    assert_eq!(
        answers(
            &sandbox,
            &["git-patman", "patchwork", "set-project", "U-Boot", "u"]
        ),
        ["us"]
    );
}

#[test]
fn versions_are_those_of_the_review_that_is_named() {
    let sandbox = Sandbox::new();
    let ask = |words: &[&str]| answers(&sandbox, &[&["git-patman", "review"], words].concat());
    for version in 1..=2 {
        sandbox.usual(version);
        sandbox.patman(&format!("review start ../v{version}.mbox"));
    }
    sandbox.series(
        "two.mbox",
        3,
        "two: Spell more",
        &[("two: Spell it", "src/two.c", "two\n")],
    );
    sandbox.patman("review start ../two.mbox");
    assert_eq!(ask(&["compare", "one", "v"]), ["v1", "v2"]);
    assert_eq!(ask(&["compare", "one", "v1.."]), ["v1..v1", "v1..v2"]);
    assert_eq!(ask(&["log", "two", "--version", "v"]), ["v3"]);
    assert_eq!(ask(&["diff", "--version", "v"]), ["v1", "v2", "v3"]);
}

#[test]
fn commits_are_asked_for_by_branch_or_tag() {
    let sandbox = Sandbox::new();
    sandbox.git(&["update-ref", "refs/remotes/origin/next", "main"]);
    sandbox.git(&["tag", "old"]);
    let ask = |words: &[&str]| answers(&sandbox, &[&["git-patman", "review"], words].concat());
    assert_eq!(ask(&["start", "--onto", "origin/"]), ["origin/next"]);
    assert_eq!(ask(&["start", "--base", "ma"]), ["main"]);
    assert_eq!(ask(&["check", "--onto", "ol"]), ["old"]);
    assert_eq!(
        ask(&["finish", "one", "--merged=origin/"]),
        ["--merged=origin/next"]
    );
}

#[test]
fn asking_makes_no_database() {
    let sandbox = Sandbox::new();
    assert!(answers(&sandbox, &["git-patman", "re"]).contains(&"review".to_owned()));
    answers(&sandbox, &["git-patman", "review", "remove", ""]);
    assert!(!sandbox.repo().join(".git/patman").exists());
}

#[test]
fn names_of_series_are_those_that_the_verb_takes() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql(
        "INSERT INTO series (name, source) VALUES ('us-7-review', 'review');
        INSERT INTO series (name) VALUES (NULL), (''), ('bad' || char(27) || '[2J')",
    );
    let ask = |line: &str| answers(&sandbox, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(ask("git-patman series -s "), ["tidy", "video"]);
    assert_eq!(ask("git-patman series -s ol"), ["old"]);
    assert_eq!(ask("git-patman series inc -s "), ["tidy", "video"]);
    assert_eq!(ask("git-patman series inc -s ol"), [""; 0]);
    assert_eq!(ask("git-patman series unarchive -s "), ["old"]);
    assert_eq!(
        ask("git-patman series info --series "),
        ["old", "tidy", "us-7-review", "video"]
    );
    assert_eq!(
        ask("git-patman series status -s "),
        ["tidy", "us-7-review", "video"]
    );
    assert_eq!(
        ask("git-patman series add -s "),
        ["main", "video", "video2"]
    );
    assert_eq!(ask("git-patman workflow todo -s vi"), ["video"]);
}

#[test]
fn versions_of_a_series_are_those_of_the_one_that_is_named() {
    let sandbox = Sandbox::new().with_three_series();
    let ask = |line: &str| answers(&sandbox, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(ask("git-patman series -s video info -V "), ["1", "2"]);
    assert_eq!(ask("git-patman series -s video2 -V "), ["1", "2"]);
    assert_eq!(ask("git-patman series --series=tidy info -V "), ["1"]);
    assert_eq!(ask("git-patman series -s nope info -V "), [""; 0]);
    assert_eq!(ask("git-patman series info -V "), ["1", "2"]);
    sandbox.git(&["branch", "tidy"]);
    sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/tidy"]);
    assert_eq!(ask("git-patman series info -V "), ["1"]);
}

#[test]
fn upstreams_are_offered_where_one_is_set() {
    let sandbox = Sandbox::new().with_three_series();
    assert_eq!(
        answers(
            &sandbox,
            &["git-patman", "series", "-s", "tidy", "set-upstream", "u"]
        ),
        ["us"]
    );
}

#[test]
fn commands_are_offered_by_their_names_and_known_by_their_short_ones() {
    let sandbox = Sandbox::new().with_three_series();
    assert_eq!(
        answers(&sandbox, &["git-patman", "s"]),
        ["series", "status"]
    );
    assert_eq!(answers(&sandbox, &["git-patman", "series", "l"]), ["ls"]);
    assert_eq!(
        answers(&sandbox, &["git-patman", "s", "unar", "-s", ""]),
        ["old"]
    );
}
