// SPDX-License-Identifier: GPL-2.0-or-later
//! `series inc` and `version-change`: a version on a branch of its own.

use crate::mine::{branch, everything, files, message, refs, rows, sql, tracked};
use crate::sandbox::PROGRAM;
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn the_next_version_has_a_branch_and_rows_and_nothing_of_the_checkout_is_touched() {
    let sandbox = tracked();
    let before = files(&sandbox);
    assert_data_eq!(sandbox.session(&["series -s video inc"]), str![]);
    assert_data_eq!(rows(&sandbox), str![]);
    assert_data_eq!(refs(&sandbox), str![]);
    assert_data_eq!(message(&sandbox, "video2"), str![]);
    assert_eq!(files(&sandbox), before);
    assert_eq!(sandbox.git(&["diff", "video", "video2"]), "");
}

#[test]
fn head_goes_along_with_its_edits_where_it_was_on_the_newest_version() {
    let sandbox = tracked();
    sandbox.git(&["switch", "-q", "video"]);
    let before = files(&sandbox);
    assert_data_eq!(sandbox.session(&["series inc"]), str![]);
    assert!(refs(&sandbox).ends_with("HEAD refs/heads/video2"));
    assert_eq!(files(&sandbox), before);
    sandbox.git(&["switch", "-q", "video"]);
    assert_data_eq!(sandbox.session(&["series inc"]), str![]);
    assert!(refs(&sandbox).ends_with("HEAD refs/heads/video"));
    assert_eq!(sandbox.git(&["rev-parse", "video3^"]), sandbox.git(&["rev-parse", "video2^"]));
}

#[test]
fn a_dry_run_tells_the_same_and_changes_nothing() {
    let sandbox = tracked();
    sandbox.git(&["switch", "-q", "video"]);
    let before = everything(&sandbox);
    assert_data_eq!(sandbox.session(&["series -n inc", "series -n version-change --new-version 7"]), str![]);
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn what_a_stopped_run_left_is_finished() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    let (wanted, tip) = (rows(&sandbox), sandbox.git(&["rev-parse", "video2"]));
    let forget = "DELETE FROM gitpatman_version WHERE svid > 1; DELETE FROM pcommit WHERE svid > 1;
        DELETE FROM ser_ver WHERE id > 1; UPDATE sqlite_sequence SET seq = 1 WHERE name = 'ser_ver';
        UPDATE sqlite_sequence SET seq = 2 WHERE name = 'pcommit'";
    sql(&sandbox, forget);
    assert_data_eq!(sandbox.session(&["series -s video inc"]), str![]);
    assert_eq!(rows(&sandbox), wanted);
    assert_eq!(sandbox.git(&["rev-parse", "video2"]), tip);
    // Stopped earlier still: the branch is where the old one is.
    sql(&sandbox, forget);
    sandbox.git(&["branch", "-q", "-f", "--no-track", "video2", "video"]);
    assert_eq!(sandbox.patman("series -s video inc").status.code(), Some(0));
    assert_eq!(rows(&sandbox), wanted);
    assert_eq!(sandbox.git(&["rev-parse", "video2"]), tip);
}

#[test]
fn a_branch_of_somebodys_work_is_refused() {
    let sandbox = tracked();
    sandbox.git(&["branch", "-q", "video2", "main"]);
    let before = everything(&sandbox);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video inc",
            "series -s video version-change --new-version 2",
            "series -s nope inc",
            "series inc",
        ]),
        str![]
    );
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_missing_branch_and_the_last_number_are_refused() {
    let sandbox = tracked();
    sql(&sandbox, "UPDATE ser_ver SET version = 99");
    sandbox.git(&["branch", "-q", "-m", "video", "video99"]);
    assert_data_eq!(sandbox.session(&["series -s video inc"]), str![]);
    sql(&sandbox, "UPDATE ser_ver SET version = 4");
    assert_data_eq!(sandbox.session(&["series -s video inc"]), str![]);
}

