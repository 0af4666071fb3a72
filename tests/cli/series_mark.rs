// SPDX-License-Identifier: GPL-2.0-or-later
//! `series mark` and `series unmark`: Change-Ids come and go.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

#[test]
fn change_ids_come_and_go_in_the_branch_and_the_database() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    let before = (sandbox.checkout(), sandbox.git(&["rev-parse", "video"]));
    let ids = "SELECT change_id FROM pcommit";
    assert_data_eq!(
        sandbox.session(&["series -s video mark -n", "series -s video unmark"]),
        str![[r#"
$ git patman series -s video mark -n
! would mark all 3 commits of branch 'video'
! branch 'video' would be backed up as refs/patman/backup/video
! the database would follow the branch: series 'video' v1
= 0
$ git patman series -s video unmark
! error: all 3 commits of branch 'video' have no Change-Id
! hint:   1823a37 one: Spell three
! hint:   d4f25e7 one: Spell ten
! hint:   bf9d685 one: Spell twenty
! hint: leave them as they are, and unmark the others, with -M
= 1

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "video"]), before.1);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video mark",
            "series -s video mark",
            "series -s video mark -m"
        ]),
        str![[r#"
$ git patman series -s video mark
! marked all 3 commits of branch 'video'
! branch 'video' is backed up as refs/patman/backup/video
! the database follows the branch: series 'video' v1
= 0
$ git patman series -s video mark
! error: all 3 commits of branch 'video' already have a Change-Id
! hint:   8f84104 one: Spell three
! hint:   a222e95 one: Spell ten
! hint:   fdd1690 one: Spell twenty
! hint: leave them as they are, and mark the others, with -m
= 1
$ git patman series -s video mark -m
! each commit of branch 'video' has a Change-Id: 3 commits
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("video"),
        str![[r#"
* one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Signed-off-by: Ada <ada@example.com>

Change-Id: 23a1c456c38d43e6d94e5ba432d00ee29c488765
* one: Spell ten

Signed-off-by: Ada <ada@example.com>

Change-Id: 007e934fd7d0d3507e8aca61f55535312d7f88dd
* one: Spell twenty

Change-Id: 607e42c3362b4afddbf2b24d97da60cb26423b94
"#]]
    );
    assert_data_eq!(
        sandbox.select(ids),
        str![[r#"
'23a1c456c38d43e6d94e5ba432d00ee29c488765'
'007e934fd7d0d3507e8aca61f55535312d7f88dd'
'607e42c3362b4afddbf2b24d97da60cb26423b94'

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["series -s video unmark", "series -s video unmark -M"]),
        str![[r#"
$ git patman series -s video unmark
! unmarked all 3 commits of branch 'video'
! branch 'video' is backed up as refs/patman/backup/video.2
! the database follows the branch: series 'video' v1
= 0
$ git patman series -s video unmark -M
! no commit of branch 'video' has a Change-Id: 3 commits
= 0

"#]]
    );
    assert_eq!(sandbox.select(ids), "NULL\nNULL\nNULL\n");
    assert_eq!(sandbox.checkout(), before.0);
}

#[test]
fn what_is_marked_already_is_left_alone_where_that_is_allowed() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.branch("fix").patches(&[
            (
                "one: A\n\nChange-Id: I1111111111111111111111111111111111111111\nSigned-off-by: Ada <ada@example.com>\n",
                "src/one.c",
                "a\n",
            ),
            ("one: B\n", "src/one.c", "b\n"),
        ]).tracks("us/main").create();
    let first = sandbox.git(&["rev-parse", "fix~1"]);
    assert_data_eq!(
        sandbox.session(&["series -s fix mark", "series -s fix mark -m"]),
        str![[r#"
$ git patman series -s fix mark
! error: 1 of 2 commits of branch 'fix' already have a Change-Id
! hint:   2ea3983 one: A
! hint: leave them as they are, and mark the others, with -m
= 1
$ git patman series -s fix mark -m
! marked 1 of 2 commits of branch 'fix'
! branch 'fix' is backed up as refs/patman/backup/fix
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "fix~1"]), first);
    assert_data_eq!(
        sandbox.session(&[
            "undo fix",
            "series -s fix unmark",
            "series -s fix unmark -M",
            "series -s nope mark"
        ]),
        str![[r#"
$ git patman undo fix
! undid 'series mark' from 0 seconds ago: Mark the commits of fix
!   fix: cb15664 -> 1bc064e
! branch 'fix' is backed up as refs/patman/backup/fix.2
! hint: to redo it: git patman undo --redo fix
= 0
$ git patman series -s fix unmark
! error: 1 of 2 commits of branch 'fix' have no Change-Id
! hint:   1bc064e one: B
! hint: leave them as they are, and unmark the others, with -M
= 1
$ git patman series -s fix unmark -M
! unmarked 1 of 2 commits of branch 'fix'
! branch 'fix' is backed up as refs/patman/backup/fix
= 0
$ git patman series -s nope mark
! error: there is no branch 'nope'
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.messages("fix"),
        str![[r#"
* one: A

Signed-off-by: Ada <ada@example.com>
* one: B
"#]]
    );
}

#[test]
fn three_hundred_commits_are_marked_in_a_moment() {
    let sandbox = Sandbox::new().with_upstream();
    let mut stream = String::new();
    for number in 1..=300 {
        let message = format!("one: Change {number}\n");
        let text = format!("{number}\n");
        stream += &format!(
            "commit refs/heads/many\ncommitter Ada <ada@example.com> 1767225600 +0000\ndata {}\n{message}\n{}M 100644 inline src/many.c\ndata {}\n{text}\n",
            message.len(),
            if number == 1 {
                "from refs/heads/main^0\n"
            } else {
                ""
            },
            text.len(),
        );
    }
    let file = sandbox.top().join("stream");
    std::fs::write(&file, stream).unwrap();
    let input = std::fs::File::open(&file).unwrap();
    let done = sandbox
        .command("git", &sandbox.repo())
        .args(["fast-import", "--quiet"])
        .stdin(input)
        .status()
        .unwrap();
    assert!(done.success());
    sandbox.git(&["branch", "-q", "--set-upstream-to=us/main", "many"]);
    let begin = std::time::Instant::now();
    assert_data_eq!(
        sandbox.session(&["series -s many add -1 -m", "series -s many scan"]),
        str![[r#"
$ git patman series -s many add -1 -m
! branch 'many' now has a Change-Id for 300 commits
! branch 'many' is backed up as refs/patman/backup/many
! using upstream 'us', which branch 'many' tracks
! added series 'many' v1: 300 patches
= 0
$ git patman series -s many scan
! series 'many' v1 is as its branch is: 300 patches
= 0

"#]]
    );
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    assert_eq!(
        sandbox.select("SELECT count(DISTINCT change_id) FROM pcommit"),
        "300\n"
    );
}
