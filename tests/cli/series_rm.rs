// SPDX-License-Identifier: GPL-2.0-or-later
//! `series rm` and `rm-version`: rows forgotten, with all that hangs on them.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

const HANGING: &str = "INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
        ('todo', 1, '2026-01-08', 0, NULL), ('todo', 1, '2025-01-08', 1, NULL), ('sent', 1, '2026-01-01', 0, 2);
    INSERT INTO review (svid, seq, body) VALUES (1, 0, 'x'), (2, 1, 'y');
    INSERT INTO reply (review_id, body) VALUES (2, 'z');
    UPDATE ser_ver SET notes = 'mine' WHERE id = 1;";

#[test]
fn all_rows_of_all_versions_go_and_branches_stay() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.sql(HANGING);
    let (before, branches) = (sandbox.everything(), sandbox.refs());
    assert_data_eq!(
        sandbox.session(&["series -n -s video rm"]),
        str![[r#"
$ git patman series -n -s video rm
! removed series 'video' (2 versions, 4 patches), with 1 note, 2 reviews, 1 reply, 1 todo and 2 past workflow entries
! its branches and tags stay: video, video2
! nothing was changed: this was a dry run
= 0

"#]]
    );
    assert_eq!(sandbox.everything(), before);
    assert_data_eq!(
        sandbox.session(&["series -s video2 rm", "series -s video rm", "series rm"]),
        str![[r#"
$ git patman series -s video2 rm
! removed series 'video' (2 versions, 4 patches), with 1 note, 2 reviews, 1 reply, 1 todo and 2 past workflow entries
! its branches and tags stay: video, video2
! hint: to undo this: git patman undo video
= 0
$ git patman series -s video rm
! error: series 'video' is not tracked
! hint: to track it: git patman series -s video add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series rm
! error: branch 'main' does not belong to a tracked series
! hint: name another series with -s <series>; to see them: git patman series ls
= 1

"#]]
    );
    assert_eq!(sandbox.all_rows(), "");
    assert_eq!(sandbox.refs(), branches);
    sandbox.expect("db check", 0);
}

#[test]
fn it_can_be_undone() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.sql(HANGING);
    let before = sandbox.all_rows();
    for command in ["series -s video rm", "series -s video -V 2 rm-version"] {
        sandbox.expect(command, 0);
        assert_ne!(sandbox.all_rows(), before);
        let done = sandbox.patman("undo video");
        assert!(
            done.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        assert_eq!(sandbox.all_rows(), before);
    }
}

#[test]
fn one_version_goes_and_the_last_is_refused() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.sql(HANGING);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video -V 9 rm-version",
            "series -s video2 -n rm-version",
            "series -s video2 rm-version",
            "series -s video2 rm-version",
            "series -s video rm-version",
            "series -s nope -V 2 rm-version",
        ]),
        str![[r#"
$ git patman series -s video -V 9 rm-version
! error: series 'video' has no v9
! hint: it has v1, v2
= 1
$ git patman series -s video2 -n rm-version
! removed v2 of 'video' (2 patches), with 1 review, 1 reply and 1 past workflow entry
! its branch stays: video2
! nothing was changed: this was a dry run
= 0
$ git patman series -s video2 rm-version
! removed v2 of 'video' (2 patches), with 1 review, 1 reply and 1 past workflow entry
! its branch stays: video2
! hint: to undo this: git patman undo video
= 0
$ git patman series -s video2 rm-version
! error: series 'video' has no v2
! hint: it has v1
= 1
$ git patman series -s video rm-version
! error: series 'video' has only one version
! hint: to forget the series: git patman series -s video rm
= 1
$ git patman series -s nope -V 2 rm-version
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.all_rows(),
        str![[r#"
'series'|1|'video'|'video: Make it fast'|0|'us'|NULL|NULL
'ser_ver'|1|1|1|NULL|NULL|NULL|NULL|NULL|'video: Make it fast'|'mine'
'pcommit'|1|1|0|'one: Spell three'|11|'Ia'|'new'|2
'pcommit'|2|1|1|'one: Spell twenty'|12|NULL|'new'|0
'workflow'|1|'todo'|1|'2026-01-08'|0|NULL
'workflow'|2|'todo'|1|'2025-01-08'|1|NULL
'review'|1|1|0|'x'|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL

"#]]
    );
}

#[test]
fn archived_series_and_those_without_versions_are_forgotten_too() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video archive");
    sandbox.sql("INSERT INTO series (name, desc, archived) VALUES ('bare', 'Nothing', 0)");
    assert_data_eq!(
        sandbox.session(&["series -s bare rm", "series -s video rm"]),
        str![[r#"
$ git patman series -s bare rm
! removed series 'bare' (0 versions, 0 patches)
! hint: to undo this: git patman undo bare
= 0
$ git patman series -s video rm
! removed series 'video' (1 version, 2 patches)
! its branches and tags stay: video-01jan26
! hint: to undo this: git patman undo video
= 0

"#]]
    );
    assert_eq!(sandbox.all_rows(), "");
    assert!(sandbox.refs().contains("refs/tags/video-01jan26"));
}

#[test]
fn a_review_is_left_to_its_own_command() {
    let sandbox = Sandbox::new().with_video();
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&[
            "series -s one-spell-numbers rm",
            "series -s one-spell-numbers rm-version",
            "series -s one-spell-numbers inc"
        ]),
        str![[r#"
$ git patman series -s one-spell-numbers rm
! error: 'one-spell-numbers' is a review, not one of your series
! hint: to remove it with its worktree: git patman review remove --purge one-spell-numbers
= 1
$ git patman series -s one-spell-numbers rm-version
! error: 'one-spell-numbers' is a review, not one of your series
! hint: to remove it with its worktree: git patman review remove --purge one-spell-numbers
= 1
$ git patman series -s one-spell-numbers inc
! error: 'one-spell-numbers' is a review, not one of your series
! hint: to see it: git patman review show one-spell-numbers
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
}

#[test]
fn a_version_that_stands_there_twice_can_be_forgotten() {
    let sandbox = Sandbox::new().with_video();
    sandbox.sql("INSERT INTO ser_ver (series_id, version) VALUES (1, 1)");
    assert_data_eq!(
        sandbox.session(&["series -s video inc", "series -s video rm-version"]),
        str![[r#"
$ git patman series -s video inc
! error: series 'video' has two versions 1
! hint: forget the first of them: git patman series -s video -V 1 rm-version
= 1
$ git patman series -s video rm-version
! removed v1 of 'video' (2 patches)
! its branch stays: video
! hint: to undo this: git patman undo video
= 0

"#]]
    );
    assert!(sandbox.all_rows().contains("'ser_ver'|2|1|1|"));
}
