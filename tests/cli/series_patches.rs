// SPDX-License-Identifier: GPL-2.0-or-later
//! `series patches`: rows of the database beside the commits that they are now.

use crate::sandbox::Sandbox;
use snapbox::{assert_data_eq, str};

/// Series `net` v1, on its branch, with three patches that a Patchwork knows.
fn net() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .branch("net")
        .commits(&[
            "a: One\n\nChange-Id: I1",
            "b: Two\n\nChange-Id: I2",
            "c: Three\n\nChange-Id: I3",
        ])
        .tracks("main")
        .create();
    sandbox.sql(
        "INSERT INTO series VALUES (1, 'net', 'net: Faster', 0, 'us', NULL, NULL);
        INSERT INTO ser_ver VALUES (1, 1, 1, '77', 1100, 2, '[0/3] net: Faster', NULL, 'net: Faster', NULL);
        INSERT INTO pcommit VALUES (1, 1, 0, 'a: One', 1101, 'I1', 'accepted', 3);
        INSERT INTO pcommit VALUES (2, 1, 1, 'b: Two', 1102, 'I2', 'changes-requested', 1);
        INSERT INTO pcommit VALUES (3, 1, 2, 'c: Three', NULL, 'I3', NULL, NULL);",
    );
    sandbox
}

