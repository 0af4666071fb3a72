// SPDX-License-Identifier: GPL-2.0-or-later
//! `review finish`: what became of a review, and which branches have its patches.

use crate::sandbox::{Sandbox, lines};
use snapbox::{assert_data_eq, str};
use std::fs;

/// A remote branch, `main` with another commit and then the first `patches` of the usual series as a maintainer has
/// applied them.
fn apply_upstream(sandbox: &Sandbox, branch: &str, patches: usize) {
    let work = sandbox.top().join("maintainer");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        work.to_str().unwrap(),
        "main",
    ]);
    // The second patch then applies at another line.
    fs::write(
        work.join("src/one.c"),
        lines("one", 40).replace("one 10\n", "one 10\nand a half\n"),
    )
    .unwrap();
    sandbox.git_at(&work, &["commit", "-q", "-a", "-m", "Move on"]);
    sandbox.git_at(&work, &["am", "-q", "../v1.mbox"]);
    let tip = if patches == 2 { "HEAD" } else { "HEAD^" };
    sandbox.git_at(
        &work,
        &["update-ref", &format!("refs/remotes/{branch}"), tip],
    );
    sandbox.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
}

fn without_cover(sandbox: &Sandbox) {
    // git am takes no cover letter.
    let text = fs::read_to_string(sandbox.top().join("v1.mbox")).unwrap();
    let second = text[1..].find("\nFrom ").unwrap() + 2;
    fs::write(sandbox.top().join("v1.mbox"), &text[second..]).unwrap();
}

#[test]
fn a_merged_review_says_where_its_patches_are() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let mbox = fs::read(sandbox.top().join("v1.mbox")).unwrap();
    without_cover(&sandbox);
    apply_upstream(&sandbox, "origin/next", 2);
    apply_upstream(&sandbox, "origin/master", 1);
    fs::write(sandbox.top().join("v1.mbox"), mbox).unwrap();
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&[
            "review list",
            "review finish one --merged",
            "review list",
            "review list --all",
            "review finish one --merged=origin/master",
        ]),
        str![[r#"
$ git patman review list
NAME               VER  STATE             PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied, in next        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review finish one --merged
! closed 'one-spell-numbers' as merged, in origin/next; removed its worktree
= 0
$ git patman review list
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0
$ git patman review list --all
NAME               VER  STATE   PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   merged        2  0 s  e747479  one: Spell numbers  -
= 0
$ git patman review finish one --merged=origin/master
! warning: patch 2 'one: Spell twenty' is not in origin/master as it is here
! closed 'one-spell-numbers' as merged, 1 of 2 in origin/master
= 0

"#]]
    );
    let shown = sandbox.patman("review show one --json");
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["outcome"], "merged");
    assert_eq!(shown["finished"], 1_767_268_800);
    assert_eq!(shown["merged"][0]["branch"], "origin/master");
    assert_eq!(shown["merged"][0]["patches"], 1);
    assert_eq!(shown["merged"][1]["branch"], "origin/next");
    assert_eq!(shown["merged"][1]["patches"], 2);
    assert_eq!(shown["merged"][1]["total"], 2);
    assert_eq!(shown["merged"][1]["commits"][1]["seq"], 2);
    assert_eq!(
        shown["merged"][1]["commits"][1]["commit"],
        sandbox.git(&["rev-parse", "origin/next"])
    );
    assert_eq!(sandbox.checkout(), before);
    assert!(!sandbox.worktree().exists());
    assert_eq!(
        sandbox
            .git(&["for-each-ref", "--format=%(refname)", "refs/patman"])
            .lines()
            .count(),
        2
    );
}

