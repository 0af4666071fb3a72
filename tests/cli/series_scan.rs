// SPDX-License-Identifier: GPL-2.0-or-later
//! `series scan`: the rows of a version follow its branch.

use crate::sandbox::Sandbox;
use crate::scene::texts;
use snapbox::{assert_data_eq, str};

/// What a Patchwork has said of the patches of the usual series.
const GATHERED: &str =
    "UPDATE pcommit SET patch_id = 100 + seq, state = 'accepted', num_comments = seq;
    UPDATE gitpatman_patch SET message_id = 'mail-' || seq;";

#[test]
fn where_nothing_has_changed_nothing_is_written() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    sandbox.sql(GATHERED);
    let file = sandbox.repo().join(".git/patman/.patman.db");
    let before = std::fs::read(&file).unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video scan",
            "series -s video scan -M",
            "-v series -s video scan -M"
        ]),
        str![[r#"
$ git patman series -s video scan
! error: 3 commits of branch 'video' have no Change-Id
! hint:   1823a37 one: Spell three
! hint:   d4f25e7 one: Spell ten
! hint:   bf9d685 one: Spell twenty
! hint: give them one with -m, which rewrites the branch
! hint: or take them as they are with -M
= 1
$ git patman series -s video scan -M
! series 'video' v1 is as its branch is: 3 patches
= 0
$ git patman -v series -s video scan -M
  1 one: Spell three
  2 one: Spell ten
  3 one: Spell twenty
! series 'video' v1 is as its branch is: 3 patches
= 0

"#]]
    );
    assert!(
        std::fs::read(&file).unwrap() == before,
        "the file has changed"
    );
}

