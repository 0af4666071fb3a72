// SPDX-License-Identifier: GPL-2.0-or-later
//! `review start`: what it makes, says and leaves alone.

use crate::sandbox::{Sandbox, lines};
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn a_series_is_applied_in_a_worktree_of_its_own() {
    let sandbox = Sandbox::new().mailed(1);
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&["review start ../v1.mbox"]),
        str![[r#"
$ git patman review start ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(sandbox.checkout(), before);
    let worktree = sandbox.worktree();
    assert_eq!(
        sandbox.git_at(&worktree, &["status", "--porcelain", "--branch"]),
        "## one-spell-numbers"
    );
    assert!(
        fs::read_to_string(worktree.join("src/one.c"))
            .unwrap()
            .contains("one three, v1\n")
    );
    let subjects = sandbox.git(&[
        "log",
        "--reverse",
        "--format=%s %an %at",
        "main..one-spell-numbers",
    ]);
    assert_eq!(
        subjects,
        "one: Spell three Ada 1767225600\none: Spell twenty Ada 1767225600"
    );
}

#[test]
fn the_same_version_again_changes_nothing() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let refs = sandbox.git(&["for-each-ref"]);
    assert_data_eq!(
        sandbox.session(&["review start ../v1.mbox"]),
        str![[r#"
$ git patman review start ../v1.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1 is already applied
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
}

#[test]
fn the_same_version_again_leaves_work_of_the_users_alone() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    fs::write(worktree.join("src/two.c"), "my edit\n").unwrap();
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.git_at(&worktree, &["commit", "-q", "-a", "-m", "my commit"]);
    fs::write(worktree.join("src/two.c"), "my second edit\n").unwrap();
    let done = sandbox.patman("review start ../v1.mbox");
    assert!(
        done.status.success(),
        "{}",
        sandbox.show("review start", &done)
    );
    assert_eq!(
        sandbox.git_at(&worktree, &["log", "-1", "--format=%s"]),
        "my commit"
    );
    assert_eq!(
        fs::read_to_string(worktree.join("src/two.c")).unwrap(),
        "my second edit\n"
    );
}

#[test]
fn another_sending_of_a_version_is_told_and_applied_by_force() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let text = fs::read_to_string(&mbox).unwrap();
    let resent = text
        .replace("<cover.", "<again.")
        .replace("three, v1", "three, again");
    fs::write(sandbox.top().join("resent.mbox"), resent).unwrap();
    let said = sandbox.session(&["review start ../resent.mbox"]);
    assert!(
        said.contains("warning: one-spell-numbers v1 was recorded from other mails"),
        "{said}"
    );
    assert!(
        said.contains("v1 is already applied") && said.ends_with("= 0\n"),
        "{said}"
    );
    let said = sandbox.session(&["review start --force ../resent.mbox"]);
    assert!(said.ends_with("= 0\n"), "{said}");
    let worktree = sandbox.worktree();
    assert!(
        fs::read_to_string(worktree.join("src/one.c"))
            .unwrap()
            .contains("one three, again\n")
    );
    assert!(
        !sandbox
            .session(&["review start ../resent.mbox"])
            .contains("warning")
    );
}

#[test]
fn a_message_id_of_somebody_else_does_not_lead_into_another_series() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let text = fs::read_to_string(&mbox)
        .unwrap()
        .replace("one: Spell numbers", "evil: Take over")
        .replace("[PATCH ", "[PATCH v2 ");
    fs::write(sandbox.top().join("evil.mbox"), text).unwrap();
    let before = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    sandbox.expect("review start ../evil.mbox", 0);
    assert_eq!(sandbox.git(&["rev-parse", "one-spell-numbers"]), before);
    assert!(sandbox.session(&["review list"]).contains("evil-take-over"));
}

