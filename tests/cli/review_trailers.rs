// SPDX-License-Identifier: GPL-2.0-or-later
//! `review trailers`: what replies give, what of it is refused, and how it gets into the commits.

use crate::sandbox::{Sandbox, lines};
use crate::scene::{append_reply, ids_of};
use snapbox::{assert_data_eq, str};
use std::fs;

/// A review of two patches with replies of many kinds.
fn with_replies() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "patman.list", "dev@lists.example.org"]);
    let mbox = sandbox.usual(1);
    let to = ids_of(&mbox);
    let bob = "Bob <bob@example.com>";
    append_reply(
        &mbox,
        "r1",
        &to[1],
        bob,
        "\n> Signed-off-by: Ada <ada@example.com>\n\nreviewed-by: Bob\n <bob@example.com>\n[bob: read only]\n",
    );
    append_reply(
        &mbox,
        "r2",
        "<r1@example.com>",
        "\"Doe, John\" <john@corp.example>",
        "\nAcked-by: John Doe <john@home.example>\nTested-by: Bob <bob@example.com>\n-- \nReviewed-by: Sig <john@corp.example>\n",
    );
    append_reply(
        &mbox,
        "r3",
        &to[0],
        "Carol via Dev <dev@lists.example.org>\nList-Id: <dev.lists.example.org>\nReply-To: Carol <carol@example.com>",
        "Content-Transfer-Encoding: base64\n\nVGVzdGVkLWJ5OiBDYXJvbCA8Y2Fyb2xAZXhhbXBsZS5jb20+Cg==\n",
    );
    append_reply(
        &mbox,
        "r4",
        &to[2],
        "Eve <eve@example.com>",
        "\nNACK, it is wrong.\nSigned-off-by: Ada <ada@example.com>\nCc: Dan <dan@example.com>\nFixes: 0123456789ab (\"one: Begin\")\n",
    );
    sandbox.patman("review start ../v1.mbox");
    sandbox
}