#[test]
fn the_next_version_is_begun_from_a_linked_worktree_too() {
    let sandbox = tracked();
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video"]);
    let before = files(&sandbox);
    assert_data_eq!(sandbox.show("series inc", &sandbox.patman_at(&linked, "series inc")), str![]);
    assert_eq!(sandbox.git_at(&linked, &["symbolic-ref", "HEAD"]), "refs/heads/video2");
    assert_eq!(sandbox.git_at(&linked, &["status", "--porcelain"]), "");
    assert_eq!(files(&sandbox), before);
    // From elsewhere, the worktree that is on the old branch stays there.
    assert_eq!(sandbox.patman("series -s video inc").status.code(), Some(0));
    assert_eq!(sandbox.git_at(&linked, &["symbolic-ref", "HEAD"]), "refs/heads/video2");
}

#[test]
fn many_at_once_make_whole_versions_or_none() {
    let sandbox = tracked();
    let start = || sandbox.command(PROGRAM, &sandbox.repo()).args(["series", "-s", "video", "inc"]).output().unwrap();
    let done: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let well = done.iter().filter(|done| done.status.success()).count();
    for failed in done.iter().filter(|done| !done.status.success()) {
        let said = String::from_utf8_lossy(&failed.stderr);
        assert!(said.contains("meanwhile") || said.contains("cannot change"), "{said}");
    }
    assert!(well >= 1);
    let rows = rows(&sandbox);
    assert_eq!(rows.matches("ser_ver ").count(), 1 + well, "{rows}");
    assert_eq!(rows.matches("pcommit ").count(), 2 * (1 + well), "{rows}");
    assert_eq!(sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/heads/video*"]).lines().count(), 1 + well);
}

#[test]
fn another_number_is_a_new_branch_and_the_row_follows() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, "UPDATE ser_ver SET link = '33', notes = 'mine' WHERE version = 2");
    let before = files(&sandbox);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video version-change",
            "series -s video version-change --new-version 2",
            "series -s video -V 9 version-change --new-version 4",
            "series -s video version-change --new-version 100",
            "series -s video2 version-change --new-version 5",
            "series -s video2 version-change --new-version 5",
        ]),
        str![]
    );
    assert_data_eq!(rows(&sandbox), str![]);
    assert_data_eq!(refs(&sandbox), str![]);
    assert_eq!(message(&sandbox, "video5").lines().last(), Some("Series-version: 5"));
    assert_eq!(files(&sandbox), before);
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    sandbox.git(&["switch", "-q", "video"]);
    let before = files(&sandbox);
    assert_eq!(sandbox.patman("series version-change --new-version 2").status.code(), Some(0));
    assert!(refs(&sandbox).ends_with("HEAD refs/heads/video2"));
    assert_eq!(files(&sandbox), before);
    // The first version says no number.
    sandbox.git(&["branch", "-q", "-D", "video"]);
    assert_eq!(sandbox.patman("series version-change --new-version 1").status.code(), Some(0));
    assert!(!message(&sandbox, "video").contains("Series-version"));
}

#[test]
fn the_number_is_said_where_the_commits_say_it_already() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    let work = sandbox.top().join("work");
    sandbox.git(&["worktree", "add", "-q", work.to_str().unwrap(), "video2"]);
    fs::write(work.join("more.c"), "more\n").unwrap();
    sandbox.git_at(&work, &["add", "-A"]);
    sandbox.git_at(&work, &["commit", "-q", "-m", "more: Begin\n\nSigned-off-by: Ada <ada@example.com>"]);
    sandbox.patman("series -s video inc");
    assert_eq!(sandbox.git(&["log", "-1", "--format=%B", "video3^"]).lines().last(), Some("Series-version: 3"));
    assert!(!message(&sandbox, "video3").contains("Series-version"));
}

#[test]
fn a_series_that_tracks_nothing_goes_on_too() {
    let sandbox = tracked();
    sandbox.git(&["branch", "-q", "--unset-upstream", "video"]);
    sandbox.git(&["remote", "remove", "us"]);
    assert_eq!(sandbox.patman("series -s video inc").status.code(), Some(0));
    assert_eq!(message(&sandbox, "video2").lines().last(), Some("Series-version: 2"));
    branch(&sandbox, "other", "main");
    assert_eq!(sandbox.git(&["rev-parse", "video2^"]), sandbox.git(&["rev-parse", "other^"]));
}
