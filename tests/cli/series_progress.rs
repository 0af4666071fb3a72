// SPDX-License-Identifier: GPL-2.0-or-later
//! `series progress`: how far each series is, what needs the author first.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

/// Series in every state: the clock stands at 2026-01-01.
fn several() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .branch("net")
        .commits(&["a: One", "b: Two"])
        .tracks("main")
        .create();
    sandbox.sql(
        "INSERT INTO series VALUES (1, 'net', 'net: Faster', 0, 'us', NULL, NULL);
        INSERT INTO series VALUES (2, 'done', 'All of it', 0, NULL, '', NULL);
        INSERT INTO series VALUES (3, 'draft', 'Not sent', 0, NULL, NULL, NULL);
        INSERT INTO series VALUES (4, 'slow', 'Nobody answers', 0, NULL, NULL, NULL);
        INSERT INTO series VALUES (5, 'young', 'Just sent', 0, NULL, NULL, NULL);
        INSERT INTO series VALUES (6, 'away', 'Put away', 1, NULL, NULL, NULL);
        INSERT INTO series VALUES (7, 'us-9-review', 'Of somebody', 0, NULL, 'review', NULL);
        INSERT INTO series VALUES (8, 'refused', 'Not wanted', 0, NULL, NULL, NULL);
        INSERT INTO ser_ver (id, series_id, version, link, cover_num_comments) VALUES
            (1, 1, 1, '70', NULL), (2, 1, 2, '71', 4), (3, 2, 1, '72', 0), (4, 3, 1, NULL, NULL), (5, 4, 1, '73', NULL),
            (6, 5, 1, '74', NULL), (7, 6, 1, '75', NULL), (8, 7, 1, '76', NULL), (9, 8, 3, '77', NULL);
        INSERT INTO pcommit (svid, seq, subject, state, num_comments) VALUES
            (1, 0, 'a: One', 'superseded', 1), (1, 1, 'b: Two', 'superseded', 0),
            (2, 0, 'a: One', 'accepted', 1), (2, 1, 'b: Two', 'changes-requested', 2), (2, 2, 'c', 'new', 0),
            (2, 3, 'd', 'accepted', 0),
            (3, 0, 'x', 'accepted', 0), (3, 1, 'y', 'accepted', 0),
            (4, 0, 'z', NULL, NULL),
            (5, 0, 's', 'new', 0), (6, 0, 't', 'under-review', 0), (6, 1, 'u', 'in-limbo', 0), (6, 2, 'v', 'in-next', 0),
            (7, 0, 'w', 'accepted', 0), (8, 0, 'r', 'new', 0), (9, 0, 'q', 'rejected', 0), (9, 1, 'p', 'accepted', 0);
        INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
            ('sent', 1, '2025-12-30 12:00:00', 0, 2), ('sent', 4, '2025-11-20 12:00:00', 0, 5),
            ('sent', 4, '2025-12-01 12:00:00', 1, 5), ('sent', 5, '2025-12-31 12:00:00', 0, NULL);
        INSERT INTO gitpatman_version (svid, sent) VALUES (3, 1760000000);",
    );
    sandbox
}

