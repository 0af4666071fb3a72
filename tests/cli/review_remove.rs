// SPDX-License-Identifier: GPL-2.0-or-later
//! `review remove` and `prune`: what goes, what stays.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn worktree_and_branch_go_and_the_versions_stay() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    fs::write(worktree.join("one.o"), "built").unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review remove one",
            "review list",
            "review list --all",
            "review remove one"
        ]),
        str![[r#"
$ git patman review remove one
! removed 'one-spell-numbers'
= 0
$ git patman review list
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0
$ git patman review list --all
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   removed        2  0 s  e747479  one: Spell numbers  -
= 0
$ git patman review remove one
! nothing to remove for 'one-spell-numbers'
= 0

"#]]
    );
    assert!(!worktree.exists());
    assert_eq!(
        sandbox
            .git(&["worktree", "list", "--porcelain"])
            .matches("worktree ")
            .count(),
        1
    );
    assert_eq!(
        sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/heads"]),
        "refs/heads/main"
    );
    assert_data_eq!(
        sandbox.session(&["review start ../v1.mbox", "review remove --purge one"]),
        str![[r#"
$ git patman review start ../v1.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1 is already applied
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review remove --purge one
! removed 'one-spell-numbers'
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["for-each-ref", "refs/patman"]), "");
    assert_data_eq!(
        sandbox.session(&["review list --all"]),
        str![[r#"
$ git patman review list --all
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0

"#]]
    );
}

#[test]
fn what_the_user_added_is_refused_and_kept_under_a_ref_by_force() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    fs::write(worktree.join("new.txt"), "mine\n").unwrap();
    assert_data_eq!(
        sandbox.session(&["review remove one nothing", "review remove --force one"]),
        str![[r#"
$ git patman review remove one nothing
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' has uncommitted changes: 'new.txt'
! hint: commit or stash them, or save them under a ref with --force
! error: there is no review 'nothing'
! hint: git patman review list --all
= 1
$ git patman review remove --force one
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! removed 'one-spell-numbers'
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&["show", "refs/patman/kept/one-spell-numbers/1:new.txt"]),
        "mine"
    );
}

#[test]
fn a_worktree_that_was_deleted_by_hand_is_pruned_or_made_anew() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    fs::remove_dir_all(&worktree).unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review list",
            "review path one",
            "review prune -n",
            "review prune",
            "review prune"
        ]),
        str![[r#"
$ git patman review list
NAME               VER  STATE             PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied, deleted        2  0 s  e747479  one: Spell numbers  -
= 0
$ git patman review path one
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' was deleted
! hint: to create it again: git patman review start one-spell-numbers
= 1
$ git patman review prune -n
! would prune worktree of 'one-spell-numbers': '$REPO/.git/patman/worktrees/one-spell-numbers' was deleted
= 0
$ git patman review prune
! pruned worktree of 'one-spell-numbers': '$REPO/.git/patman/worktrees/one-spell-numbers' was deleted
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    sandbox.patman("review start ../v1.mbox");
    assert!(worktree.join("src/one.c").exists());
    fs::remove_dir_all(&worktree).unwrap();
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(worktree.join("src/one.c").exists());
}

#[test]
fn refs_of_a_series_that_the_database_does_not_know_stay() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.git(&["update-ref", "refs/patman/gone/v1", "main"]);
    sandbox.git(&["update-ref", "refs/patman/kept/gone/1", "main"]);
    assert_data_eq!(
        sandbox.session(&["review prune"]),
        str![[r#"
$ git patman review prune
! refs of 'gone' stay: this database does not say that they were removed
! hint: to see them: git for-each-ref refs/patman/gone/; to delete one: git update-ref -d <ref>
! nothing to prune
= 0

"#]]
    );
    let refs = sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/patman"]);
    assert!(
        refs.contains("kept/gone/1") && refs.contains("patman/gone/v1"),
        "{refs}"
    );
}

#[test]
fn a_branch_that_the_user_has_checked_out_is_left_alone() {
    let sandbox = Sandbox::new().mailed(2);
    sandbox.patman("review start --no-worktree ../v1.mbox");
    let other = sandbox.top().join("other");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        other.to_str().unwrap(),
        "one-spell-numbers",
    ]);
    assert_data_eq!(
        sandbox.session(&["review start ../v2.mbox", "review remove --force one"]),
        str![[r#"
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: the branch 'one-spell-numbers' is checked out at '$TOP/other'
! hint: check out another branch there, or review the series under another --name
= 1
$ git patman review remove --force one
! error: the branch 'one-spell-numbers' is checked out at '$TOP/other'
! hint: check out another branch there, or review the series under another --name
= 1

"#]]
    );
    assert!(other.join("src/one.c").exists());
}

#[test]
fn another_branch_checked_out_in_the_worktree_is_not_moved() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let worktree = sandbox.worktree();
    sandbox.git_at(&worktree, &["checkout", "-q", "-b", "precious"]);
    let before = sandbox.git(&["rev-parse", "precious"]);
    assert_data_eq!(
        sandbox.session(&["review start ../v2.mbox"]),
        str![[r#"
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is not on the branch 'one-spell-numbers' but on 'precious'
! hint: git -C $REPO/.git/patman/worktrees/one-spell-numbers checkout one-spell-numbers
= 3

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "precious"]), before);
}

#[test]
fn a_lock_that_a_killed_git_has_left_of_an_unknown_series_is_pruned() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    for name in ["gone", "kept/away"] {
        let dir = sandbox.repo().join(".git/refs/patman").join(name);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("v1.lock"), "").unwrap();
    }
    assert_data_eq!(
        sandbox.session(&["review prune -n", "review prune", "review prune"]),
        str![[r#"
$ git patman review prune -n
! would prune locks of refs of 'away': left by a git that was killed
! would prune locks of refs of 'gone': left by a git that was killed
= 0
$ git patman review prune
! pruned locks of refs of 'away': left by a git that was killed
! pruned locks of refs of 'gone': left by a git that was killed
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    assert!(
        !sandbox
            .repo()
            .join(".git/refs/patman/gone/v1.lock")
            .exists()
    );
    assert!(
        !sandbox
            .repo()
            .join(".git/refs/patman/kept/away/v1.lock")
            .exists()
    );
}
