// SPDX-License-Identifier: GPL-2.0-or-later
//! `series set-link`: which series on a Patchwork a version is.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

#[test]
fn a_link_is_a_number_or_a_url_and_empty_takes_it_away() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    let tip = sandbox.git(&["rev-parse", "video"]);
    let go = |link: &str| sandbox.run(&["series", "-s", "video", "set-link", link]);
    assert_data_eq!(
        go("452329")
            + &go("452329")
            + &go("https://pw.example.org/project/uboot/list/?series=77")
            + &go("https://other.example.org/series/78/mbox/")
            + &go("not a number")
            + &go("https://pw.example.org/patch/9/")
            + &go("0")
            + &sandbox.run(&["series", "-n", "-s", "video", "set-link", ""])
            + &go("")
            + &go("")
            + &sandbox.run(&["series", "-s", "video", "-V", "2", "set-link", "1"])
            + &sandbox.run(&["series", "-s", "nope", "set-link", "1"]),
        str![[r#"
$ git patman series -s video set-link 452329
! the link of series 'video' v1 is now 452329
= 0
$ git patman series -s video set-link 452329
! the link of series 'video' v1 is 452329 already
= 0
$ git patman series -s video set-link https://pw.example.org/project/uboot/list/?series=77
! the link of series 'video' v1 is now 77; it was 452329
= 0
$ git patman series -s video set-link https://other.example.org/series/78/mbox/
! warning: that is a series on https://other.example.org, but the Patchwork of upstream 'us' is https://pw.example.org
! the link of series 'video' v1 is now 78; it was 77
= 0
$ git patman series -s video set-link 'not a number'
! error: 'not a number' is not a series on a Patchwork server
! hint: give its number on Patchwork, or its URL there: https://<server>/project/<project>/list/?series=<number>
= 2
$ git patman series -s video set-link https://pw.example.org/patch/9/
! error: 'https://pw.example.org/patch/9/' is a patch or a cover letter, not a series
! hint: give its number on Patchwork, or its URL there: https://<server>/project/<project>/list/?series=<number>
= 2
$ git patman series -s video set-link 0
! error: '0' is not a series on a Patchwork server
! hint: give its number on Patchwork, or its URL there: https://<server>/project/<project>/list/?series=<number>
= 2
$ git patman series -n -s video set-link ''
! series 'video' v1 would have no link; it was 78
= 0
$ git patman series -s video set-link ''
! series 'video' v1 now has no link; it was 78
= 0
$ git patman series -s video set-link ''
! series 'video' v1 has no link
= 0
$ git patman series -s video -V 2 set-link 1
! error: series 'video' has no v2
! hint: it has v1
= 1
$ git patman series -s nope set-link 1
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1

"#]]
    );
    assert_eq!(sandbox.select("SELECT link FROM ser_ver"), "''\n");
    assert_eq!(sandbox.git(&["rev-parse", "video"]), tip);
}

#[test]
fn the_link_is_written_into_the_branch() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    sandbox
        .branch("video2")
        .patches(&[
            ("one: A\n\nSeries-version: 2\n", "src/one.c", "a\n"),
            ("one: B\n", "src/one.c", "b\n"),
        ])
        .tracks("us/main")
        .create();
    sandbox.patman("series -s video2 add -M -1");
    let before = sandbox.checkout();
    let go =
        |series: &str, link: &str| sandbox.run(&["series", "-s", series, "set-link", "-u", link]);
    assert_data_eq!(
        go("video2", "453001")
            + &go("video2", "453001")
            + &go("video2", "453002")
            + &go("video", "453002"),
        str![[r#"
$ git patman series -s video2 set-link -u 453001
! the link of series 'video' v2 is now 453001
! branch 'video2' now has Series-links 2:453001
! branch 'video2' is backed up as refs/patman/backup/video2
= 0
$ git patman series -s video2 set-link -u 453001
! the link of series 'video' v2 is 453001 already
= 0
$ git patman series -s video2 set-link -u 453002
! the link of series 'video' v2 is now 453002; it was 453001
! branch 'video2' now has Series-links 2:453002
! branch 'video2' is backed up as refs/patman/backup/video2.2
= 0
$ git patman series -s video set-link -u 453002
! warning: 453002 is the link of v2 of this series too
! the link of series 'video' v1 is now 453002
! branch 'video' now has Series-links 1:453002
! branch 'video' is backed up as refs/patman/backup/video
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("video2") + "\n" + &sandbox.messages("video"),
        str![[r#"
* one: A

Series-version: 2

* one: B

Series-links: 2:453002
* one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Signed-off-by: Ada <ada@example.com>

* one: Spell ten

Signed-off-by: Ada <ada@example.com>

* one: Spell twenty

Series-links: 1:453002
"#]]
    );
    assert_data_eq!(
        go("video2", ""),
        str![[r#"
$ git patman series -s video2 set-link -u ''
! series 'video' v2 now has no link; it was 453002
! branch 'video2' now has Series-links without 2:453002
! branch 'video2' is backed up as refs/patman/backup/video2.3
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.messages("video2"),
        str![[r#"
* one: A

Series-version: 2

* one: B
"#]]
    );
    assert_data_eq!(
        sandbox.select("SELECT version, link FROM ser_ver"),
        str![[r#"
1|'453002'
2|''

"#]]
    );
    assert_eq!(sandbox.checkout(), before);
}
