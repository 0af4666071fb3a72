// SPDX-License-Identifier: GPL-2.0-or-later
//! `series save-notes`, `show-notes`, `get-link` and `set-upstream`.

use crate::sandbox::{PROGRAM, Sandbox};
use rusqlite::types::Value;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::io::Write;
use std::process::Stdio;

fn notes(sandbox: &Sandbox, id: u32) -> Value {
    sandbox.value(&format!("SELECT notes FROM ser_ver WHERE id = {id}"))
}

#[test]
fn notes_are_kept_for_a_version_and_shown() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.write("review-notes.txt", "\nTom: done\r\n\n  Sam:\tlater\n\n");
    assert_data_eq!(
        sandbox.session(&[
            "series -s video2 save-notes",
            "series -s video -V 2 save-notes review-notes.txt",
            "series -s video show-notes",
            "series -s video -V 2 show-notes",
            "series -s video2 show-notes --json",
            "series -s tidy show-notes",
        ]),
        str![[r#"
$ git patman series -s video2 save-notes
! saved notes on 'video' v2 (3 lines)
= 0
$ git patman series -s video -V 2 save-notes review-notes.txt
! the notes on 'video' v2 have not changed
= 0
$ git patman series -s video show-notes
--- v1 ---
Tom: done
	Sam: /x1b[31mno

--- v2 ---
Tom: done

  Sam:	later
= 0
$ git patman series -s video -V 2 show-notes
Tom: done

  Sam:	later
= 0
$ git patman series -s video2 show-notes --json
[
  {
    "version": 1,
    "notes": "Tom: done/n/tSam: /u001b[31mno"
  },
  {
    "version": 2,
    "notes": "Tom: done/n/n  Sam:/tlater"
  }
]
= 0
$ git patman series -s tidy show-notes
! there are no notes on 'tidy'
= 0

"#]]
    );
    // As patman keeps them.
    assert_eq!(
        notes(&sandbox, 2),
        Value::Text("Tom: done\n\n  Sam:\tlater".into())
    );
}

#[test]
fn notes_and_upstream_can_be_taken_back() {
    let sandbox = Sandbox::new().with_three_series();
    let before = (
        notes(&sandbox, 1),
        sandbox.value("SELECT upstream FROM series WHERE id = 1"),
    );
    sandbox.sql("INSERT INTO upstream (name) VALUES ('ci')");
    assert_data_eq!(
        sandbox.session(&[
            "series -s video save-notes notes.txt",
            "series -s video set-upstream ci",
            "undo video",
            "undo video"
        ]),
        str![[r#"
$ git patman series -s video save-notes notes.txt
! saved notes on 'video' v1 (1 line, replacing 2)
= 0
$ git patman series -s video set-upstream ci
! series 'video' now has upstream 'ci', instead of 'us'
= 0
$ git patman undo video
! undid 'series set-upstream' from 0 seconds ago: Set the upstream of video to 'ci'
! hint: to redo it: git patman undo --redo video
= 0
$ git patman undo video
! undid 'series save-notes' from 0 seconds ago: Save the notes on video v1
! hint: to redo it: git patman undo --redo video
= 0

"#]]
    );
    assert_eq!(
        (
            notes(&sandbox, 1),
            sandbox.value("SELECT upstream FROM series WHERE id = 1")
        ),
        before
    );
}

#[test]
fn notes_that_cannot_be_kept_change_nothing() {
    let sandbox = Sandbox::new().with_three_series();
    let before = notes(&sandbox, 1);
    fs::write(sandbox.repo().join("latin"), b"na\xefve\n").unwrap();
    fs::write(sandbox.repo().join("big"), "x".repeat((1 << 20) + 1)).unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video save-notes",
            "series -s video save-notes latin",
            "series -s video save-notes big",
            "series -s video save-notes src",
            "series -s video -V 7 save-notes notes.txt",
            "series -s nope save-notes notes.txt",
            "series -n -s video save-notes notes.txt",
        ]),
        str![[r#"
$ git patman series -s video save-notes
! error: there is no file '$REPO/review-notes.txt'
! hint: name the file that holds the notes: git patman series save-notes <file>
= 1
$ git patman series -s video save-notes latin
! error: '$REPO/latin' is not text in UTF-8
! hint: iconv -f <its encoding> -t UTF-8 <file> | git patman series save-notes -
= 1
$ git patman series -s video save-notes big
! error: '$REPO/big' is too long for notes: the limit is 1024 KiB
= 1
$ git patman series -s video save-notes src
! error: cannot read '$REPO/src': Is a directory (os error 21)
= 1
$ git patman series -s video -V 7 save-notes notes.txt
! error: series 'video' has no v7
! hint: it has v1, v2
= 1
$ git patman series -s nope save-notes notes.txt
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series -n -s video save-notes notes.txt
! would save notes on 'video' v1 (1 line, replacing 2)
= 0

"#]]
    );
    assert_eq!(notes(&sandbox, 1), before);
}

#[test]
fn notes_come_from_standard_input_and_an_empty_file_removes_them() {
    let sandbox = Sandbox::new().with_three_series();
    let mut child = sandbox
        .command(PROGRAM, &sandbox.repo())
        .args(["series", "-s", "tidy", "save-notes", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"from a pipe\n")
        .unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(notes(&sandbox, 3), Value::Text("from a pipe".into()));
    sandbox.write("empty", "\n");
    let line = "series -s tidy save-notes empty";
    assert_data_eq!(
        sandbox.session(&[line, line]),
        str![[r#"
$ git patman series -s tidy save-notes empty
! removed the notes on 'tidy' v1
= 0
$ git patman series -s tidy save-notes empty
! 'tidy' v1 has no notes, and the file is empty
= 0

"#]]
    );
    assert_eq!(notes(&sandbox, 3), Value::Text(String::new()));
}

#[test]
fn a_file_of_notes_is_found_from_where_the_user_is() {
    let sandbox = Sandbox::new().with_three_series();
    let done = sandbox.patman_at(
        &sandbox.repo().join("src"),
        "series -s tidy save-notes two.c",
    );
    assert!(done.status.success(), "{}", sandbox.show("", &done));
    let done = sandbox.patman_at(
        sandbox.top(),
        "-C repo series -s video2 save-notes notes.txt",
    );
    assert!(done.status.success(), "{}", sandbox.show("", &done));
    assert_eq!(notes(&sandbox, 2), Value::Text("mine".into()));
}

#[test]
fn the_link_is_printed_for_scripts_or_the_command_fails() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql("UPDATE ser_ver SET link = '' WHERE id = 2");
    assert_data_eq!(
        sandbox.session(&[
            "series -s video get-link",
            "series -s old get-link",
            "series -s tidy get-link",
            "series -s video2 get-link",
            "series -s video -V 7 get-link",
            "series -s video2 -V 1 get-link",
        ]),
        str![[r#"
$ git patman series -s video get-link
452329
= 0
$ git patman series -s old get-link
400001
= 0
$ git patman series -s tidy get-link
! error: series 'tidy' v1 has no link
! hint: to find it on Patchwork: git patman series -s tidy -V 1 autolink
! hint: to set it: git patman series -s tidy -V 1 set-link <link>
= 1
$ git patman series -s video2 get-link
! error: series 'video' v2 has no link
! hint: to find it on Patchwork: git patman series -s video -V 2 autolink
! hint: to set it: git patman series -s video -V 2 set-link <link>
= 1
$ git patman series -s video -V 7 get-link
! error: series 'video' has no v7
! hint: it has v1, v2
= 1
$ git patman series -s video2 -V 1 get-link
452329
! warning: the name 'video2' says v2, -V says v1: v1 is used
= 0

"#]]
    );
}

#[test]
fn a_series_is_meant_for_an_upstream_that_is_known() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.git(&["remote", "add", "ci", "https://example.com/ci.git"]);
    sandbox.git(&[
        "config",
        "patman.lore.archive",
        "https://lore.example.org/all",
    ]);
    assert_data_eq!(
        sandbox.session(&[
            "series -s tidy set-upstream us",
            "series -s tidy set-upstream us",
            "series -s tidy set-upstream ci",
            "series -s tidy set-upstream lore",
            "series -s tidy set-upstream nosuch",
            "series -n -s tidy set-upstream us",
            "series -s tidy set-upstream",
            "series -s nope set-upstream us",
        ]),
        str![[r#"
$ git patman series -s tidy set-upstream us
! series 'tidy' now has upstream 'us'
= 0
$ git patman series -s tidy set-upstream us
! series 'tidy' already has upstream 'us'
= 0
$ git patman series -s tidy set-upstream ci
! series 'tidy' now has upstream 'ci', instead of 'us'
= 0
$ git patman series -s tidy set-upstream lore
! series 'tidy' now has upstream 'lore', instead of 'ci'
= 0
$ git patman series -s tidy set-upstream nosuch
! error: there is no upstream 'nosuch'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1
$ git patman series -n -s tidy set-upstream us
! series 'tidy' would have upstream 'us', instead of 'lore'
= 0
$ git patman series -s tidy set-upstream
! error: the following required arguments were not provided:
!   <UPSTREAM>
! 
! Usage: git patman series set-upstream <UPSTREAM>
! 
! For more information, try '--help'.
= 2
$ git patman series -s nope set-upstream us
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1

"#]]
    );
    assert_eq!(
        sandbox.value("SELECT upstream FROM series WHERE id = 2"),
        Value::Text("lore".into())
    );
}
