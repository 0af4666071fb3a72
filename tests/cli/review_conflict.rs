// SPDX-License-Identifier: GPL-2.0-or-later
//! A patch that does not apply: `review start` stops, `continue` and `abort` end it.

use crate::sandbox::{Sandbox, lines};
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::PathBuf;

/// A repository whose `src/one.c` has moved on, so that the second patch of the usual series conflicts.
fn conflicting() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new().mailed(1).conflicting();
    let worktree = sandbox.worktree();
    (sandbox, worktree)
}

#[test]
fn a_conflict_stops_in_the_worktree_and_continue_goes_on() {
    let (sandbox, worktree) = conflicting();
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&["review start --base main ../v1.mbox", "review list"]),
        str![[r#"
$ git patman review start --base main ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: 91d65a3 ('main', as given)
! warning: patch 2 'one: Spell twenty' does not apply: src/one.c:17
! the worktree is in the middle of git am: '$REPO/.git/patman/worktrees/one-spell-numbers'
! hint: resolve the patch there with plain git, and 'git add' the files; then
! hint:   git patman review continue one-spell-numbers
! hint: or abort it:
! hint:   git patman review abort one-spell-numbers
= 3
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   stopped        2  0 s  91d65a3  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
    assert!(
        sandbox
            .git_at(&worktree, &["status"])
            .contains("You are in the middle of an am session")
    );
    assert_data_eq!(
        sandbox.session(&["review continue", "review remove one"]),
        str![[r#"
$ git patman review continue
! error: name a review, or run this in its worktree
! hint: git patman review list
= 2
$ git patman review remove one
! error: 'one-spell-numbers' has an unresolved conflict
! hint: to abort it: git patman review abort one-spell-numbers
= 3

"#]]
    );
    let resolved = lines("one", 40)
        .replace("one 3\n", "one three, v1\n")
        .replace("one 20\n", "one twenty\n");
    fs::write(worktree.join("src/one.c"), resolved).unwrap();
    let unadded = sandbox.patman("review continue one");
    assert_eq!(
        unadded.status.code(),
        Some(3),
        "{}",
        sandbox.show("review continue one", &unadded)
    );
    sandbox.git_at(&worktree, &["add", "src/one.c"]);
    assert_data_eq!(
        sandbox.session(&["review continue one", "review list", "review continue one"]),
        str![[r#"
$ git patman review continue one
! one-spell-numbers v1: 2 patches applied (1 by git am): one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  91d65a3  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review continue one
! error: there is nothing to continue for 'one-spell-numbers': v1 is applied
= 1

"#]]
    );
    let subjects = sandbox.git(&["log", "--reverse", "--format=%s", "main..one-spell-numbers"]);
    assert_eq!(subjects, "one: Spell three\none: Spell twenty");
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn what_the_user_finished_with_plain_git_is_recorded() {
    let (sandbox, worktree) = conflicting();
    sandbox.patman("review start --base main ../v1.mbox");
    let resolved = lines("one", 40)
        .replace("one 3\n", "one three, v1\n")
        .replace("one 20\n", "one twenty\n");
    fs::write(worktree.join("src/one.c"), resolved).unwrap();
    sandbox.git_at(&worktree, &["add", "src/one.c"]);
    sandbox.git_at(&worktree, &["am", "--continue"]);
    assert_data_eq!(
        sandbox.session(&["review start --base main ../v1.mbox", "review continue one"]),
        str![[r#"
$ git patman review start --base main ../v1.mbox
! base: 91d65a3 ('main', as given)
! error: 'one-spell-numbers' v1 has an unresolved conflict
! hint: to continue after resolving it: git patman review continue one-spell-numbers
! hint: to abort it: git patman review abort one-spell-numbers
= 3
$ git patman review continue one
! one-spell-numbers v1: 2 patches applied (1 by git am): one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert!(
        sandbox
            .git(&["for-each-ref", "refs/patman"])
            .contains("one-spell-numbers/v1\n")
    );
}

#[test]
fn abort_takes_a_first_version_back_whole() {
    let (sandbox, worktree) = conflicting();
    let refs = sandbox.git(&["for-each-ref"]);
    sandbox.patman("review start --base main ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["review abort one", "review list --all"]),
        str![[r#"
$ git patman review abort one
! aborted one-spell-numbers v1; removed its worktree
= 0
$ git patman review list --all
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0

"#]]
    );
    assert!(!worktree.exists());
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
}

#[test]
fn abort_of_a_later_version_goes_back_to_the_one_before_and_keeps_what_the_user_did() {
    let (sandbox, worktree) = conflicting();
    sandbox.usual(2);
    let base = sandbox.git(&["rev-parse", "main~1"]);
    sandbox.patman(&format!("review start --base {base} ../v1.mbox"));
    let first = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    // The second version was made on a later main, where its lines are others; it conflicts on the older base.
    sandbox.write("src/one.c", &lines("ONE", 40));
    sandbox.git(&["commit", "-q", "-m", "Shout", "src/one.c"]);
    let done = sandbox.patman("review start --base main ../v2.mbox");
    assert_eq!(
        done.status.code(),
        Some(3),
        "{}",
        sandbox.show("review start", &done)
    );
    fs::write(worktree.join("half.txt"), "half resolved\n").unwrap();
    assert_data_eq!(
        sandbox.session(&["review abort", "review abort one", "review list"]),
        str![[r#"
$ git patman review abort
! error: name a review, or run this in its worktree
! hint: git patman review list
= 2
$ git patman review abort one
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! aborted one-spell-numbers v2; its worktree is back at v1
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
    assert_eq!(sandbox.git_at(&worktree, &["rev-parse", "HEAD"]), first);
    assert_eq!(
        sandbox.git_at(
            &worktree,
            &["status", "--porcelain", "--untracked-files=no"]
        ),
        ""
    );
    let kept = sandbox.git(&["show", "refs/patman/kept/one-spell-numbers/1:half.txt"]);
    assert_eq!(kept, "half resolved");
}

#[test]
fn without_a_worktree_a_conflict_leaves_nothing() {
    let (sandbox, _) = conflicting();
    let refs = sandbox.git(&["for-each-ref"]);
    assert_data_eq!(
        sandbox.session(&[
            "review start --no-worktree --base main ../v1.mbox",
            "review start -n --base main ../v1.mbox",
            "review list --all",
        ]),
        str![[r#"
$ git patman review start --no-worktree --base main ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: 91d65a3 ('main', as given)
! error: patch 2 of 2 does not apply to 91d65a3: patch does not apply: src/one.c:17
! hint: to resolve it in a worktree, start it without --no-worktree
= 3
$ git patman review start -n --base main ../v1.mbox
! base: 91d65a3 ('main', as given)
! warning: would stop at patch 2: src/one.c:17
= 3
$ git patman review list --all
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
}
