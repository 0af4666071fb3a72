// SPDX-License-Identifier: GPL-2.0-or-later
//! `review update`: what has come of reviews, from files, archives and Patchworks; starting it; what the user has seen.

use crate::public_inbox::{Mood, PublicInbox};
use crate::sandbox::{PROGRAM, Sandbox};
use crate::scene::{Reply, bracketed_id, mails_of, message_id, sent_on};
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

/// The mails of an mbox, sent by the hour: version N on day N, with Message-IDs of their own.
fn dated(mbox: &Path, version: u32) -> Vec<String> {
    let distinct = |mail: String| mail.replace(".git.ada@", &format!(".v{version}.ada@"));
    let mails = mails_of(mbox).into_iter();
    mails
        .map(|mail| distinct(sent_on(version, &mail)))
        .collect()
}

/// A reply to a mail.
fn reply(to: &str, id: &str, text: &str) -> String {
    let subject = to
        .lines()
        .find_map(|line| line.strip_prefix("Subject: "))
        .unwrap();
    let to = bracketed_id(to);
    let reply = Reply::to(&to)
        .id(&format!("{id}@example.com"))
        .subject(subject)
        .on(5);
    reply.mail(&format!("\n{text}"))
}

/// The usual series in version `version`: cover letter and two patches.
fn usual(sandbox: &Sandbox, version: u32) -> Vec<String> {
    dated(&sandbox.usual(version), version)
}

