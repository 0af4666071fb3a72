// SPDX-License-Identifier: GPL-2.0-or-later
//! `series info`.

use crate::sandbox::Sandbox;
use crate::scene::AWKWARD;
use snapbox::{assert_data_eq, str};

#[test]
fn a_series_is_told_with_its_versions_and_what_became_of_each_patch() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.git(&["worktree", "add", "-q", "../work", "video2"]);
    assert_data_eq!(
        sandbox.session(&["series -s video info"]),
        str![[r#"
$ git patman series -s video info
series    video
title     video: Make it faster
upstream  us

version   v1
title     video: Make it fast
link      452329  https://pw.example.org/project/uboot/list/?series=452329&state=*&archive=both
cover     [0/3] video: Make it fast (2 comments)
sent      2025-12-20, 12 days ago
branch    video
   1  accepted                       video: Clean up
   2  changes-requested  3 comments  video: Add a driver
   3  new                 1 comment  video: Drop the old one
notes
    Tom: done
    	Sam: /x1b[31mno

version   v2
link      453001  https://pw.example.org/project/uboot/list/?series=453001&state=*&archive=both
sent      2025-12-30, 2 days ago
branch    video2 (checked out in $TOP/work)
   1  new       video: Add the driver    changed, was 2 'video: Add a driver'
   2  accepted  video: Clean up          same
   3  new       video: Document it       new
   -            video: Drop the old one  dropped, was 3
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["series -s video -V 2 info --json"]),
        str![[r#"
$ git patman series -s video -V 2 info --json
{
  "series": "video",
  "identity": null,
  "title": "video: Make it faster",
  "upstream": "us",
  "review": false,
  "archived": false,
  "versions": [
    {
      "version": 2,
      "title": "video: Make it faster",
      "link": "453001",
      "url": "https://pw.example.org/project/uboot/list/?series=453001&state=*&archive=both",
      "cover": null,
      "sent": 1767085200,
      "branch": "video2",
      "tag": null,
      "head": "0b66a076fff7d6776e04085e028b3b23e373f659",
      "worktree": "$TOP/work",
      "patches": [
        {
          "seq": 1,
          "subject": "video: Add the driver",
          "state": "new",
          "comments": 0,
          "patchwork_id": 2000020,
          "change_id": "I02",
          "commit": "9a85c5cd1eddbc5cae13b988aad407df0ab70612",
          "change": "changed",
          "was": 2,
          "was_subject": "video: Add a driver",
          "reordered": true
        },
        {
          "seq": 2,
          "subject": "video: Clean up",
          "state": "accepted",
          "comments": 0,
          "patchwork_id": 2000021,
          "change_id": "I01",
          "commit": "e10d31bd3a1eaeac767c246842c7820d2f40baf5",
          "change": "same",
          "was": 1,
          "was_subject": null,
          "reordered": false
        },
        {
          "seq": 3,
          "subject": "video: Document it",
          "state": "new",
          "comments": 0,
          "patchwork_id": 2000022,
          "change_id": "I04",
          "commit": "0b66a076fff7d6776e04085e028b3b23e373f659",
          "change": "new",
          "was": null,
          "was_subject": null,
          "reordered": false
        }
      ],
      "dropped": [
        {
          "seq": 3,
          "subject": "video: Drop the old one"
        }
      ],
      "notes": null,
      "reviews": null
    }
  ]
}
= 0

"#]]
    );
}

#[test]
fn the_branch_that_is_checked_out_says_which_series_is_meant() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.git(&["stash", "-q"]);
    sandbox.git(&["switch", "-q", "video"]);
    let text = sandbox.session(&["series info"]);
    assert!(
        text.contains("branch    video (checked out in $REPO)\n") && text.contains("version   v2"),
        "{text}"
    );
}

#[test]
fn what_is_not_there_is_refused() {
    let sandbox = Sandbox::new().with_three_series();
    assert_data_eq!(
        sandbox.session(&[
            "series info",
            "series -s nope info",
            "series -s video -V 7 info",
            "series -s video info -r x"
        ]),
        str![[r#"
$ git patman series info
! error: branch 'main' does not belong to a tracked series
! hint: name another series with -s <series>; to see them: git patman series ls
= 1
$ git patman series -s nope info
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series -s video -V 7 info
! error: series 'video' has no v7
! hint: it has v1, v2
= 1
$ git patman series -s video info -r x
! error: invalid value 'x' for '--reviews [<PATCH>...]': invalid digit found in string
! 
! For more information, try '--help'.
= 2

"#]]
    );
}

#[test]
fn an_archived_series_and_one_without_patches_are_told() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.git(&["tag", "-a", "-m", "old", "old-01jan25", "video"]);
    sandbox.sql("INSERT INTO series (id, name) VALUES (8, 'bare'); INSERT INTO series (id, name) VALUES (9, 'empty');
        INSERT INTO ser_ver (series_id, version) VALUES (9, 1)");
    assert_data_eq!(
        sandbox.session(&[
            "series -s old info",
            "series -s bare info",
            "series -s empty info"
        ]),
        str![[r#"
$ git patman series -s old info
series    old
title     spi: Drop it
upstream  us
state     archived

version   v1
link      400001  https://pw.example.org/project/uboot/list/?series=400001&state=*&archive=both
tag       old-01jan25
   1  accepted  spi: Drop it
= 0
$ git patman series -s bare info
series    bare
title     -
upstream  -
versions  none
= 0
$ git patman series -s empty info
series    empty
title     -
upstream  -

version   v1
link      -
branch    missing
patches   none
= 0

"#]]
    );
}

#[test]
fn a_review_is_told_with_its_texts_where_they_are_asked_for() {
    let sandbox = Sandbox::new().with_three_series();
    for version in 1..=2 {
        sandbox.usual(version);
        sandbox.patman(&format!("-q review start ../v{version}.mbox"));
    }
    sandbox.sql("INSERT INTO review (svid, seq, body, approved, timestamp, status)
        SELECT id, 0, 'Hi Ada,' || char(10) || char(10) || 'Nice.', 0, '2026-01-01T10:00:00.123456', 'new' FROM ser_ver WHERE series_id = 4 AND version = 1;
        INSERT INTO review (svid, seq, body, approved, status)
        SELECT id, 2, 'Fine.', 1, NULL FROM ser_ver WHERE series_id = 4");
    let named = "series -s one-spell-numbers info";
    assert_data_eq!(
        sandbox.session(&[&format!("{named} -r")]),
        str![[r#"
$ git patman series -s one-spell-numbers info -r
series    one-spell-numbers
title     one: Spell numbers
upstream  -
state     under review

version   v1
link      -
cover     [PATCH 0/2] one: Spell numbers
sent      2026-01-01, 12 hours ago
   1  one: Spell three
   2  one: Spell twenty
review of cover (comments, new)
    Hi Ada,

    Nice.
review of patch 2 (approved)
    Fine.

version   v2
link      -
cover     [PATCH v2 0/2] one: Spell numbers
sent      2026-01-01, 12 hours ago
branch    one-spell-numbers (checked out in $REPO/.git/patman/worktrees/one-spell-numbers)
   1  one: Spell three   changed
   2  one: Spell twenty  same
review of patch 2 (approved)
    Fine.
= 0

"#]]
    );
    let text = sandbox.session(&[&format!("{named} -r 0"), &format!("{named} -V 2 -r 1 2")]);
    assert!(
        text.contains("Nice.") && text.matches("Fine.").count() == 1,
        "{text}"
    );
    assert!(!sandbox.session(&[named]).contains("Nice."));
    let json = sandbox.patman(&format!("{named} -r --json"));
    let info: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let reviews = &info["versions"][0]["reviews"];
    assert_eq!(reviews[0]["date"], 1767261600, "{reviews}");
    assert_eq!(
        reviews[1],
        serde_json::json!({"seq": 2, "approved": true, "status": null, "date": null, "body": "Fine."})
    );
}

#[test]
fn without_change_ids_in_the_database_patches_are_followed_by_their_commits() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql("UPDATE pcommit SET change_id = NULL");
    let text = sandbox.session(&["series -s video -V 2 info"]);
    for line in [
        "video: Clean up          same\n",
        "video: Document it       new\n",
        "video: Drop the old one  dropped, was 3\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(
        text.contains("video: Add the driver    changed, was 2 'video: Add a driver'\n"),
        "{text}"
    );
}

#[test]
fn no_row_of_a_loosely_typed_database_ends_the_telling() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql(AWKWARD);
    for name in ["orphan", "twice", "odd"] {
        let text = sandbox.session(&[&format!("series -s {name} info -r")]);
        assert!(text.ends_with("= 0\n"), "{text}");
    }
    let evil = ["series", "-s", "evil\u{1b}[2J", "info", "-r"];
    let done = sandbox
        .command(crate::sandbox::PROGRAM, &sandbox.repo())
        .args(evil)
        .output()
        .unwrap();
    assert_data_eq!(
        sandbox.show("series -s EVIL info -r", &done),
        str![[r#"
$ git patman series -s EVIL info -r
series    evil/x1b[2J
title     a/nb/x1b]0;x/x07
upstream  -

version   v1
link      x/x1b[1m
branch    missing
   1  5  q/x1b[0m
   1  �
review of cover (comments, 1)
review of patch 1 (approved, new)
    b/x1b[1mold
= 0

"#]]
    );
}

#[test]
fn series_of_databases_of_every_version_are_told() {
    let sandbox = Sandbox::new();
    for version in 1..=16 {
        let dir = sandbox.fixture(&format!("patman-v{version:02}.db"));
        for name in ["mmc", "dm-naïve", "old-spi", "orphan"] {
            let done = sandbox.patman_with_db(&dir, &format!("series -s {name} info -r"));
            let text = sandbox.show(name, &done);
            assert!(
                text.contains(&format!("series    {name}\n")) && text.ends_with("= 0\n"),
                "{version}: {text}"
            );
        }
    }
}

/// The commit of each patch that 'series patches' and 'series info' name for a series of one version, by number.
fn commits_of_both(sandbox: &Sandbox, series: &str) -> [Vec<(u64, Option<String>)>; 2] {
    let read = |line: &str, path: &str| {
        let done = sandbox.patman(line);
        let json: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        let patches = json.pointer(path).unwrap().as_array().unwrap();
        let mut found: Vec<(u64, Option<String>)> = patches
            .iter()
            .filter_map(|one| {
                Some((
                    one["seq"].as_u64()?,
                    one["commit"].as_str().map(str::to_owned),
                ))
            })
            .collect();
        found.sort();
        found
    };
    [
        read(&format!("series -s {series} patches --json"), "/patches"),
        read(
            &format!("series -s {series} info --json"),
            "/versions/0/patches",
        ),
    ]
}

#[test]
fn info_and_patches_name_the_same_commits() {
    let sandbox = Sandbox::new();
    let branch = |messages: &[&str]| {
        sandbox
            .branch("net")
            .commits(messages)
            .tracks("main")
            .create();
    };
    branch(&["a: One\n\nChange-Id: I1", "b: Two", "c: Three"]);
    let done = sandbox.patman("series -s net add -D net -M");
    assert!(done.status.success(), "{done:?}");
    let [patches, info] = commits_of_both(&sandbox, "net");
    assert!(patches.len() == 3 && patches.iter().all(|(_, commit)| commit.is_some()));
    assert_eq!(patches, info);

    // A commit in front, one more that is merged, and other subjects: with a Change-Id, and without.
    branch(&[
        "x: New",
        "a: First\n\nChange-Id: I1",
        "b: Second",
        "c: Three",
    ]);
    sandbox.branch("side").commits(&["y: Beside"]).create();
    sandbox.git(&["checkout", "-q", "net"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge side", "side"]);
    let [patches, info] = commits_of_both(&sandbox, "net");
    assert!(patches.len() == 3 && patches.iter().all(|(_, commit)| commit.is_some()));
    assert_eq!(patches, info);
}

#[test]
fn info_and_patches_name_the_same_commits_of_a_long_series() {
    let sandbox = Sandbox::new();
    let messages: Vec<String> = (1..=501).map(|at| format!("x: Patch {at}")).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    sandbox
        .branch("big")
        .commits(&messages)
        .tracks("main")
        .create();
    sandbox.sql(
        "INSERT INTO series (id, name) VALUES (1, 'big');
        INSERT INTO ser_ver (id, series_id, version) VALUES (1, 1, 1);
        WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < 500)
        INSERT INTO pcommit (svid, seq, subject) SELECT 1, at, 'x: Patch ' || (at + 1) FROM n;",
    );
    let [patches, info] = commits_of_both(&sandbox, "big");
    assert!(patches.len() == 501 && patches.iter().all(|(_, commit)| commit.is_some()));
    assert_eq!(patches, info);
}