#[test]
fn what_needs_the_author_comes_first() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.session(&[
            "series progress",
            "series pr -a",
            "series progress -A",
            "series -s net progress"
        ]),
        str![[r#"
$ git patman series progress
NAME     VER  PATCHES  STATE                                   COM    AGE  TITLE
net      v2         4  2 accepted, 1 new, 1 changes-requested    7    2 d  net: Faster
slow     v1         1  1 new                                     0   4 wk  Nobody answers
young    v1         3  1 in-next, 1 under-review, 1 in-limbo     0   24 h  Just sent
draft    v1         1  1 unknown                                           Not sent
refused  v3         2  1 accepted, 1 rejected                    0         Not wanted
done     v1         2  2 accepted                                0  12 wk  All of it
6 series, 13 patches: 5 accepted, 1 in-next, 2 new, 1 under-review, 1 changes-requested, 1 rejected, 1 in-limbo, 1 unknown
= 0
$ git patman series pr -a
NAME     VER  PATCHES  STATE                                   COM    AGE  TITLE
net      v1         2  2 superseded                              1         net: Faster
net      v2         4  2 accepted, 1 new, 1 changes-requested    7    2 d  net: Faster
slow     v1         1  1 new                                     0   4 wk  Nobody answers
young    v1         3  1 in-next, 1 under-review, 1 in-limbo     0   24 h  Just sent
draft    v1         1  1 unknown                                           Not sent
refused  v3         2  1 accepted, 1 rejected                    0         Not wanted
done     v1         2  2 accepted                                0  12 wk  All of it
6 series, 15 patches: 5 accepted, 1 in-next, 2 new, 1 under-review, 1 changes-requested, 2 superseded, 1 rejected, 1 in-limbo, 1 unknown
= 0
$ git patman series progress -A
NAME     VER  PATCHES  STATE                                   COM    AGE  TITLE
net      v2         4  2 accepted, 1 new, 1 changes-requested    7    2 d  net: Faster
slow     v1         1  1 new                                     0   4 wk  Nobody answers
young    v1         3  1 in-next, 1 under-review, 1 in-limbo     0   24 h  Just sent
draft    v1         1  1 unknown                                           Not sent
refused  v3         2  1 accepted, 1 rejected                    0         Not wanted
done     v1         2  2 accepted                                0  12 wk  All of it
away     v1         1  1 accepted                                0         Put away
7 series, 14 patches: 6 accepted, 1 in-next, 2 new, 1 under-review, 1 changes-requested, 1 rejected, 1 in-limbo, 1 unknown
= 0
$ git patman series -s net progress
NAME  VER  PATCHES  STATE                                   COM  AGE  TITLE
net   v2         4  2 accepted, 1 new, 1 changes-requested    7  2 d  net: Faster
= 0

"#]]
    );
}

#[test]
fn versions_are_told_for_programs() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.session(&[
            "series -s net progress --json",
            "series -s net progress -l --json"
        ]),
        str![[r#"
$ git patman series -s net progress --json
[
  {
    "series": "net",
    "identity": null,
    "version": 2,
    "title": "net: Faster",
    "archived": false,
    "link": "71",
    "total": 4,
    "accepted": 2,
    "states": [
      {
        "state": "accepted",
        "patches": 2
      },
      {
        "state": "new",
        "patches": 1
      },
      {
        "state": "changes-requested",
        "patches": 1
      }
    ],
    "comments": 7,
    "sent": 1767096000,
    "patches": []
  }
]
= 0
$ git patman series -s net progress -l --json
[
  {
    "series": "net",
    "identity": null,
    "version": 2,
    "title": "net: Faster",
    "archived": false,
    "link": "71",
    "total": 4,
    "accepted": 2,
    "states": [
      {
        "state": "accepted",
        "patches": 2
      },
      {
        "state": "new",
        "patches": 1
      },
      {
        "state": "changes-requested",
        "patches": 1
      }
    ],
    "comments": 7,
    "sent": 1767096000,
    "patches": [
      {
        "seq": 1,
        "subject": "a: One",
        "scanned_subject": null,
        "state": "accepted",
        "comments": 1,
        "patchwork_id": null,
        "change_id": null,
        "commit": null,
        "change": null
      },
      {
        "seq": 2,
        "subject": "b: Two",
        "scanned_subject": null,
        "state": "changes-requested",
        "comments": 2,
        "patchwork_id": null,
        "change_id": null,
        "commit": null,
        "change": null
      },
      {
        "seq": 3,
        "subject": "c",
        "scanned_subject": null,
        "state": "new",
        "comments": 0,
        "patchwork_id": null,
        "change_id": null,
        "commit": null,
        "change": null
      },
      {
        "seq": 4,
        "subject": "d",
        "scanned_subject": null,
        "state": "accepted",
        "comments": 0,
        "patchwork_id": null,
        "change_id": null,
        "commit": null,
        "change": null
      }
    ]
  }
]
= 0

"#]]
    );
}

