// SPDX-License-Identifier: GPL-2.0-or-later
//! `review list`, `show` and `path`.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::fs;

#[test]
fn reviews_are_listed_for_people_and_for_programs() {
    let sandbox = Sandbox::new();
    assert_data_eq!(
        sandbox.session(&["review list", "review ls --json"]),
        str![[r#"
$ git patman review list
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0
$ git patman review ls --json
[]
= 0

"#]]
    );
    sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["review list", "review list --json"]),
        str![[r#"
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review list --json
[
  {
    "series": "one-spell-numbers",
    "identity": "cover.[..].git.ada@example.com",
    "version": 1,
    "title": "one: Spell numbers",
    "base": "e7474796004d84990fa19b17c0cf89438d656ad4",
    "base_why": null,
    "head": "36a72748f300acd9bf2c67091a4b0836a157a9d8",
    "branch": "one-spell-numbers",
    "worktree": "$REPO/.git/patman/worktrees/one-spell-numbers",
    "path": "present",
    "elsewhere": [],
    "state": "applied",
    "patches": [
      {
        "seq": 1,
        "subject": "one: Spell three",
        "author": "Ada <ada@example.com>",
        "commit": "f5633d31fd18dbeb9ddea4ffd85af9514b732dc0",
        "tree": "7b198fffdab08eb1b2855d0ed5335ea85f92b52f",
        "how": null
      },
      {
        "seq": 2,
        "subject": "one: Spell twenty",
        "author": "Ada <ada@example.com>",
        "commit": "36a72748f300acd9bf2c67091a4b0836a157a9d8",
        "tree": "bdb0ca7660364d9727f00f9a96de99aa3a612e27",
        "how": null
      }
    ],
    "missing": [],
    "started": 1767268800,
    "merged": [],
    "outcome": null,
    "finished": null,
    "news": {
      "versions": [],
      "replies": 0
    }
  }
]
= 0

"#]]
    );
}

#[test]
fn a_review_is_shown_with_the_trailers_of_its_replies() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let text = fs::read_to_string(&mbox).unwrap();
    let id = text
        .lines()
        .filter_map(|line| line.strip_prefix("Message-ID: "))
        .nth(1)
        .unwrap();
    let reply = format!(
        "\nFrom b Thu Jan  1 00:00:00 2026\nFrom: Bob <bob@example.com>\nDate: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <r1@example.com>\nIn-Reply-To: {id}\nReferences: {id}\nSubject: Re: [PATCH 1/2] one: Spell three\n\nOn Thu, Ada wrote:\n> hello\n\nReviewed-by: Bob <bob@example.com>\n"
    );
    fs::write(&mbox, text + &reply).unwrap();
    sandbox.patman("review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["review show one"]),
        str![[r#"
$ git patman review show one
series    one-spell-numbers v1
title     one: Spell numbers
state     applied
base      e747479
worktree  $REPO/.git/patman/worktrees/one-spell-numbers
started   0 seconds ago

    This is why.

    Ada (2):
      one: Spell three
      one: Spell twenty

     src/one.c | 4 ++--
     1 file changed, 2 insertions(+), 2 deletions(-)


    base-commit: e7474796004d84990fa19b17c0cf89438d656ad4

1  f5633d3  1 +1 -1  one: Spell three
                       Reviewed-by: Bob <bob@example.com>
2  36a7274  1 +1 -1  one: Spell twenty

1 reply stored
= 0

"#]]
    );
    let json = sandbox.patman("review show one --json");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["trailers"][0]["value"], "Bob <bob@example.com>");
    assert_eq!(json["trailers"][0]["patch"], 1);
    assert_eq!(json["patches"].as_array().unwrap().len(), 2);
}

#[test]
fn the_name_may_be_left_out_in_the_worktree_and_shortened_elsewhere() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    let inside = sandbox.patman_at(&worktree.join("src"), "review path");
    assert_data_eq!(
        sandbox.show("review path", &inside),
        str![[r#"
$ git patman review path
$REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.session(&[
            "review path on",
            "review path spell",
            "review path",
            "review path two"
        ]),
        str![[r#"
$ git patman review path on
$REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review path spell
$REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review path
! error: name a review, or run this in its worktree
! hint: git patman review list
= 2
$ git patman review path two
! error: there is no review 'two'
! hint: git patman review list --all
= 1

"#]]
    );
}
