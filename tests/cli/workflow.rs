// SPDX-License-Identifier: GPL-2.0-or-later
//! `workflow`: dates that are set, listed and taken away, over rows that patman has left in any state.

use crate::sandbox::{PROGRAM, Sandbox};
use snapbox::{assert_data_eq, str};

/// A repository whose database has two series and a review, on a Thursday at noon.
fn with_series() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql("INSERT INTO series (id, name, desc, archived) VALUES (1, 'tidy', 'doc: Tidy up the readme files', 0);
         INSERT INTO series (id, name, desc, archived) VALUES (2, 'single', 'README: One change only', 0);
         INSERT INTO ser_ver (id, series_id, version) VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1);");
    sandbox
}

fn rows(sandbox: &Sandbox) -> Vec<String> {
    sandbox.rows(
        "SELECT id, type, series_id, timestamp, archived, ser_ver_id FROM workflow ORDER BY id",
    )
}

#[test]
fn a_date_is_set_listed_replaced_and_taken_away() {
    let sandbox = with_series();
    assert_data_eq!(
        sandbox.session(&[
            "workflow todo-list",
            "workflow todo -s tidy",
            "wf todo -s single -2",
            "workflow todo-list",
            "workflow tl --all",
            "workflow todo -s tidy2 0",
            "workflow todo-list",
            "workflow list",
            "workflow ls -a",
            "workflow todo -s single --clear",
            "workflow todo -s single --clear",
        ]),
        str![[r#"
$ git patman workflow todo-list
! no reminders are set
! hint: to set one: git patman workflow todo -s <series> <days>
= 0
$ git patman workflow todo -s tidy
! set a reminder for series 'tidy', due on Thu, 2026-01-15 (in 14d)
= 0
$ git patman wf todo -s single -2
! set a reminder for series 'single', due on Tue, 2025-12-30 (2d overdue)
= 0
$ git patman workflow todo-list
SERIES         DUE  TITLE
single  2d overdue  README: One change only
= 0
$ git patman workflow tl --all
SERIES         DUE  TITLE
single  2d overdue  README: One change only
tidy        in 14d  doc: Tidy up the readme files
= 0
$ git patman workflow todo -s tidy2 0
! set a reminder for series 'tidy', due on Thu, 2026-01-01 (today)
= 0
$ git patman workflow todo-list
SERIES         DUE  TITLE
single  2d overdue  README: One change only
tidy         today  doc: Tidy up the readme files
= 0
$ git patman workflow list
TYPE  SERIES  VER       WHEN  TITLE
todo  single       Tue 12:00  README: One change only
todo  tidy             12:00  doc: Tidy up the readme files
= 0
$ git patman workflow ls -a
TYPE  SERIES  VER       WHEN  DONE  TITLE
todo  single       Tue 12:00        README: One change only
todo  tidy             12:00        doc: Tidy up the readme files
todo  tidy             in 2w  yes   doc: Tidy up the readme files
= 0
$ git patman workflow todo -s single --clear
! removed the reminder for series 'single'
= 0
$ git patman workflow todo -s single --clear
! there was no reminder for series 'single'
= 0

"#]]
    );
    assert_eq!(
        rows(&sandbox),
        [
            "1|'todo'|1|'2026-01-15 12:00:00'|1|NULL",
            "2|'todo'|2|'2025-12-30 12:00:00'|1|NULL",
            "3|'todo'|1|'2026-01-01 12:00:00'|0|NULL"
        ]
    );
}

#[test]
fn a_series_that_is_not_known_gets_no_date() {
    let sandbox = with_series();
    assert_data_eq!(
        sandbox.session(&[
            "workflow todo",
            "workflow todo -s nope 3",
            "workflow todo -s tidy 99999999999",
            "workflow todo -s tidy -800000",
            "workflow todo -s tidy abc",
        ]),
        str![[r#"
$ git patman workflow todo
! error: branch 'main' does not belong to a tracked series
! hint: name another series with -s <series>; to see them: git patman series ls
= 1
$ git patman workflow todo -s nope 3
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman workflow todo -s tidy 99999999999
! error: 99999999999 days are too many: the date must be in the years 1 to 9999
= 2
$ git patman workflow todo -s tidy -800000
! error: -800000 days are too many: the date must be in the years 1 to 9999
= 2
$ git patman workflow todo -s tidy abc
! error: invalid value 'abc' for '[DAYS]': invalid digit found in string
! 
! For more information, try '--help'.
= 2

"#]]
    );
    assert!(rows(&sandbox).is_empty());
}

#[test]
fn a_series_that_is_archived_gets_no_date_and_loses_the_one_it_has() {
    let sandbox = with_series();
    sandbox.patman("workflow todo -s tidy");
    sandbox.sql("UPDATE series SET archived = 1 WHERE id = 1");
    assert_data_eq!(
        sandbox.session(&[
            "workflow todo -s tidy 1",
            "workflow todo-list --all",
            "workflow todo -s tidy --clear"
        ]),
        str![[r#"
$ git patman workflow todo -s tidy 1
! error: series 'tidy' is archived
! hint: to restore its branches: git patman series -s tidy unarchive
= 1
$ git patman workflow todo-list --all
! no reminders are set
! hint: to set one: git patman workflow todo -s <series> <days>
= 0
$ git patman workflow todo -s tidy --clear
! removed the reminder for series 'tidy'
= 0

"#]]
    );
}

#[test]
fn the_branch_that_is_checked_out_says_which_series_is_meant() {
    let sandbox = with_series();
    sandbox.git(&["switch", "-q", "-c", "tidy2"]);
    assert!(
        sandbox
            .session(&["workflow todo 1"])
            .contains("set a reminder for series 'tidy', due on Fri, 2026-01-02")
    );
    assert_eq!(rows(&sandbox), ["1|'todo'|1|'2026-01-02 12:00:00'|0|NULL"]);
}

#[test]
fn rows_without_a_series_or_a_date_do_not_stop_the_listing() {
    let sandbox = with_series();
    sandbox.sql("INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES
         ('todo', NULL, '2026-01-01 09:00:00', 0, NULL), ('todo', 99, '2026-01-01 09:00:00', 0, NULL),
         ('todo', 1, 'garbage', 0, NULL), ('todo', 2, NULL, NULL, NULL), (NULL, 2, 5, 'x', 77),
         ('sent', 1, '2025-12-30 09:00:00.5', 0, 2), ('reviewed', 1, '2025-10-30 09:00:00', 0, 1),
         ('todo', 2, '2026-01-04 09:00:00', '0', NULL);
         INSERT INTO series (id, name, desc, archived) VALUES (7, 'put-away', 'x', 1), (8, NULL, NULL, NULL);
         INSERT INTO workflow (type, series_id, timestamp, archived) VALUES
         ('todo', 7, '2025-12-30 09:00:00', 0), ('todo', 8, '2025-12-30 09:00:00', 0);");
    assert_data_eq!(
        sandbox.session(&[
            "workflow todo-list --all",
            "workflow list --all",
            "workflow todo-list --json"
        ]),
        str![[r#"
$ git patman workflow todo-list --all
SERIES         DUE  TITLE
tidy       no date  doc: Tidy up the readme files
        2d overdue
single       in 3d  README: One change only
! warning: the date of series 'tidy' is 'garbage', which is none
= 0
$ git patman workflow list --all
TYPE      SERIES    VER       WHEN  DONE  TITLE
todo      single                 -        README: One change only
          single                 5        README: One change only
todo      tidy             garbage        doc: Tidy up the readme files
reviewed  tidy      v1      9w ago        doc: Tidy up the readme files
todo      put-away       Tue 09:00        x
todo                     Tue 09:00
sent      tidy      v2   Tue 09:00        doc: Tidy up the readme files
todo      single             in 3d        README: One change only
= 0
$ git patman workflow todo-list --json
[
  {
    "series": "tidy",
    "identity": null,
    "title": "doc: Tidy up the readme files",
    "due": null,
    "days": null
  },
  {
    "series": "",
    "identity": null,
    "title": null,
    "due": "2025-12-30 09:00:00",
    "days": -2
  }
]
! warning: the date of series 'tidy' is 'garbage', which is none
= 0

"#]]
    );
}

#[test]
fn what_is_hostile_in_the_database_is_shown_as_text() {
    let sandbox = with_series();
    sandbox.sql("UPDATE series SET name = 'a' || char(27) || '[2Jb', desc = 'x' || char(10) || 'y' WHERE id = 1;
         INSERT INTO workflow (type, series_id, timestamp, archived) VALUES
         ('to' || char(27) || 'do', 1, '2026' || char(27) || '[1m', 0), ('todo', 1, char(7), 0);");
    let shown = sandbox.session(&["workflow list -a", "workflow todo-list"]);
    assert!(
        !shown.contains('\u{1b}') && !shown.contains('\u{7}'),
        "{shown:?}"
    );
}

#[test]
fn times_are_those_of_the_clock_on_the_wall() {
    let sandbox = with_series();
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    let done = command
        .env("TZ", "EST5")
        .args(["workflow", "todo", "-s", "tidy", "3"])
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(rows(&sandbox), ["1|'todo'|1|'2026-01-04 07:00:00'|0|NULL"]);
}

#[test]
fn of_two_dates_set_at_once_one_is_kept() {
    let sandbox = with_series();
    std::thread::scope(|scope| {
        for days in 1..=8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let done = sandbox.patman(&format!("workflow todo -s tidy {days}"));
                assert!(
                    done.status.success(),
                    "{}",
                    String::from_utf8_lossy(&done.stderr)
                );
            });
        }
    });
    let rows = rows(&sandbox);
    assert_eq!(rows.len(), 8);
    assert_eq!(
        rows.iter().filter(|row| row.ends_with("|0|NULL")).count(),
        1,
        "{rows:?}"
    );
}
