// SPDX-License-Identifier: GPL-2.0-or-later
//! `series gather` and `gather-all`: what is asked, what is written into the database and the branch, and what is not.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

const BEA: &str = "Bea <bea@example.org>";

/// The usual series, sent and linked, with answers to the first patch and the cover letter.
fn answered() -> Sandbox {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(
        &to[1],
        BEA,
        "Good.\n\nreviewed-BY: Bea\n <bea@example.org> # by eye\n",
    );
    sandbox.reply(
        &to[0],
        "Carl <carl@example.org>",
        "Tested-by: Carl <carl@example.org>",
    );
    sandbox.link("100");
    sandbox.patchwork().set_state(100, "accepted");
    sandbox
}

#[test]
fn states_comments_and_trailers_are_gathered() {
    let sandbox = answered();
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather", "series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 3 trailers added (5 requests)
! tidy v1: all patches are accepted
= 0
$ git patman series -s tidy gather
! tidy v1: 2 patches and the cover letter updated (5 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|1|'[0/2] one: Spell numbers'
1|0|1001|'accepted'|1
1|1|1002|'accepted'|0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("tidy"),
        str![[r#"
* one: Spell three

It reads better.

Signed-off-by: Ada <ada@example.com>
Tested-by: Carl <carl@example.org>
Reviewed-by: Bea <bea@example.org> # by eye

Change-Id: I1111

* one: Spell twenty

It reads better.

Signed-off-by: Ada <ada@example.com>
Tested-by: Carl <carl@example.org>

Change-Id: I2222
"#]]
    );
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_dry_run_shows_all_and_changes_nothing() {
    let sandbox = answered();
    let (rows, tip) = (sandbox.gathered(), sandbox.git(&["rev-parse", "tidy"]));
    assert_data_eq!(
        sandbox.session(&["series -n -s tidy gather"]),
        str![[r#"
$ git patman series -n -s tidy gather
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! branch 'tidy' would be backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter would be updated, 3 trailers would be added (5 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_eq!(
        (sandbox.gathered(), sandbox.git(&["rev-parse", "tidy"])),
        (rows, tip)
    );
    assert_eq!(sandbox.git(&["for-each-ref", "refs/patman"]), "");
}

#[test]
fn without_tags_the_branch_stays() {
    let sandbox = answered();
    let tip = sandbox.git(&["rev-parse", "tidy"]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather -G"]),
        str![[r#"
$ git patman series -s tidy gather -G
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! tidy v1: 2 patches and the cover letter updated (5 requests)
! tidy v1: not added to the branch: 3 trailers
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "tidy"]), tip);
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|1|'[0/2] one: Spell numbers'
1|0|1001|'accepted'|1
1|1|1002|'accepted'|0

"#]]
    );
}

#[test]
fn a_series_takes_a_request_for_itself_one_for_its_states_and_one_for_each_mail() {
    let sandbox = answered();
    sandbox.session(&["series -s tidy gather"]);
    let mut asked = sandbox.patchwork().requests();
    asked.sort();
    assert_data_eq!(
        asked.join("\n"),
        str![[r#"
/api/1.2/covers/1000/comments/?order=id&per_page=250
/api/1.2/patches/1001/comments/?order=id&per_page=250
/api/1.2/patches/1002/comments/?order=id&per_page=250
/api/1.2/patches/?series=100&order=id&per_page=250
/api/1.2/series/100/
"#]]
    );
}

#[test]
fn with_an_archive_all_answers_take_one_request() {
    let sandbox = answered();
    sandbox.patchwork().requests();
    sandbox.git(&[
        "config",
        "patman.us.archive",
        &format!("{}/inbox/", sandbox.patchwork().url()),
    ]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org> # by eye
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 3 trailers added (3 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|1|'[0/2] one: Spell numbers'
1|0|1001|'accepted'|1
1|1|1002|'accepted'|0

"#]]
    );
    let asked = sandbox.patchwork().requests();
    assert_eq!(asked.len(), 3, "{asked:?}");
}

#[test]
fn an_archive_that_knows_nothing_of_the_series_is_told_and_patchwork_asked() {
    let sandbox = answered();
    sandbox
        .patchwork()
        .set(|manner| manner.archive_is_empty = true);
    sandbox.git(&[
        "config",
        "patman.us.archive",
        &format!("{}/inbox/", sandbox.patchwork().url()),
    ]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! the archive does not have all mails of series 100, so Patchwork is used
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 3 trailers added (6 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
}

#[test]
fn what_has_no_link_or_is_not_known_is_refused() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.record("nolink", 1, "x", &["x"]);
    sandbox.link("banana");
    assert_data_eq!(
        sandbox.session(&[
            "series -s nolink gather",
            "series -s tidy gather",
            "series -s nope gather",
            "series -s tidy -V 4 gather"
        ]),
        str![[r#"
$ git patman series -s nolink gather
! error: nolink v1 is not linked to a series on Patchwork
! hint: to find it there: git patman series -s nolink autolink
= 1
$ git patman series -s tidy gather
! error: the link of tidy v1 is not a number: 'banana'
! hint: to set the right one: git patman series -s tidy set-link <number>
= 1
$ git patman series -s nope gather
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series -s tidy -V 4 gather
! error: series 'tidy' has no v4
! hint: it has v1
= 1

"#]]
    );
    assert_eq!(sandbox.patchwork().requests().len(), 0);
}

#[test]
fn nothing_is_written_when_the_server_fails_in_the_middle() {
    let sandbox = answered();
    let (rows, tip) = (sandbox.gathered(), sandbox.git(&["rev-parse", "tidy"]));
    sandbox
        .patchwork()
        .set(|manner| manner.broken = vec![("patches/1002/comments", 403)]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
! error: cannot get '$PATCHWORK/api/1.2/patches/1002/comments/?order=id&per_page=250': the server responded with 403 Forbidden
= 1

"#]]
    );
    sandbox
        .patchwork()
        .set(|manner| manner.broken = vec![("patches/?series", 200)]);
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
! error: cannot get '$PATCHWORK/api/1.2/patches/?series=100&order=id&per_page=250': the server responded with a web page, not JSON
! hint: look at it in a browser: $PATCHWORK/api/1.2/patches/?series=100&order=id&per_page=250
= 1

"#]]
    );
    assert_eq!(
        (sandbox.gathered(), sandbox.git(&["rev-parse", "tidy"])),
        (rows, tip)
    );
}

#[test]
fn states_and_trailers_follow_commits_that_were_moved() {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(&to[1], BEA, "Reviewed-by: Bea <bea@example.org>");
    sandbox.link("100");
    sandbox.patchwork().set_state_of(1001, "accepted");
    // The rows are in another order too, as after a rebase and a scan.
    sandbox.git(&["branch", "-D", "-q", "tidy"]);
    sandbox.tagged_branch(
        "tidy",
        &[
            ("one: Spell twenty", "I2222"),
            ("one: Add a third", "I3333"),
            ("one: Spell three", "I1111"),
        ],
    );
    sandbox.sql("UPDATE pcommit SET seq = 1 - seq");
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  3 accepted  587b7c9  one: Spell three  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org>
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 1 trailer added (5 requests)
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|0|'[0/2] one: Spell numbers'
1|0|1002|'new'|0
1|1|1001|'accepted'|1

"#]]
    );
    assert_data_eq!(
        sandbox.messages("tidy"),
        str![[r#"
* one: Spell twenty

It reads better.

Signed-off-by: Ada <ada@example.com>

Change-Id: I2222

* one: Add a third

It reads better.

Signed-off-by: Ada <ada@example.com>

Change-Id: I3333

* one: Spell three

It reads better.

Signed-off-by: Ada <ada@example.com>
Reviewed-by: Bea <bea@example.org>

Change-Id: I1111
"#]]
    );
}

#[test]
fn a_commit_with_another_subject_is_known_by_what_it_changes() {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(&to[2], BEA, "Reviewed-by: Bea <bea@example.org>");
    sandbox.link("100");
    sandbox.patchwork().set_state(100, "rejected");
    sandbox.git(&["branch", "-D", "-q", "tidy"]);
    sandbox.tagged_branch(
        "tidy",
        &[
            ("one: Spell three", "I1111"),
            ("one: Spell it in words", "I2222"),
        ],
    );
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  2 rejected  68be48d  one: Spell it in words  [1 comment, 1 new]
      + Reviewed-by: Bea <bea@example.org>
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 1 trailer added (6 requests)
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|0|'[0/2] one: Spell numbers'
1|0|1001|'rejected'|0
1|1|1002|'rejected'|1

"#]]
    );
}

#[test]
fn patches_that_are_none_of_the_series_leave_its_rows_alone() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.tagged_branch(
        "other",
        &[("two: Step 1", "I8888"), ("two: Step 2", "I9999")],
    );
    // They change something else than the commits of 'tidy'.
    let mails = sandbox
        .mails("other", 1, "two: Steps")
        .replace("one, number", "two, number");
    sandbox.patchwork().feed(mails.as_bytes());
    sandbox.patchwork().set_state(100, "accepted");
    sandbox.link("100");
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
! error: series 100 on $PATCHWORK has no patch of tidy v1: it is 'two: Steps'
! hint: to find the right one: git patman series -s tidy autolink --force
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|NULL|NULL|NULL
1|0|NULL|NULL|NULL
1|1|NULL|NULL|NULL

"#]]
    );
}

#[test]
fn a_name_with_another_address_is_unproved_and_added_only_when_asked_for() {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    let bea = "Bea <bea@eve.example>";
    sandbox.reply(&to[1], bea, "Acked-by: Bea <bea@example.org>");
    let via = "Bea via Kernel <eve@eve.example>";
    sandbox.reply(&to[2], via, "Reviewed-by: Bea <bea@example.org>");
    sandbox.link("100");
    let before = sandbox.messages("tidy");
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  1 new  8f2b6a1  one: Spell three  [1 comment, 1 new]
      ? Acked-by: Bea <bea@example.org>  (Acked-by: Bea <bea@example.org> was sent from another address: Bea <bea@eve.example>)
  2 new  da3d12d  one: Spell twenty  [1 comment, 1 new]
      ? Reviewed-by: Bea <bea@example.org>  (Reviewed-by: Bea <bea@example.org> was sent by Bea via Kernel <eve@eve.example>, which is no known list)
! tidy v1: 2 patches and the cover letter updated (5 requests)
! hint: to add unproved trailers as well: git patman series -s tidy gather --allow-mismatch
= 0

"#]]
    );
    assert_eq!(sandbox.messages("tidy"), before);
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather --allow-mismatch"]),
        str![[r#"
$ git patman series -s tidy gather --allow-mismatch
  1 new  8f2b6a1  one: Spell three  [1 comment]
      + Acked-by: Bea <bea@example.org>  (Acked-by: Bea <bea@example.org> was sent from another address: Bea <bea@eve.example>)
  2 new  da3d12d  one: Spell twenty  [1 comment]
      + Reviewed-by: Bea <bea@example.org>  (Reviewed-by: Bea <bea@example.org> was sent by Bea via Kernel <eve@eve.example>, which is no known list)
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 2 trailers added (5 requests)
= 0

"#]]
    );
}

#[test]
fn own_trailers_and_those_of_others_are_shown_and_not_added() {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(
        &to[1],
        "Ada <ada@example.com>",
        "Tested-by: Ada <ada@example.com>",
    );
    sandbox.reply(
        &to[1],
        "Eve <eve@example.org>",
        "Acked-by: Bea <bea@example.org>\n\nNACK from me",
    );
    sandbox.reply(
        &to[2],
        BEA,
        "> Acked-by: Eve <eve@example.org>\n\nReviewed-by: Bea <bea@example.org>",
    );
    sandbox.reply(
        &to[2],
        "Bea <bea@home.example>",
        "Reviewed-by: Bea <bea@home.example>",
    );
    sandbox.link("100");
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  1 new  8f2b6a1  one: Spell three  [2 comments, 2 new]
      ! Acked-by: Bea <bea@example.org>  (Acked-by: Bea <bea@example.org> was sent by Eve <eve@example.org>)
      ! NACK from me  (objection of Eve <eve@example.org>)
  2 new  da3d12d  one: Spell twenty  [2 comments, 2 new]
      + Reviewed-by: Bea <bea@example.org>
        Reviewed-by: Bea <bea@home.example>  (given as 'Reviewed-by: Bea <bea@example.org>' before)
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 1 trailer added (5 requests)
= 0

"#]]
    );
    let messages = sandbox.messages("tidy");
    assert_eq!(messages.matches("Reviewed-by").count(), 1, "{messages}");
    assert!(
        !messages.contains("Tested-by") && !messages.contains("Acked-by"),
        "{messages}"
    );
}

#[test]
fn comments_are_shown_with_what_is_hostile_in_them_escaped() {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    sandbox.reply(
        &to[1],
        "Bea \u{1b}[2J <bea@example.org>",
        "> quoted\n\nNo \u{1b}]0;x\u{7}good.\n",
    );
    sandbox.reply(&to[0], BEA, "Why?");
    sandbox.link("100");
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather -c -C"]),
        str![[r#"
$ git patman series -s tidy gather -c -C
  0 cover              one: Spell numbers  [1 comment, 1 new]

      Bea <bea@example.org>, 2 hours ago
      Why?

  1 new  8f2b6a1  one: Spell three  [1 comment, 1 new]

      Bea /x1b[2J <bea@example.org>, 2 hours ago
      > quoted

      No /x1b]0;x/x07good.

! tidy v1: 2 patches and the cover letter updated (5 requests)
= 0

"#]]
    );
}

#[test]
fn of_an_archived_series_the_states_alone_are_gathered() {
    let sandbox = answered();
    sandbox.sql("UPDATE series SET archived = 1");
    sandbox.patchwork().requests();
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
! tidy v1: 2 patches and the cover letter updated (2 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|NULL|'[0/2] one: Spell numbers'
1|0|1001|'accepted'|NULL
1|1|1002|'accepted'|NULL

"#]]
    );
    assert_eq!(sandbox.patchwork().requests().len(), 2);
}

#[test]
fn offline_what_was_asked_before_is_taken() {
    let sandbox = answered();
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather --offline"]),
        str![[r#"
$ git patman series -s tidy gather --offline
! error: '$PATCHWORK/api/1.2/series/100/' is not cached, and --offline does not use the network
= 1

"#]]
    );
    sandbox.session(&["series -s tidy status"]);
    sandbox.patchwork().requests();
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather --offline"]),
        str![[r#"
$ git patman series -s tidy gather --offline
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 3 trailers added (0 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_eq!(sandbox.patchwork().requests().len(), 0);
}

#[test]
fn one_series_that_fails_does_not_stop_the_others() {
    let sandbox = answered();
    sandbox.tagged_branch("more", &[("two: Step 1", "I8888")]);
    sandbox.record("gone", 1, "gone", &["gone: One"]);
    sandbox.record("more", 1, "two: Steps", &["two: Step 1"]);
    sandbox.record("unsent", 1, "unsent", &["unsent: One"]);
    sandbox
        .patchwork()
        .feed(sandbox.mails("more", 1, "two: Steps").as_bytes());
    sandbox.sql("UPDATE ser_ver SET link = '101' WHERE desc = 'two: Steps'");
    sandbox.sql("UPDATE ser_ver SET link = '999' WHERE desc = 'gone'");
    assert_data_eq!(
        sandbox.session(&["series gather-all", "series -n gather-all -G"]),
        str![[r#"
$ git patman series gather-all
tidy v1:
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! warning: gone v1: there is no series 999 on $PATCHWORK
! hint: to find the right number: git patman series autolink --force
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: all patches are accepted
! 2 series: 3 patches and 2 cover letters updated, 3 trailers added, 1 accepted, 1 without a link (10 requests)
! hint: to find links: git patman series autolink-all
! error: 1 series could not be gathered
= 1
$ git patman series -n gather-all -G
! warning: gone v1: there is no series 999 on $PATCHWORK
! hint: to find the right number: git patman series autolink --force
! tidy v1: all patches are accepted
! 2 series: 3 patches and 2 cover letters would be updated, 1 accepted, 1 without a link (10 requests)
! hint: to find links: git patman series autolink-all
! error: 1 series could not be gathered
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.gathered(),
        str![[r#"
1|'100'|1000|1|'[0/2] one: Spell numbers'
1|'999'|NULL|NULL|NULL
1|'101'|1005|0|'[0/1] two: Steps'
1|NULL|NULL|NULL|NULL
1|0|1001|'accepted'|1
1|1|1002|'accepted'|0
2|0|NULL|NULL|NULL
3|0|1006|'new'|0
4|0|NULL|NULL|NULL

"#]]
    );
}

#[test]
fn trailers_go_into_a_branch_that_is_checked_out_and_the_files_stay() {
    let sandbox = answered();
    sandbox.git(&["stash", "-q"]);
    sandbox.git(&["switch", "-q", "tidy"]);
    sandbox.git(&["stash", "pop", "-q"]);
    let status = sandbox.git(&["status", "--porcelain"]);
    assert_data_eq!(
        sandbox.session(&["series gather"]),
        str![[r#"
$ git patman series gather
  1 accepted  8f2b6a1  one: Spell three  [1 comment, 1 new]
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
      + Reviewed-by: Bea <bea@example.org> # by eye
  2 accepted  da3d12d  one: Spell twenty
      + Tested-by: Carl <carl@example.org>  (to the cover letter)
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 3 trailers added (5 requests)
! tidy v1: all patches are accepted
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), status);
    assert_eq!(sandbox.git(&["rev-list", "--count", "main..HEAD"]), "2");
    assert_eq!(
        sandbox.git(&["diff", "--stat", "refs/patman/backup/tidy", "HEAD"]),
        ""
    );
}

#[test]
fn rows_of_one_subject_follow_their_commits_in_their_order() {
    let sandbox = Sandbox::new().with_tidy();
    sandbox.tagged_branch("same", &[("one: Spell", "I1111"), ("one: Spell", "I2222")]);
    sandbox.record("same", 1, "one: Same", &["one: Spell", "one: Spell"]);
    sandbox
        .patchwork()
        .feed(sandbox.mails("same", 1, "one: Same").as_bytes());
    sandbox.sql("UPDATE pcommit SET change_id = NULL");
    sandbox.sql("UPDATE ser_ver SET link = '100' WHERE desc = 'one: Same'");
    sandbox.patchwork().set_state_of(1002, "accepted");
    assert_data_eq!(
        sandbox.session(&["series -s same gather"]),
        str![[r#"
$ git patman series -s same gather
! same v1: 2 patches and the cover letter updated (7 requests)
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.select("SELECT seq, patch_id, state FROM pcommit WHERE svid = 2 ORDER BY seq"),
        str![[r#"
0|1001|'new'
1|1002|'accepted'

"#]]
    );
}

#[test]
fn tags_for_patch_programs_and_turned_text_get_into_no_commit() {
    let sandbox = Sandbox::new().with_tidy();
    let to = sandbox.send();
    let text = "Series-links: Bea <bea@example.org>\nCommit-notes: Bea <bea@example.org>\nChange-Id: I9 <bea@example.org>\n\
        Cover-letter: Bea <bea@example.org>\nSeries-version: 7\nReviewed-by: \u{202e}aeB <bea@example.org>\n\
        Acked-by: Bea \u{1b}[31m<bea@example.org>\nSigned-off-by: Ada <ada@example.com>\nTested-by: Bea <bea@example.org>\n";
    sandbox.reply(&to[1], BEA, text);
    sandbox.link("100");
    assert_data_eq!(
        sandbox.session(&["series -s tidy gather"]),
        str![[r#"
$ git patman series -s tidy gather
  1 new  8f2b6a1  one: Spell three  [1 comment, 1 new]
      ! Reviewed-by: /u{202e}aeB <bea@example.org>  (it holds U+202E, which is not shown)
      + Tested-by: Bea <bea@example.org>
! branch 'tidy' is backed up as refs/patman/backup/tidy
! tidy v1: 2 patches and the cover letter updated, 1 trailer added (5 requests)
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("tidy"),
        str![[r#"
* one: Spell three

It reads better.

Signed-off-by: Ada <ada@example.com>
Tested-by: Bea <bea@example.org>

Change-Id: I1111

* one: Spell twenty

It reads better.

Signed-off-by: Ada <ada@example.com>

Change-Id: I2222
"#]]
    );
}
