// SPDX-License-Identifier: GPL-2.0-or-later
//! `series summary`: each series at a glance, and what to do next.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

/// One series for each thing that can be next; the clock stands at 2026-01-01 12:00.
fn several() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .branch("draft")
        .commits(&["a: One"])
        .tracks("main")
        .create();
    sandbox
        .branch("mailed2")
        .commits(&["a: One"])
        .tracks("main")
        .create();
    let mut sql = String::new();
    // Name, version, link, state of its patches, comments, and when it was sent.
    type Row = (
        &'static str,
        i64,
        Option<&'static str>,
        &'static str,
        i64,
        Option<&'static str>,
    );
    let series: &[Row] = &[
        ("accepted", 1, Some("70"), "'accepted'", 5, None),
        (
            "again",
            2,
            Some("71"),
            "'changes-requested'",
            0,
            Some("2025-12-30 12:00:00"),
        ),
        (
            "answer",
            1,
            Some("72"),
            "'under-review'",
            3,
            Some("2025-12-31 12:00:00"),
        ),
        ("draft", 1, None, "NULL", 0, None),
        (
            "due",
            1,
            Some("73"),
            "'new'",
            0,
            Some("2025-12-31 12:00:00"),
        ),
        ("gone", 1, None, "NULL", 0, None),
        (
            "later",
            1,
            Some("74"),
            "'awaiting-upstream'",
            0,
            Some("2025-12-01 12:00:00"),
        ),
        (
            "linked",
            1,
            Some("75"),
            "NULL",
            0,
            Some("2025-12-31 12:00:00"),
        ),
        ("mailed", 2, None, "NULL", 0, Some("2025-12-31 12:00:00")),
        (
            "young",
            1,
            Some("76"),
            "'new'",
            0,
            Some("2025-12-31 12:00:00"),
        ),
    ];
    for (id, (name, version, link, state, comments, sent)) in (1..).zip(series) {
        let link = link.map_or("NULL".to_owned(), |link| format!("'{link}'"));
        sql += &format!(
            "INSERT INTO series (id, name, desc, archived) VALUES ({id}, '{name}', 'Title of {name}', 0);
            INSERT INTO ser_ver (id, series_id, version, link) VALUES ({id}, {id}, {version}, {link});
            INSERT INTO pcommit (svid, seq, subject, state, num_comments) VALUES
                ({id}, 0, 'a', {state}, {comments}), ({id}, 1, 'b', {state}, 0);"
        );
        if let Some(sent) = sent {
            sql += &format!(
                "INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id)
                VALUES ('sent', {id}, '{sent}', 0, {id});"
            );
        }
    }
    sandbox.sql(&sql);
    sandbox.sql(
        "INSERT INTO series (id, name, archived) VALUES (20, 'none', 0), (21, 'away', 1);
        INSERT INTO workflow (type, series_id, timestamp, archived) VALUES ('todo', 5, '2025-12-29 11:00:00', 0),
            ('todo', 10, '2026-01-05 13:00:00', 0), ('todo', 1, '2025-01-01 10:00:00', 1);",
    );
    sandbox
}

#[test]
fn each_series_says_what_is_next() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.session(&[
            "series summary",
            "series -s again summary --json",
            "series -s nope summary"
        ]),
        str![[r#"
$ git patman series summary
NAME      VER  ACCEPTED  STATE               AGE  TODO        NEXT               TITLE
due       v1        0/2  new                24 h  3d overdue  wait               Title of due
again     v2        0/2  changes-requested   2 d              begin v3           Title of again
answer    v1        0/2  under-review       24 h              answer 3 comments  Title of answer
linked    v1        0/2  linked             24 h              gather             Title of linked
mailed    v2        -/2  sent               24 h              autolink           Title of mailed
draft     v1        -/2  draft                                send v1            Title of draft
gone      v1        -/2  draft                                no branch 'gone'   Title of gone
none      -         -/0  empty                                scan it
later     v1        0/2  awaiting-upstream  4 wk              wait               Title of later
young     v1        0/2  new                24 h  in 4d       wait               Title of young
accepted  v1        2/2  accepted                             archive it         Title of accepted
= 0
$ git patman series -s again summary --json
[
  {
    "series": "again",
    "identity": null,
    "version": 2,
    "title": "Title of again",
    "archived": false,
    "link": "71",
    "total": 2,
    "accepted": 0,
    "state": "changes-requested",
    "comments": 0,
    "sent": 1767096000,
    "todo": null,
    "next": "begin"
  }
]
= 0
$ git patman series -s nope summary
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1

"#]]
    );
}