#[test]
fn patches_are_listed_and_a_branch_that_is_missing_stops_nothing() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.session(&["series progress -l", "series -s net -V 1 progress -l"]),
        str![[r#"
$ git patman series progress -l
net v2  net: Faster
4 patches: 2 accepted, 1 new, 1 changes-requested
there is no branch 'net2'
#  STATE              COM  PATCHWORK  COMMIT  SUBJECT
1  accepted             1             -       a: One
2  changes-requested    2             -       b: Two
3  new                  0             -       c
4  accepted             0             -       d

slow v1  Nobody answers
1 patch: 1 new
there is no branch 'slow'
#  STATE  COM  PATCHWORK  COMMIT  SUBJECT
1  new      0             -       s

young v1  Just sent
3 patches: 1 in-next, 1 under-review, 1 in-limbo
there is no branch 'young'
#  STATE         COM  PATCHWORK  COMMIT  SUBJECT
1  under-review    0             -       t
2  in-limbo        0             -       u
3  in-next         0             -       v

draft v1  Not sent
1 patch: 1 unknown
there is no branch 'draft'
#  STATE    COM  PATCHWORK  COMMIT  SUBJECT
1  unknown                  -       z

refused v3  Not wanted
2 patches: 1 accepted, 1 rejected
there is no branch 'refused3'
#  STATE     COM  PATCHWORK  COMMIT  SUBJECT
1  rejected    0             -       q
2  accepted    0             -       p

done v1  All of it
2 patches: 2 accepted
there is no branch 'done'
#  STATE     COM  PATCHWORK  COMMIT  SUBJECT
1  accepted    0             -       x
2  accepted    0             -       y
= 0
$ git patman series -s net -V 1 progress -l
net v1  net: Faster
2 patches: 2 superseded
#  STATE       COM  PATCHWORK  COMMIT   SUBJECT
1  superseded    1             533c595  a: One
2  superseded    0             c3a224a  b: Two
= 0

"#]]
    );
}