#[test]
fn patches_that_are_nowhere_are_told() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    without_cover(&sandbox);
    apply_upstream(&sandbox, "origin/next", 1);
    assert_data_eq!(
        sandbox.session(&[
            "review list",
            "review show one",
            "review finish one --merged=nowhere"
        ]),
        str![[r#"
$ git patman review list
NAME               VER  STATE                 PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied, 1/2 in next        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review show one
series    one-spell-numbers v1
title     one: Spell numbers
state     applied
merged    1 of 2 in origin/next: 1
base      e747479
worktree  $REPO/.git/patman/worktrees/one-spell-numbers
started   0 seconds ago

    This is why.

    Ada (2):
      one: Spell three
      one: Spell twenty

     src/one.c | 4 ++--
     1 file changed, 2 insertions(+), 2 deletions(-)


    base-commit: e7474796004d84990fa19b17c0cf89438d656ad4

1  f5633d3  1 +1 -1  one: Spell three
2  36a7274  1 +1 -1  one: Spell twenty
= 0
$ git patman review finish one --merged=nowhere
! error: 'nowhere' is not a commit of this repository
! hint: name a branch, such as origin/next
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["review finish one --merged"]),
        str![[r#"
$ git patman review finish one --merged
! warning: patch 2 'one: Spell twenty' is not in origin/next as it is here
! closed 'one-spell-numbers' as merged, 1 of 2 in origin/next; removed its worktree
= 0

"#]]
    );
}

#[test]
fn a_patch_of_the_same_subject_that_changes_something_else_is_not_it() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.git(&["branch", "-q", "local"]);
    let work = sandbox.top().join("maintainer");
    sandbox.git(&["worktree", "add", "-q", work.to_str().unwrap(), "local"]);
    fs::write(work.join("src/one.c"), lines("one", 41)).unwrap();
    sandbox.git_at(&work, &["commit", "-q", "-a", "-m", "one: Spell three"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "local"]);
    assert_data_eq!(
        sandbox.session(&["review finish one --merged"]),
        str![[r#"
$ git patman review finish one --merged
! warning: none of its 2 patches is in origin/main as it is here
! closed 'one-spell-numbers' as merged; removed its worktree
= 0

"#]]
    );
}

#[test]
fn a_new_version_of_a_finished_review_is_under_review_again() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.usual(2);
    assert_data_eq!(
        sandbox.session(&[
            "review finish one --superseded",
            "review show one",
            "review list -a",
            "-q review start ../v2.mbox",
            "review list",
        ]),
        str![[r#"
$ git patman review finish one --superseded
! closed 'one-spell-numbers' as superseded; removed its worktree
= 0
$ git patman review show one
series    one-spell-numbers v1
title     one: Spell numbers
state     removed
outcome   superseded, 0 seconds ago
base      e747479
started   0 seconds ago

    This is why.

    Ada (2):
      one: Spell three
      one: Spell twenty

     src/one.c | 4 ++--
     1 file changed, 2 insertions(+), 2 deletions(-)


    base-commit: e7474796004d84990fa19b17c0cf89438d656ad4

1  f5633d3  1 +1 -1  one: Spell three
2  36a7274  1 +1 -1  one: Spell twenty
= 0
$ git patman review list -a
NAME               VER  STATE       PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   superseded        2  0 s  e747479  one: Spell numbers  -
= 0
$ git patman -q review start ../v2.mbox
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v2   applied        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
    let shown = sandbox.patman("review show one --json");
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown["outcome"].is_null() && shown["finished"].is_null());
    sandbox.patman("review finish one --rejected");
    sandbox.patman("review start ../v2.mbox");
    let listed = sandbox.session(&["review list"]);
    assert!(
        listed.contains("applied"),
        "the same version, started again: {listed}"
    );
}

#[test]
fn changes_of_the_user_stop_it_and_nothing_is_recorded() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    fs::write(worktree.join("new.txt"), "mine\n").unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review finish one --rejected",
            "review list",
            "review finish one",
            "review finish one --merged --rejected",
            "review finish one --rejected --force",
        ]),
        str![[r#"
$ git patman review finish one --rejected
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' has uncommitted changes: 'new.txt'
! hint: commit or stash them, or save them under a ref with --force
= 3
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review finish one
! error: the following required arguments were not provided:
!   <--merged[=<BRANCH>]|--rejected|--superseded>
! 
! Usage: git patman review finish <--merged[=<BRANCH>]|--rejected|--superseded> <NAME>...
! 
! For more information, try '--help'.
= 2
$ git patman review finish one --merged --rejected
! error: the argument '--merged[=<BRANCH>]' cannot be used with '--rejected'
! 
! Usage: git patman review finish <--merged[=<BRANCH>]|--rejected|--superseded> <NAME>...
! 
! For more information, try '--help'.
= 2
$ git patman review finish one --rejected --force
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! closed 'one-spell-numbers' as rejected; removed its worktree
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&["show", "refs/patman/kept/one-spell-numbers/1:new.txt"]),
        "mine"
    );
}

#[test]
fn without_a_remote_the_local_branches_are_looked_at() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.git(&["stash", "-q", "-u"]);
    without_cover(&sandbox);
    sandbox.git(&["am", "-q", "../v1.mbox"]);
    let listed = sandbox.session(&["review list"]);
    assert!(listed.contains("applied, in main"), "{listed}");
}

