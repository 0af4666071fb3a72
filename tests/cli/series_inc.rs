// SPDX-License-Identifier: GPL-2.0-or-later
//! `series inc` and `version-change`: a version on a branch of its own.

use crate::sandbox::{PROGRAM, Sandbox};
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn the_next_version_has_a_branch_and_rows_and_nothing_of_the_checkout_is_touched() {
    let sandbox = Sandbox::new().with_video();
    let before = sandbox.files();
    assert_data_eq!(
        sandbox.session(&["series -s video inc"]),
        str![[r#"
$ git patman series -s video inc
! created v2 of 'video' on branch 'video2', from branch 'video'
! hint: to work on it: git switch video2
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.all_rows(),
        str![[r#"
'series'|1|'video'|'video: Make it fast'|0|'us'|NULL|NULL
'ser_ver'|1|1|1|NULL|NULL|NULL|NULL|NULL|'video: Make it fast'|NULL
'ser_ver'|2|1|2|NULL|NULL|NULL|NULL|NULL|'video: Make it fast'|NULL
'pcommit'|1|1|0|'one: Spell three'|11|'Ia'|'new'|2
'pcommit'|2|1|1|'one: Spell twenty'|12|NULL|'new'|0
'pcommit'|3|2|0|'one: Spell three'|NULL|'Ia'|NULL|NULL
'pcommit'|4|2|1|'one: Spell twenty'|NULL|NULL|NULL|NULL

"#]]
    );
    assert_data_eq!(
        sandbox.refs(),
        str![[r#"
refs/heads/main e747479 tracks us/main
refs/heads/video 18e3aa2 tracks us/main
refs/heads/video2 53484b3 tracks us/main
HEAD refs/heads/main
"#]]
    );
    assert_data_eq!(
        sandbox.message("video2"),
        str![[r#"
one: Spell twenty

Signed-off-by: Ada <ada@example.com>
Series-version: 2
"#]]
    );
    assert_eq!(sandbox.files(), before);
    assert_eq!(sandbox.git(&["diff", "video", "video2"]), "");
}

#[test]
fn head_goes_along_with_its_edits_where_it_was_on_the_newest_version() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    let before = sandbox.files();
    assert_data_eq!(
        sandbox.session(&["series inc"]),
        str![[r#"
$ git patman series inc
! created v2 of 'video' on branch 'video2', from branch 'video'
= 0

"#]]
    );
    assert!(sandbox.refs().ends_with("HEAD refs/heads/video2"));
    assert_eq!(sandbox.files(), before);
    sandbox.git(&["switch", "-q", "video"]);
    assert_data_eq!(
        sandbox.session(&["series inc"]),
        str![[r#"
$ git patman series inc
! created v3 of 'video' on branch 'video3', from branch 'video2'
! hint: to work on it: git switch video3
= 0

"#]]
    );
    assert!(sandbox.refs().ends_with("HEAD refs/heads/video"));
    assert_eq!(
        sandbox.git(&["rev-parse", "video3^"]),
        sandbox.git(&["rev-parse", "video2^"])
    );
}

#[test]
fn a_dry_run_tells_the_same_and_changes_nothing() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -n inc", "series -n version-change --new-version 7"]),
        str![[r#"
$ git patman series -n inc
! created v2 of 'video' on branch 'video2', from branch 'video'
! nothing was changed: this was a dry run
= 0
$ git patman series -n version-change --new-version 7
! v1 of 'video' is now v7, on branch 'video7'; branch 'video' stays
! nothing was changed: this was a dry run
= 0

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn what_a_stopped_run_left_is_finished() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    let (wanted, tip) = (sandbox.all_rows(), sandbox.git(&["rev-parse", "video2"]));
    let forget = "DELETE FROM gitpatman_version WHERE svid > 1; DELETE FROM pcommit WHERE svid > 1;
        DELETE FROM ser_ver WHERE id > 1; UPDATE sqlite_sequence SET seq = 1 WHERE name = 'ser_ver';
        UPDATE sqlite_sequence SET seq = 2 WHERE name = 'pcommit'";
    sandbox.sql(forget);
    assert_data_eq!(
        sandbox.session(&["series -s video inc"]),
        str![[r#"
$ git patman series -s video inc
! completed v2 of 'video' on branch 'video2'
! hint: to work on it: git switch video2
= 0

"#]]
    );
    assert_eq!(sandbox.all_rows(), wanted);
    assert_eq!(sandbox.git(&["rev-parse", "video2"]), tip);
    // Stopped earlier still: the branch is where the old one is.
    sandbox.sql(forget);
    sandbox.git(&["branch", "-q", "-f", "--no-track", "video2", "video"]);
    sandbox.expect("series -s video inc", 0);
    assert_eq!(sandbox.all_rows(), wanted);
    assert_eq!(sandbox.git(&["rev-parse", "video2"]), tip);
}

#[test]
fn a_branch_of_somebodys_work_is_refused() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["branch", "-q", "video2", "main"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video inc",
            "series -s video version-change --new-version 2",
            "series -s video -V 3 inc",
            "series -s nope inc",
            "series inc",
        ]),
        str![[r#"
$ git patman series -s video inc
! error: branch 'video2' already exists, at e747479
! hint: if it is v2: git patman series -s video2 add
! hint: if it is something else: git branch -m video2 <other name>
= 1
$ git patman series -s video version-change --new-version 2
! error: branch 'video2' already exists, at e747479
! hint: if it is v2: git patman series -s video2 add
! hint: if it is something else: git branch -m video2 <other name>
= 1
$ git patman series -s video -V 3 inc
! error: the next version of 'video' starts from the newest, v1
! hint: git patman series -s video inc
= 2
$ git patman series -s nope inc
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series inc
! error: branch 'main' does not belong to a tracked series
! hint: name another series with -s <series>; to see them: git patman series ls
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_missing_branch_and_the_last_number_are_refused() {
    let sandbox = Sandbox::new().with_video();
    sandbox.sql("UPDATE ser_ver SET version = 99");
    sandbox.git(&["branch", "-q", "-m", "video", "video99"]);
    assert_data_eq!(
        sandbox.session(&["series -s video inc"]),
        str![[r#"
$ git patman series -s video inc
! error: version 100 is above 99
! hint: the number at the end of a branch's name is a version from 1 to 99
= 2

"#]]
    );
    sandbox.sql("UPDATE ser_ver SET version = 4");
    assert_data_eq!(
        sandbox.session(&["series -s video inc"]),
        str![[r#"
$ git patman series -s video inc
! error: branch 'video4' of v4 does not exist
! hint: to restore it: git branch video4 <commit>
! hint: or look for a backup: git for-each-ref refs/patman/backup/video4
= 1

"#]]
    );
}

#[test]
fn the_next_version_is_begun_from_a_linked_worktree_too() {
    let sandbox = Sandbox::new().with_video();
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video"]);
    let before = sandbox.files();
    assert_data_eq!(
        sandbox.show("series inc", &sandbox.patman_at(&linked, "series inc")),
        str![[r#"
$ git patman series inc
! created v2 of 'video' on branch 'video2', from branch 'video'
= 0

"#]]
    );
    assert_eq!(
        sandbox.git_at(&linked, &["symbolic-ref", "HEAD"]),
        "refs/heads/video2"
    );
    assert_eq!(sandbox.git_at(&linked, &["status", "--porcelain"]), "");
    assert_eq!(sandbox.files(), before);
    // From elsewhere, the worktree that is on the old branch stays there.
    sandbox.expect("series -s video inc", 0);
    assert_eq!(
        sandbox.git_at(&linked, &["symbolic-ref", "HEAD"]),
        "refs/heads/video2"
    );
}

#[test]
fn many_at_once_make_whole_versions_or_none() {
    let sandbox = Sandbox::new().with_video();
    let start = || {
        sandbox
            .command(PROGRAM, &sandbox.repo())
            .args(["series", "-s", "video", "inc"])
            .output()
            .unwrap()
    };
    let done: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let well = done.iter().filter(|done| done.status.success()).count();
    for failed in done.iter().filter(|done| !done.status.success()) {
        let said = String::from_utf8_lossy(&failed.stderr);
        assert!(
            said.contains("in the meantime") || said.contains("already exists"),
            "{said}"
        );
    }
    assert!(well >= 1);
    let rows = sandbox.all_rows();
    assert_eq!(rows.matches("'ser_ver'").count(), 1 + well, "{rows}");
    assert_eq!(rows.matches("'pcommit'").count(), 2 * (1 + well), "{rows}");
    assert_eq!(
        sandbox
            .git(&["for-each-ref", "--format=%(refname)", "refs/heads/video*"])
            .lines()
            .count(),
        1 + well
    );
}

#[test]
fn another_number_is_a_new_branch_and_the_row_follows() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.sql("UPDATE ser_ver SET link = '33', notes = 'mine' WHERE version = 2");
    let before = sandbox.files();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video version-change",
            "series -s video version-change --new-version 2",
            "series -s video -V 9 version-change --new-version 4",
            "series -s video version-change --new-version 100",
            "series -s video2 version-change --new-version 5",
            "series -s video2 version-change --new-version 5",
        ]),
        str![[r#"
$ git patman series -s video version-change
! error: the following required arguments were not provided:
!   --new-version <VERSION>
! 
! Usage: git patman series version-change --new-version <VERSION>
! 
! For more information, try '--help'.
= 2
$ git patman series -s video version-change --new-version 2
! error: series 'video' has v2 already
! hint: it has v1, v2
= 1
$ git patman series -s video -V 9 version-change --new-version 4
! error: series 'video' has no v9
! hint: it has v1, v2
= 1
$ git patman series -s video version-change --new-version 100
! error: version 100 is above 99
! hint: the number at the end of a branch's name is a version from 1 to 99
= 2
$ git patman series -s video2 version-change --new-version 5
! v2 of 'video' is now v5, on branch 'video5'; branch 'video2' stays
! hint: to work on it: git switch video5
= 0
$ git patman series -s video2 version-change --new-version 5
! error: series 'video' has v5 already
! hint: it has v1, v5
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.all_rows(),
        str![[r#"
'series'|1|'video'|'video: Make it fast'|0|'us'|NULL|NULL
'ser_ver'|1|1|1|NULL|NULL|NULL|NULL|NULL|'video: Make it fast'|NULL
'ser_ver'|2|1|5|'33'|NULL|NULL|NULL|NULL|'video: Make it fast'|'mine'
'pcommit'|1|1|0|'one: Spell three'|11|'Ia'|'new'|2
'pcommit'|2|1|1|'one: Spell twenty'|12|NULL|'new'|0
'pcommit'|3|2|0|'one: Spell three'|NULL|'Ia'|NULL|NULL
'pcommit'|4|2|1|'one: Spell twenty'|NULL|NULL|NULL|NULL

"#]]
    );
    assert_data_eq!(
        sandbox.refs(),
        str![[r#"
refs/heads/main e747479 tracks us/main
refs/heads/video 18e3aa2 tracks us/main
refs/heads/video2 53484b3 tracks us/main
refs/heads/video5 c560e29 tracks us/main
HEAD refs/heads/main
"#]]
    );
    assert_eq!(
        sandbox.message("video5").lines().last(),
        Some("Series-version: 5")
    );
    assert_eq!(sandbox.files(), before);
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    sandbox.git(&["switch", "-q", "video"]);
    let before = sandbox.files();
    sandbox.expect("series version-change --new-version 2", 0);
    assert!(sandbox.refs().ends_with("HEAD refs/heads/video2"));
    assert_eq!(sandbox.files(), before);
    // The first version says no number.
    sandbox.git(&["branch", "-q", "-D", "video"]);
    sandbox.expect("series version-change --new-version 1", 0);
    assert!(!sandbox.message("video").contains("Series-version"));
}

#[test]
fn the_number_is_said_where_the_commits_say_it_already() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    let work = sandbox.top().join("work");
    sandbox.git(&["worktree", "add", "-q", work.to_str().unwrap(), "video2"]);
    fs::write(work.join("more.c"), "more\n").unwrap();
    sandbox.git_at(&work, &["add", "-A"]);
    sandbox.git_at(
        &work,
        &[
            "commit",
            "-q",
            "-m",
            "more: Begin\n\nSigned-off-by: Ada <ada@example.com>",
        ],
    );
    sandbox.patman("series -s video inc");
    assert_eq!(
        sandbox
            .git(&["log", "-1", "--format=%B", "video3^"])
            .lines()
            .last(),
        Some("Series-version: 3")
    );
    assert!(!sandbox.message("video3").contains("Series-version"));
}

#[test]
fn a_series_that_tracks_nothing_goes_on_too() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["branch", "-q", "--unset-upstream", "video"]);
    sandbox.git(&["remote", "remove", "us"]);
    sandbox.expect("series -s video inc", 0);
    assert_eq!(
        sandbox.message("video2").lines().last(),
        Some("Series-version: 2")
    );
    sandbox.video_branch("other", "main");
    assert_eq!(
        sandbox.git(&["rev-parse", "video2^"]),
        sandbox.git(&["rev-parse", "other^"])
    );
}

#[test]
fn the_link_of_a_number_that_is_given_up_leaves_the_commits_and_stays_in_the_database() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    let said = "one: Spell twenty\n\nSeries-links: 1:77\nSigned-off-by: Ada <ada@example.com>";
    sandbox.git(&["commit", "-q", "--amend", "--allow-empty", "-m", said]);
    sandbox.sql("UPDATE ser_ver SET link = '77'");
    sandbox.patman("series inc");
    assert!(sandbox.message("video2").contains("Series-links: 1:77"));
    sandbox.patman("series -s video version-change --new-version 3");
    assert!(!sandbox.message("video3").contains("Series-links"));
    assert!(sandbox.all_rows().contains("'ser_ver'|1|1|3|'77'|"));
}

#[test]
fn the_version_that_is_made_may_be_named_too() {
    let sandbox = Sandbox::new().with_video();
    for (line, code) in [
        ("series -n -s video -V 2 inc", 0),
        ("series -s video -V 3 inc", 2),
        ("series -s video -V 2 inc", 0),
    ] {
        let done = sandbox.patman(line);
        assert_eq!(
            done.status.code(),
            Some(code),
            "{}",
            sandbox.show(line, &done)
        );
    }
    assert_eq!(
        sandbox.git(&["branch", "--list", "--format=%(refname:short)", "video*"]),
        "video\nvideo2"
    );
}
