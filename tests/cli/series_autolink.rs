// SPDX-License-Identifier: GPL-2.0-or-later
//! `series autolink` and `autolink-all`: which series on Patchwork is taken, and which never is.

use crate::fake_patchwork::FakePatchwork;
use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};
use std::time::Duration;

/// The mails of `tidy` from somebody else.
fn from(mails: &str, name: &str, email: &str) -> String {
    mails
        .replace(
            "From: Ada <ada@example.com>",
            &format!("From: {name} <{email}>"),
        )
        .replace("ada@example.com>", "x@example.com>")
}

fn links(sandbox: &Sandbox) -> String {
    sandbox.select("SELECT series.name, version, link FROM series JOIN ser_ver ON series_id = series.id ORDER BY 1, 2")
}

#[test]
fn the_series_is_found_and_written_into_database_and_branch() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.send();
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&[
            "series -n -s tidy autolink",
            "series -s tidy autolink",
            "series -s tidy autolink"
        ]),
        str![[r#"
$ git patman series -n -s tidy autolink
! tidy v1 is series 100 on $PATCHWORK: same title, author, version and number of patches
! branch 'tidy' would be backed up as refs/patman/backup/tidy
= 0
$ git patman series -s tidy autolink
! tidy v1 is series 100 on $PATCHWORK: same title, author, version and number of patches
! branch 'tidy' is backed up as refs/patman/backup/tidy
= 0
$ git patman series -s tidy autolink
! tidy v1 is already linked to series 100
! hint: to find another: git patman series -s tidy autolink --force
= 0

"#]]
    );
    assert_data_eq!(
        links(&sandbox),
        str![[r#"
'tidy'|1|'100'

"#]]
    );
    assert_data_eq!(
        sandbox.messages("tidy"),
        str![[r#"
* one: Spell three

It reads better.

Signed-off-by: Ada <ada@example.com>

Change-Id: I1111

* one: Spell twenty

It reads better.

Signed-off-by: Ada <ada@example.com>

Change-Id: I2222
Series-links: 1:100
"#]]
    );
    assert_eq!(sandbox.checkout(), before);
    assert_eq!(sandbox.patchwork().requests().len(), 2);
}

#[test]
fn without_update_the_branch_stays() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.send();
    let tip = sandbox.git(&["rev-parse", "tidy"]);
    sandbox.session(&["series -s tidy autolink --no-update"]);
    assert_eq!(sandbox.git(&["rev-parse", "tidy"]), tip);
    assert_data_eq!(
        links(&sandbox),
        str![[r#"
'tidy'|1|'100'

"#]]
    );
}

#[test]
fn the_newest_of_two_sendings_is_taken() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.send();
    let again = sandbox
        .mails("tidy", 1, "one: Spell numbers")
        .replace(".git.ada@", ".again.ada@");
    sandbox.patchwork().feed(again.as_bytes());
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink --no-update"]),
        str![[r#"
$ git patman series -s tidy autolink --no-update
! tidy v1 is series 101 on $PATCHWORK: same title, author, version and number of patches, the newest of 2
= 0

"#]]
    );
}

#[test]
fn a_series_without_cover_letter_has_the_title_of_its_first_patch() {
    let sandbox = Sandbox::new().with_tidy();
    let mails = sandbox.mails("tidy", 1, "one: Spell numbers");
    let patches = mails.split_once("Subject: [PATCH 1/2]").unwrap();
    let start = patches.0.rfind("From ").unwrap();
    sandbox.patchwork().feed(&mails.as_bytes()[start..]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink --no-update"]),
        str![[r#"
$ git patman series -s tidy autolink --no-update
! tidy v1 is series 100 on $PATCHWORK: same title, author, version and number of patches
= 0

"#]]
    );
    assert_eq!(sandbox.patchwork().requests().len(), 2);
}

#[test]
fn what_does_not_fit_in_everything_is_listed_and_not_taken() {
    let sandbox = Sandbox::new().with_tidy();
    // Of somebody else; of another version; of fewer patches.
    sandbox.patchwork().feed(
        from(
            &sandbox.mails("tidy", 1, "one: Spell numbers"),
            "Eve",
            "eve@example.org",
        )
        .as_bytes(),
    );
    sandbox.patchwork().feed(
        sandbox
            .mails("tidy", 2, "one: Spell numbers")
            .replace(".git.ada@", ".two.ada@")
            .as_bytes(),
    );
    sandbox.tagged_branch("less", &[("one: Spell three", "I1111")]);
    sandbox.patchwork().feed(
        sandbox
            .mails("less", 1, "one: Spell numbers")
            .replace(".git.ada@", ".less.ada@")
            .as_bytes(),
    );
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink"]),
        str![[r#"
$ git patman series -s tidy autolink
! error: $PATCHWORK has no series that matches tidy v1 completely
! hint: these match in part:
! hint: SERIES  DATE        VERSION  PATCHES  TITLE               FROM                   BUT
! hint: 102     2026-01-01  v1             1  one: Spell numbers  Ada <ada@example.com>  1 patch, not 2
! hint: 100     2026-01-01  v1             2  one: Spell numbers  Eve <eve@example.org>  another author
! hint: 101     2026-01-01  v2             2  one: Spell numbers  Ada <ada@example.com>  v2, not v1
! hint: to link one of them: git patman series -s tidy set-link 102
= 1

"#]]
    );
    assert_data_eq!(
        links(&sandbox),
        str![[r#"
'tidy'|1|NULL

"#]]
    );
}

#[test]
fn a_series_that_has_not_come_whole_is_not_taken() {
    let sandbox = Sandbox::new().with_tidy();
    let mails = sandbox.mails("tidy", 1, "one: Spell numbers");
    let last = mails.find("Subject: [PATCH 2/2]").unwrap();
    sandbox
        .patchwork()
        .feed(&mails.as_bytes()[..mails[..last].rfind("\nFrom ").unwrap()]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink"]),
        str![[r#"
$ git patman series -s tidy autolink
! error: $PATCHWORK has no series that matches tidy v1 completely
! hint: these match in part:
! hint: SERIES  DATE        VERSION  PATCHES  TITLE               FROM                   BUT
! hint: 100     2026-01-01  v1             2  one: Spell numbers  Ada <ada@example.com>  1 of 2 patches have arrived
! hint: to link one of them: git patman series -s tidy set-link 100
= 1

"#]]
    );
}

#[test]
fn it_waits_for_a_series_that_comes_late() {
    let sandbox = Sandbox::new().with_tidy();
    let mails = sandbox.mails("tidy", 1, "one: Spell numbers");
    let done = std::thread::scope(|scope| {
        scope.spawn(|| {
            while sandbox.patchwork().requests().is_empty() {
                std::thread::sleep(Duration::from_millis(20));
            }
            sandbox.patchwork().feed(mails.as_bytes());
        });
        sandbox.session(&["series -s tidy autolink --no-update -w 2"])
    });
    assert_data_eq!(
        done,
        str![[r#"
$ git patman series -s tidy autolink --no-update -w 2
! tidy v1 is not on Patchwork yet: retrying in 1 s, for another 1 s; press Ctrl-C to stop
! tidy v1 is series 100 on $PATCHWORK: same title, author, version and number of patches
= 0

"#]]
    );
    let sandbox = Sandbox::new().with_tidy();
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink -w 1"]),
        str![[r#"
$ git patman series -s tidy autolink -w 1
! tidy v1 is not on Patchwork yet: retrying in 1 s, for another 1 s; press Ctrl-C to stop
! error: $PATCHWORK has no series with the title of tidy v1
! hint: to wait until it arrives: git patman series -s tidy autolink --autolink-wait 300
! hint: to set its number: git patman series -s tidy set-link <number>
= 1

"#]]
    );
}

#[test]
fn all_series_are_looked_for_on_the_servers_of_their_upstreams() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.send();
    let other = FakePatchwork::new();
    sandbox.git(&["remote", "add", "them", "https://git.example.org/them.git"]);
    sandbox.patman(&format!(
        "upstream add them https://git.example.org/them.git UBOOT -p {}",
        other.url()
    ));
    sandbox.patman("upstream default us");
    sandbox.tagged_branch("video", &[("two: Step 1", "I8888")]);
    sandbox.record("video", 1, "two: Steps", &["two: Step 1"]);
    sandbox.record("video", 2, "two: Steps", &["two: Step 1"]);
    sandbox.record("none", 1, "none: Nothing", &["none: One"]);
    sandbox.record("broken", 1, "broken: Nothing", &["broken: One"]);
    sandbox.sql("UPDATE series SET upstream = 'them' WHERE name = 'video'");
    // That of no upstream is looked for at the default one.
    sandbox.sql("UPDATE series SET upstream = NULL WHERE name = 'tidy'");
    sandbox.sql("UPDATE series SET upstream = 'gone' WHERE name = 'broken'");
    other.feed(sandbox.mails("video", 1, "two: Steps").as_bytes());
    sandbox.patchwork().requests();
    other.requests();
    let said = sandbox.session(&["series autolink-all", "series autolink-all -a"]);
    assert_data_eq!(
        other.neutral(&said),
        str![[r#"
$ git patman series autolink-all
SERIES  VERSION  LINK  RESULT
broken  v1          -  failed     there is no upstream 'gone'
none    v1          -  not found
tidy    v1        100  linked
video   v2          -  not found  series 100: v1, not v2
! branch 'tidy' is backed up as refs/patman/backup/tidy
! 1 of 4 versions linked (5 requests)
! error: could not search for 1 of 4 versions
= 1
$ git patman series autolink-all -a
SERIES  VERSION  LINK  RESULT
broken  v1          -  failed          there is no upstream 'gone'
none    v1          -  not found
tidy    v1        100  already linked
video   v1        100  linked
video   v2          -  not found       series 100: v1, not v2
! branch 'video' is backed up as refs/patman/backup/video
! 1 of 5 versions linked (4 requests)
! error: could not search for 1 of 5 versions
= 1

"#]]
    );
    assert_data_eq!(
        links(&sandbox),
        str![[r#"
'broken'|1|NULL
'none'|1|NULL
'tidy'|1|'100'
'video'|1|'100'
'video'|2|NULL

"#]]
    );
    // The two versions of one title take one search.
    assert_eq!(other.requests().len(), 2 + 2);
}

#[test]
fn a_server_that_fails_stops_no_other_series() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.send();
    sandbox.patman("upstream add them https://git.example.org/them.git -p http://127.0.0.1:9");
    sandbox.record("video", 1, "two: Steps", &["two: Step 1"]);
    sandbox.sql("UPDATE series SET upstream = 'them' WHERE name = 'video'");
    assert_data_eq!(
        sandbox.session(&["series autolink-all --json --no-update"]),
        str![[r#"
$ git patman series autolink-all --json --no-update
[
  {
    "series": "tidy",
    "version": 1,
    "link": "100",
    "outcome": "linked",
    "note": null
  },
  {
    "series": "video",
    "version": 1,
    "link": null,
    "outcome": "failed",
    "note": "cannot get 'http://127.0.0.1:9/api/1.2/series/?order=-id&q=two%3A%20steps&per_page=250': '127.0.0.1:9' refused the connection: tried 4 times"
  }
]
! 1 of 2 versions linked (5 requests)
! error: could not search for 1 of 2 versions
= 1

"#]]
    );
    assert_data_eq!(
        links(&sandbox),
        str![[r#"
'tidy'|1|'100'
'video'|1|NULL

"#]]
    );
}

#[test]
fn a_newer_series_of_other_patches_with_the_same_title_is_not_taken() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.send();
    let mails = sandbox
        .mails("tidy", 1, "one: Spell numbers")
        .replace(".tidy1.", ".else.");
    sandbox
        .patchwork()
        .feed(mails.replace("one: Spell t", "two: Write t").as_bytes());
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink --no-update"]),
        str![[r#"
$ git patman series -s tidy autolink --no-update
! tidy v1 is series 100 on $PATCHWORK: same title, author, version and number of patches
= 0

"#]]
    );
    assert_data_eq!(
        links(&sandbox),
        str![[r#"
'tidy'|1|'100'

"#]]
    );
}

#[test]
fn candidates_of_the_same_version_come_first() {
    let sandbox = Sandbox::new().with_tidy();
    let mails = sandbox.mails("tidy", 1, "one: Spell numbers");
    sandbox
        .patchwork()
        .feed(from(&mails, "Eve", "eve@example.org").as_bytes());
    sandbox
        .patchwork()
        .feed(sandbox.mails("tidy", 2, "one: Spell numbers").as_bytes());
    assert_data_eq!(
        sandbox.session(&["series -s tidy autolink"]),
        str![[r#"
$ git patman series -s tidy autolink
! error: $PATCHWORK has no series that matches tidy v1 completely
! hint: these match in part:
! hint: SERIES  DATE        VERSION  PATCHES  TITLE               FROM                   BUT
! hint: 100     2026-01-01  v1             2  one: Spell numbers  Eve <eve@example.org>  another author
! hint: 101     2026-01-01  v2             2  one: Spell numbers  Ada <ada@example.com>  v2, not v1
! hint: to link one of them: git patman series -s tidy set-link 100
= 1

"#]]
    );
}