#[test]
fn what_has_come_is_recorded_told_and_started_from_the_record() {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let path = sandbox.mbox("all.mbox", &first);
    sandbox.expect(&format!("review start {path}"), 0);
    let head = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    assert_data_eq!(
        sandbox.session(&["review update"]),
        str![[r#"
$ git patman review update
! nothing new for 1 review
= 0

"#]]
    );
    let second = usual(&sandbox, 2);
    let to_patch = reply(
        &first[1],
        "re1",
        "Fine.\n\nReviewed-by: Bea <bea@example.com>",
    );
    let to_cover = reply(&first[0], "re0", "Why?");
    sandbox.mbox(
        "all.mbox",
        &[first, second, vec![to_patch, to_cover]].concat(),
    );
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&[
            "review update",
            "review update",
            "review list",
            "review list --json",
            "review show"
        ]),
        str![[r#"
$ git patman review update
one-spell-numbers  v2 (2 patches) has arrived, 2 replies, 1 trailer
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review update
! nothing new for 1 review
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review list
NAME               VER  STATE    NEWS                       PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied  v2 has arrived, 2 replies        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review list --json
[
  {
    "series": "one-spell-numbers",
    "identity": "cover.[..].ada@example.com",
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
news      v2 has arrived, 2 replies
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

1  f243c53  1 +1 -1  one: Spell three
                       Reviewed-by: Bea <bea@example.com>
2  8bdc38f  1 +1 -1  one: Spell twenty

2 replies stored
= 0
$ git patman review list
NAME               VER  STATE    NEWS            PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied  v2 has arrived        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review start one-spell-numbers
! base: e747479 (base-commit of the mails)
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v2   applied        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review update
! not updated, because their sources no longer exist: one-spell-numbers
! hint: to update them from an archive: git config patman.archive https://lore.kernel.org/all/
= 0
$ git patman review start one --version 9
! error: there is no v9 of 'one-spell-numbers'
! hint: there is v1, v2
! hint: to check for new mails: git patman review update one-spell-numbers
= 1

"#]]
    );
}

/// A review of version 1, whose mails are in `all.mbox`.
fn started() -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let path = sandbox.mbox("all.mbox", &first);
    sandbox.expect(&format!("review start {path}"), 0);
    (sandbox, first)
}

/// Another series, in version 1, of one patch.
fn other(sandbox: &Sandbox, title: &str, path: &str) -> String {
    let file = format!("{path}.mbox").replace('/', "-");
    let made = sandbox.series(
        &file,
        1,
        title,
        &[(&format!("{title} one"), path, "changed\n")],
    );
    let mails = dated(&made, 1)
        .into_iter()
        .map(|mail| mail.replace(".v1.ada@", &format!(".{}.ada@", path.len())));
    sandbox.mbox(&file, &mails.collect::<Vec<_>>())
}

#[test]
fn an_archive_is_asked_twice_for_each_review_and_brings_versions_and_replies() {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let server = PublicInbox::serve(first.clone(), Mood::Well);
    let start = format!("review start {}{}/", server.inbox(), message_id(&first[1]));
    sandbox.expect(&start, 0);
    server.asked();
    assert_data_eq!(
        sandbox
            .session(&["review update"])
            .replace(server.url(), "$SERVER"),
        str![[r#"
$ git patman review update
! nothing new for 1 review
= 0

"#]]
    );
    assert_eq!(server.asked().len(), 2);
    let second = usual(&sandbox, 2);
    let review = reply(&first[2], "re1", "Reviewed-by: Bea <bea@example.com>");
    server.receive([second, vec![review]].concat());
    assert_data_eq!(
        sandbox
            .session(&["review update", "review update one"])
            .replace(server.url(), "$SERVER"),
        str![[r#"
$ git patman review update
one-spell-numbers  v2 (2 patches) has arrived, 1 reply, 1 trailer
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review update one
! nothing new for 1 review
! hint: to apply a new version: git patman review start one-spell-numbers
= 0

"#]]
    );
    assert_eq!(server.asked().len(), 4);
    assert_eq!(
        sandbox.rows("SELECT v.version, m.kind, m.seq FROM gitpatman_mail AS m JOIN ser_ver AS v ON v.id = m.svid"),
        [
            "1|'cover'|0",
            "1|'patch'|1",
            "1|'patch'|2",
            "1|'reply'|2",
            "2|'cover'|0",
            "2|'patch'|1",
            "2|'patch'|2"
        ]
    );
    assert_eq!(
        sandbox.rows("SELECT updated FROM gitpatman_series"),
        ["1767268800"]
    );
    assert_data_eq!(
        sandbox
            .session(&["review start one --offline"])
            .replace(server.url(), "$SERVER"),
        str![[r#"
$ git patman review start one --offline
! base: e747479 (base-commit of the mails)
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn a_version_by_somebody_else_and_another_sending_are_not_taken() {
    let (sandbox, first) = started();
    let resent: Vec<String> = first
        .iter()
        .map(|mail| {
            mail.replace(".v1.ada@", ".resent.ada@")
                .replace("[PATCH ", "[PATCH RESEND ")
        })
        .collect();
    let third = usual(&sandbox, 3);
    let forged: Vec<String> = usual(&sandbox, 2)
        .iter()
        .map(|mail| {
            mail.replace(
                "From: Ada <ada@example.com>",
                "From: Mal <mal@example.net>\nIn-Reply-To: <x@y>",
            )
        })
        .map(|mail| mail.replace("[PATCH v2 ", "[PATCH v3 "))
        .collect();
    sandbox.mbox(
        "all.mbox",
        &[first.clone(), resent.clone(), forged.clone()].concat(),
    );
    assert_data_eq!(
        sandbox.session(&["-v review update"]),
        str![[r#"
$ git patman -v review update
! one-spell-numbers: v3 'one: Spell numbers' is by Mal <mal@example.net>, who has sent no version before
! one-spell-numbers: v1 'one: Spell numbers' was sent again, or is older than the recorded version
! nothing new for 1 review
= 0

"#]]
    );
    assert_eq!(sandbox.rows("SELECT version FROM ser_ver"), ["1"]);
    // The author's own is found beside the forgery of the same number.
    sandbox.mbox("all.mbox", &[first, resent, forged, third].concat());
    let found = sandbox.session(&["review update"]);
    assert!(found.contains("v3 (2 patches) has arrived\n"), "{found}");
    assert_eq!(
        sandbox.rows(
            "SELECT version, author_email FROM ser_ver AS v JOIN gitpatman_version ON svid = v.id"
        ),
        ["1|'ada@example.com'", "3|'ada@example.com'"]
    );
}

#[test]
fn a_version_of_some_patches_and_patches_that_come_late_are_made_whole() {
    let sandbox = Sandbox::new();
    let (first, second) = (usual(&sandbox, 1), usual(&sandbox, 2));
    let path = sandbox.mbox("all.mbox", &first);
    sandbox.expect(&format!("review start {path}"), 0);
    let answering = second[1].replacen(
        "\nSubject:",
        &format!("\nIn-Reply-To: <{}>\nSubject:", message_id(&first[1])),
        1,
    );
    let link = |line: &&str| !line.contains("v2.ada@") || line.starts_with("Message-ID");
    let answering: String = answering
        .lines()
        .filter(link)
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.mbox("all.mbox", &[first, vec![answering]].concat());
    assert_data_eq!(
        sandbox.session(&["review update", "review start one"]),
        str![[r#"
$ git patman review update
one-spell-numbers  v2 (2 patches) has arrived
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review start one
! base: e747479 (base-commit of the mails)
! one-spell-numbers v2: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    // Of version 4, patch 2 comes late.
    let fourth = usual(&sandbox, 4);
    sandbox.mbox("all.mbox", &fourth[..2]);
    assert_data_eq!(
        sandbox.session(&["review update", "review start one"]),
        str![[r#"
$ git patman review update
one-spell-numbers  v4 (1 of 2 patches) has arrived
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review start one
! error: patch 2 of 2 of 'one: Spell numbers' is missing
! hint: to apply the patches before patch 2, use --partial
= 1

"#]]
    );
    sandbox.mbox("all.mbox", &fourth);
    assert_data_eq!(
        sandbox.session(&["review update", "review start one"]),
        str![[r#"
$ git patman review update
one-spell-numbers  1 patch that had been missing
! hint: to apply a new version: git patman review start one-spell-numbers
= 0
$ git patman review start one
! base: e747479 (base-commit of the mails)
! one-spell-numbers v4: 2 patches applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&["rev-list", "--count", "main..one-spell-numbers"]),
        "2"
    );
}

#[test]
fn new_versions_are_started_where_nothing_is_in_the_way() {
    let (sandbox, first) = started();
    let second = usual(&sandbox, 2);
    sandbox.mbox("all.mbox", &[first.clone(), second.clone()].concat());
    assert_data_eq!(
        sandbox.session(&["review update --start"]),
        str![[r#"
$ git patman review update --start
one-spell-numbers  v2 (2 patches) has arrived
! base: e747479 (base-commit of the mails)
! started one-spell-numbers v2
= 0

"#]]
    );
    let third = usual(&sandbox, 3);
    sandbox.mbox("all.mbox", &[first, second, third].concat());
    fs::write(
        sandbox
            .repo()
            .join(".git/patman/worktrees/one-spell-numbers/src/one.c"),
        "mine\n",
    )
    .unwrap();
    assert_data_eq!(
        sandbox.session(&["review update --start", "review list"]),
        str![[r#"
$ git patman review update --start
one-spell-numbers  v3 (2 patches) has arrived
! warning: one-spell-numbers: v3 is not started: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' has uncommitted changes: 'src/one.c'
= 0
$ git patman review list
NAME               VER  STATE    NEWS            PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v2   applied  v3 has arrived        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0

"#]]
    );
    let kept = fs::read_to_string(
        sandbox
            .repo()
            .join(".git/patman/worktrees/one-spell-numbers/src/one.c"),
    )
    .unwrap();
    assert_eq!(kept, "mine\n");
}

#[test]
fn a_patchwork_gives_versions_answers_and_states_in_few_requests() {
    let sandbox = Sandbox::new().with_patchwork();
    let server = sandbox.patchwork();
    let text = |mails: &[String]| fs::read(sandbox.mbox("fed.mbox", mails)).unwrap();
    let first = usual(&sandbox, 1);
    server.feed(&text(&first));
    sandbox.expect("review start 100", 0);
    server.requests();
    assert_data_eq!(
        sandbox.session(&["review update"]),
        str![[r#"
$ git patman review update
! nothing new for 1 review
= 0

"#]]
    );
    let mut asked = server.requests();
    asked.sort();
    assert_data_eq!(
        asked.join("\n"),
        str![[r#"
/api/1.2/covers/1000/comments/?order=id&per_page=250
/api/1.2/patches/1001/comments/?order=id&per_page=250
/api/1.2/patches/1002/comments/?order=id&per_page=250
/api/1.2/patches/?series=100&order=id&per_page=250
/api/1.2/series/?order=-id&per_page=250
"#]]
    );
    server.feed(&text(&[reply(
        &first[1],
        "re1",
        "Reviewed-by: Bea <bea@example.com>",
    )]));
    server.set_state(100, "superseded");
    server.feed(&text(&usual(&sandbox, 2)));
    assert_data_eq!(
        sandbox.session(&["review update", "review update"]),
        str![[r#"
$ git patman review update
pw-100-review  v2 (2 patches) has arrived, 1 reply, 1 trailer, patch states: superseded 2
! hint: to apply a new version: git patman review start pw-100-review
= 0
$ git patman review update
! nothing new for 1 review
! hint: to apply a new version: git patman review start pw-100-review
= 0

"#]]
    );
    assert_eq!(
        sandbox.rows("SELECT version, link, cover_id FROM ser_ver"),
        ["1|'100'|1000", "2|'101'|1004"]
    );
    assert_eq!(
        sandbox.rows("SELECT svid, seq, state, num_comments FROM pcommit"),
        [
            "1|0|'superseded'|1",
            "1|1|'superseded'|0",
            "2|0|'new'|0",
            "2|1|'new'|0"
        ]
    );
    sandbox.expect("review start pw-100-review", 0);
    assert_eq!(
        sandbox.rows("SELECT version, link FROM ser_ver"),
        ["1|'100'", "2|'101'"]
    );
}

#[test]
fn the_failure_of_one_review_is_told_at_the_end_and_stops_no_other() {
    let sandbox = Sandbox::new().serve_patchwork();
    let server = sandbox.patchwork();
    let first = usual(&sandbox, 1);
    server.feed(&fs::read(sandbox.mbox("fed.mbox", &first)).unwrap());
    sandbox.expect(&format!("review start {}/series/100/", server.url()), 0);
    let two = other(&sandbox, "two: Change", "src/two.c");
    let three = other(&sandbox, "three: Change", "src/three.c");
    for mbox in [&two, &three] {
        sandbox.expect(&format!("review start {mbox}"), 0);
    }
    let added = fs::read_to_string(&two).unwrap();
    let cover = added.split("\n\n").next().unwrap().to_owned();
    let answer = reply(&cover, "re2", "Acked-by: Bea <bea@example.com>");
    fs::write(
        &two,
        format!("{added}From x Thu Jan  1 00:00:00 1970\n{answer}"),
    )
    .unwrap();
    server.set(|manner| manner.broken = vec![("/api/", 500)]);
    assert_data_eq!(
        sandbox.session(&[
            "review update",
            "-q review update",
            "review update --offline"
        ]),
        str![[r#"
$ git patman review update
two-change  1 reply, 1 trailer
! error: pw-100-review: cannot get '$PATCHWORK/api/1.2/covers/1000/comments/?order=id&per_page=250': the server responded with 500 Internal Server Error
= 1
$ git patman -q review update
! error: pw-100-review: cannot get '$PATCHWORK/api/1.2/covers/1000/comments/?order=id&per_page=250': the server responded with 500 Internal Server Error
= 1
$ git patman review update --offline
! nothing new for 2 reviews
! not updated, because this requires the network: pw-100-review
= 0

"#]]
    );
}

#[test]
fn updates_at_once_keep_each_mail_once() {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let path = sandbox.mbox("all.mbox", &first);
    sandbox.expect(&format!("review start {path}"), 0);
    let answers: Vec<String> = (0..20)
        .map(|at| reply(&first[at % 3], &format!("re{at}"), "Hm."))
        .collect();
    sandbox.mbox("all.mbox", &[first, usual(&sandbox, 2), answers].concat());
    let run = |line: &str| {
        sandbox
            .command(PROGRAM, &sandbox.repo())
            .args(line.split(' '))
            .spawn()
            .unwrap()
    };
    let start = format!("review start {path}");
    let mut running: Vec<_> = (0..6)
        .map(|_| run("-q review update"))
        .chain([run(&start)])
        .collect();
    running
        .iter_mut()
        .for_each(|one| assert!(one.wait().unwrap().success()));
    assert_eq!(sandbox.rows("SELECT version FROM ser_ver"), ["1", "2"]);
    assert_eq!(
        sandbox.rows("SELECT count(*), count(DISTINCT message_id) FROM gitpatman_mail"),
        ["26|26"]
    );
    assert_eq!(sandbox.rows("SELECT count(*) FROM pcommit"), ["4"]);
}

#[test]
fn what_needs_the_user_comes_first_in_the_list() {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let path = sandbox.mbox("all.mbox", &first);
    let two = other(&sandbox, "two: Change", "src/two.c");
    let three = other(&sandbox, "three: Change", "src/three.c");
    for mbox in [&path, &two, &three] {
        sandbox.expect(&format!("review start {mbox}"), 0);
    }
    let added = fs::read_to_string(&two).unwrap();
    let cover = added.split("\n\n").next().unwrap().to_owned();
    fs::write(
        &two,
        format!(
            "{added}From x Thu Jan  1 00:00:00 1970\n{}",
            reply(&cover, "re2", "Hm.")
        ),
    )
    .unwrap();
    assert_data_eq!(
        sandbox.session(&["review update two"]),
        str![[r#"
$ git patman review update two
two-change  1 reply
= 0

"#]]
    );
    sandbox.mbox("all.mbox", &[first, usual(&sandbox, 2)].concat());
    sandbox.expect("review update --all", 0);
    let names = |said: String| {
        said.lines()
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect()
    };
    let listed: Vec<String> = names(sandbox.session(&["review list"]));
    assert_eq!(
        listed,
        [
            "$",
            "NAME",
            "one-spell-numbers",
            "two-change",
            "three-change",
            "="
        ]
    );
    sandbox.expect("review show two", 0);
    assert!(!sandbox.session(&["review list"]).contains("reply"));
    // A change that does not fit stops the review, which comes first of all.
    sandbox.git(&["checkout", "-q", "-f", "main"]);
    let other = fs::read_to_string(other(&sandbox, "four: Change", "src/one.c")).unwrap();
    fs::write(
        sandbox.top().join("four.mbox"),
        other.replace("-one 1\n", "-one X\n"),
    )
    .unwrap();
    sandbox.expect("review start ../four.mbox", 3);
    let listed: Vec<String> = names(sandbox.session(&["review list"]));
    assert_eq!(
        listed,
        [
            "$",
            "NAME",
            "four-change",
            "one-spell-numbers",
            "three-change",
            "two-change",
            "="
        ]
    );
}

#[test]
fn a_review_that_is_removed_meanwhile_does_not_come_back() {
    let sandbox = Sandbox::new();
    let first = usual(&sandbox, 1);
    let path = sandbox.mbox("all.mbox", &first);
    sandbox.mbox("more.mbox", &[first.clone(), usual(&sandbox, 2)].concat());
    for _ in 0..5 {
        sandbox.mbox("all.mbox", &first);
        sandbox.expect(&format!("review start {path}"), 0);
        fs::copy(sandbox.top().join("more.mbox"), &path).unwrap();
        let run = |line: &str| {
            sandbox
                .command(PROGRAM, &sandbox.repo())
                .args(line.split(' '))
                .spawn()
                .unwrap()
        };
        let mut update = run("-q review update --all");
        let mut remove = run("-q review remove --purge one-spell-numbers");
        assert!(update.wait().unwrap().success() && remove.wait().unwrap().success());
        assert_eq!(sandbox.rows("SELECT count(*) FROM series"), ["0"]);
        for table in [
            "ser_ver",
            "pcommit",
            "gitpatman_mail",
            "gitpatman_version",
            "gitpatman_series",
        ] {
            assert_eq!(
                sandbox.rows(&format!("SELECT count(*) FROM {table}")),
                ["0"],
                "{table}"
            );
        }
    }
}

#[test]
fn a_maildir_is_read_again_from_any_directory_and_its_replies_to_older_versions_count() {
    let sandbox = Sandbox::new();
    let (first, second) = (usual(&sandbox, 1), usual(&sandbox, 2));
    let dir = sandbox.top().join("box");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(dir.join(part)).unwrap();
    }
    let put = |name: &str, mail: &str| fs::write(dir.join("new").join(name), mail).unwrap();
    first
        .iter()
        .enumerate()
        .for_each(|(at, mail)| put(&format!("1{at}"), mail));
    sandbox.expect("review start ../box", 0);
    second
        .iter()
        .enumerate()
        .for_each(|(at, mail)| put(&format!("2{at}"), mail));
    sandbox.expect("review start ../box", 0);
    put(
        "30",
        &reply(&first[1], "re1", "Reviewed-by: Bea <bea@example.com>"),
    );
    let worktree = sandbox.worktree();
    let done = sandbox.patman_at(&worktree.join("src"), "review update");
    assert_data_eq!(
        sandbox.show("review update", &done),
        str![[r#"
$ git patman review update
one-spell-numbers  1 reply, 1 trailer
= 0

"#]]
    );
    put(
        "31",
        &reply(&first[2], "re2", "Acked-by: Bea <bea@example.com>"),
    );
    // A start keeps them as well.
    sandbox.expect("review start ../box", 0);
    assert_eq!(
        sandbox.rows("SELECT svid, seq, message_id FROM gitpatman_mail WHERE kind = 'reply'"),
        ["1|1|'re1@example.com'", "1|2|'re2@example.com'"]
    );
    let trailers = sandbox.session(&["review trailers one"]);
    assert!(
        trailers.contains("Acked-by: Bea <bea@example.com>"),
        "{trailers}"
    );
}

#[test]
fn a_version_that_does_not_fit_is_left_and_stays_news() {
    let (sandbox, first) = started();
    let unfit: Vec<String> = usual(&sandbox, 2)
        .iter()
        .map(|mail| mail.replace("\n one 19\n", "\n one other\n"))
        .collect();
    sandbox.mbox("all.mbox", &[first, unfit].concat());
    assert_data_eq!(
        sandbox.session(&[
            "review update --start",
            "review start one --no-worktree",
            "review list",
            "review update no"
        ]),
        str![[r#"
$ git patman review update --start
one-spell-numbers  v2 (2 patches) has arrived
! warning: one-spell-numbers: v2 is not started: patch 2 does not apply
= 0
$ git patman review start one --no-worktree
! base: e747479 (base-commit of the mails)
! error: patch 2 of 2 does not apply to e747479: patch does not apply: src/one.c:17
! hint: to resolve it in a worktree, start it without --no-worktree
= 3
$ git patman review list
NAME               VER  STATE    NEWS            PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied  v2 has arrived        2  0 s  e747479  one: Spell numbers  $REPO/.git/patman/worktrees/one-spell-numbers
= 0
$ git patman review update no
! error: there is no review 'no'
! hint: git patman review list --all
= 1

"#]]
    );
}
