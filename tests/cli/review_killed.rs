// SPDX-License-Identifier: GPL-2.0-or-later
//! What a killed run leaves, made by hand: the next run finishes it, and takes nothing of the user's for its own.
//!
//! `tests/crash/review.py` kills the real program at every system call; each test here pins one of its findings.

use crate::sandbox::{Sandbox, lines};
use crate::scene::NAME;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

struct Killed {
    sandbox: Sandbox,
    tree: PathBuf,
    admin: PathBuf,
    v1: String,
    v2: String,
}

/// Both versions applied; the branch and its worktree at the first, as before the second was started.
fn between() -> Killed {
    let sandbox = Sandbox::new().mailed(2).started(1).started(2);
    let tree = sandbox.worktree();
    let admin = sandbox.repo().join(".git/worktrees").join(NAME);
    let commit =
        |version: u32| sandbox.git(&["rev-parse", &format!("refs/patman/{NAME}/v{version}")]);
    let (v1, v2) = (commit(1), commit(2));
    sandbox.git_at(&tree, &["reset", "-q", "--hard", &v1]);
    Killed {
        sandbox,
        tree,
        admin,
        v1,
        v2,
    }
}

impl Killed {
    fn note(&self) {
        fs::write(
            self.admin.join("patman-work"),
            format!("move {} {}\n", self.v1, self.v2),
        )
        .unwrap();
    }

    fn is_at(&self, version: u32) {
        let text = fs::read_to_string(self.tree.join("src/one.c")).unwrap();
        assert!(text.contains(&format!("one three, v{version}")));
        assert_eq!(
            self.sandbox
                .git_at(&self.tree, &["status", "--porcelain", "--branch"]),
            format!("## {NAME}")
        );
        assert!(!self.admin.join("patman-work").exists());
        let registered = self.sandbox.git(&["worktree", "list", "--porcelain"]);
        assert!(
            !registered.contains("locked") && !registered.contains("prunable"),
            "{registered}"
        );
    }
}

#[test]
fn a_half_written_file_and_the_lock_of_the_index_are_of_the_killed_run() {
    let killed = between();
    killed.note();
    let new = killed
        .sandbox
        .git(&["show", &format!("{}:src/one.c", killed.v2)]);
    fs::write(killed.tree.join("src/one.c"), &new[..60]).unwrap();
    fs::write(killed.admin.join("index.lock"), "").unwrap();
    killed.sandbox.expect("review start ../v2.mbox", 0);
    killed.is_at(2);
}

#[test]
fn an_edit_after_the_kill_is_refused_and_kept_by_force() {
    let killed = between();
    killed.note();
    fs::remove_file(killed.tree.join("src/one.c")).unwrap();
    fs::write(killed.tree.join("src/two.c"), "mine\n").unwrap();
    let said = killed.sandbox.expect("review start ../v2.mbox", 3);
    assert!(
        said.contains("'src/two.c'") && !said.contains("one.c"),
        "{said}"
    );
    assert!(
        killed
            .sandbox
            .expect("review remove one", 3)
            .contains("'src/two.c'")
    );
    assert_eq!(
        fs::read_to_string(killed.tree.join("src/two.c")).unwrap(),
        "mine\n"
    );
    killed.sandbox.expect("review start --force ../v2.mbox", 0);
    killed.is_at(2);
    assert_eq!(
        killed
            .sandbox
            .git(&["show", &format!("refs/patman/kept/{NAME}/1:src/two.c")]),
        "mine"
    );
}

#[test]
fn files_and_index_that_went_ahead_of_the_branch_are_caught_up() {
    let killed = between();
    killed.note();
    killed.sandbox.git_at(
        &killed.tree,
        &["read-tree", "-m", "-u", &killed.v1, &killed.v2],
    );
    killed.sandbox.expect("review start ../v2.mbox", 0);
    killed.is_at(2);
}

