// SPDX-License-Identifier: GPL-2.0-or-later
//! Repositories and worktrees that were moved: what is known of them is found again.

use crate::sandbox::Sandbox;
use crate::scene::NAME;
use crate::undo;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn ok(done: &Output) -> String {
    assert!(done.status.success(), "{done:?}");
    String::from_utf8_lossy(&[&done.stdout[..], &done.stderr[..]].concat()).into_owned()
}

fn id(dir: &Path) -> String {
    fs::read_to_string(dir.join(".git/patman/id")).unwrap()
}

fn renamed(sandbox: &Sandbox) -> PathBuf {
    let to = sandbox.top().join("renamed");
    fs::rename(sandbox.repo(), &to).unwrap();
    to
}

#[test]
fn what_was_done_before_a_repository_was_renamed_can_be_undone() {
    let sandbox = undo::with_video();
    let before = sandbox.git(&["rev-parse", "video"]);
    undo::change(&sandbox, "mark video I1");
    // As a program without ids has left it.
    ok(&sandbox.patman("undo --list"));
    let to = renamed(&sandbox);
    assert!(ok(&sandbox.patman_at(&to, "undo --list")).contains("Give commits the mark I1"));
    ok(&sandbox.patman_at(&to, "undo"));
    assert_eq!(sandbox.git_at(&to, &["rev-parse", "video"]), before);
}

#[test]
fn a_new_repository_at_the_old_place_has_not_what_was_done_in_the_moved_one() {
    let sandbox = undo::with_video();
    let shared = sandbox.top().join("shared");
    fs::create_dir(&shared).unwrap();
    undo::change(&sandbox, "mark video I1");
    ok(&sandbox.patman("undo --list"));
    ok(&sandbox.patman("db move ../shared"));
    let with_shared = |dir: &Path, line: &str| {
        let mut command = sandbox.command(crate::sandbox::PROGRAM, dir);
        let done = command
            .env("PATMAN_DB_DIR", &shared)
            .args(line.split_whitespace())
            .output();
        done.unwrap()
    };
    let (repo, to) = (sandbox.repo(), renamed(&sandbox));
    sandbox.git_at(
        sandbox.top(),
        &["clone", "-q", to.to_str().unwrap(), repo.to_str().unwrap()],
    );
    with_shared(&repo, "undo --list");
    assert!(ok(&with_shared(&to, "undo --list")).contains("Give commits the mark I1"));
    assert!(!ok(&with_shared(&repo, "undo --list")).contains("Give commits the mark I1"));
    assert_ne!(id(&repo), id(&to));
}

#[test]
fn the_younger_of_two_copies_gets_another_id() {
    let sandbox = undo::with_video();
    undo::change(&sandbox, "mark video I1");
    ok(&sandbox.patman("undo --list"));
    let other = sandbox.top().join("copy");
    let done = Command::new("cp")
        .arg("-a")
        .args([&sandbox.repo(), &other])
        .status();
    assert!(done.unwrap().success());
    assert_eq!(id(&sandbox.repo()), id(&other));
    let first = id(&sandbox.repo());
    ok(&sandbox.patman_at(&other, "undo --list"));
    assert_ne!(id(&other), first);
    assert_eq!(id(&sandbox.repo()), first);
    assert!(ok(&sandbox.patman("undo --list")).contains("Give commits the mark I1"));
}

#[test]
fn after_a_rename_reviews_say_how_git_is_told() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let tree = |dir: &Path| dir.join(".git/patman/worktrees").join(NAME);
    fs::write(tree(&sandbox.repo()).join("mine.txt"), "mine\n").unwrap();
    let to = renamed(&sandbox);
    let lines = [
        "review list",
        "review path one",
        "review start ../v1.mbox",
        "review remove one",
        "review prune",
    ];
    let mut said = String::new();
    for line in lines {
        said += &sandbox.show(line, &sandbox.patman_at(&to, line));
    }
    assert_data_eq!(
        said,
        str![[r#"
$ git patman review list
NAME               VER  STATE           PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied, moved        2  0 s  e747479  one: Spell numbers  -
! hint: the repository was moved; to tell git where the worktrees are: git worktree repair $TOP/renamed/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review path one
! error: the worktree '$TOP/renamed/.git/patman/worktrees/one-spell-numbers' no longer points to its repository: the repository was moved
! hint: to repair it: git worktree repair $TOP/renamed/.git/patman/worktrees/one-spell-numbers
= 1
$ git patman review start ../v1.mbox
! base: e747479 (base-commit of the mails)
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is now at '$TOP/renamed/.git/patman/worktrees/one-spell-numbers': the repository was moved
! hint: to repair it: git worktree repair $TOP/renamed/.git/patman/worktrees/one-spell-numbers
= 1
$ git patman review remove one
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is now at '$TOP/renamed/.git/patman/worktrees/one-spell-numbers': the repository was moved
! hint: to repair it: git worktree repair $TOP/renamed/.git/patman/worktrees/one-spell-numbers
= 1
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    // Nothing was touched, and the hint works.
    assert!(tree(&to).join("mine.txt").exists());
    let path = tree(&to);
    sandbox.git_at(&to, &["worktree", "repair", path.to_str().unwrap()]);
    assert_eq!(
        sandbox.git_at(&path, &["status", "--porcelain"]),
        "?? mine.txt"
    );
    assert!(ok(&sandbox.patman_at(&to, "review list")).contains("applied "));
    fs::remove_file(path.join("mine.txt")).unwrap();
    ok(&sandbox.patman_at(&to, "review remove one"));
    assert!(!path.exists());
}

#[test]
fn a_worktree_that_git_has_moved_is_found_there() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let tree = sandbox.worktree();
    let to = sandbox.top().join("moved-tree");
    sandbox.git(&[
        "worktree",
        "move",
        tree.to_str().unwrap(),
        to.to_str().unwrap(),
    ]);
    assert_data_eq!(
        sandbox.session(&[
            "review list",
            "review path one",
            "review prune",
            "review start ../v2.mbox",
            "review list",
            "review remove one"
        ]),
        str![[r#"
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  e747479  one: Spell numbers  $TOP/moved-tree
= 0
$ git patman review path one
$TOP/moved-tree
= 0
$ git patman review prune
! nothing to prune
= 0
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $TOP/moved-tree
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v2   applied        2  0 s  e747479  one: Spell numbers  $TOP/moved-tree
= 0
$ git patman review remove one
! removed 'one-spell-numbers'
= 0

"#]]
    );
    assert!(!to.exists() && !tree.exists());
}