#[test]
fn a_later_version_moves_the_worktree_on_and_keeps_build_products() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let worktree = sandbox.worktree();
    fs::write(worktree.join("one.o"), "built").unwrap();
    assert_data_eq!(
        sandbox.session(&["review start ../v2.mbox"]),
        str![[r#"
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(fs::read_to_string(worktree.join("one.o")).unwrap(), "built");
    assert!(
        fs::read_to_string(worktree.join("src/one.c"))
            .unwrap()
            .contains("one three, v2\n")
    );
    let old = sandbox.git(&["show", "refs/patman/one-spell-numbers/v1:src/one.c"]);
    assert!(old.contains("one three, v1\n"));
}

#[test]
fn edits_in_the_worktree_are_refused_and_kept_under_a_ref_by_force() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let worktree = sandbox.worktree();
    fs::write(worktree.join("src/two.c"), "my edit\n").unwrap();
    fs::write(worktree.join("new.txt"), "my file\n").unwrap();
    assert_data_eq!(
        sandbox.session(&["review start ../v2.mbox", "review start --force ../v2.mbox"]),
        str![[r#"
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' has uncommitted changes: 'src/two.c', 'new.txt'
! hint: commit or stash them, or save them under a ref with --force
= 3
$ git patman review start --force ../v2.mbox
! base: e747479 (base-commit of the mails)
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    let kept = "refs/patman/kept/one-spell-numbers/1";
    assert_eq!(
        sandbox.git(&["show", &format!("{kept}:src/two.c")]),
        "my edit"
    );
    assert_eq!(
        sandbox.git(&["show", &format!("{kept}:new.txt")]),
        "my file"
    );
    assert!(
        fs::read_to_string(worktree.join("src/one.c"))
            .unwrap()
            .contains("one three, v2\n")
    );
}

#[test]
fn commits_of_the_users_are_refused_and_kept_under_a_ref_by_force() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let worktree = sandbox.worktree();
    sandbox.git_at(
        &worktree,
        &["commit", "-q", "--allow-empty", "-m", "my commit"],
    );
    let mine = sandbox.git_at(&worktree, &["rev-parse", "HEAD"]);
    assert_data_eq!(
        sandbox.session(&["review start ../v2.mbox", "review start --force ../v2.mbox"]),
        str![[r#"
$ git patman review start ../v2.mbox
! base: e747479 (base-commit of the mails)
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' has your own commits, up to dda6975
! hint: to keep them on a branch: git branch my-one-spell-numbers dda6975
! hint: or save them under a ref with --force
= 3
$ git patman review start --force ../v2.mbox
! base: e747479 (base-commit of the mails)
! saved your changes in '$REPO/.git/patman/worktrees/one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&["rev-parse", "refs/patman/kept/one-spell-numbers/1"]),
        mine
    );
}

#[test]
fn a_missing_patch_is_named_and_partial_takes_what_is_before_it() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let text = fs::read_to_string(&mbox).unwrap();
    let second = text.find("Subject: [PATCH 2/2]").unwrap();
    let begin = text[..second].rfind("\nFrom ").unwrap();
    fs::write(sandbox.top().join("first.mbox"), &text[..begin]).unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review start ../first.mbox",
            "review start --partial ../first.mbox",
            "review list"
        ]),
        str![[r#"
$ git patman review start ../first.mbox
! Created database '$REPO/.git/patman/.patman.db'
! error: patch 2 of 2 of 'one: Spell numbers' is missing
! hint: to apply the patches before patch 2, use --partial
= 1
$ git patman review start --partial ../first.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1: 1 patch applied: one: Spell numbers
! warning: the series is not complete: missing 2
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   partial      1/2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["review start ../v1.mbox", "review list"]),
        str![[r#"
$ git patman review start ../v1.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.patman("db migrate");
    let refs = sandbox.git(&["for-each-ref"]);
    assert_data_eq!(
        sandbox.session(&["review start -n ../v1.mbox", "review list"]),
        str![[r#"
$ git patman review start -n ../v1.mbox
! base: e747479 (base-commit of the mails)
! would review one-spell-numbers v1 'one: Spell numbers': 2 patches apply
= 0
$ git patman review list
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
    assert!(!sandbox.repo().join(".git/patman/worktrees").exists());
}

#[test]
fn without_a_worktree_there_are_commits_and_a_branch() {
    let sandbox = Sandbox::new().mailed(1);
    assert_data_eq!(
        sandbox.session(&["review start --no-worktree ../v1.mbox", "review path one"]),
        str![[r#"
$ git patman review start --no-worktree ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1: 2 patches applied: one: Spell numbers
= 0
$ git patman review path one
! error: the review 'one-spell-numbers' has no worktree here
! hint: to create one: git patman review start one-spell-numbers
= 1

"#]]
    );
    assert_eq!(
        sandbox.git(&["rev-list", "--count", "main..one-spell-numbers"]),
        "2"
    );
    assert_data_eq!(
        sandbox.session(&["review start ../v1.mbox", "review path one"]),
        str![[r#"
$ git patman review start ../v1.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1 is already applied
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review path one
$REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
}

#[test]
fn mails_come_from_standard_input_and_json_goes_out() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let mut command = sandbox.command(crate::sandbox::PROGRAM, &sandbox.repo());
    let done = command
        .args(["-q", "review", "start", "--json", "-"])
        .stdin(fs::File::open(mbox).unwrap())
        .output();
    assert_data_eq!(
        sandbox.show("review start --json -", &done.unwrap()),
        str![[r#"
$ git patman review start --json -
{
  "series": "one-spell-numbers",
  "identity": "cover.[..].git.ada@example.com",
  "version": 1,
  "title": "one: Spell numbers",
  "base": "e7474796004d84990fa19b17c0cf89438d656ad4",
  "base_why": "base-commit of the mails",
  "head": "36a72748f300acd9bf2c67091a4b0836a157a9d8",
  "branch": "one-spell-numbers",
  "worktree": "$REPO/.git/patman/worktrees/one-spell-numbers",
  "path": "present",
  "elsewhere": [],
  "state": "applied",
  "patches": [
    {
      "seq": 1,
      "subject": "one: Spell three",
      "author": "Ada <ada@example.com>",
      "commit": "f5633d31fd18dbeb9ddea4ffd85af9514b732dc0",
      "tree": "7b198fffdab08eb1b2855d0ed5335ea85f92b52f",
      "how": "exact"
    },
    {
      "seq": 2,
      "subject": "one: Spell twenty",
      "author": "Ada <ada@example.com>",
      "commit": "36a72748f300acd9bf2c67091a4b0836a157a9d8",
      "tree": "bdb0ca7660364d9727f00f9a96de99aa3a612e27",
      "how": "exact"
    }
  ],
  "missing": [],
  "started": 1767268800,
  "merged": [],
  "outcome": null,
  "finished": null,
  "news": {
    "versions": [],
    "replies": 0
  }
}
= 0

"#]]
    );
}

#[test]
fn nothing_to_apply_is_said_clearly() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.top().join("empty.mbox"), "").unwrap();
    fs::write(
        sandbox.top().join("reply.mbox"),
        "From a\nFrom: B <b@example.com>\nSubject: Re: hello\n\nhi\n",
    )
    .unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review start ../empty.mbox",
            "review start ../reply.mbox",
            "review start ../absent.mbox",
            "review start ../v1.mbox --version 0",
        ]),
        str![[r#"
$ git patman review start ../empty.mbox
! Created database '$REPO/.git/patman/.patman.db'
! error: no mail in '$REPO/../empty.mbox'
= 1
$ git patman review start ../reply.mbox
! error: there is no patch in '../reply.mbox' (1 mail)
= 1
$ git patman review start ../absent.mbox
! error: there is no file or directory '../absent.mbox'
! hint: a source is an mbox, a maildir, a directory of mails, a mail, '-', the number of a series on Patchwork, a message id, the URL of either, or the name of a review
= 1
$ git patman review start ../v1.mbox --version 0
! error: invalid value '0' for '--version <N>': '0' is not a version: give a number from 1, as in 'v2'
! 
! For more information, try '--help'.
= 2

"#]]
    );
}

#[test]
fn a_second_series_of_the_same_title_by_somebody_else_is_another_review() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let text = fs::read_to_string(&mbox).unwrap();
    let text = text
        .replace("Ada <ada@example.com>", "Bob <bob@example.com>")
        .replace(".git.ada@", ".git.bob@");
    fs::write(sandbox.top().join("bob.mbox"), text).unwrap();
    let done = sandbox.patman("review start ../bob.mbox");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let list = String::from_utf8(sandbox.patman("review list").stdout).unwrap();
    assert!(list.contains("one-spell-numbers-by-bob"), "{list}");
}

#[test]
fn a_machine_without_a_name_and_address_still_gets_its_review() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.write_home(".gitconfig", "[user]\n\tuseConfigOnly = true\n");
    assert_data_eq!(
        sandbox.session(&["review start ../v1.mbox"]),
        str![[r#"
$ git patman review start ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! base: e747479 (base-commit of the mails)
! user.name and user.email are not set; committing as 'git patman <git-patman@localhost>'
! one-spell-numbers v1: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    let committer = sandbox.git(&["log", "-1", "--format=%cn <%ce>", "one-spell-numbers"]);
    assert_eq!(committer, "git patman <git-patman@localhost>");
}

#[test]
fn a_title_that_is_hostile_is_shown_as_text_and_stays_inside() {
    let sandbox = Sandbox::new();
    let text = lines("one", 40).replace("one 3\n", "one three\n");
    sandbox.series(
        "bad.mbox",
        1,
        "../../\u{1b}[31mhooks: $(touch x) -rf",
        &[("a: b", "src/one.c", &text)],
    );
    let done = sandbox.patman("review start ../bad.mbox");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    assert!(
        !said.contains('\u{1b}') && said.contains("\\x1b[31m"),
        "{said}"
    );
    assert!(
        sandbox
            .repo()
            .join(".git/patman/worktrees/31mhooks-touch-x-rf")
            .is_dir(),
        "{said}"
    );
}
