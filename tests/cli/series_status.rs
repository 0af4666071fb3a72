// SPDX-License-Identifier: GPL-2.0-or-later
//! `series status`, `status` and `series open`: what is shown, and that nothing is changed.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

const BEA: &str = "Bea <bea@example.org>";

fn answered() -> Sandbox {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(&to[1], BEA, "Good.\n\nReviewed-by: Bea <bea@example.org>");
    sandbox.reply(&to[0], "Carl <carl@example.org>", "Why?");
    sandbox.link("100");
    sandbox.patchwork().set_state(100, "under-review");
    sandbox
}

#[test]
fn what_is_new_is_marked_and_nothing_is_changed() {
    let sandbox = answered();
    let (rows, tip) = (sandbox.gathered(), sandbox.git(&["rev-parse", "tidy"]));
    assert_data_eq!(
        sandbox.session(&["series -s tidy status"]),
        str![[r#"
$ git patman series -s tidy status
tidy v1: one: Spell numbers
$PATCHWORK/project/uboot/list/?series=100
  0 cover                     one: Spell numbers  [1 comment, 1 new]
  1 under-review  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org>
  2 under-review  da3d12d  one: Spell twenty
! tidy v1: 1 new trailer (5 requests)
= 0

"#]]
    );
    assert_eq!(
        (sandbox.gathered(), sandbox.git(&["rev-parse", "tidy"])),
        (rows, tip)
    );
    sandbox.session(&["series -s tidy gather"]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy status"]),
        str![[r#"
$ git patman series -s tidy status
tidy v1: one: Spell numbers
$PATCHWORK/project/uboot/list/?series=100
  0 cover                     one: Spell numbers  [1 comment]
  1 under-review  64a6e5f  one: Spell three  [1 comment]
        Reviewed-by: Bea <bea@example.org>
  2 under-review  9645518  one: Spell twenty
! tidy v1: no new trailers (5 requests)
= 0

"#]]
    );
}

#[test]
fn the_report_is_there_as_json() {
    let sandbox = answered();
    let said = sandbox.session(&["series -s tidy status --json -c -C"]);
    assert_data_eq!(
        said,
        str![[r#"
$ git patman series -s tidy status --json -c -C
{
  "series": "tidy",
  "version": 1,
  "branch": "tidy",
  "link": 100,
  "url": "$PATCHWORK/project/uboot/list/?series=100",
  "title": "one: Spell numbers",
  "missing": 0,
  "accepted": false,
  "requests": 5,
  "cover": {
    "id": 1000,
    "name": "[0/2] one: Spell numbers",
    "comments": 1,
    "new_comments": 1
  },
  "patches": [
    {
      "commit": "8f2b6a1afcf920e7724486d61f3a35da68fdba15",
      "subject": "one: Spell three",
      "id": 1001,
      "state": "under-review",
      "comments": 1,
      "new_comments": 1,
      "trailers": [
        {
          "name": "Reviewed-by",
          "value": "Bea <bea@example.org>",
          "notes": [],
          "from": "Bea <bea@example.org>",
          "to_cover": false,
          "state": "new",
          "why": null
        }
      ]
    },
    {
      "commit": "da3d12dcb56abe4f9af270243787d301d280f086",
      "subject": "one: Spell twenty",
      "id": 1002,
      "state": "under-review",
      "comments": 0,
      "new_comments": 0,
      "trailers": []
    }
  ],
  "comments": [
    {
      "patch": null,
      "message_id": "9e3461b9eb6050d1@answers",
      "from": "Carl <carl@example.org>",
      "date": 1767261600,
      "text": "Why?"
    },
    {
      "patch": 1001,
      "message_id": "a36dd868da74edac@answers",
      "from": "Bea <bea@example.org>",
      "date": 1767261600,
      "text": "Good./n/nReviewed-by: Bea <bea@example.org>"
    }
  ]
}
= 0

"#]]
    );
}

#[test]
fn a_branch_that_the_database_does_not_know_is_told_by_its_series_links() {
    let sandbox = answered();
    sandbox.tagged_branch(
        "loose",
        &[
            ("one: Spell three", "I1111\nSeries-links: 100"),
            ("one: Spell twenty", "I2222"),
        ],
    );
    let switch = |branch: &str| {
        sandbox.git(&["stash", "-q"]);
        sandbox.git(&["switch", "-q", branch]);
        sandbox.git(&["stash", "pop", "-q"]);
    };
    assert_data_eq!(
        sandbox.session(&["status"]),
        str![[r#"
$ git patman status
! error: cannot tell where the series of branch 'main' begins: it tracks no upstream
! hint: git branch --set-upstream-to <remote>/<branch> main
! hint: or give the commit before the first patch: git patman series add -U <commit>
= 1

"#]]
    );
    switch("loose");
    assert_data_eq!(
        sandbox.session(&["status"]),
        str![[r#"
$ git patman status
loose v1: one: Spell numbers
$PATCHWORK/project/uboot/list/?series=100
  0 cover                     one: Spell numbers  [1 comment, 1 new]
  1 under-review  27b8ea1  one: Spell three  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org>
  2 under-review  b62475e  one: Spell twenty
! loose v1: 1 new trailer (5 requests)
= 0

"#]]
    );
    let tip = sandbox.git(&["rev-parse", "loose"]);
    sandbox.git(&["branch", "taken", "main"]);
    assert_data_eq!(
        sandbox.session(&[
            "status -d loose",
            "status -d taken",
            "status -d a..b",
            "status -d fresh",
            "status -d taken -f"
        ]),
        str![[r#"
$ git patman status -d loose
! error: 'loose' is the branch itself
! hint: to add the trailers to it: git patman series gather
= 1
$ git patman status -d taken
! error: branch 'taken' already exists
! hint: to replace it, and back up its commits under a ref: --force
= 1
$ git patman status -d a..b
! error: 'a..b' is not a name for a branch
= 2
$ git patman status -d fresh
loose v1: one: Spell numbers
$PATCHWORK/project/uboot/list/?series=100
  0 cover                     one: Spell numbers  [1 comment, 1 new]
  1 under-review  27b8ea1  one: Spell three  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org>
  2 under-review  b62475e  one: Spell twenty
! loose v1: 1 new trailer (5 requests)
! branch 'fresh' is 'loose' with 1 trailer added
= 0
$ git patman status -d taken -f
loose v1: one: Spell numbers
$PATCHWORK/project/uboot/list/?series=100
  0 cover                     one: Spell numbers  [1 comment, 1 new]
  1 under-review  27b8ea1  one: Spell three  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org>
  2 under-review  b62475e  one: Spell twenty
! loose v1: 1 new trailer (5 requests)
! branch 'taken' is 'loose' with 1 trailer added
! branch 'taken' is backed up as refs/patman/backup/taken
= 0

"#]]
    );
    assert_eq!(
        sandbox.git(&["rev-parse", "loose", "HEAD"]),
        format!("{tip}\n{tip}")
    );
    assert_eq!(
        sandbox.git(&["rev-parse", "fresh"]),
        sandbox.git(&["rev-parse", "taken"])
    );
    assert_eq!(
        sandbox.git(&["rev-parse", "refs/patman/backup/taken"]),
        sandbox.git(&["rev-parse", "main"])
    );
    assert_eq!(sandbox.git(&["config", "branch.fresh.remote"]), "us");
    assert_data_eq!(
        sandbox.messages("fresh"),
        str![[r#"
* one: Spell three

It reads better.

Signed-off-by: Ada <ada@example.com>
Reviewed-by: Bea <bea@example.org>

Change-Id: I1111
Series-links: 100

* one: Spell twenty

It reads better.

Signed-off-by: Ada <ada@example.com>

Change-Id: I2222
"#]]
    );
}

#[test]
fn the_page_of_a_series_is_opened_in_gits_browser() {
    let sandbox = answered();
    sandbox.git(&["config", "web.browser", "fake"]);
    sandbox.git(&["config", "browser.fake.cmd", "echo opened"]);
    sandbox.record("nolink", 1, "x", &["x"]);
    assert_data_eq!(
        sandbox.session(&[
            "series -s tidy open",
            "series -n -s tidy open",
            "series -s nolink open"
        ]),
        str![[r#"
$ git patman series -s tidy open
opened $PATCHWORK/project/uboot/list/?series=100&state=*&archive=both
! opening $PATCHWORK/project/uboot/list/?series=100&state=*&archive=both
= 0
$ git patman series -n -s tidy open
$PATCHWORK/project/uboot/list/?series=100&state=*&archive=both
= 0
$ git patman series -s nolink open
! error: nolink v1 is not linked to a series on Patchwork
! hint: to find it there: git patman series -s nolink autolink
= 1

"#]]
    );
}