#[test]
fn what_patchwork_said_stays_with_the_patch_wherever_it_is_now() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -m");
    sandbox.sql(GATHERED);
    let ids = sandbox.git(&[
        "log",
        "--format=%(trailers:key=Change-Id)",
        "--reverse",
        "main..video",
    ]);
    let ids: Vec<&str> = ids.lines().filter(|line| !line.is_empty()).collect();
    let texts = texts("");
    sandbox
        .branch("video")
        .patches(&[
            (
                &format!("one: Spell 20\n\n{}\n", ids[2]),
                "src/one.c",
                &texts[0].replace("one 20\n", "one twenty\n"),
            ),
            (
                &format!(
                    "one: Spell three\n\nCover-letter:\none: More\nEND\n\n{}\n",
                    ids[0]
                ),
                "src/one.c",
                &texts[0],
            ),
            ("new: One\n\nChange-Id: abc\n", "src/new.c", "new\n"),
        ])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video scan -n",
            "series -s video scan",
            "series -s video scan"
        ]),
        str![[r#"
$ git patman series -s video scan -n
> 1 one: Spell 20 (was 3, 'one: Spell twenty')
+ 3 new: One
- 2 one: Spell ten
! would scan series 'video' v1: 3 patches: 1 added, 1 removed, 1 renamed, 1 moved
! its title would be 'one: More', not 'one: Spell numbers'
= 0
$ git patman series -s video scan
> 1 one: Spell 20 (was 3, 'one: Spell twenty')
+ 3 new: One
- 2 one: Spell ten
! scanned series 'video' v1: 3 patches: 1 added, 1 removed, 1 renamed, 1 moved
! its title is now 'one: More', not 'one: Spell numbers'
= 0
$ git patman series -s video scan
! series 'video' v1 is as its branch is: 3 patches
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.series_rows()
            + &sandbox.select("SELECT svid, seq, message_id FROM gitpatman_patch"),
        str![[r#"
1|'video'|'one: More'|0|'us'|NULL|NULL
1|1|1|NULL|NULL|NULL|NULL|NULL|'one: More'|NULL
4|1|0|'one: Spell 20'|102|'607e42c3362b4afddbf2b24d97da60cb26423b94'|'accepted'|2
5|1|1|'one: Spell three'|100|'23a1c456c38d43e6d94e5ba432d00ee29c488765'|'accepted'|0
6|1|2|'new: One'|NULL|'abc'|NULL|NULL
1|0|'mail-2'
1|1|'mail-0'
1|2|NULL

"#]]
    );
}

#[test]
fn commits_without_a_change_id_are_marked_taken_or_refused() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -m");
    sandbox
        .branch("video")
        .from("video")
        .patches(&[("one: Fourth\n", "src/four.c", "4\n")])
        .tracks("us/main")
        .create();
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video scan",
            "series -s video scan -m",
            "series -s video scan"
        ]),
        str![[r#"
$ git patman series -s video scan
! error: 1 commit of branch 'video' has no Change-Id
! hint:   1313777 one: Fourth
! hint: give it one with -m, which rewrites the branch
! hint: or take it as it is with -M
= 1
$ git patman series -s video scan -m
+ 4 one: Fourth
! branch 'video' now has a Change-Id for 1 commit
! branch 'video' is backed up as refs/patman/backup/video.2
! scanned series 'video' v1: 4 patches: 1 added
= 0
$ git patman series -s video scan
! series 'video' v1 is as its branch is: 4 patches
= 0

"#]]
    );
    assert_eq!(sandbox.checkout(), before);
    assert_data_eq!(
        sandbox.select("SELECT seq, subject, change_id IS NULL FROM pcommit"),
        str![[r#"
0|'one: Spell three'|0
1|'one: Spell ten'|0
2|'one: Spell twenty'|0
3|'one: Fourth'|0

"#]]
    );
}

#[test]
fn tags_that_do_not_agree_are_told_and_corrected() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    sandbox
        .branch("video2")
        .patches(&[
            ("one: A\n", "src/one.c", "a\n"),
            ("one: B\n", "src/one.c", "b\n"),
        ])
        .tracks("us/main")
        .create();
    sandbox.patman("series -s video2 add -M -1");
    sandbox.patman("series -s video2 set-link 77");
    sandbox
        .branch("video2")
        .patches(&[
            ("one: A\n\nSeries-links: 1:5 2:66\n", "src/one.c", "a\n"),
            ("one: B\n\nSeries-version: 3\n", "src/one.c", "b\n"),
        ])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video2 scan -M",
            "series -s video2 scan -M -u",
            "series -s video2 scan -M -u"
        ]),
        str![[r#"
$ git patman series -s video2 scan -M
! error: branch 'video2' is v2, but its Series-version says 3
! hint: correct the tag in the branch: git patman series -s video2 scan -u
= 1
$ git patman series -s video2 scan -M -u
! branch 'video2' now has Series-version 2
! branch 'video2' now has Series-links 2:77
! branch 'video2' is backed up as refs/patman/backup/video2
! series 'video' v2 is as its branch is: 2 patches
= 0
$ git patman series -s video2 scan -M -u
! series 'video' v2 is as its branch is: 2 patches
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("video2"),
        str![[r#"
* one: A

Series-links: 2:77 1:5

* one: B

Series-version: 2
"#]]
    );
    assert_data_eq!(
        sandbox.session(&["undo video2", "series -s video2 scan -M"]),
        str![[r#"
$ git patman undo video2
! undid 'series scan' from 0 seconds ago: Scan video v2: 2 patches
!   video2: 0982811 -> b45187e
! branch 'video2' is backed up as refs/patman/backup/video2.2
! hint: to redo it: git patman undo --redo video
= 0
$ git patman series -s video2 scan -M
! error: branch 'video2' is v2, but its Series-version says 3
! hint: correct the tag in the branch: git patman series -s video2 scan -u
= 1

"#]]
    );
}

#[test]
fn rows_that_patman_wrote_meanwhile_are_taken_up() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    // As patman leaves it: other rows, and none of ours beside them.
    sandbox.sql(
        "DELETE FROM pcommit; INSERT INTO pcommit (svid, seq, subject, patch_id, state) VALUES
        (1, 0, 'one: Spell three', 7, 'new'), (1, 1, 'one: Spell twenty', 8, 'accepted')",
    );
    assert_data_eq!(
        sandbox.session(&["series -s video scan -M"]),
        str![[r#"
$ git patman series -s video scan -M
~ 2 one: Spell ten (was 'one: Spell twenty')
+ 3 one: Spell twenty
! scanned series 'video' v1: 3 patches: 1 added, 1 renamed
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.series_rows(),
        str![[r#"
1|'video'|'one: Spell numbers'|0|'us'|NULL|NULL
1|1|1|NULL|NULL|NULL|NULL|NULL|'one: Spell numbers'|NULL
6|1|0|'one: Spell three'|7|NULL|'new'|NULL
7|1|1|'one: Spell ten'|8|NULL|'accepted'|NULL
8|1|2|'one: Spell twenty'|NULL|NULL|NULL|NULL

"#]]
    );
}

#[test]
fn what_is_not_a_series_of_the_user_s_is_refused() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.usual_branch("video2", "2");
    assert_data_eq!(
        sandbox.session(&["series -s video scan", "series scan"]),
        str![[r#"
$ git patman series -s video scan
! error: series 'video' is not tracked
! hint: to track it: git patman series -s video add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series scan
! error: branch 'main' does not belong to a tracked series
! hint: name another series with -s <series>; to see them: git patman series ls
= 1

"#]]
    );
    sandbox.patman("series -s video add -M");
    assert_data_eq!(
        sandbox.session(&["series -s video2 scan -M"]),
        str![[r#"
$ git patman series -s video2 scan -M
! error: series 'video' has no v2
! hint: it has v1
= 1

"#]]
    );
    sandbox.git(&["branch", "-q", "-D", "video"]);
    assert_data_eq!(
        sandbox.session(&["series -s video scan -M"]),
        str![[r#"
$ git patman series -s video scan -M
! error: there is no branch 'video'
= 1

"#]]
    );
    sandbox.sql("UPDATE series SET archived = 1");
    assert_data_eq!(
        sandbox.session(&["series -s video scan -M"]),
        str![[r#"
$ git patman series -s video scan -M
! error: series 'video' is archived
! hint: to restore its branches: git patman series -s video unarchive
= 1

"#]]
    );
    sandbox.sql("UPDATE series SET archived = 0, source = 'review'");
    assert_data_eq!(
        sandbox.session(&["series -s video scan -M"]),
        str![[r#"
$ git patman series -s video scan -M
! error: 'video' is a review, not one of your series
! hint: to see it: git patman review show video
= 1

"#]]
    );
}
