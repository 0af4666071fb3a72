// SPDX-License-Identifier: GPL-2.0-or-later
//! `series rm` and `rm-version`: rows forgotten, with all that hangs on them.

use crate::mine::{everything, refs, rows, sql, tracked};
use snapbox::{assert_data_eq, str};

const HANGING: &str = "INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
        ('todo', 1, '2026-01-08', 0, NULL), ('todo', 1, '2025-01-08', 1, NULL), ('sent', 1, '2026-01-01', 0, 2);
    INSERT INTO review (svid, seq, body) VALUES (1, 0, 'x'), (2, 1, 'y');
    INSERT INTO reply (review_id, body) VALUES (2, 'z');
    UPDATE ser_ver SET notes = 'mine' WHERE id = 1;";

#[test]
fn all_rows_of_all_versions_go_and_branches_stay() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, HANGING);
    let (before, branches) = (everything(&sandbox), refs(&sandbox));
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
    assert_eq!(everything(&sandbox), before);
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
! hint: track it with: git patman series -s video add
! hint: to see those that are: git patman series ls
= 1
$ git patman series rm
! error: branch 'main' is of no series that is tracked
! hint: name another series with -s <series>; to see them: git patman series ls
= 1

"#]]
    );
    assert_eq!(rows(&sandbox), "");
    assert_eq!(refs(&sandbox), branches);
    assert!(sandbox.patman("db check").status.success());
}

#[test]
fn it_can_be_undone() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, HANGING);
    let before = rows(&sandbox);
    for command in ["series -s video rm", "series -s video -V 2 rm-version"] {
        assert!(sandbox.patman(command).status.success());
        assert_ne!(rows(&sandbox), before);
        let done = sandbox.patman("undo video");
        assert!(
            done.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        assert_eq!(rows(&sandbox), before);
    }
}

#[test]
fn one_version_goes_and_the_last_is_refused() {
    let sandbox = tracked();
    sandbox.patman("series -s video inc");
    sql(&sandbox, HANGING);
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
! hint: track it with: git patman series -s nope add
! hint: to see those that are: git patman series ls
= 1

"#]]
    );
    assert_data_eq!(
        rows(&sandbox),
        str![[r#"
series 1 'video' 'video: Make it fast' 0 'us' - -
ser_ver 1 1 1 - - - - - 'video: Make it fast' 'mine'
pcommit 1 1 0 'one: Spell three' 11 'Ia' 'new' 2
pcommit 2 1 1 'one: Spell twenty' 12 - 'new' 0
workflow 1 'todo' 1 '2026-01-08' 0 -
workflow 2 'todo' 1 '2025-01-08' 1 -
review 1 1 0 'x' - - - - - - - -

"#]]
    );
}

#[test]
fn archived_series_and_those_without_versions_are_forgotten_too() {
    let sandbox = tracked();
    sandbox.patman("series -s video archive");
    sql(
        &sandbox,
        "INSERT INTO series (name, desc, archived) VALUES ('bare', 'Nothing', 0)",
    );
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
    assert_eq!(rows(&sandbox), "");
    assert!(refs(&sandbox).contains("refs/tags/video-01jan26"));
}

#[test]
fn a_review_is_left_to_its_own_command() {
    let sandbox = tracked();
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let before = everything(&sandbox);
    assert_data_eq!(
        sandbox.session(&[
            "series -s one-spell-numbers rm",
            "series -s one-spell-numbers rm-version",
            "series -s one-spell-numbers inc"
        ]),
        str![[r#"
$ git patman series -s one-spell-numbers rm
! error: 'one-spell-numbers' is a review, not a series of yours
! hint: to remove it with its worktree: git patman review remove --purge one-spell-numbers
= 1
$ git patman series -s one-spell-numbers rm-version
! error: 'one-spell-numbers' is a review, not a series of yours
! hint: to remove it with its worktree: git patman review remove --purge one-spell-numbers
= 1
$ git patman series -s one-spell-numbers inc
! error: 'one-spell-numbers' is a review, not a series of yours
! hint: see it with: git patman review show one-spell-numbers
= 1

"#]]
    );
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_version_that_stands_there_twice_can_be_forgotten() {
    let sandbox = tracked();
    sql(
        &sandbox,
        "INSERT INTO ser_ver (series_id, version) VALUES (1, 1)",
    );
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
    assert!(rows(&sandbox).contains("ser_ver 2 1 1 "));
}
