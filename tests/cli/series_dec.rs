// SPDX-License-Identifier: GPL-2.0-or-later
//! `series dec`: the newest version taken back.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

#[test]
fn the_newest_version_goes_with_its_rows_and_its_branch_is_kept_aside() {
    let sandbox = Sandbox::new().with_video();
    let (rows_before, refs_before, files_before) =
        (sandbox.all_rows(), sandbox.refs(), sandbox.files());
    sandbox.patman("series -s video inc");
    let tip = sandbox.git(&["rev-parse", "video2"]);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video -V 1 dec",
            "series -n -s video dec",
            "series -s video dec",
            "series -s video dec"
        ]),
        str![[r#"
$ git patman series -s video -V 1 dec
! error: v1 is not the newest version of 'video', which is v2
! hint: to forget it anyway: git patman series -s video -V 1 rm-version
= 2
$ git patman series -n -s video dec
! deleted v2 of 'video': the newest version is now v1
! deleted branch 'video2'
! branch 'video2' would be backed up as refs/patman/backup/video2
! nothing was changed: this was a dry run
= 0
$ git patman series -s video dec
! deleted v2 of 'video': the newest version is now v1
! deleted branch 'video2'
! branch 'video2' is backed up as refs/patman/backup/video2
! hint: to undo this: git patman undo video
= 0
$ git patman series -s video dec
! error: series 'video' has only one version
! hint: to forget the series: git patman series -s video rm
= 1

"#]]
    );
    assert_eq!(
        (sandbox.all_rows(), sandbox.refs(), sandbox.files()),
        (rows_before, refs_before, files_before)
    );
    assert!(
        sandbox
            .git(&["for-each-ref", "refs/patman/backup"])
            .contains(&tip)
    );
    assert!(
        !std::fs::read_to_string(sandbox.repo().join(".git/config"))
            .unwrap()
            .contains("video2")
    );
}

#[test]
fn it_can_be_undone() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.sql("INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES ('sent', 1, '2026-01-01', 0, 2)");
    let (rows_before, refs_before) = (sandbox.all_rows(), sandbox.refs());
    sandbox.patman("series -s video dec");
    assert_ne!(sandbox.all_rows(), rows_before);
    sandbox.expect("undo video", 0);
    assert_eq!(
        (sandbox.all_rows(), sandbox.refs()),
        (rows_before, refs_before)
    );
}

#[test]
fn head_goes_to_the_version_before_by_a_checkout() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    sandbox.patman("series inc");
    sandbox.write("more.c", "more\n");
    sandbox.git(&["add", "more.c"]);
    sandbox.git(&["commit", "-q", "-m", "more: Begin"]);
    assert_data_eq!(
        sandbox.session(&["series dec"]),
        str![[r#"
$ git patman series dec
! deleted v2 of 'video': the newest version is now v1
! deleted branch 'video2'
! branch 'video2' is backed up as refs/patman/backup/video2
! switched to branch 'video'
! hint: to undo this: git patman undo video
= 0

"#]]
    );
    assert!(sandbox.refs().ends_with("HEAD refs/heads/video"));
    assert!(!sandbox.repo().join("more.c").exists());
    assert_eq!(
        sandbox.git(&["status", "--porcelain"]),
        " M src/two.c\n?? notes.txt"
    );
}

#[test]
fn edits_in_the_way_of_the_checkout_are_refused_before_anything() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    sandbox.patman("series inc");
    sandbox.write("more.c", "more\n");
    sandbox.git(&["add", "more.c"]);
    sandbox.git(&["commit", "-q", "-m", "more: Begin"]);
    sandbox.append("more.c", "edited\n");
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series dec", "series -n dec"]),
        str![[r#"
$ git patman series dec
! error: cannot bring the worktree '$REPO' to other files: 'git read-tree' failed: Entry 'more.c' not uptodate. Cannot merge.
! hint: commit your edits there, or stash them: git stash
= 1
$ git patman series -n dec
! error: cannot bring the worktree '$REPO' to other files: 'git read-tree' failed: Entry 'more.c' not uptodate. Cannot merge.
! hint: commit your edits there, or stash them: git stash
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_missing_branch_of_the_newest_version_is_told_and_of_the_one_before_refused() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    assert_data_eq!(
        sandbox.session(&["series -s video dec"]),
        str![[r#"
$ git patman series -s video dec
! deleted v2 of 'video': the newest version is now v1
! warning: there was no branch 'video2'
! hint: to undo this: git patman undo video
= 0

"#]]
    );
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-D", "video"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s video dec"]),
        str![[r#"
$ git patman series -s video dec
! error: branch 'video' of v1 does not exist
! hint: to restore it: git branch video <commit>
! hint: or look for a backup: git for-each-ref refs/patman/backup/video
! hint: to forget v2 and leave branches alone: git patman series -s video -V 2 rm-version
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn what_hangs_on_the_version_goes_with_it_and_is_told() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.sql("INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
            ('todo', 1, '2026-01-08', 0, 2), ('sent', 1, '2026-01-01', 0, 2), ('todo', 1, '2026-01-09', 0, NULL);
        INSERT INTO review (svid, seq, body) VALUES (2, 0, 'x'), (2, 1, 'y');
        INSERT INTO reply (review_id, svid, body) VALUES (1, 2, 'z');
        UPDATE ser_ver SET notes = 'mine' WHERE id = 2;");
    assert_data_eq!(
        sandbox.session(&["series -s video dec"]),
        str![[r#"
$ git patman series -s video dec
! deleted v2 of 'video', with 1 note, 2 reviews, 1 reply, 1 todo and 1 past workflow entry: the newest version is now v1
! deleted branch 'video2'
! branch 'video2' is backed up as refs/patman/backup/video2
! hint: to undo this: git patman undo video
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.all_rows(),
        str![[r#"
'series'|1|'video'|'video: Make it fast'|0|'us'|NULL|NULL
'ser_ver'|1|1|1|NULL|NULL|NULL|NULL|NULL|'video: Make it fast'|NULL
'pcommit'|1|1|0|'one: Spell three'|11|'Ia'|'new'|2
'pcommit'|2|1|1|'one: Spell twenty'|12|NULL|'new'|0
'workflow'|3|'todo'|1|'2026-01-09'|0|NULL

"#]]
    );
}

#[test]
fn a_branch_that_another_worktree_is_on_is_refused() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video2"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s video dec"]),
        str![[r#"
$ git patman series -s video dec
! error: branch 'video2' is checked out at '$TOP/linked'
! hint: to free it: git -C $TOP/linked switch --detach
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_gap_between_the_numbers_is_leapt_over() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.patman("series -s video2 version-change --new-version 5");
    assert_data_eq!(
        sandbox.session(&["series -s video dec"]),
        str![[r#"
$ git patman series -s video dec
! deleted v5 of 'video': the newest version is now v1
! deleted branch 'video5'
! branch 'video5' is backed up as refs/patman/backup/video5
! hint: to undo this: git patman undo video
= 0

"#]]
    );
}