#[test]
fn trailers_are_listed_with_what_is_to_be_made_of_them() {
    let sandbox = with_replies();
    assert_data_eq!(
        sandbox.session(&["review trailers one", "review show one"]),
        str![[r#"
$ git patman review trailers one
PATCH  TRAILER                                 FROM                                                   STATE
    1  Reviewed-by: Bob <bob@example.com>      Bob <bob@example.com>                                  new
    1  Acked-by: John Doe <john@home.example>  Doe, John <john@corp.example>                          unproved: Acked-by: John Doe <john@home.example> was sent from another address: Doe, John <john@corp.example>
    1  Tested-by: Bob <bob@example.com>        Doe, John <john@corp.example>                          refused: Tested-by: Bob <bob@example.com> was sent by Doe, John <john@corp.example>
    1  Tested-by: Carol <carol@example.com>    Carol <carol@example.com> (via dev@lists.example.org)  new
    2  Tested-by: Carol <carol@example.com>    Carol <carol@example.com> (via dev@lists.example.org)  new
    2  NACK, it is wrong.                      Eve <eve@example.com>                                  objection
    2  Signed-off-by: Ada <ada@example.com>    Eve <eve@example.com>                                  already present
    2  Fixes: 0123456789ab ("one: Begin")      Eve <eve@example.com>                                  new
! hint: to add new trailers: git patman review trailers one-spell-numbers --apply
! hint: to accept unproved and refused trailers: --allow-mismatch
= 0
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
                       Acked-by: John Doe <john@home.example> (unproved: sent by Doe, John <john@corp.example>)
                       Tested-by: Bob <bob@example.com> (refused: sent by Doe, John <john@corp.example>)
2  36a7274  1 +1 -1  one: Spell twenty
                       NACK, it is wrong. (Eve <eve@example.com>)
                       Signed-off-by: Ada <ada@example.com>
                       Fixes: 0123456789ab ("one: Begin")
   all                 Tested-by: Carol <carol@example.com>

4 replies stored
= 0

"#]]
    );
}

#[test]
fn new_trailers_are_added_to_the_commits_once() {
    let sandbox = with_replies();
    let before = sandbox.checkout();
    let worktree = sandbox.worktree();
    fs::write(worktree.join("src/two.c"), "my edit\n").unwrap();
    let trees = sandbox.git(&["log", "--format=%T %an %at", "main..one-spell-numbers"]);
    let old = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    assert_data_eq!(
        sandbox.session(&[
            "review trailers one --apply",
            "review trailers one --apply",
            "review start ../v1.mbox"
        ]),
        str![[r#"
$ git patman review trailers one --apply
PATCH  TRAILER                                 FROM                                                   STATE
    1  Reviewed-by: Bob <bob@example.com>      Bob <bob@example.com>                                  added
    1  Acked-by: John Doe <john@home.example>  Doe, John <john@corp.example>                          unproved: Acked-by: John Doe <john@home.example> was sent from another address: Doe, John <john@corp.example>
    1  Tested-by: Bob <bob@example.com>        Doe, John <john@corp.example>                          refused: Tested-by: Bob <bob@example.com> was sent by Doe, John <john@corp.example>
    1  Tested-by: Carol <carol@example.com>    Carol <carol@example.com> (via dev@lists.example.org)  added
    2  Tested-by: Carol <carol@example.com>    Carol <carol@example.com> (via dev@lists.example.org)  added
    2  NACK, it is wrong.                      Eve <eve@example.com>                                  objection
    2  Signed-off-by: Ada <ada@example.com>    Eve <eve@example.com>                                  already present
    2  Fixes: 0123456789ab ("one: Begin")      Eve <eve@example.com>                                  added
! 4 trailers added to one-spell-numbers v1
! the previous commits are backed up as refs/patman/kept/one-spell-numbers/1
! hint: to accept unproved and refused trailers: --allow-mismatch
= 0
$ git patman review trailers one --apply
PATCH  TRAILER                                 FROM                                                   STATE
    1  Reviewed-by: Bob <bob@example.com>      Bob <bob@example.com>                                  already present
    1  Acked-by: John Doe <john@home.example>  Doe, John <john@corp.example>                          unproved: Acked-by: John Doe <john@home.example> was sent from another address: Doe, John <john@corp.example>
    1  Tested-by: Bob <bob@example.com>        Doe, John <john@corp.example>                          refused: Tested-by: Bob <bob@example.com> was sent by Doe, John <john@corp.example>
    1  Tested-by: Carol <carol@example.com>    Carol <carol@example.com> (via dev@lists.example.org)  already present
    2  Tested-by: Carol <carol@example.com>    Carol <carol@example.com> (via dev@lists.example.org)  already present
    2  NACK, it is wrong.                      Eve <eve@example.com>                                  objection
    2  Signed-off-by: Ada <ada@example.com>    Eve <eve@example.com>                                  already present
    2  Fixes: 0123456789ab ("one: Begin")      Eve <eve@example.com>                                  already present
! there are no new trailers for one-spell-numbers v1
! hint: to accept unproved and refused trailers: --allow-mismatch
= 0
$ git patman review start ../v1.mbox
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1 is already applied
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0

"#]]
    );
    assert_eq!(sandbox.checkout(), before);
    assert_eq!(
        sandbox.git(&["log", "--format=%T %an %at", "main..one-spell-numbers"]),
        trees
    );
    assert_eq!(
        sandbox.git_at(&worktree, &["status", "--porcelain"]),
        " M src/two.c"
    );
    assert_eq!(
        sandbox.git(&["rev-parse", "refs/patman/kept/one-spell-numbers/1"]),
        old
    );
    let head = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    assert_eq!(
        sandbox.git(&["rev-parse", "refs/patman/one-spell-numbers/v1"]),
        head
    );
    assert_eq!(
        sandbox.git(&[
            "for-each-ref",
            "--format=%(refname)",
            "refs/patman/one-spell-numbers/v1-was"
        ]),
        ""
    );
    assert_eq!(
        sandbox.git(&["reflog", "-1", "--format=%gs", "one-spell-numbers"]),
        "patman: add 4 trailers to v1 of one-spell-numbers"
    );
    assert_data_eq!(
        sandbox.git(&["log", "--reverse", "--format=%B", "main..one-spell-numbers"]),
        str![[r#"
one: Spell three

Reviewed-by: Bob <bob@example.com>
[bob: read only]
Tested-by: Carol <carol@example.com>
Signed-off-by: Ada <ada@example.com>

one: Spell twenty

Tested-by: Carol <carol@example.com>
Fixes: 0123456789ab ("one: Begin")
Signed-off-by: Ada <ada@example.com>
"#]]
    );
}

#[test]
fn what_is_refused_is_added_only_when_asked_for() {
    let sandbox = with_replies();
    sandbox.patman("review trailers one --apply --allow-mismatch");
    let message = sandbox.git(&["log", "-1", "--format=%B", "one-spell-numbers~"]);
    assert!(
        message.contains("Tested-by: Bob <bob@example.com>\n"),
        "{message}"
    );
    assert!(
        !sandbox
            .git(&["log", "--format=%B", "one-spell-numbers"])
            .contains("NACK")
    );
}

#[test]
fn one_person_under_two_addresses_gives_one_trailer() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let to = ids_of(&mbox);
    for (id, address) in [("r1", "bob@work.example"), ("r2", "bob@home.example")] {
        let bob = format!("Bob <{address}>");
        let body = format!("\nReviewed-by: {bob}\n");
        append_reply(&mbox, id, &to[1], &bob, &body);
    }
    sandbox.patman("review start ../v1.mbox");
    let list = "review trailers one";
    assert_data_eq!(
        sandbox.session(&[list, "review trailers one --apply", list]),
        str![[r#"
$ git patman review trailers one
PATCH  TRAILER                              FROM                    STATE
    1  Reviewed-by: Bob <bob@work.example>  Bob <bob@work.example>  new
    1  Reviewed-by: Bob <bob@home.example>  Bob <bob@home.example>  already present: given as 'Reviewed-by: Bob <bob@work.example>' before
! hint: to add new trailers: git patman review trailers one-spell-numbers --apply
= 0
$ git patman review trailers one --apply
PATCH  TRAILER                              FROM                    STATE
    1  Reviewed-by: Bob <bob@work.example>  Bob <bob@work.example>  added
    1  Reviewed-by: Bob <bob@home.example>  Bob <bob@home.example>  already present: given as 'Reviewed-by: Bob <bob@work.example>' before
! 1 trailer added to one-spell-numbers v1
! the previous commits are backed up as refs/patman/kept/one-spell-numbers/1
= 0
$ git patman review trailers one
PATCH  TRAILER                              FROM                    STATE
    1  Reviewed-by: Bob <bob@work.example>  Bob <bob@work.example>  already present
    1  Reviewed-by: Bob <bob@home.example>  Bob <bob@home.example>  already present: the commit has 'Reviewed-by: Bob <bob@work.example>'
! there are no new trailers for one-spell-numbers v1
= 0

"#]]
    );
    let message = sandbox.git(&["log", "-1", "--format=%B", "one-spell-numbers~"]);
    assert_eq!(message.matches("Reviewed-by").count(), 1, "{message}");
}

#[test]
fn nobody_is_taken_for_another_sender() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let to = ids_of(&mbox);
    let lists =
        "List-Id: <eve.example.org>\nList-Post: <mailto:eve@example.org>\nTo: eve@example.org";
    for (at, from) in [
        &format!("Bob via Kernel <eve@example.org>\n{lists}\nReply-To: Bob <bob@example.com>"),
        &format!(
            "Bob via Kernel <eve@example.org>\n{lists}\nX-Original-From: Bob <bob@example.com>"
        ),
        "Eve <eve@example.org> (bob@example.com)",
        "(Bob <bob@example.com>) <eve@example.org>",
        "Bob <bob@example.com>, Eve <eve@example.org>",
        "Eve <eve@example.org>\nFrom: Bob <bob@example.com>",
        "=?utf-8?q?Bob_=3Cbob=40example=2Ecom=3E_=22?= <eve@example.org> =?utf-8?q?=22?=",
        "\"Bob <bob@example.com>\" <eve@example.org>",
        "Bob <eve@example.org>",
    ]
    .iter()
    .enumerate()
    {
        // A name of its own for each, since one trailer is listed once.
        let body = format!("\nTest{at}-by: Bob <bob@example.com>\n");
        append_reply(&mbox, &format!("r{at}"), &to[1], from, &body);
    }
    sandbox.patman("review start ../v1.mbox");
    let before = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    assert_data_eq!(
        sandbox.session(&["review trailers one --apply"]),
        str![[r#"
$ git patman review trailers one --apply
PATCH  TRAILER                          FROM                                          STATE
    1  Test0-by: Bob <bob@example.com>  Bob via Kernel <eve@example.org>              unproved: Test0-by: Bob <bob@example.com> was sent by Bob via Kernel <eve@example.org>, which is no known list
    1  Test1-by: Bob <bob@example.com>  Bob via Kernel <eve@example.org>              unproved: Test1-by: Bob <bob@example.com> was sent by Bob via Kernel <eve@example.org>, which is no known list
    1  Test2-by: Bob <bob@example.com>  Eve <eve@example.org> (bob@example.com)       refused: Test2-by: Bob <bob@example.com> was sent with an address in a comment of its From: Eve <eve@example.org> (bob@example.com)
    1  Test3-by: Bob <bob@example.com>  (Bob <bob@example.com>) <eve@example.org>     refused: Test3-by: Bob <bob@example.com> was sent with an address in a comment of its From: (Bob <bob@example.com>) <eve@example.org>
    1  Test4-by: Bob <bob@example.com>  Bob <bob@example.com>, Eve <eve@example.org>  refused: Test4-by: Bob <bob@example.com> was sent with several addresses in its From: Bob <bob@example.com>, Eve <eve@example.org>
    1  Test5-by: Bob <bob@example.com>  Eve <eve@example.org>, Bob <bob@example.com>  refused: Test5-by: Bob <bob@example.com> was sent with several From headers: Eve <eve@example.org>, Bob <bob@example.com>
    1  Test6-by: Bob <bob@example.com>  Bob <bob@example.com> <eve@example.org>       refused: Test6-by: Bob <bob@example.com> was sent by Bob <bob@example.com> <eve@example.org>
    1  Test7-by: Bob <bob@example.com>  Bob <bob@example.com> <eve@example.org>       refused: Test7-by: Bob <bob@example.com> was sent by Bob <bob@example.com> <eve@example.org>
    1  Test8-by: Bob <bob@example.com>  Bob <eve@example.org>                         unproved: Test8-by: Bob <bob@example.com> was sent from another address: Bob <eve@example.org>
! there are no new trailers for one-spell-numbers v1
! hint: to accept unproved and refused trailers: --allow-mismatch
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "one-spell-numbers"]), before);
}

#[test]
fn lists_are_known_by_settings_and_by_a_clone_of_their_archive() {
    let sandbox = with_replies();
    let carol = || {
        let listed = sandbox.patman("review trailers one --json");
        let text = String::from_utf8(listed.stdout).unwrap();
        let all: serde_json::Value = serde_json::from_str(&text).unwrap();
        let all = all["trailers"].as_array().unwrap().clone();
        let is_hers = |one: &&serde_json::Value| one["value"] == "Carol <carol@example.com>";
        let one = all.iter().find(is_hers).unwrap();
        format!("{} {}", one["state"], one["from"]).replace('"', "")
    };
    let proved = "new Carol <carol@example.com> (via dev@lists.example.org)";
    let unproved = "unproved Carol via Dev <dev@lists.example.org>";
    assert_eq!(carol(), proved);
    sandbox.git(&["config", "--unset", "patman.list"]);
    assert_eq!(carol(), unproved);
    sandbox.git(&[
        "config",
        "patman.dev.list",
        "x@example.org, Dev@lists.example.org",
    ]);
    assert_eq!(carol(), proved);
    sandbox.git(&["config", "--unset", "patman.dev.list"]);
    let clone = sandbox.top().join("archive");
    fs::create_dir(&clone).unwrap();
    let config = "[publicinbox \"dev\"]\n\taddress = dev@lists.example.org\n";
    fs::write(clone.join("inbox.config.example"), config).unwrap();
    sandbox.git(&["config", "patman.archive", clone.to_str().unwrap()]);
    assert_eq!(carol(), proved);
}

#[test]
fn invisible_text_gets_into_no_commit_and_that_of_the_patch_is_named() {
    let sandbox = Sandbox::new();
    let first = lines("one", 40).replace("one 3\n", "one three\n");
    let mbox = sandbox.series(
        "v1.mbox",
        1,
        "one: Spell numbers",
        &[("one: Spell\u{202e} three", "src/one.c", &first)],
    );
    let to = ids_of(&mbox);
    let body = "Content-Type: text/plain; charset=utf-8\n\nReviewed-by: B\u{200b}ob <bob@example.com>\n\
        Link: https://example.com/\u{2066}y\nCloses: https://example.com/\u{e0041}\nTested-by: Bo\u{ad}b <bob@example.com>\n\
        Fixes: 0123456789ab (\"one: \u{feff}Begin\")\nAcked-by: \u{645}\u{6cc}\u{200c}\u{62e} \u{1f468}\u{200d}\u{1f4bb}\u{2764}\u{fe0f} <bob@example.com>\n";
    append_reply(&mbox, "r1", &to[0], "Bob <bob@example.com>", body);
    assert_data_eq!(
        sandbox.session(&[
            "review start ../v1.mbox",
            "review trailers one --apply --allow-mismatch"
        ]),
        str![[r#"
$ git patman review start ../v1.mbox
! Created database '$REPO/.git/patman/.patman.db'
! warning: patch 1: its message holds U+202E, which is not shown
! base: e747479 (base-commit of the mails)
! one-spell-numbers v1: 1 patch applied: one: Spell numbers
! worktree: $REPO/.git/patman/worktrees/one-spell-numbers
! hint: to go there: cd "$(git patman review path one-spell-numbers)"
= 0
$ git patman review trailers one --apply --allow-mismatch
PATCH  TRAILER                                     FROM                   STATE
    1  Reviewed-by: B/u{200b}ob <bob@example.com>  Bob <bob@example.com>  refused: it holds U+200B, which is not shown
    1  Link: https://example.com//u{2066}y         Bob <bob@example.com>  refused: it holds U+2066, which is not shown
    1  Closes: https://example.com//u{e0041}       Bob <bob@example.com>  refused: it holds U+E0041, which is not shown
    1  Tested-by: Bo/xadb <bob@example.com>        Bob <bob@example.com>  refused: it holds U+00AD, which is not shown
    1  Fixes: 0123456789ab ("one: /u{feff}Begin")  Bob <bob@example.com>  refused: it holds U+FEFF, which is not shown
    1  Acked-by: می‌خ 👨‍💻❤️ <bob@example.com>        Bob <bob@example.com>  added
! 1 trailer added to one-spell-numbers v1
! the previous commits are backed up as refs/patman/kept/one-spell-numbers/1
= 0

"#]]
    );
    let message = sandbox.git(&["log", "-1", "--format=%B", "one-spell-numbers"]);
    assert!(
        message.starts_with("one: Spell\u{202e} three\n"),
        "{message}"
    );
    let added = message.split_once('\n').unwrap().1;
    assert!(
        added.contains(
            "\u{645}\u{6cc}\u{200c}\u{62e} \u{1f468}\u{200d}\u{1f4bb}\u{2764}\u{fe0f} <bob"
        )
    );
    assert!(!added.contains(['\u{200b}', '\u{2066}', '\u{e0041}', '\u{ad}', '\u{feff}']));
}

#[test]
fn a_tag_follows_its_patch_into_the_next_version() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    let to = ids_of(&mbox);
    append_reply(
        &mbox,
        "r1",
        &to[1],
        "Bob <bob@example.com>",
        "\nAcked-by: Bob <bob@example.com>\n",
    );
    append_reply(
        &mbox,
        "r2",
        &to[2],
        "Bob <bob@example.com>",
        "\nReviewed-by: Bob <bob@example.com>\n",
    );
    sandbox.patman("review start ../v1.mbox");
    // The second patch is the same, behind one that changes another line, and is the third now.
    let zeroth = lines("two", 40).replace("two 7\n", "two seven\n");
    let first = lines("one", 40).replace("one 3\n", "one drei\n");
    let second = first.replace("one 20\n", "one twenty\n");
    sandbox.series(
        "v2.mbox",
        2,
        "one: Spell numbers",
        &[
            ("two: Spell seven", "src/two.c", &zeroth),
            ("one: Spell three", "src/one.c", &first),
            ("one: Spell twenty again", "src/one.c", &second),
        ],
    );
    sandbox.patman("review start ../v2.mbox");
    assert_data_eq!(
        sandbox.session(&["review trailers one --json", "review trailers one"]),
        str![[r#"
$ git patman review trailers one --json
{
  "series": "one-spell-numbers",
  "version": 2,
  "head": "96ba4beb7a72a32afc3e5aff374357fab1e0afec",
  "kept": null,
  "added": 0,
  "trailers": [
    {
      "patch": 3,
      "name": "Reviewed-by",
      "value": "Bob <bob@example.com>",
      "notes": [],
      "from": "Bob <bob@example.com>",
      "version": 1,
      "state": "new",
      "why": null
    }
  ]
}
! hint: to add new trailers: git patman review trailers one-spell-numbers --apply
= 0
$ git patman review trailers one
PATCH  TRAILER                             FROM                   STATE
    3  Reviewed-by: Bob <bob@example.com>  Bob <bob@example.com>  new, from v1
! hint: to add new trailers: git patman review trailers one-spell-numbers --apply
= 0

"#]]
    );
}

#[test]
fn a_trailer_for_a_cover_letter_follows_the_patches_that_stay_the_same() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    append_reply(
        &mbox,
        "r1",
        &ids_of(&mbox)[0],
        "Bob <bob@example.com>",
        "\nTested-by: Bob <bob@example.com>\n",
    );
    sandbox.patman("review start ../v1.mbox");
    // The first patch is another one, the second is the same.
    sandbox.usual(2);
    sandbox.patman("review start ../v2.mbox");
    assert_data_eq!(
        sandbox.session(&["review trailers one"]),
        str![[r#"
$ git patman review trailers one
PATCH  TRAILER                           FROM                   STATE
    2  Tested-by: Bob <bob@example.com>  Bob <bob@example.com>  new, from v1
! hint: to add new trailers: git patman review trailers one-spell-numbers --apply
= 0

"#]]
    );
}

#[test]
fn a_branch_with_work_of_the_users_is_left_alone() {
    let sandbox = with_replies();
    let worktree = sandbox.worktree();
    sandbox.git_at(&worktree, &["commit", "-q", "--allow-empty", "-m", "mine"]);
    let refs = sandbox.git(&["for-each-ref"]);
    let said = sandbox.session(&["review trailers one --apply"]);
    let tip = sandbox.git(&["rev-parse", "--short", "one-spell-numbers"]);
    assert_data_eq!(
        said.replace(&tip, "[TIP]"),
        str![[r#"
$ git patman review trailers one --apply
! error: the branch 'one-spell-numbers' has your own commits, up to [TIP]
! hint: to keep them on a new branch: git branch my-one-spell-numbers [TIP]
! hint: then go back in the worktree of 'one-spell-numbers': git reset --keep 36a7274
= 3

"#]]
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
    sandbox.git_at(&worktree, &["reset", "-q", "--hard", "HEAD~"]);
    sandbox.git_at(&worktree, &["checkout", "-q", "--detach"]);
    let elsewhere = sandbox.top().join("elsewhere");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        elsewhere.to_str().unwrap(),
        "one-spell-numbers",
    ]);
    assert_data_eq!(
        sandbox.session(&["review trailers one --apply"]),
        str![[r#"
$ git patman review trailers one --apply
! error: the branch 'one-spell-numbers' is checked out at '$TOP/elsewhere'
! hint: check out another branch there, or review the series under another --name
= 1

"#]]
    );
    sandbox.git(&["worktree", "remove", elsewhere.to_str().unwrap()]);
    assert_data_eq!(
        sandbox.session(&["review trailers one --apply"]),
        str![[r#"
$ git patman review trailers one --apply
! error: the worktree '$REPO/.git/patman/worktrees/one-spell-numbers' is not on the branch 'one-spell-numbers' but on 'a detached HEAD'
! hint: git -C $REPO/.git/patman/worktrees/one-spell-numbers checkout one-spell-numbers
= 3

"#]]
    );
}

#[test]
fn what_a_killed_run_has_left_is_finished() {
    let sandbox = with_replies();
    let (branch, version) = (
        "refs/heads/one-spell-numbers",
        "refs/patman/one-spell-numbers/v1",
    );
    let old = sandbox.git(&["rev-parse", branch]);
    sandbox.patman("review trailers one --apply");
    let new = sandbox.git(&["rev-parse", branch]);
    let was = "refs/patman/one-spell-numbers/v1-was";
    // Every state between two changes of a ref.
    for (at_branch, at_version) in [(&old, &old), (&old, &new), (&new, &new)] {
        sandbox.git(&["update-ref", branch, at_branch]);
        sandbox.git(&["update-ref", version, at_version]);
        sandbox.git(&["update-ref", was, &old]);
        let done = sandbox.patman("review trailers one --apply");
        assert!(
            done.status.success(),
            "{}",
            sandbox.show("review trailers", &done)
        );
        assert_eq!(sandbox.git(&["rev-parse", branch]), new);
        assert_eq!(sandbox.git(&["rev-parse", version]), new);
        assert_eq!(sandbox.git(&["for-each-ref", was]), "");
        assert_eq!(
            sandbox.git(&["rev-parse", "refs/patman/kept/one-spell-numbers/1"]),
            old
        );
    }
}

#[test]
fn a_branch_that_a_killed_start_has_left_on_other_files_is_not_moved() {
    let sandbox = with_replies();
    let tip = sandbox.git(&["rev-parse", "one-spell-numbers"]);
    // A start that applies the version again moves its ref first, then the branch with the files of the worktree.
    let again = sandbox.git(&["commit-tree", "-p", "main", "-m", "x", "main^{tree}"]);
    for (kind, id) in [("", &again), ("-was", &tip)] {
        let name = format!("refs/patman/one-spell-numbers/v1{kind}");
        sandbox.git(&["update-ref", &name, id]);
    }
    let refs = sandbox.git(&["for-each-ref"]);
    assert_data_eq!(
        sandbox.session(&["review trailers one --apply"]),
        str![[r#"
$ git patman review trailers one --apply
! error: the branch 'one-spell-numbers' is at 36a7274, not at v1, which is 8ae299c
= 1

"#]]
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), refs);
    let worktree = sandbox.worktree();
    assert_eq!(sandbox.git_at(&worktree, &["status", "--porcelain"]), "");
}

#[test]
fn a_review_without_replies_or_commits_says_so() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    assert_data_eq!(
        sandbox.session(&["review trailers one", "review trailers one --apply"]),
        str![[r#"
$ git patman review trailers one
! there are no trailers for one-spell-numbers v1
= 0
$ git patman review trailers one --apply
! there are no trailers for one-spell-numbers v1
= 0

"#]]
    );
    sandbox.patman("review remove one-spell-numbers");
    assert_data_eq!(
        sandbox.session(&["review trailers one --apply"]),
        str![[r#"
$ git patman review trailers one --apply
! error: branch 'one-spell-numbers' no longer exists
! hint: to restore it, start the version again from its mails
= 1

"#]]
    );
}

#[test]
fn replies_that_came_later_count_when_the_version_is_started_again() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.usual(1);
    sandbox.patman("review start ../v1.mbox");
    let to = ids_of(&mbox);
    append_reply(
        &mbox,
        "r1",
        &to[2],
        "Bob <bob@example.com>",
        "\nAcked-by: Bob <bob@example.com>\n",
    );
    for _ in 0..2 {
        sandbox.expect("review start ../v1.mbox", 0);
        assert_data_eq!(
            sandbox.session(&["review trailers one"]),
            str![[r#"
$ git patman review trailers one
PATCH  TRAILER                          FROM                   STATE
    2  Acked-by: Bob <bob@example.com>  Bob <bob@example.com>  new
! hint: to add new trailers: git patman review trailers one-spell-numbers --apply
= 0

"#]]
        );
    }
}

#[test]
fn patches_are_recorded_with_the_id_that_git_gives_them() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let db = rusqlite::Connection::open(sandbox.repo().join(".git/patman/.patman.db")).unwrap();
    let mut query = db
        .prepare("SELECT patch_id FROM gitpatman_patch ORDER BY seq")
        .unwrap();
    let recorded: Vec<String> = query
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let script =
        "git log -p --reverse main..one-spell-numbers | git patch-id --stable | cut -d' ' -f1";
    let by_git = sandbox
        .command("sh", &sandbox.repo())
        .args(["-c", script])
        .output()
        .unwrap();
    assert_eq!(
        recorded,
        String::from_utf8(by_git.stdout)
            .unwrap()
            .lines()
            .collect::<Vec<_>>()
    );
    assert_eq!(recorded.len(), 2);
}