#[test]
fn a_terminal_shows_a_bar_that_can_be_read_without_colours() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.on_terminal(80, "--color=never series progress"),
        str![[r#"
NAME     VER  PATCHES  PROGRESS  STATE                  COM    AGE  TITLE
net      v2         4  ██░!      2 accepted, 1 new, 1…    7    2 d  net: Faster
slow     v1         1  ░         1 new                    0   4 wk  Nobody answ…
young    v1         3  ▓░·       1 in-next, 1 under-r…    0   24 h  Just sent
draft    v1         1  ·         1 unknown                          Not sent
refused  v3         2  █x        1 accepted, 1 reject…    0         Not wanted
done     v1         2  ██        2 accepted               0  12 wk  All of it
6 series, 13 patches: 5 accepted, 1 in-next, 2 new, 1 under-review, 1 changes-r…

"#]]
    );
    assert_data_eq!(
        sandbox.on_terminal(60, "--color=never series progress"),
        str![[r#"
NAME     VER  PATCHES  PROGRESS  STATE            COM    AGE
net      v2         4  ██░!      2 accepted, 1 …    7    2 d
slow     v1         1  ░         1 new              0   4 wk
young    v1         3  ▓░·       1 in-next, 1 u…    0   24 h
draft    v1         1  ·         1 unknown
refused  v3         2  █x        1 accepted, 1 …    0
done     v1         2  ██        2 accepted         0  12 wk
6 series, 13 patches: 5 accepted, 1 in-next, 2 new, 1 under…

"#]]
    );
}

#[test]
fn states_have_colours() {
    let sandbox = several();
    let shown = sandbox.on_terminal(100, "--color=always series -s net progress");
    assert_data_eq!(
        shown.replace('\u{1b}', "^"),
        str![[r#"
^[2mNAME^[0m  ^[2mVER^[0m  ^[2mPATCHES^[0m  ^[2mPROGRESS^[0m  ^[2mSTATE^[0m                                   ^[2mCOM^[0m  ^[2mAGE^[0m  ^[2mTITLE^[0m
net   v2         4  ^[32m██^[0m░^[1m^[33m!^[0m      ^[32m2 accepted^[0m, 1 new, ^[1m^[33m1 changes-requested^[0m    7  ^[2m2 d^[0m  net: Faster

"#]]
    );
}

#[test]
fn no_row_stops_the_list() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "INSERT INTO series (id, name, desc, archived) VALUES (1, 'empty', NULL, NULL), (2, 'loose\x1b[31m', 'a\nb', '0');
        INSERT INTO series (id, name, archived) VALUES (3, NULL, 'no');
        INSERT INTO ser_ver (id, series_id, version, link) VALUES (1, '2', '10', 5), (2, 2, '9', ''), (3, 2, NULL, NULL);
        INSERT INTO ser_ver (id, series_id, version) VALUES (4, 77, 1), (5, 3, 'x');
        INSERT INTO pcommit (svid, seq, subject, state, num_comments) VALUES
            (1, 0, 'a', 5, '3'), (1, 0, 'a', '', NULL), (1, 'x', NULL, NULL, 'many'), (1, 2, 'evil', 'x\x1b[2J', -1),
            (4, 0, 'orphan', 'new', 1), (99, 0, 'orphan', 'new', 1);
        INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
            ('sent', 2, 'never', 0, 1), ('sent', 77, '2025-12-30 12:00:00', 0, 1), (NULL, NULL, NULL, NULL, NULL),
            ('todo', 2, 5, NULL, 'x'), ('sent', 2, '2025-12-30', 0, '1');",
    );
    assert_data_eq!(
        sandbox.session(&[
            "series progress",
            "series progress -a",
            "series progress -l"
        ]),
        str![[r#"
$ git patman series progress
NAME           VER  PATCHES  STATE                       COM  AGE  TITLE
loose/x1b[31m  v10        4  1 5, 2 unknown, 1 x/x1b[2J    2  3 d  a/nb
               -          0
empty          -          0
3 series, 4 patches: 1 5, 2 unknown, 1 x/x1b[2J
= 0
$ git patman series progress -a
NAME           VER  PATCHES  STATE                       COM  AGE  TITLE
loose/x1b[31m  -          0                                        a/nb
loose/x1b[31m  v9         0                                        a/nb
loose/x1b[31m  v10        4  1 5, 2 unknown, 1 x/x1b[2J    2  3 d  a/nb
               -          0
empty          -          0
3 series, 4 patches: 1 5, 2 unknown, 1 x/x1b[2J
= 0
$ git patman series progress -l
loose/x1b[31m v10  a/nb
4 patches: 1 5, 2 unknown, 1 x/x1b[2J
there is no branch 'loose/x1b[31m10'
#  STATE     COM  PATCHWORK  COMMIT  SUBJECT
1  5           3             -       a
1  unknown                   -       a
3  x/x1b[2J   -1             -       evil
1  unknown                   -


no patches
a version of '' has no number and therefore no branch
#  STATE  COM  PATCHWORK  COMMIT  SUBJECT

empty  no version
= 0

"#]]
    );
    let json = sandbox.patman("series progress -a -l --json").stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 5);
}

#[test]
fn there_may_be_no_series() {
    let sandbox = Sandbox::new();
    assert_data_eq!(
        sandbox.session(&[
            "series progress",
            "series progress --json",
            "series -s nope progress"
        ]),
        str![[r#"
$ git patman series progress
! you have no series
! hint: to add the current branch: git patman series add
= 0
$ git patman series progress --json
[]
= 0
$ git patman series -s nope progress
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1

"#]]
    );
}