#[test]
fn patches_are_listed_for_people_and_for_programs() {
    let sandbox = net();
    assert_data_eq!(
        sandbox.session(&[
            "series -s net patches",
            "series -s net patches --json",
            "series -s net patches"
        ]),
        str![[r#"
$ git patman series -s net patches
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT   SUBJECT
0  cover                2  1100                [0/3] net: Faster
1  accepted             3  1101       55f777b  a: One
2  changes-requested    1  1102       fa21fa5  b: Two
3  unknown                            04c2942  c: Three
= 0
$ git patman series -s net patches --json
{
  "series": "net",
  "version": 1,
  "title": "net: Faster",
  "link": "77",
  "cover": {
    "subject": "[0/3] net: Faster",
    "comments": 2,
    "patchwork_id": 1100
  },
  "ref": "refs/heads/net",
  "head": "04c2942f8ede609d59900e1d3dfd966a641d4c50",
  "patches": [
    {
      "seq": 1,
      "subject": "a: One",
      "scanned_subject": null,
      "state": "accepted",
      "comments": 3,
      "patchwork_id": 1101,
      "change_id": "I1",
      "commit": "55f777bbc4460e242f95def7007e69ed1b073aac",
      "change": "same"
    },
    {
      "seq": 2,
      "subject": "b: Two",
      "scanned_subject": null,
      "state": "changes-requested",
      "comments": 1,
      "patchwork_id": 1102,
      "change_id": "I2",
      "commit": "fa21fa5fecc6ba0c0d455829da71404d2f3c7eae",
      "change": "same"
    },
    {
      "seq": 3,
      "subject": "c: Three",
      "scanned_subject": null,
      "state": null,
      "comments": null,
      "patchwork_id": null,
      "change_id": "I3",
      "commit": "04c2942f8ede609d59900e1d3dfd966a641d4c50",
      "change": "same"
    }
  ]
}
= 0
$ git patman series -s net patches
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT   SUBJECT
0  cover                2  1100                [0/3] net: Faster
1  accepted             3  1101       55f777b  a: One
2  changes-requested    1  1102       fa21fa5  b: Two
3  unknown                            04c2942  c: Three
= 0

"#]]
    );
}

#[test]
fn a_version_that_is_not_known_is_refused() {
    let sandbox = net();
    assert_data_eq!(
        sandbox.session(&[
            "series patches",
            "series -s nope patches",
            "series -s net -V 2 patches"
        ]),
        str![[r#"
$ git patman series patches
! error: branch 'main' does not belong to a tracked series
! hint: name another series with -s <series>; to see them: git patman series ls
= 1
$ git patman series -s nope patches
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1
$ git patman series -s net -V 2 patches
! error: series 'net' has no v2
! hint: it has v1
= 1

"#]]
    );
}

#[test]
fn after_a_rebase_states_stay_with_their_commits() {
    let sandbox = net();
    sandbox
        .branch("net")
        .commits(&[
            "c: Three\n\nChange-Id: I3",
            "a: One, better\n\nChange-Id: I1",
            "d: Four",
        ])
        .tracks("main")
        .create();
    assert_data_eq!(
        sandbox.session(&["series -s net patches", "series -s net patches --json"]),
        str![[r#"
$ git patman series -s net patches
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT   BRANCH   SUBJECT
0  cover                2  1100                         [0/3] net: Faster
3  unknown                            f828ee2  moved    c: Three
1  accepted             3  1101       9dcea2e  renamed  a: One, better
2  changes-requested    1  1102       -        dropped  b: Two
-  -                                  1570c18  new      d: Four
! branch 'net' has changed since the last scan
! hint: to update the database: git patman series -s net scan
= 0
$ git patman series -s net patches --json
{
  "series": "net",
  "version": 1,
  "title": "net: Faster",
  "link": "77",
  "cover": {
    "subject": "[0/3] net: Faster",
    "comments": 2,
    "patchwork_id": 1100
  },
  "ref": "refs/heads/net",
  "head": "1570c180c5e1aec4836e19a0ce5c88a461639157",
  "patches": [
    {
      "seq": 3,
      "subject": "c: Three",
      "scanned_subject": null,
      "state": null,
      "comments": null,
      "patchwork_id": null,
      "change_id": "I3",
      "commit": "f828ee2cd214db4c6ab385e3369add52dff7c9e5",
      "change": "moved"
    },
    {
      "seq": 1,
      "subject": "a: One, better",
      "scanned_subject": "a: One",
      "state": "accepted",
      "comments": 3,
      "patchwork_id": 1101,
      "change_id": "I1",
      "commit": "9dcea2e29a207f60e6d094814ea932ffbe7dd255",
      "change": "renamed"
    },
    {
      "seq": 2,
      "subject": "b: Two",
      "scanned_subject": null,
      "state": "changes-requested",
      "comments": 1,
      "patchwork_id": 1102,
      "change_id": "I2",
      "commit": null,
      "change": "dropped"
    },
    {
      "seq": null,
      "subject": "d: Four",
      "scanned_subject": null,
      "state": null,
      "comments": null,
      "patchwork_id": null,
      "change_id": null,
      "commit": "1570c180c5e1aec4836e19a0ce5c88a461639157",
      "change": "new"
    }
  ]
}
= 0

"#]]
    );
}

#[test]
fn a_commit_without_a_change_id_is_found_by_its_content() {
    let sandbox = Sandbox::new();
    sandbox
        .branch("net")
        .commits(&["a: Renamed", "b: Two"])
        .tracks("main")
        .create();
    let id = "git diff-tree -p net~1 | git patch-id --stable | cut -d' ' -f1";
    let id = sandbox
        .command("sh", &sandbox.repo())
        .args(["-c", id])
        .output()
        .unwrap()
        .stdout;
    let id = String::from_utf8(id).unwrap();
    sandbox.sql(&format!(
        "INSERT INTO series (id, name) VALUES (1, 'net');
        INSERT INTO ser_ver (id, series_id, version) VALUES (1, 1, 1);
        INSERT INTO pcommit (svid, seq, subject, state) VALUES (1, 0, 'b: Two', 'new'), (1, 1, 'a: One', 'accepted');
        INSERT INTO gitpatman_patch (svid, seq, patch_id) VALUES (1, 1, '{}');",
        id.trim()
    ));
    assert_data_eq!(
        sandbox.session(&["series -s net patches"]),
        str![[r#"
$ git patman series -s net patches
net v1
2 patches: 1 accepted, 1 new
#  STATE     COM  PATCHWORK  COMMIT   BRANCH   SUBJECT
2  accepted                  10086e5  renamed  a: Renamed
1  new                       e45639b           b: Two
! branch 'net' has changed since the last scan
! hint: to update the database: git patman series -s net scan
= 0

"#]]
    );
}

#[test]
fn a_branch_that_is_gone_takes_nothing_from_the_list() {
    let sandbox = net();
    sandbox.git(&["branch", "-q", "-D", "net"]);
    assert_data_eq!(
        sandbox.session(&["series -s net patches", "series -s net patches -t"]),
        str![[r#"
$ git patman series -s net patches
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT  SUBJECT
0  cover                2  1100               [0/3] net: Faster
1  accepted             3  1101       -       a: One
2  changes-requested    1  1102       -       b: Two
3  unknown                            -       c: Three
! there is no branch 'net': showing the patches in the database
= 0
$ git patman series -s net patches -t
! error: there is no branch 'net'
= 1

"#]]
    );
}

#[test]
fn an_archived_series_has_its_commits_at_its_tag() {
    let sandbox = net();
    sandbox.git(&["tag", "-a", "-m", "net", "net-01jan26", "net"]);
    sandbox.git(&["branch", "-q", "-D", "net"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    sandbox.sql("UPDATE series SET archived = 1; UPDATE ser_ver SET archive_tag = 'net-01jan26'");
    assert_data_eq!(
        sandbox.session(&["series -s net patches"]),
        str![[r#"
$ git patman series -s net patches
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT   SUBJECT
0  cover                2  1100                [0/3] net: Faster
1  accepted             3  1101       55f777b  a: One
2  changes-requested    1  1102       fa21fa5  b: Two
3  unknown                            04c2942  c: Three
= 0

"#]]
    );
    // A branch of that name is another one by now.
    sandbox
        .branch("net")
        .commits(&["z: Another"])
        .tracks("main")
        .create();
    assert_data_eq!(
        sandbox.session(&["series -s net patches"]),
        str![[r#"
$ git patman series -s net patches
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT   SUBJECT
0  cover                2  1100                [0/3] net: Faster
1  accepted             3  1101       55f777b  a: One
2  changes-requested    1  1102       fa21fa5  b: Two
3  unknown                            04c2942  c: Three
= 0

"#]]
    );
}

#[test]
fn each_version_of_a_review_has_its_own_commits() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.patman("review start --no-worktree ../v1.mbox");
    sandbox.usual(2);
    sandbox.patman("review start --no-worktree ../v2.mbox");
    assert_data_eq!(
        sandbox.session(&[
            "series -s one-spell-numbers -V 1 patches",
            "series -s one-spell-numbers -V 2 patches",
            "review log one --version 2 -- --format=%h",
        ]),
        str![[r#"
$ git patman series -s one-spell-numbers -V 1 patches
one-spell-numbers v1  one: Spell numbers
2 patches: 2 unknown
#  STATE    COM  PATCHWORK  COMMIT   SUBJECT
0  cover                             [PATCH 0/2] one: Spell numbers
1  unknown                  f5633d3  one: Spell three
2  unknown                  36a7274  one: Spell twenty
= 0
$ git patman series -s one-spell-numbers -V 2 patches
one-spell-numbers v2  one: Spell numbers
2 patches: 2 unknown
#  STATE    COM  PATCHWORK  COMMIT   SUBJECT
0  cover                             [PATCH v2 0/2] one: Spell numbers
1  unknown                  4849cc5  one: Spell three
2  unknown                  f18fdde  one: Spell twenty
= 0
$ git patman review log one --version 2 -- --format=%h
f18fdde
4849cc5
= 0

"#]]
    );
}

#[test]
fn commits_and_patches_are_shown_by_git() {
    let sandbox = net();
    assert_data_eq!(
        sandbox.session(&[
            "series -s net patches -t",
            "series -s net patches --patch",
            "series -s net patches -p --json"
        ]),
        str![[r#"
$ git patman series -s net patches -t
commit 55f777bbc4460e242f95def7007e69ed1b073aac
Author: Ada <ada@example.com>
Date:   Thu Jan 1 00:00:00 2026 +0000

    a: One
    
    Change-Id: I1

 a | 1 +
 1 file changed, 1 insertion(+)

commit fa21fa5fecc6ba0c0d455829da71404d2f3c7eae
Author: Ada <ada@example.com>
Date:   Thu Jan 1 00:00:00 2026 +0000

    b: Two
    
    Change-Id: I2

 b | 1 +
 1 file changed, 1 insertion(+)

commit 04c2942f8ede609d59900e1d3dfd966a641d4c50
Author: Ada <ada@example.com>
Date:   Thu Jan 1 00:00:00 2026 +0000

    c: Three
    
    Change-Id: I3

 c | 1 +
 1 file changed, 1 insertion(+)
= 0
$ git patman series -s net patches --patch
commit 55f777bbc4460e242f95def7007e69ed1b073aac
Author: Ada <ada@example.com>
Date:   Thu Jan 1 00:00:00 2026 +0000

    a: One
    
    Change-Id: I1

diff --git a/a b/a
new file mode 100644
index 0000000..7898192
--- /dev/null
+++ b/a
@@ -0,0 +1 @@
+a

commit fa21fa5fecc6ba0c0d455829da71404d2f3c7eae
Author: Ada <ada@example.com>
Date:   Thu Jan 1 00:00:00 2026 +0000

    b: Two
    
    Change-Id: I2

diff --git a/b b/b
new file mode 100644
index 0000000..6178079
--- /dev/null
+++ b/b
@@ -0,0 +1 @@
+b

commit 04c2942f8ede609d59900e1d3dfd966a641d4c50
Author: Ada <ada@example.com>
Date:   Thu Jan 1 00:00:00 2026 +0000

    c: Three
    
    Change-Id: I3

diff --git a/c b/c
new file mode 100644
index 0000000..f2ad6c7
--- /dev/null
+++ b/c
@@ -0,0 +1 @@
+c
= 0
$ git patman series -s net patches -p --json
! error: the argument '--patch' cannot be used with '--json'
! 
! Usage: git patman series patches --patch
! 
! For more information, try '--help'.
= 2

"#]]
    );
    let both = sandbox.patman("series -s net patches -t -p");
    let both = String::from_utf8(both.stdout).unwrap();
    assert_eq!(
        both.matches(" 1 file changed, 1 insertion(+)").count(),
        3,
        "{both}"
    );
    assert_eq!(both.matches("\n+++ b/").count(), 3, "{both}");
}

#[test]
fn a_series_that_is_merged_keeps_its_commits() {
    let sandbox = net();
    let tip = sandbox.git(&["rev-parse", "net"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", &tip]);
    sandbox.git(&["config", "branch.net.remote", "origin"]);
    sandbox.git(&["config", "remote.origin.url", "/nowhere"]);
    sandbox.git(&[
        "config",
        "remote.origin.fetch",
        "+refs/heads/*:refs/remotes/origin/*",
    ]);
    let shown = sandbox.session(&["series -s net patches"]);
    assert!(
        !shown.contains("dropped") && shown.contains(&tip[..7]),
        "{shown}"
    );
}

#[test]
fn rows_of_any_kind_are_shown_and_harmless() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "INSERT INTO series (id, name, desc) VALUES (1, 'net', 'title \x1b[31m');
        INSERT INTO ser_ver (id, series_id, version, link) VALUES (1, 1, '1', 5);
        INSERT INTO pcommit VALUES (1, 1, '1', 'evil \x1b]0;x\x07 \u{202e}', 'x', '', 'odd \x1b[2J', 'many');
        INSERT INTO pcommit VALUES (2, 1, NULL, NULL, NULL, NULL, '', NULL);
        INSERT INTO pcommit VALUES (3, 99, 0, 'of no version', NULL, NULL, 'new', NULL);",
    );
    assert_data_eq!(
        sandbox.session(&["series -s net patches"]),
        str![[r#"
$ git patman series -s net patches
net v1  title /x1b[31m
2 patches: 1 unknown, 1 odd /x1b[2J
#  STATE        COM  PATCHWORK  COMMIT  SUBJECT
1  unknown                      -
2  odd /x1b[2J                  -       evil /x1b]0;x/x07 /u{202e}
! there is no branch 'net': showing the patches in the database
= 0

"#]]
    );
    let json = sandbox.patman("series -s net patches --json").stdout;
    assert!(
        !json.iter().any(|byte| *byte == 0x1b || *byte == 7),
        "{}",
        String::from_utf8_lossy(&json)
    );
}

#[test]
fn a_narrow_terminal_shows_what_matters() {
    let sandbox = net();
    sandbox
        .branch("net")
        .commits(&[
            "a: One\n\nChange-Id: I1",
            "b: A rather long subject of a patch that is renamed\n\nChange-Id: I2",
        ])
        .tracks("main")
        .create();
    assert_data_eq!(
        sandbox.on_terminal(80, "--color=never series -s net patches"),
        str![[r#"
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  PATCHWORK  COMMIT   BRANCH   SUBJECT
0  cover                2  1100                         [0/3] net: Faster
1  accepted             3  1101       55f777b           a: One
2  changes-requested    1  1102       9199352  renamed  b: A rather long subjec…
3  unknown                            -        dropped  c: Three
branch 'net' has changed since the last scan
hint: to update the database: git patman series -s net scan

"#]]
    );
    assert_data_eq!(
        sandbox.on_terminal(56, "--color=never series -s net patches"),
        str![[r#"
net v1  net: Faster
3 patches: 1 accepted, 1 changes-requested, 1 unknown
#  STATE              COM  COMMIT   BRANCH   SUBJECT
0  cover                2                    [0/3] net: …
1  accepted             3  55f777b           a: One
2  changes-requested    1  9199352  renamed  b: A rather…
3  unknown                 -        dropped  c: Three
branch 'net' has changed since the last scan
hint: to update the database: git patman series -s net scan

"#]]
    );
}