#[test]
fn the_lock_of_an_index_that_no_run_of_ours_left_is_named() {
    let killed = between();
    let lock = killed.admin.join("index.lock");
    fs::write(&lock, "").unwrap();
    let said = killed.sandbox.expect("review start ../v2.mbox", 1);
    assert!(
        said.contains("hint: if no git process is running there: rm ") && lock.exists(),
        "{said}"
    );
    fs::remove_file(&lock).unwrap();
    killed.sandbox.expect("review start ../v2.mbox", 0);
    killed.is_at(2);
}

#[test]
fn a_worktree_that_is_registered_and_not_made_is_made() {
    let killed = between();
    fs::remove_dir_all(&killed.tree).unwrap();
    fs::write(killed.admin.join("locked"), "initializing").unwrap();
    killed.sandbox.expect("review start ../v2.mbox", 0);
    killed.is_at(2);
    fs::remove_dir_all(&killed.tree).unwrap();
    fs::create_dir(&killed.tree).unwrap();
    killed.sandbox.expect("review remove one", 0);
    assert!(!killed.tree.exists() && !killed.admin.exists());
}

#[test]
fn an_edit_in_a_worktree_that_is_half_made_is_refused_and_kept_by_force() {
    let killed = between();
    fs::write(killed.admin.join("locked"), "initializing").unwrap();
    fs::remove_file(killed.admin.join("index")).unwrap();
    let text = fs::read_to_string(killed.tree.join("src/one.c")).unwrap();
    fs::write(killed.tree.join("src/one.c"), &text[..30]).unwrap();
    fs::remove_file(killed.tree.join("src/two.c")).unwrap();
    fs::write(killed.tree.join("mine.txt"), "mine\n").unwrap();
    for line in ["review start ../v1.mbox", "review remove one"] {
        if line.contains("start") {
            // The newer version has the branch, so that this one leaves the worktree alone.
            killed.sandbox.expect(line, 0);
            continue;
        }
        let said = killed.sandbox.expect(line, 3);
        assert!(
            said.contains("'mine.txt'") && !said.contains("one.c"),
            "{said}"
        );
    }
    assert!(
        killed
            .sandbox
            .expect("review start ../v2.mbox", 3)
            .contains("'mine.txt'")
    );
    assert_eq!(
        fs::read_to_string(killed.tree.join("mine.txt")).unwrap(),
        "mine\n"
    );
    killed.sandbox.expect("review start --force ../v2.mbox", 0);
    killed.is_at(2);
    assert_eq!(
        killed
            .sandbox
            .git(&["show", &format!("refs/patman/kept/{NAME}/1:mine.txt")]),
        "mine"
    );
}

#[test]
fn locks_of_refs_that_were_left_are_removed_after_a_second() {
    let killed = between();
    let refs = killed.sandbox.repo().join(".git/refs");
    for lock in [
        format!("heads/{NAME}.lock"),
        format!("patman/{NAME}/v2.lock"),
    ] {
        fs::write(refs.join(lock), "").unwrap();
    }
    let began = Instant::now();
    killed.sandbox.expect("review start ../v2.mbox", 0);
    assert!(began.elapsed() < Duration::from_secs(10));
    killed.is_at(2);
}

#[test]
fn the_lock_of_packed_refs_is_anybodys_and_named() {
    let killed = between();
    let lock = killed.sandbox.repo().join(".git/packed-refs.lock");
    fs::write(&lock, "").unwrap();
    let said = killed.sandbox.expect("review remove one", 1);
    assert!(
        said.contains("packed-refs.lock' exists")
            && said.contains("hint: if no git process is running there: rm "),
        "{said}"
    );
    fs::remove_file(&lock).unwrap();
    killed.sandbox.expect("review remove one", 0);
}

#[test]
fn rows_without_refs_and_refs_without_rows_are_completed() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.expect("review start --no-worktree ../v1.mbox", 0);
    for name in sandbox
        .git(&[
            "for-each-ref",
            "--format=%(refname)",
            "refs/patman",
            "refs/heads/one*",
        ])
        .lines()
    {
        sandbox.git(&["update-ref", "-d", name]);
    }
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(
        sandbox
            .git(&["for-each-ref"])
            .contains(&format!("refs/patman/{NAME}/v1\n"))
    );
    // The branch alone is missing, then only it is there.
    sandbox.git(&[
        "worktree",
        "remove",
        &format!(".git/patman/worktrees/{NAME}"),
    ]);
    sandbox.git(&["branch", "-D", NAME]);
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.git(&[
        "worktree",
        "remove",
        &format!(".git/patman/worktrees/{NAME}"),
    ]);
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(sandbox.worktree().join("src/one.c").exists());
}

