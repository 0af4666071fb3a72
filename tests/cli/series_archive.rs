// SPDX-License-Identifier: GPL-2.0-or-later
//! `series archive` and `unarchive`: branches become tags, and branches again.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn branches_become_tags_and_branches_again_with_what_they_tracked() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    let before = (sandbox.all_rows(), sandbox.refs(), sandbox.files());
    assert_data_eq!(
        sandbox.session(&[
            "series -s nope archive",
            "series -s video2 archive",
            "series -s video archive",
            "series -s video inc"
        ]),
        str![[r#"
$ git patman series -s nope archive
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series -s video2 archive
! archived series 'video' (2 versions)
! replaced branch 'video' with tag 'video-01jan26'
! replaced branch 'video2' with tag 'video2-01jan26'
= 0
$ git patman series -s video archive
! error: series 'video' is archived already
! hint: to restore it: git patman series -s video unarchive
= 1
$ git patman series -s video inc
! error: series 'video' is archived
! hint: to restore its branches: git patman series -s video unarchive
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.all_rows(),
        str![[r#"
'series'|1|'video'|'video: Make it fast'|1|'us'|NULL|NULL
'ser_ver'|1|1|1|NULL|NULL|NULL|NULL|'video-01jan26'|'video: Make it fast'|NULL
'ser_ver'|2|1|2|NULL|NULL|NULL|NULL|'video2-01jan26'|'video: Make it fast'|NULL
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
refs/tags/video-01jan26 dfd91c3
refs/tags/video2-01jan26 9462451
HEAD refs/heads/main
"#]]
    );
    assert!(
        !fs::read_to_string(sandbox.repo().join(".git/config"))
            .unwrap()
            .contains("branch \"video")
    );
    assert_data_eq!(
        sandbox.git(&["cat-file", "tag", "video-01jan26"]),
        str![[r#"
object 18e3aa286510156baefee726090726fd30a0234b
type commit
tag video-01jan26
tagger Ada <ada@example.com> 1767225600 +0000

one: Spell twenty

Signed-off-by: Ada <ada@example.com>
"#]]
    );
    assert_data_eq!(
        sandbox.session(&[
            "series -n -s video unarchive",
            "series -s video unarchive",
            "series -s video unarchive"
        ]),
        str![[r#"
$ git patman series -n -s video unarchive
! restored series 'video'
! restored branch 'video'
! restored branch 'video2'
! nothing was changed: this was a dry run
= 0
$ git patman series -s video unarchive
! restored series 'video'
! restored branch 'video'
! restored branch 'video2'
= 0
$ git patman series -s video unarchive
! error: series 'video' is not archived
= 1

"#]]
    );
    assert_eq!(
        (sandbox.all_rows(), sandbox.refs(), sandbox.files()),
        before
    );
}

#[test]
fn a_dry_run_changes_nothing_and_both_can_be_undone() {
    let sandbox = Sandbox::new().with_video();
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -n -s video archive"]),
        str![[r#"
$ git patman series -n -s video archive
! archived series 'video' (1 version)
! replaced branch 'video' with tag 'video-01jan26'
! nothing was changed: this was a dry run
= 0

"#]]
    );
    assert_eq!(sandbox.everything(), before);
    let before = (sandbox.all_rows(), sandbox.refs());
    sandbox.patman("series -s video archive");
    let archived = (sandbox.all_rows(), sandbox.refs());
    sandbox.expect("undo video", 0);
    assert_eq!((sandbox.all_rows(), sandbox.refs()), before);
    sandbox.patman("series -s video archive");
    sandbox.patman("series -s video unarchive");
    sandbox.expect("undo video", 0);
    assert_eq!((sandbox.all_rows(), sandbox.refs()), archived);
}

#[test]
fn head_is_detached_where_it_was_and_edits_stay() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["switch", "-q", "video"]);
    let before = sandbox.files();
    assert_data_eq!(
        sandbox.session(&["series archive"]),
        str![[r#"
$ git patman series archive
! archived series 'video' (1 version)
! replaced branch 'video' with tag 'video-01jan26'
! HEAD was on 'video' and is now detached at 18e3aa2
= 0

"#]]
    );
    assert!(sandbox.refs().ends_with(&format!(
        "HEAD {}",
        sandbox.git(&["rev-parse", "video-01jan26^{}"])
    )));
    assert_eq!(sandbox.files(), before);
}

#[test]
fn a_branch_that_another_worktree_is_on_is_refused_before_anything() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    let linked = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "video2"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s video archive"]),
        str![[r#"
$ git patman series -s video archive
! error: branch 'video2' is checked out at '$TOP/linked'
! hint: to free it: git -C $TOP/linked switch --detach
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
    // From there it is its own HEAD that is detached.
    assert_data_eq!(
        sandbox.show(
            "series archive",
            &sandbox.patman_at(&linked, "series archive")
        ),
        str![[r#"
$ git patman series archive
! archived series 'video' (2 versions)
! replaced branch 'video' with tag 'video-01jan26'
! replaced branch 'video2' with tag 'video2-01jan26'
! HEAD was on 'video2' and is now detached at 53484b3
= 0

"#]]
    );
    assert_eq!(sandbox.git_at(&linked, &["status", "--porcelain"]), "");
}

#[test]
fn a_tag_of_that_name_is_left_and_another_name_taken() {
    let sandbox = Sandbox::new().with_video();
    sandbox.git(&["tag", "video-01jan26", "main"]);
    assert_data_eq!(
        sandbox.session(&["series -s video archive", "series -s video unarchive"]),
        str![[r#"
$ git patman series -s video archive
! archived series 'video' (1 version)
! replaced branch 'video' with tag 'video-01jan26-2'
= 0
$ git patman series -s video unarchive
! restored series 'video'
! restored branch 'video'
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["tag"]), "video-01jan26");
}

#[test]
fn what_a_stopped_archive_left_is_finished_or_taken_back() {
    for command in ["archive", "unarchive"] {
        let sandbox = Sandbox::new().with_video();
        sandbox.patman("series -s video inc");
        sandbox.patman("series -s video archive");
        // Tags are made, one branch is gone, no row is written.
        sandbox.git(&["branch", "-q", "video2", "video2-01jan26"]);
        sandbox.sql("UPDATE series SET archived = 0; UPDATE ser_ver SET archive_tag = NULL");
        let done = sandbox.patman(&format!("series -s video {command}"));
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let refs = sandbox.refs();
        match command {
            "archive" => assert_data_eq!(
                refs,
                str![[r#"
refs/heads/main e747479 tracks us/main
refs/tags/video-01jan26 dfd91c3
refs/tags/video2-01jan26 9462451
HEAD refs/heads/main
"#]]
            ),
            _ => assert_data_eq!(
                refs,
                str![[r#"
refs/heads/main e747479 tracks us/main
refs/heads/video 18e3aa2 tracks us/main
refs/heads/video2 53484b3 tracks us/main
HEAD refs/heads/main
"#]]
            ),
        }
        assert_eq!(
            sandbox.all_rows().contains("'video-01jan26'"),
            command == "archive"
        );
    }
}

#[test]
fn a_missing_branch_is_told_and_the_others_are_kept() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.git(&["branch", "-q", "-D", "video2"]);
    assert_data_eq!(
        sandbox.session(&["series -s video archive", "series -s video unarchive"]),
        str![[r#"
$ git patman series -s video archive
! archived series 'video' (2 versions)
! replaced branch 'video' with tag 'video-01jan26'
! warning: there was no branch 'video2' to keep as a tag
= 0
$ git patman series -s video unarchive
! restored series 'video'
! restored branch 'video'
! warning: branch 'video2' has no tag and cannot be restored
= 0

"#]]
    );
}

#[test]
fn branches_in_the_way_are_refused_unless_they_are_the_same() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video inc");
    sandbox.patman("series -s video archive");
    sandbox.git(&["branch", "-q", "video2", "main"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s video unarchive"]),
        str![[r#"
$ git patman series -s video unarchive
! error: there is a branch 'video2' at e747479: the archived one, 'video2-01jan26', is at 53484b3
! hint: to rename your branch: git branch -m video2 <other name>
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
    sandbox.git(&["branch", "-q", "-f", "video2", "video2-01jan26^{}"]);
    assert_data_eq!(
        sandbox.session(&["series -s video unarchive"]),
        str![[r#"
$ git patman series -s video unarchive
! restored series 'video'
! restored branch 'video'
! branch 'video2' already exists and was not changed
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["tag"]), "");
}

#[test]
fn a_tag_that_is_gone_is_named_with_where_the_commit_may_be() {
    let sandbox = Sandbox::new().with_video();
    sandbox.patman("series -s video archive");
    sandbox.git(&["tag", "-d", "video-01jan26"]);
    let before = sandbox.everything();
    assert_data_eq!(
        sandbox.session(&["series -s video unarchive"]),
        str![[r#"
$ git patman series -s video unarchive
! error: tag 'video-01jan26' of the archived branch 'video' is gone
! hint: to restore the branch from 'refs/patman/backup/video': git branch video 18e3aa286510156baefee726090726fd30a0234b
= 1

"#]]
    );
    assert_eq!(sandbox.everything(), before);
    sandbox.git(&["branch", "-q", "video", "refs/patman/backup/video"]);
    assert_data_eq!(
        sandbox.session(&["series -s video unarchive"]),
        str![[r#"
$ git patman series -s video unarchive
! restored series 'video'
! branch 'video' already exists and was not changed
= 0

"#]]
    );
}