#[test]
fn one_series_is_shown_be_it_archived_or_without_versions() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.session(&[
            "series -s due summary",
            "series -s away summary",
            "series -s none summary --json"
        ]),
        str![[r#"
$ git patman series -s due summary
NAME  VER  ACCEPTED  STATE   AGE  TODO        NEXT  TITLE
due   v1        0/2  new    24 h  3d overdue  wait  Title of due
= 0
$ git patman series -s away summary
NAME  VER  ACCEPTED  STATE     AGE  NEXT  TITLE
away  -         -/0  archived
= 0
$ git patman series -s none summary --json
[
  {
    "series": "none",
    "identity": null,
    "version": null,
    "title": null,
    "archived": false,
    "link": null,
    "total": 0,
    "accepted": 0,
    "state": "empty",
    "comments": null,
    "sent": null,
    "todo": null,
    "next": "scan"
  }
]
= 0

"#]]
    );
}

#[test]
fn a_summary_fits_a_terminal() {
    let sandbox = several();
    assert_data_eq!(
        sandbox.on_terminal(80, "--color=never series summary"),
        str![[r#"
NAME      VER  ACCEPTED  STATE               AGE  TODO        NEXT
due       v1        0/2  new                24 h  3d overdue  wait
again     v2        0/2  changes-requested   2 d              begin v3
answer    v1        0/2  under-review       24 h              answer 3 comments
linked    v1        0/2  linked             24 h              gather
mailed    v2        -/2  sent               24 h              autolink
draft     v1        -/2  draft                                send v1
gone      v1        -/2  draft                                no branch 'gone'
none      -         -/0  empty                                scan it
later     v1        0/2  awaiting-upstream  4 wk              wait
young     v1        0/2  new                24 h  in 4d       wait
accepted  v1        2/2  accepted                             archive it

"#]]
    );
    assert_data_eq!(
        sandbox.on_terminal(60, "--color=never series summary"),
        str![[r#"
NAME      VER  ACCEPTED  STATE               AGE  TODO        NEXT
due       v1        0/2  new                24 h  3d overdue  wait
again     v2        0/2  changes-requested   2 d              begin v3
answer    v1        0/2  under-review       24 h              answer 3 co…
linked    v1        0/2  linked             24 h              gather
mailed    v2        -/2  sent               24 h              autolink
draft     v1        -/2  draft                                send v1
gone      v1        -/2  draft                                no branch '…
none      -         -/0  empty                                scan it
later     v1        0/2  awaiting-upstream  4 wk              wait
young     v1        0/2  new                24 h  in 4d       wait
accepted  v1        2/2  accepted                             archive it

"#]]
    );
}

#[test]
fn nothing_is_changed_by_looking() {
    let sandbox = several();
    let before = sandbox.checkout();
    for line in [
        "series summary",
        "series progress -a -l",
        "series -s draft patches",
    ] {
        sandbox.expect(line, 0);
    }
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn there_may_be_no_series() {
    let sandbox = Sandbox::new();
    assert_data_eq!(
        sandbox.session(&["series summary", "series summary --json"]),
        str![[r#"
$ git patman series summary
! you have no series
! hint: to add the current branch: git patman series add
= 0
$ git patman series summary --json
[]
= 0

"#]]
    );
}
