// SPDX-License-Identifier: GPL-2.0-or-later
//! `review prune` finishes removals that were killed, and deletes nothing because something is not in a database.

use crate::sandbox::Sandbox;
use crate::scene::NAME;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A review that was applied and then removed: its refs are the last copies of the version.
fn removed() -> Sandbox {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.git(&["config", "patman.worktreePool", "0"]);
    ok(&sandbox.patman("review start ../v1.mbox"));
    ok(&sandbox.patman("review remove one"));
    sandbox
}

/// A purge that was stopped between the database and the refs.
fn half_purged() -> Sandbox {
    let sandbox = removed();
    let lock = sandbox.repo().join(".git/packed-refs.lock");
    fs::write(&lock, "").unwrap();
    assert!(!sandbox.patman("review remove --purge one").status.success());
    fs::remove_file(lock).unwrap();
    sandbox
}

fn ok(done: &Output) {
    assert!(done.status.success(), "{done:?}");
}

fn refs(sandbox: &Sandbox, dir: &Path) -> String {
    sandbox.git_at(dir, &["for-each-ref", "refs/patman"])
}

fn database(dir: &Path) -> PathBuf {
    dir.join(".git/patman/.patman.db")
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.unwrap().success());
}

/// Runs a line with another database directory.
fn with_database(sandbox: &Sandbox, dir: &Path, line: &str) -> Output {
    let mut command = sandbox.command(crate::sandbox::PROGRAM, &sandbox.repo());
    command
        .env("PATMAN_DB_DIR", dir)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

#[test]
fn with_another_database_nothing_of_a_series_is_pruned() {
    let sandbox = removed();
    let repo = sandbox.repo();
    let (before, file) = (refs(&sandbox, &repo), database(&repo));
    assert!(before.contains(&format!("refs/patman/{NAME}/v1\n")));
    let other = sandbox.top().join("other");
    fs::create_dir(&other).unwrap();
    ok(&with_database(&sandbox, &other, "review prune"));
    assert_eq!(refs(&sandbox, &repo), before);
    // One that is empty, or is not there any more.
    let whole = fs::read(&file).unwrap();
    fs::write(&file, "").unwrap();
    sandbox.patman("review prune");
    assert_eq!(refs(&sandbox, &repo), before);
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(file.with_file_name(format!(".patman.db{end}"))).ok();
    }
    sandbox.patman("review prune");
    assert_eq!(refs(&sandbox, &repo), before);
    // One that was moved away, and an older one in its place.
    fs::write(&file, whole).unwrap();
    let moved = sandbox.top().join("moved");
    fs::create_dir(&moved).unwrap();
    ok(&sandbox.patman("db move ../moved"));
    sandbox.patman("review prune");
    assert_eq!(refs(&sandbox, &repo), before);
    ok(&with_database(&sandbox, &moved, "review prune"));
    assert_eq!(refs(&sandbox, &repo), before);
}

#[test]
fn an_older_database_that_was_restored_prunes_nothing() {
    let sandbox = Sandbox::new().mailed(1);
    ok(&sandbox.patman("db migrate"));
    ok(&sandbox.patman("db backup ../before.db"));
    ok(&sandbox.patman("review start ../v1.mbox"));
    ok(&sandbox.patman("review remove one"));
    let before = refs(&sandbox, &sandbox.repo());
    ok(&sandbox.patman("db restore ../before.db"));
    ok(&sandbox.patman("review prune"));
    assert_eq!(refs(&sandbox, &sandbox.repo()), before);
    // What was true of refs then need not be now.
    let sandbox = half_purged();
    ok(&sandbox.patman("db backup ../before.db"));
    let before = refs(&sandbox, &sandbox.repo());
    ok(&sandbox.patman("db restore ../before.db"));
    ok(&sandbox.patman("review prune"));
    assert_eq!(refs(&sandbox, &sandbox.repo()), before);
}

#[test]
fn a_purge_that_was_stopped_is_finished_and_what_refs_held_is_kept() {
    let sandbox = half_purged();
    let tip = sandbox.git(&["rev-parse", &format!("refs/patman/{NAME}/v1")]);
    assert_data_eq!(
        sandbox.session(&["review prune -n", "review prune", "review prune"]),
        str![[r#"
$ git patman review prune -n
! would prune refs of 'one-spell-numbers': their removal was stopped
= 0
$ git patman review prune
! saved the commits of refs of 'one-spell-numbers' as refs/patman/kept/one-spell-numbers/1
! pruned refs of 'one-spell-numbers': their removal was stopped
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&[
            "for-each-ref",
            "--format=%(refname) %(objectname)",
            "refs/patman"
        ]),
        format!("refs/patman/kept/{NAME}/1 {tip}")
    );
}

#[test]
fn a_copy_of_a_repository_is_not_pruned_for_what_was_removed_in_the_other() {
    let sandbox = half_purged();
    let (repo, other) = (sandbox.repo(), sandbox.top().join("copy"));
    copy(&repo, &other);
    let before = refs(&sandbox, &repo);
    ok(&sandbox.patman_at(&other, "review prune"));
    assert_eq!(refs(&sandbox, &other), before);
    ok(&sandbox.patman("review prune"));
    assert!(!refs(&sandbox, &repo).contains(&format!("refs/patman/{NAME}/")));
    assert_eq!(refs(&sandbox, &other), before);
}

#[test]
fn a_series_that_has_begun_again_since_is_not_pruned() {
    let sandbox = half_purged();
    ok(&sandbox.patman("review start ../v1.mbox"));
    ok(&sandbox.patman("review remove one"));
    let before = refs(&sandbox, &sandbox.repo());
    sandbox.sql("UPDATE series SET name = 'another'");
    ok(&sandbox.patman("review prune"));
    assert_eq!(refs(&sandbox, &sandbox.repo()), before);
}

#[test]
fn a_locked_worktree_that_is_away_is_not_pruned_and_a_detached_head_is_kept() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let tree = sandbox.worktree();
    sandbox.git_at(&tree, &["switch", "-q", "--detach"]);
    sandbox.git_at(&tree, &["commit", "-q", "--allow-empty", "-m", "Mine"]);
    let mine = sandbox.git_at(&tree, &["rev-parse", "HEAD"]);
    let path = tree.to_str().unwrap();
    sandbox.git(&["worktree", "lock", path]);
    fs::rename(&tree, tree.with_file_name("away")).unwrap();
    ok(&sandbox.patman("review prune"));
    assert!(sandbox.git(&["worktree", "list"]).contains(NAME));
    sandbox.git(&["worktree", "unlock", path]);
    ok(&sandbox.patman("review prune"));
    assert!(!sandbox.git(&["worktree", "list"]).contains(NAME));
    assert_eq!(
        sandbox.git(&["rev-parse", &format!("refs/patman/kept/{NAME}/1")]),
        mine
    );
}
