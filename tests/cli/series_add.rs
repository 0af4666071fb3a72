// SPDX-License-Identifier: GPL-2.0-or-later
//! `series add`: a branch becomes a series, or its next version.

use crate::sandbox::{PROGRAM, Sandbox};
use crate::scene::texts;
use snapbox::{assert_data_eq, str};
use std::process::Stdio;

#[test]
fn a_branch_becomes_a_series_with_the_rows_that_patman_writes() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    let before = (sandbox.checkout(), sandbox.git(&["rev-parse", "video"]));
    assert_data_eq!(
        sandbox.session(&[
            "series add -s video",
            "series -n -s video add -M",
            "series -s video add -M",
            "series add -s video"
        ]),
        str![[r#"
$ git patman series add -s video
! error: 3 commits of branch 'video' have no Change-Id
! hint:   1823a37 one: Spell three
! hint:   d4f25e7 one: Spell ten
! hint:   bf9d685 one: Spell twenty
! hint: give them one with -m, which rewrites the branch
! hint: or take them as they are with -M
= 1
$ git patman series -n -s video add -M
! using upstream 'us', which branch 'video' tracks
! would add series 'video' v1: 3 patches
= 0
$ git patman series -s video add -M
! using upstream 'us', which branch 'video' tracks
! added series 'video' v1: 3 patches
= 0
$ git patman series add -s video
! series 'video' v1 is tracked already
= 0

"#]]
    );
    assert_eq!(
        (sandbox.checkout(), sandbox.git(&["rev-parse", "video"])),
        before
    );
    assert_data_eq!(
        sandbox.series_rows()
            + &sandbox.select(
                "SELECT svid, seq, patch_id IS NULL, author_name, author_email FROM gitpatman_patch"
            ),
        str![[r#"
1|'video'|'one: Spell numbers'|0|'us'|NULL|NULL
1|1|1|NULL|NULL|NULL|NULL|NULL|'one: Spell numbers'|NULL
1|1|0|'one: Spell three'|NULL|NULL|NULL|NULL
2|1|1|'one: Spell ten'|NULL|NULL|NULL|NULL
3|1|2|'one: Spell twenty'|NULL|NULL|NULL|NULL
1|0|0|'Ada'|'ada@example.com'
1|1|0|'Ada'|'ada@example.com'
1|2|0|'Ada'|'ada@example.com'

"#]]
    );
}

#[test]
fn commits_are_marked_and_the_checkout_stays_byte_for_byte() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    let before = sandbox.checkout();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video add -m -n",
            "series -s video add -m",
            "series -s video add -m"
        ]),
        str![[r#"
$ git patman series -s video add -m -n
! branch 'video' would have a Change-Id for 3 commits
! branch 'video' would be backed up as refs/patman/backup/video
! using upstream 'us', which branch 'video' tracks
! would add series 'video' v1: 3 patches
= 0
$ git patman series -s video add -m
! branch 'video' now has a Change-Id for 3 commits
! branch 'video' is backed up as refs/patman/backup/video
! using upstream 'us', which branch 'video' tracks
! added series 'video' v1: 3 patches
= 0
$ git patman series -s video add -m
! series 'video' v1 is tracked already
= 0

"#]]
    );
    assert_eq!(sandbox.checkout(), before);
    assert_data_eq!(
        sandbox.messages("video") + "\n" + &sandbox.series_rows(),
        str![[r#"
* one: Spell three

Why not.

Cover-letter:
one: Spell numbers
This is why.
END

Signed-off-by: Ada <ada@example.com>

Change-Id: 23a1c456c38d43e6d94e5ba432d00ee29c488765
* one: Spell ten

Signed-off-by: Ada <ada@example.com>

Change-Id: 007e934fd7d0d3507e8aca61f55535312d7f88dd
* one: Spell twenty

Change-Id: 607e42c3362b4afddbf2b24d97da60cb26423b94
1|'video'|'one: Spell numbers'|0|'us'|NULL|NULL
1|1|1|NULL|NULL|NULL|NULL|NULL|'one: Spell numbers'|NULL
1|1|0|'one: Spell three'|NULL|'23a1c456c38d43e6d94e5ba432d00ee29c488765'|NULL|NULL
2|1|1|'one: Spell ten'|NULL|'007e934fd7d0d3507e8aca61f55535312d7f88dd'|NULL|NULL
3|1|2|'one: Spell twenty'|NULL|'607e42c3362b4afddbf2b24d97da60cb26423b94'|NULL|NULL

"#]]
    );
    assert_eq!(
        sandbox
            .git(&["rev-parse", "video^{tree}", "video@{1}^{tree}"])
            .lines()
            .collect::<std::collections::HashSet<_>>()
            .len(),
        1
    );
}

#[test]
fn the_title_is_that_of_the_cover_letter_or_given_or_that_of_the_first_patch() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox
        .branch("fix")
        .patches(&[("two: Fix it\n", "src/one.c", "x\n")])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.session(&["series -s fix add -M", "series -s fix add -M -1"]),
        str![[r#"
$ git patman series -s fix add -M
! error: branch 'fix' has no cover letter: the series needs a title
! hint: give it one with -D '<title>', or take the subject of the first patch with -1
! hint: or write a 'Cover-letter:' into a commit of the branch, up to a line 'END'
= 1
$ git patman series -s fix add -M -1
! using upstream 'us', which branch 'fix' tracks
! added series 'fix' v1: 1 patch
= 0

"#]]
    );
    sandbox
        .branch("other")
        .patches(&[("two: Fix it\n", "src/one.c", "x\n")])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.run(&["series", "-s", "other", "add", "-M", "-D", "A title"]),
        str![[r#"
$ git patman series -s other add -M -D 'A title'
! using upstream 'us', which branch 'other' tracks
! added series 'other' v1: 1 patch
= 0

"#]]
    );
    sandbox.usual_branch("video", "");
    assert_data_eq!(
        sandbox.run(&["series", "-s", "video", "add", "-M", "-1", "-D", ""]),
        str![[r#"
$ git patman series -s video add -M -1 -D ''
! using upstream 'us', which branch 'video' tracks
! added series 'video' v1: 3 patches
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.select("SELECT name, desc, upstream FROM series"),
        str![[r#"
'fix'|'two: Fix it'|'us'
'other'|'A title'|'us'
'video'|'one: Spell numbers'|'us'

"#]]
    );
}

#[test]
fn the_patches_of_the_next_version_are_followed() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -m");
    // Of the second version the first patch is as it was, the second another, the third gone, and one new.
    let texts = texts("!");
    let ids = sandbox.git(&[
        "log",
        "--format=%(trailers:key=Change-Id)",
        "--reverse",
        "main..video",
    ]);
    let ids: Vec<&str> = ids.lines().filter(|line| !line.is_empty()).collect();
    sandbox.branch("video2").patches(&[
            (
                &format!(
                    "one: Spell three\n\nCover-letter:\none: Spell all numbers\nEND\nSeries-version: 2\nSeries-links: 2:77 1:66\n{}\n",
                    ids[0]
                ),
                "src/one.c",
                &texts[0],
            ),
            (
                &format!("one: Write ten\n\n{}\n", ids[1]),
                "src/one.c",
                &texts[1],
            ),
            ("three: New\n\nChange-Id: 1234\n", "src/three.c", "three\n"),
        ]).tracks("us/main").create();
    sandbox.git(&["config", "branch.video2.remote", "elsewhere"]);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video2 add -n",
            "series -s video2 add",
            "series -s video2 add"
        ]),
        str![[r#"
$ git patman series -s video2 add -n
! would add v2 of series 'video': 3 patches (1 as in v1, 1 changed, 1 new, 1 dropped)
! its title would be 'one: Spell all numbers', not 'one: Spell numbers'
= 0
$ git patman series -s video2 add
! added v2 of series 'video': 3 patches (1 as in v1, 1 changed, 1 new, 1 dropped)
! its title is now 'one: Spell all numbers', not 'one: Spell numbers'
= 0
$ git patman series -s video2 add
! series 'video' v2 is tracked already
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.series_rows(),
        str![[r#"
1|'video'|'one: Spell all numbers'|0|'us'|NULL|NULL
1|1|1|NULL|NULL|NULL|NULL|NULL|'one: Spell numbers'|NULL
2|1|2|'77'|NULL|NULL|NULL|NULL|'one: Spell all numbers'|NULL
1|1|0|'one: Spell three'|NULL|'23a1c456c38d43e6d94e5ba432d00ee29c488765'|NULL|NULL
2|1|1|'one: Spell ten'|NULL|'007e934fd7d0d3507e8aca61f55535312d7f88dd'|NULL|NULL
3|1|2|'one: Spell twenty'|NULL|'607e42c3362b4afddbf2b24d97da60cb26423b94'|NULL|NULL
4|2|0|'one: Spell three'|NULL|'23a1c456c38d43e6d94e5ba432d00ee29c488765'|NULL|NULL
5|2|1|'one: Write ten'|NULL|'007e934fd7d0d3507e8aca61f55535312d7f88dd'|NULL|NULL
6|2|2|'three: New'|NULL|'1234'|NULL|NULL

"#]]
    );
}

#[test]
fn a_branch_that_says_another_version_is_refused_and_corrected() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    sandbox
        .branch("video2")
        .patches(&[
            ("one: A\n\nSeries-version: 4\n", "src/one.c", "a\n"),
            ("one: B\n", "src/one.c", "b\n"),
        ])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video2 add -M -1",
            "series -s video2 add -M -1 -f -n",
            "series -s video2 add -M -1 -f"
        ]),
        str![[r#"
$ git patman series -s video2 add -M -1
! error: branch 'video2' is v2, but its Series-version says 4
! hint: correct the tag in the branch: git patman series -s video2 add -f
= 1
$ git patman series -s video2 add -M -1 -f -n
! branch 'video2' would have Series-version 2
! branch 'video2' would be backed up as refs/patman/backup/video2
! would add v2 of series 'video': 2 patches (2 new, 3 dropped)
! its title would be 'one: A', not 'one: Spell numbers'
= 0
$ git patman series -s video2 add -M -1 -f
! branch 'video2' now has Series-version 2
! branch 'video2' is backed up as refs/patman/backup/video2
! added v2 of series 'video': 2 patches (2 new, 3 dropped)
! its title is now 'one: A', not 'one: Spell numbers'
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
    sandbox
        .branch("video3")
        .patches(&[("one: A\n", "src/one.c", "a\n")])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.session(&["series -s video3 add -M -1"]),
        str![[r#"
$ git patman series -s video3 add -M -1
! added v3 of series 'video': 1 patch (1 as in v2, 1 dropped)
! warning: branch 'video3' has no Series-version: its mails would not say v3
! hint: write it there with: git patman series -s video3 scan -u -M
= 0

"#]]
    );
}

#[test]
fn what_cannot_be_a_series_is_refused() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.git(&["branch", "-q", "--track", "empty", "us/main"]);
    sandbox
        .branch("123")
        .patches(&[("one: A\n", "src/one.c", "a\n")])
        .tracks("us/main")
        .create();
    sandbox
        .branch("it's")
        .patches(&[("one: A\n", "src/one.c", "a\n")])
        .tracks("us/main")
        .create();
    sandbox
        .branch("tags")
        .patches(&[(
            "one: A\n\nSeries-version: two\nSeries-bogus: 1\n",
            "src/one.c",
            "a\n",
        )])
        .tracks("us/main")
        .create();
    sandbox.usual_branch("video", "");
    assert_data_eq!(
        sandbox.session(&[
            "series add",
            "series -s nope add",
            "series -s empty add",
            "series -s 123 add -M -1",
            "series -s it's add -M -1",
            "series -s tags add -M -1",
            "series -s video add -M -S nope",
            "series -s video add -M -U nope",
        ]),
        str![[r#"
$ git patman series add
! error: cannot tell where the series of branch 'main' begins: it tracks no upstream
! hint: git branch --set-upstream-to <remote>/<branch> main
! hint: or give the commit before the first patch: git patman series add -U <commit>
= 1
$ git patman series -s nope add
! error: there is no branch 'nope'
= 1
$ git patman series -s empty add
! error: branch 'empty' has no commits of its own
! hint: if the series is on another branch, go there: git switch <branch>
! hint: or give the commit before the first patch: git patman series add -U <commit>
= 1
$ git patman series -s 123 add -M -1
! error: '123' is not a series name: it is a number
! hint: a series is named by its branch: '<name>', then '<name>2', '<name>3'
= 2
$ git patman series -s it's add -M -1
! error: 'it's' is not a series name: it holds '/''
= 2
$ git patman series -s tags add -M -1
! error: branch 'tags': commit d158d15 line 3: 'Series-version' needs the number of a version, such as 2, and has 'two'
! hint: commit d158d15 line 4: unknown tag 'Series-bogus'
= 1
$ git patman series -s video add -M -S nope
! error: there is no upstream 'nope'
! hint: to list the upstreams: git patman upstream ls
! hint: to add one: git patman upstream add <name> <url>
= 1
$ git patman series -s video add -M -U nope
! error: 'nope' is not a commit of this repository
= 1

"#]]
    );
    sandbox.git(&["checkout", "-q", "--detach"]);
    assert_data_eq!(
        sandbox.session(&["series add"]),
        str![[r#"
$ git patman series add
! error: no branch is checked out: say which series is meant
! hint: name it with -s <series>
= 2

"#]]
    );
    assert_eq!(sandbox.select("SELECT count(*) FROM series"), "0\n");
}

#[test]
fn the_series_begins_behind_the_commit_that_is_named() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.git(&["branch", "--unset-upstream", "video"]);
    sandbox.git(&["update-ref", "-d", "refs/remotes/us/main"]);
    assert_data_eq!(
        sandbox.session(&[
            "series -s video add -M -1",
            "series -s video add -M -1 -U video~2"
        ]),
        str![[r#"
$ git patman series -s video add -M -1
! error: cannot tell where the series of branch 'video' begins: it tracks no upstream
! hint: git branch --set-upstream-to <remote>/<branch> video
! hint: or give the commit before the first patch: git patman series add -U <commit>
= 1
$ git patman series -s video add -M -1 -U video~2
! added series 'video' v1: 2 patches
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.series_rows(),
        str![[r#"
1|'video'|'one: Spell ten'|0|NULL|NULL|NULL
1|1|1|NULL|NULL|NULL|NULL|NULL|'one: Spell ten'|NULL
1|1|0|'one: Spell ten'|NULL|NULL|NULL|NULL
2|1|1|'one: Spell twenty'|NULL|NULL|NULL|NULL

"#]]
    );
}

#[test]
fn a_merge_is_no_patch() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox
        .branch("side")
        .patches(&[("two: Side\n", "src/side.c", "s\n")])
        .tracks("us/main")
        .create();
    let merge = sandbox.git(&[
        "commit-tree",
        "-p",
        "video",
        "-p",
        "side",
        "-m",
        "Merge side",
        "video^{tree}",
    ]);
    sandbox.git(&["update-ref", "refs/heads/video", &merge]);
    assert_data_eq!(
        sandbox.session(&["series -s video add -M", "series -s video add -m"]),
        str![[r#"
$ git patman series -s video add -M
! error: branch 'video' has a merge, which cannot be a patch: 50c3732 Merge side
! hint: to remove it: git rebase e747479 video
= 1
$ git patman series -s video add -m
! error: branch 'video' has a merge, which cannot be a patch: 50c3732 Merge side
! hint: to remove it: git rebase e747479 video
= 1

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "video"]), merge);
}

#[test]
fn a_branch_in_another_worktree_is_marked_under_its_feet_and_stays_clean() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    let work = sandbox.top().join("linked");
    sandbox.git(&["worktree", "add", "-q", work.to_str().unwrap(), "video"]);
    std::fs::write(work.join("src/two.c"), "edited here\n").unwrap();
    std::fs::write(work.join("staged.c"), "staged\n").unwrap();
    sandbox.git_at(&work, &["add", "staged.c"]);
    let before = (
        sandbox.checkout(),
        sandbox.git_at(&work, &["status", "--porcelain"]),
    );
    assert_data_eq!(
        sandbox.session(&["series -s video add -m"]),
        str![[r#"
$ git patman series -s video add -m
! branch 'video' now has a Change-Id for 3 commits
! branch 'video' is backed up as refs/patman/backup/video
! using upstream 'us', which branch 'video' tracks
! added series 'video' v1: 3 patches
= 0

"#]]
    );
    assert_eq!(
        (
            sandbox.checkout(),
            sandbox.git_at(&work, &["status", "--porcelain"])
        ),
        before
    );
    // And from there, where the branch that is checked out is the one that is meant.
    assert_data_eq!(
        sandbox.show("series add", &sandbox.patman_at(&work, "series add")),
        str![[r#"
$ git patman series add
! series 'video' v1 is tracked already
= 0

"#]]
    );
}

#[test]
fn messages_of_all_kinds_are_marked_and_kept() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox
        .branch("odd")
        .verbatim()
        .patches(&[
            ("one: No body", "src/one.c", "a\n"),
            ("one: CR\r\n\r\nBody.\r\n", "src/one.c", "b\n"),
        ])
        .tracks("us/main")
        .create();
    let latin = sandbox.top().join("latin");
    std::fs::write(&latin, b"one: na\xefve\n\nFran\xe7ois.\n").unwrap();
    let tree = sandbox.git(&["rev-parse", "main^{tree}"]);
    let id = sandbox.git(&[
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit-tree",
        "-p",
        "odd",
        "-F",
        latin.to_str().unwrap(),
        &tree,
    ]);
    sandbox.git(&["update-ref", "refs/heads/odd", &id]);
    assert_data_eq!(
        sandbox.session(&["series -s odd add -1 -m"]),
        str![[r#"
$ git patman series -s odd add -1 -m
! branch 'odd' now has a Change-Id for 3 commits
! branch 'odd' is backed up as refs/patman/backup/odd
! using upstream 'us', which branch 'odd' tracks
! added series 'odd' v1: 3 patches
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.select("SELECT seq, subject, change_id FROM pcommit"),
        str![[r#"
0|'one: No body'|'954b698c7b0d30cfaccf7fb3f64a8ea424bab7ef'
1|'one: CR'|'ac4ef9d1ac229164562dfdc9dd05641aa8985511'
2|'one: naïve'|'44fdf77afbbe162f7bb50fa820b9602aede9063e'

"#]]
    );
    let raw = sandbox
        .command("git", &sandbox.repo())
        .args(["cat-file", "commit", "odd"])
        .output()
        .unwrap()
        .stdout;
    let wanted = b"one: na\xefve\n\nFran\xe7ois.\n\nChange";
    let begins = raw.windows(wanted.len()).any(|part| part == wanted);
    assert!(begins, "{}", String::from_utf8_lossy(&raw));
    assert!(
        sandbox
            .git(&["cat-file", "commit", "odd~2"])
            .contains("\none: No body\n\nChange-Id: ")
    );
}

#[test]
fn a_message_with_a_nul_byte_is_taken_as_it_is_or_refused() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("nul", "");
    let head = sandbox.git(&["cat-file", "commit", "nul"]);
    let file = sandbox.top().join("commit");
    std::fs::write(
        &file,
        head.replace("\n\none: Spell twenty", "\n\none: Nul\n\nbehind\0it\n"),
    )
    .unwrap();
    let id = sandbox.git(&[
        "hash-object",
        "-t",
        "commit",
        "-w",
        "--literally",
        file.to_str().unwrap(),
    ]);
    sandbox.git(&["update-ref", "refs/heads/nul", &id]);
    assert_data_eq!(
        sandbox.session(&["series -s nul add -m", "series -s nul add -M"]),
        str![[r#"
$ git patman series -s nul add -m
! warning: commit 288adf5 line 3: git does not show text after a NUL byte
! error: cannot change the message of commit '288adf58ce6ac62a10171f3d79067b7f24e37bca': a NUL byte is not allowed in it
= 1
$ git patman series -s nul add -M
! warning: commit 288adf5 line 3: git does not show text after a NUL byte
! using upstream 'us', which branch 'nul' tracks
! added series 'nul' v1: 3 patches
= 0

"#]]
    );
    assert_eq!(sandbox.git(&["rev-parse", "nul"]), id);
}

#[test]
fn of_many_that_add_a_series_at_once_one_does_and_none_fails() {
    for mark in ["-M", "-m"] {
        let sandbox = Sandbox::new().with_upstream();
        sandbox.usual_branch("video", "");
        let start = |sandbox: &Sandbox| {
            let mut command = sandbox.command(PROGRAM, &sandbox.repo());
            command
                .args(["series", "-s", "video", "add", mark])
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let running: Vec<_> = (0..16).map(|_| start(&sandbox)).collect();
        let done: Vec<_> = running
            .into_iter()
            .map(|child| child.wait_with_output().unwrap())
            .collect();
        let told: Vec<String> = done
            .iter()
            .map(|done| String::from_utf8_lossy(&done.stderr).into_owned())
            .collect();
        assert!(done.iter().all(|done| done.status.success()), "{told:#?}");
        assert_eq!(
            told.iter()
                .filter(|text| text.contains("added series"))
                .count(),
            1,
            "{told:#?}"
        );
        let counts = "SELECT (SELECT count(*) FROM series), (SELECT count(*) FROM ser_ver), (SELECT count(*) FROM pcommit)";
        assert_eq!(sandbox.select(counts), "1|1|3\n");
        let marked = sandbox.git(&[
            "log",
            "--format=%(trailers:key=Change-Id,valueonly,separator=)",
            "--reverse",
            "main..video",
        ]);
        let recorded = sandbox
            .select("SELECT change_id FROM pcommit ORDER BY seq")
            .replace('\'', "");
        assert_eq!(recorded.replace("NULL", "").trim(), marked.trim());
    }
}

#[test]
fn a_version_with_other_patches_by_now_is_not_touched() {
    let sandbox = Sandbox::new().with_upstream();
    sandbox.usual_branch("video", "");
    sandbox.patman("series -s video add -M");
    sandbox.sql("UPDATE pcommit SET patch_id = 9, state = 'accepted'");
    let before = sandbox.series_rows();
    sandbox
        .branch("video")
        .from("video~1")
        .patches(&[("one: Another\n", "src/one.c", "z\n")])
        .tracks("us/main")
        .create();
    assert_data_eq!(
        sandbox.session(&["series -s video add -M"]),
        str![[r#"
$ git patman series -s video add -M
! series 'video' v1 is tracked already
! hint: its branch has other patches by now: git patman series -s video scan -M
= 0

"#]]
    );
    assert_eq!(sandbox.series_rows(), before);
}
