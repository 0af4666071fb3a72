// SPDX-License-Identifier: GPL-2.0-or-later
//! `review check`: what applies where, with nothing changed.

use crate::sandbox::{Sandbox, lines};
use snapbox::{assert_data_eq, str};
use std::fs;

/// An inbox of three series on `main`, which has moved since in a way that one of them does not survive.
fn inbox(sandbox: &Sandbox) {
    let mut all = fs::read_to_string(sandbox.usual(1)).unwrap();
    let two = lines("two", 40).replace("two 30\n", "two thirty\n") + "edited\n";
    all += "\n";
    all += &fs::read_to_string(sandbox.series(
        "two.mbox",
        1,
        "two: Thirty",
        &[("two: Thirty", "src/two.c", &two)],
    ))
    .unwrap();
    let three = lines("one", 40).replace("one 33\n", "one thirty-three\n");
    let series = sandbox.series(
        "three.mbox",
        1,
        "one: More",
        &[("one: More", "src/one.c", &three)],
    );
    all += "\n";
    all += &fs::read_to_string(series).unwrap();
    fs::write(sandbox.top().join("inbox.mbox"), all).unwrap();
    sandbox.write(
        "src/one.c",
        &("first\n".to_owned() + &lines("one", 40).replace("one 20\n", "one 20, changed\n")),
    );
    sandbox.git(&["commit", "-q", "-m", "Change one", "src/one.c"]);
    sandbox.git(&["branch", "moved"]);
    sandbox.git(&["reset", "-q", "--hard", "HEAD^"]);
}

/// How many files the object database has.
fn objects(sandbox: &Sandbox) -> String {
    sandbox.git(&["count-objects", "-v"])
}

#[test]
fn all_series_of_an_inbox_are_tried_and_nothing_is_changed() {
    let sandbox = Sandbox::new();
    inbox(&sandbox);
    let before = (
        sandbox.checkout(),
        sandbox.git(&["for-each-ref"]),
        objects(&sandbox),
    );
    assert_data_eq!(
        sandbox.session(&[
            "review check ../inbox.mbox",
            "review check --onto moved --onto main ../inbox.mbox -j 3"
        ]),
        str![[r#"
$ git patman review check ../inbox.mbox
SERIES              VER  ONTO     RESULT
one: Spell numbers  v1   e747479  exact
two: Thirty         v1   e747479  exact
one: More           v1   e747479  exact
= 0
$ git patman review check --onto moved --onto main ../inbox.mbox -j 3
SERIES              VER  ONTO   RESULT
one: Spell numbers  v1   moved  conflict at patch 2: src/one.c
one: Spell numbers  v1   main   exact
two: Thirty         v1   moved  exact
two: Thirty         v1   main   exact
one: More           v1   moved  moved
one: More           v1   main   exact
= 1

"#]]
    );
    assert_eq!(
        (
            sandbox.checkout(),
            sandbox.git(&["for-each-ref"]),
            objects(&sandbox)
        ),
        before
    );
    assert!(!sandbox.repo().join(".git/patman").exists());
}

#[test]
fn what_is_there_already_or_incomplete_is_told() {
    let sandbox = Sandbox::new();
    let mbox = fs::read_to_string(sandbox.usual(1)).unwrap();
    sandbox.patman("review start ../v1.mbox");
    sandbox.git(&["branch", "first", "one-spell-numbers^"]);
    let gap = mbox
        .find("Subject: [PATCH 1/2]")
        .and_then(|at| mbox[..at].rfind("\nFrom "))
        .unwrap();
    let end = mbox[gap + 1..].find("\nFrom ").unwrap() + gap + 1;
    fs::write(
        sandbox.top().join("gap.mbox"),
        format!("{}{}", &mbox[..gap], &mbox[end..]),
    )
    .unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review check ../v1.mbox --onto first --onto one-spell-numbers",
            "review check ../gap.mbox",
        ]),
        str![[r#"
$ git patman review check ../v1.mbox --onto first --onto one-spell-numbers
SERIES              VER  ONTO               RESULT
one: Spell numbers  v1   first              exact, 1 of 2 already applied
one: Spell numbers  v1   one-spell-numbers  already applied
= 0
$ git patman review check ../gap.mbox
SERIES              VER  ONTO  RESULT
one: Spell numbers  v1   -     incomplete: missing 1
= 1

"#]]
    );
}

#[test]
fn reviews_are_tried_from_their_kept_mails_with_no_source() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    fs::remove_file(mbox).unwrap();
    let rows = || sandbox.patman("db status --json").stdout;
    let before = rows();
    assert_data_eq!(
        sandbox.session(&["review check", "review check one-spell --json"]),
        str![[r#"
$ git patman review check
SERIES             VER  ONTO     RESULT
one-spell-numbers  v1   e747479  exact
= 0
$ git patman review check one-spell --json
[
  {
    "series": "one-spell-numbers",
    "source": "database",
    "title": "one: Spell numbers",
    "version": 1,
    "onto": null,
    "base": "e7474796004d84990fa19b17c0cf89438d656ad4",
    "base_why": "base-commit of the mails",
    "result": "exact",
    "total": 2,
    "already": 0,
    "patch": null,
    "files": [],
    "missing": [],
    "reason": null,
    "warnings": []
  }
]
= 0

"#]]
    );
    assert_eq!(rows(), before);
}

#[test]
fn what_cannot_be_read_does_not_stop_the_rest() {
    let sandbox = Sandbox::new().mailed(1);
    fs::write(sandbox.top().join("prose.txt"), "Just words.\n").unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review check ../nowhere ../prose.txt ../v1.mbox",
            "review check ../v1.mbox --onto nowhere",
            "review check",
        ]),
        str![[r#"
$ git patman review check ../nowhere ../prose.txt ../v1.mbox
SERIES              VER  ONTO     RESULT
../nowhere          -    -        error: there is no file or directory '../nowhere'
../prose.txt        -    -        error: no mail in '$REPO/../prose.txt'
one: Spell numbers  v1   e747479  exact
= 1
$ git patman review check ../v1.mbox --onto nowhere
! error: 'nowhere' is not a commit of this repository
= 1
$ git patman review check
! there are no reviews here
! hint: to check series in mails: git patman review check <source>
= 0

"#]]
    );
}