#[test]
fn a_removal_that_was_killed_is_finished() {
    let killed = between();
    let left = killed.tree.with_file_name(format!(".removed-1-2-{NAME}"));
    fs::rename(&killed.tree, &left).unwrap();
    killed.sandbox.expect("review remove one", 0);
    assert!(!left.exists() && !killed.admin.exists());
    fs::create_dir_all(&left).unwrap();
    killed.sandbox.expect("review remove one", 0);
    assert!(!left.exists());
}

#[test]
fn the_record_of_a_worktree_that_a_killed_start_was_making_is_swept_by_the_next() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.expect("review start --no-worktree ../v1.mbox", 0);
    let left = sandbox
        .repo()
        .join(format!(".git/patman/worktrees/.removed-1-2-{NAME}"));
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("HEAD"), format!("ref: refs/heads/{NAME}\n")).unwrap();
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(!left.exists());
}

/// The second patch of the usual series conflicts, and the review has stopped.
fn stopped() -> (Sandbox, PathBuf, PathBuf) {
    let sandbox = Sandbox::new().mailed(1).conflicting();
    sandbox.expect("review start --base main ../v1.mbox", 3);
    let tree = sandbox.worktree();
    let admin = sandbox.repo().join(".git/worktrees").join(NAME);
    (sandbox, tree, admin)
}

#[test]
fn git_am_that_was_killed_before_it_stopped_is_begun_again() {
    let (sandbox, tree, admin) = stopped();
    let debris = format!("refs/patman/{NAME}/v1-debris");
    for half in [true, false] {
        sandbox.git(&["update-ref", "-d", &debris]);
        fs::write(admin.join("patman-work"), "am\n").unwrap();
        if half {
            // As it is while git am splits the mails.
            fs::remove_file(admin.join("rebase-apply/next")).unwrap();
            fs::write(admin.join("index.lock"), "").unwrap();
        }
        let said = sandbox.expect("review continue one", 1);
        assert!(
            said.contains("was killed") && said.contains("review abort"),
            "{said}"
        );
        fs::write(tree.join("mine.txt"), "mine\n").unwrap();
        let said = sandbox.expect("review start --base main ../v1.mbox", 3);
        assert!(
            said.contains(" as refs/patman/kept/") && said.contains("'mine.txt'"),
            "{said}"
        );
        fs::remove_file(tree.join("mine.txt")).unwrap();
        assert!(
            sandbox
                .expect("review start --base main ../v1.mbox", 3)
                .contains("does not apply")
        );
        assert!(
            sandbox
                .git_at(&tree, &["status"])
                .contains("You are in the middle of an am session")
        );
    }
    let kept = sandbox.git(&["show", &format!("refs/patman/kept/{NAME}/1:mine.txt")]);
    assert_eq!(kept, "mine");
    sandbox.expect("review abort one", 0);
    assert!(!tree.exists() && !admin.exists());
}

#[test]
fn a_note_that_a_kill_left_when_git_am_had_stopped_does_no_harm() {
    let (sandbox, tree, admin) = stopped();
    for resolved in [false, true] {
        fs::write(admin.join("patman-work"), "am\n").unwrap();
        if resolved {
            let text = lines("one", 40)
                .replace("one 3\n", "one three\n")
                .replace("one 20\n", "one twenty\n");
            fs::write(tree.join("src/one.c"), text).unwrap();
            sandbox.git_at(&tree, &["add", "src/one.c"]);
        }
        sandbox.expect("review continue one", if resolved { 0 } else { 3 });
        assert!(!admin.join("patman-work").exists());
    }
    assert_eq!(
        sandbox.git(&["rev-list", "--count", &format!("main..{NAME}")]),
        "2"
    );
}

