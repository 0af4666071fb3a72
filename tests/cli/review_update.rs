// SPDX-License-Identifier: GPL-2.0-or-later
//! `review update`: what has come of reviews, from files, archives and Patchworks; starting it; what the user has seen.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

/// The mails of an mbox that git wrote, sent by the hour: version N on day N, with ids of their own.
fn mails(mbox: &Path, version: u32) -> Vec<String> {
    let text = fs::read_to_string(mbox).unwrap();
    let cut = text.split("\nFrom ").map(|mail| mail.split_once('\n').unwrap().1.to_owned() + "\n");
    let date = |mail: String| {
        let at = mail.find("Date: ").unwrap();
        let end = at + mail[at..].find('\n').unwrap();
        let mail = format!("{}Date: Thu, {version} Jan 2026 10:00:00 +0000{}", &mail[..at], &mail[end..]);
        mail.replace(".git.ada@", &format!(".v{version}.ada@"))
    };
    cut.map(date).collect()
}

/// The usual series in version `version`: cover letter and two patches.
fn usual(sandbox: &Sandbox, version: u32) -> Vec<String> {
    mails(&sandbox.usual(version), version)
}

fn id(mail: &str) -> &str {
    let line = mail.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap();
    line.split(['<', '>']).nth(1).unwrap()
}

/// An answer to a mail.
fn reply(to: &str, name: &str, text: &str) -> String {
    let subject = to.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
    format!(
        "From: Bea <bea@example.com>\nSubject: Re: {subject}\nDate: Thu, 5 Jan 2026 10:00:00 +0000\n\
        Message-ID: <{name}@example.com>\nIn-Reply-To: <{}>\n\n{text}\n",
        id(to)
    )
}

/// Puts mails into an mbox.
fn mbox(sandbox: &Sandbox, name: &str, mails: &[String]) -> String {
    let path = sandbox.top().join(name);
    let text: String = mails.iter().map(|mail| format!("From mboxrd@z Thu Jan  1 00:00:00 1970\n{mail}\n")).collect();
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn what_has_come_is_recorded_told_and_started_from_the_record() {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let path = mbox(&sandbox, "all.mbox", &first);
    assert!(sandbox.patman(&format!("review start {path}")).status.success());
    let head = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    assert_data_eq!(
        sandbox.session(&["review update"]),
        str![[r#"
$ git patman review update
! nothing new of 1 review
= 0

"#]]
    );
    let second = usual(&sandbox, 2);
    let to_patch = reply(&first[1], "re1", "Fine.\n\nReviewed-by: Bea <bea@example.com>");
    let to_cover = reply(&first[0], "re0", "Why?");
    mbox(&sandbox, "all.mbox", &[first, second, vec![to_patch, to_cover]].concat());
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&["review update", "review update", "review list", "review list --json", "review show"]),
        str![[r#"
$ git patman review update
one-spell-numbers  v2 (2 patches) has come, 2 replies, 1 trailer
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review update
! nothing new of 1 review
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review list
NAME               VER  STATE    NEWS                    PATCHES  AGE  BASE        TITLE               WORKTREE
one-spell-numbers  v1   applied  v2 has come, 2 replies        2  0 s  e747479600  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review list --json
[
  {
    "series": "one-spell-numbers",
    "version": 1,
    "title": "one: Spell numbers",
    "base": "e7474796004d84990fa19b17c0cf89438d656ad4",
    "base_why": null,
    "head": "8bdc38f6f1cc0704228a1d13581aa7e0cc1cfd31",
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
        "commit": "f243c539281ddbb2898264e2a9698d0b86e3e205",
        "tree": "7b198fffdab08eb1b2855d0ed5335ea85f92b52f",
        "how": null
      },
      {
        "seq": 2,
        "subject": "one: Spell twenty",
        "author": "Ada <ada@example.com>",
        "commit": "8bdc38f6f1cc0704228a1d13581aa7e0cc1cfd31",
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
      "versions": [
        2
      ],
      "replies": 2
    }
  }
]
= 0
$ git patman review show
! error: name a review, or run this in its worktree
! hint: git patman review list
= 2

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "one-spell-numbers"]), head);
    assert_eq!(sandbox.checkout(), before);
    fs::remove_file(path).unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "review show one",
            "review list",
            "review start one-spell-numbers",
            "review list",
            "review update",
            "review start one --version 9",
        ]),
        str![[r#"
$ git patman review show one
series    one-spell-numbers v1
title     one: Spell numbers
state     applied
news      v2 has come, 2 replies
base      e7474796004d
worktree  $REPO/.git/patman/worktrees/one-spell-numbers
started   0 seconds ago

    This is why.

    Ada (2):
      one: Spell three
      one: Spell twenty

     src/one.c | 4 ++--
     1 file changed, 2 insertions(+), 2 deletions(-)


    base-commit: e7474796004d84990fa19b17c0cf89438d656ad4

1  f243c53928  1 +1 -1  one: Spell three
                          Reviewed-by: Bea <bea@example.com>
2  8bdc38f6f1  1 +1 -1  one: Spell twenty

2 replies stored
= 0
$ git patman review list
NAME               VER  STATE    NEWS         PATCHES  AGE  BASE        TITLE               WORKTREE
one-spell-numbers  v1   applied  v2 has come        2  0 s  e747479600  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review start one-spell-numbers
! base: e7474796004d (base-commit of the mails)
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE        TITLE               WORKTREE
one-spell-numbers  v2   applied        2  0 s  e747479600  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review update
! not asked, since their mails are not where they came from: one-spell-numbers
! hint: to look them up in an archive: git config patman.archive https://lore.kernel.org/all/
= 0
$ git patman review start one --version 9
! error: there is no v9 of 'one-spell-numbers'
! hint: there is v1, v2
! hint: to ask for what has come since: git patman review update one-spell-numbers
= 1

"#]]
    );
}