#[test]
fn patches_of_an_author_whose_clock_is_fast_are_found() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let text = fs::read_to_string(&mbox).unwrap();
    let later = |line: &str| match line.strip_prefix("Date: ") {
        Some(date) => format!("Date: {}\n", date.replace("2026", "2036")),
        None => format!("{line}\n"),
    };
    let fast: String = text.lines().map(later).collect();
    assert_ne!(text, fast);
    fs::write(&mbox, fast).unwrap();
    sandbox.patman("review start ../v1.mbox");
    without_cover(&sandbox);
    apply_upstream(&sandbox, "origin/next", 2);
    assert_eq!(merged(&sandbox), [("origin/next".to_owned(), 2)]);
}

#[test]
fn a_commit_from_before_a_patch_was_written_is_not_that_patch() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    without_cover(&sandbox);
    let work = sandbox.top().join("maintainer");
    // The same change, and taken back: long before, and now.
    for (branch, date) in [("next", "1700000000"), ("master", "1767225600")] {
        sandbox.git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            work.to_str().unwrap(),
            "main",
        ]);
        for line in [
            "am -q ../v1.mbox",
            "revert --no-edit HEAD HEAD~",
            &format!("update-ref refs/remotes/origin/{branch} HEAD"),
        ] {
            let done = sandbox
                .command("git", &work)
                .args(line.split(' '))
                .env("GIT_COMMITTER_DATE", format!("{date} +0000"))
                .output()
                .unwrap();
            assert!(done.status.success(), "git {line}");
        }
        sandbox.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
    }
    assert_eq!(merged(&sandbox), [("origin/master".to_owned(), 2)]);
}

/// How many patches of the only review each branch has.
fn merged(sandbox: &Sandbox) -> Vec<(String, u64)> {
    let done = sandbox.patman("review list --json");
    let listed: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let all = listed[0]["merged"].as_array().unwrap().iter();
    all.map(|one| {
        (
            one["branch"].as_str().unwrap().to_owned(),
            one["patches"].as_u64().unwrap(),
        )
    })
    .collect()
}

#[test]
fn a_branch_that_moves_or_is_rebased_is_looked_at_again() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    without_cover(&sandbox);
    let next = |patches| vec![("origin/next".to_owned(), patches)];
    sandbox.git(&["update-ref", "refs/remotes/origin/next", "main"]);
    assert_eq!(merged(&sandbox), []);
    apply_upstream(&sandbox, "origin/next", 2);
    let whole = sandbox.git(&["rev-parse", "origin/next"]);
    assert_eq!(merged(&sandbox), next(2));
    let known = fs::read_to_string(sandbox.repo().join(".git/patman/merged")).unwrap();
    assert!(known.contains(&format!("={whole} origin/next")), "{known}");
    assert_eq!(merged(&sandbox), next(2), "as it was kept");
    sandbox.git(&[
        "update-ref",
        "refs/remotes/origin/next",
        &format!("{whole}^"),
    ]);
    assert_eq!(merged(&sandbox), next(1), "taken out again");
    sandbox.git(&["update-ref", "refs/remotes/origin/next", &whole]);
    assert_eq!(merged(&sandbox), next(2), "and in");
    let tree = format!("{whole}^{{tree}}");
    let other = sandbox.git(&["commit-tree", "-p", "main", "-m", "All at once", &tree]);
    sandbox.git(&["update-ref", "refs/remotes/origin/next", &other]);
    assert_eq!(merged(&sandbox), []);
    fs::write(sandbox.repo().join(".git/patman/merged"), "nonsense").unwrap();
    sandbox.git(&["update-ref", "refs/remotes/origin/next", &whole]);
    assert_eq!(merged(&sandbox), next(2));
}

#[test]
fn nothing_that_is_odd_keeps_reviews_from_being_listed() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.patman("upstream add us https://example.com/us.git");
    let code = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('update upstream set name=?', ('a b..\\x01',)); c.commit()";
    let path = sandbox.repo().join(".git/patman/.patman.db");
    assert!(
        sandbox
            .command("python3", &sandbox.repo())
            .args(["-c", code])
            .arg(path)
            .status()
            .unwrap()
            .success()
    );
    fs::create_dir_all(sandbox.repo().join(".git/refs/remotes/origin")).unwrap();
    fs::write(
        sandbox.repo().join(".git/refs/remotes/origin/next"),
        format!("{}\n", "1".repeat(40)),
    )
    .unwrap();
    let listed = sandbox.session(&["review list"]);
    assert!(
        listed.contains("one-spell-numbers  v1   applied ") && listed.ends_with("= 0\n"),
        "{listed}"
    );
    assert!(
        listed.contains("warning: cannot look for patches in 'origin/next'"),
        "{listed}"
    );
}