#[test]
fn a_version_that_is_applied_again_is_left_where_the_branch_is() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let text = fs::read_to_string(&mbox).unwrap();
    let second = text.find("Subject: [PATCH 2/2]").unwrap();
    let begin = text[..second].rfind("\nFrom ").unwrap();
    fs::write(sandbox.top().join("first.mbox"), &text[..begin]).unwrap();
    sandbox.expect("review start --partial ../first.mbox", 0);
    // Killed when the refs said that both are applied, and neither rows nor branch did.
    let was = sandbox.git(&["rev-parse", NAME]);
    sandbox.git(&["update-ref", &format!("refs/patman/{NAME}/v1-was"), &was]);
    let other = sandbox.git(&[
        "commit-tree",
        "-p",
        &was,
        "-m",
        "one: Spell twenty",
        &format!("{was}^{{tree}}"),
    ]);
    sandbox.git(&["update-ref", &format!("refs/patman/{NAME}/v1"), &other]);
    sandbox.expect("review start ../v1.mbox", 0);
    assert_eq!(
        sandbox.git(&["rev-list", "--count", &format!("main..{NAME}")]),
        "2"
    );
    assert!(!sandbox.git(&["for-each-ref"]).contains("v1-was"));
}

#[test]
fn a_version_that_was_killed_before_git_am_began_does_not_wait_for_the_user() {
    let (sandbox, tree, _) = stopped();
    sandbox.git(&["update-ref", "-d", &format!("refs/patman/{NAME}/v1-debris")]);
    sandbox.git_at(&tree, &["am", "--quit"]);
    sandbox.git_at(&tree, &["reset", "-q", "--hard"]);
    assert!(
        sandbox
            .expect("review start --base main ../v1.mbox", 3)
            .contains("does not apply")
    );
}

#[test]
fn patches_that_had_come_when_a_run_was_killed_are_still_to_be_applied() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let text = fs::read_to_string(&mbox).unwrap();
    let second = text.find("Subject: [PATCH 2/2]").unwrap();
    let begin = text[..second].rfind("\nFrom ").unwrap();
    fs::write(sandbox.top().join("first.mbox"), &text[..begin]).unwrap();
    sandbox.expect("review start --partial ../first.mbox", 0);
    // A ref that is held by somebody else is as good as a kill before it was moved.
    let lock = sandbox
        .repo()
        .join(format!(".git/refs/patman/{NAME}/v1-was.lock"));
    fs::create_dir(&lock).unwrap();
    sandbox.expect("review start ../v1.mbox", 1);
    fs::remove_dir(&lock).unwrap();
    sandbox.expect("review start ../v1.mbox", 0);
    assert_eq!(
        sandbox.git(&["rev-list", "--count", &format!("main..{NAME}")]),
        "2"
    );
}

#[test]
fn refs_of_which_only_some_were_changed_are_completed() {
    let (sandbox, tree, _) = stopped();
    let resolved = lines("one", 40)
        .replace("one 3\n", "one three\n")
        .replace("one 20\n", "one twenty\n");
    fs::write(tree.join("src/one.c"), resolved).unwrap();
    sandbox.git_at(&tree, &["add", "src/one.c"]);
    sandbox.git_at(&tree, &["am", "--continue"]);
    // The version is there, and what says that it waits is not deleted yet.
    sandbox.git(&["update-ref", &format!("refs/patman/{NAME}/v1"), NAME]);
    sandbox.expect("review continue one", 0);
    let refs = sandbox.git(&[
        "for-each-ref",
        "--format=%(refname)",
        &format!("refs/patman/{NAME}"),
    ]);
    assert_eq!(
        refs,
        format!("refs/patman/{NAME}/v1\nrefs/patman/{NAME}/v1-base")
    );
}

#[test]
fn what_git_am_left_is_pruned_with_the_other_refs() {
    let (sandbox, _, _) = stopped();
    sandbox.expect("review remove --force --purge one", 0);
    assert_eq!(sandbox.git(&["for-each-ref", "refs/patman"]), "");
}
