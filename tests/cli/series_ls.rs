// SPDX-License-Identifier: GPL-2.0-or-later
//! `series ls`.

use crate::sandbox::Sandbox;
use crate::scene::AWKWARD;
use snapbox::{assert_data_eq, str};

#[test]
fn series_are_listed_by_name_with_how_far_the_newest_version_is() {
    let sandbox = Sandbox::new().with_three_series();
    assert_data_eq!(
        sandbox.session(&[
            "series ls",
            "series list -A",
            "series ls -r",
            "series ls --json"
        ]),
        str![[r#"
$ git patman series ls
NAME   TITLE                  ACCEPTED  UPSTREAM  VERSIONS  NOTE
tidy   doc: Tidy up ÄRGER          -/1  -         1         no branch
video  video: Make it faster       1/3  us        1 2
= 0
$ git patman series list -A
NAME   TITLE                  ACCEPTED  UPSTREAM  VERSIONS  NOTE
old    spi: Drop it                1/1  us        1         archived
tidy   doc: Tidy up ÄRGER          -/1  -         1         no branch
video  video: Make it faster       1/3  us        1 2
= 0
$ git patman series ls -r
! there are no reviews yet
! hint: to start a review: git patman review start <source>
= 0
$ git patman series ls --json
[
  {
    "series": "tidy",
    "identity": null,
    "title": "doc: Tidy up ÄRGER",
    "upstream": null,
    "review": false,
    "archived": false,
    "versions": [
      {
        "version": 1,
        "link": null,
        "patches": 1,
        "accepted": 0,
        "branch": null
      }
    ]
  },
  {
    "series": "video",
    "identity": null,
    "title": "video: Make it faster",
    "upstream": "us",
    "review": false,
    "archived": false,
    "versions": [
      {
        "version": 1,
        "link": "452329",
        "patches": 3,
        "accepted": 1,
        "branch": "video"
      },
      {
        "version": 2,
        "link": "453001",
        "patches": 3,
        "accepted": 1,
        "branch": "video2"
      }
    ]
  }
]
= 0

"#]]
    );
}

#[test]
fn one_series_that_is_named_is_listed_alone_archived_or_not() {
    let sandbox = Sandbox::new().with_three_series();
    assert_data_eq!(
        sandbox.session(&[
            "series -s video2 ls",
            "series ls -s old",
            "series -s nope ls"
        ]),
        str![[r#"
$ git patman series -s video2 ls
NAME   TITLE                  ACCEPTED  UPSTREAM  VERSIONS
video  video: Make it faster       1/3  us        1 2
= 0
$ git patman series ls -s old
NAME  TITLE         ACCEPTED  UPSTREAM  VERSIONS  NOTE
old   spi: Drop it       1/1  us        1         archived
= 0
$ git patman series -s nope ls
! error: series 'nope' is not tracked
! hint: to track it: git patman series -s nope add
! hint: to list the tracked series: git patman series ls
= 1

"#]]
    );
}

#[test]
fn where_nothing_is_listed_that_is_told_and_what_to_do() {
    let sandbox = Sandbox::new();
    assert_data_eq!(
        sandbox.session(&[
            "series ls",
            "series ls -r",
            "-q series ls",
            "series ls --json"
        ]),
        str![[r#"
$ git patman series ls
! there are no series yet
! hint: to add the current branch: git patman series add
= 0
$ git patman series ls -r
! there are no reviews yet
! hint: to start a review: git patman review start <source>
= 0
$ git patman -q series ls
= 0
$ git patman series ls --json
[]
= 0

"#]]
    );
    sandbox.sql("INSERT INTO series (name, archived) VALUES ('old', 1)");
    assert_data_eq!(
        sandbox.session(&["series ls", "series ls -A"]),
        str![[r#"
$ git patman series ls
! there are no series except for 1 archived
! hint: to include archived ones: git patman series ls -A
= 0
$ git patman series ls -A
NAME  TITLE  ACCEPTED  UPSTREAM  VERSIONS  NOTE
old   -             -  -                   no version
= 0

"#]]
    );
}

#[test]
fn reviews_are_listed_by_themselves() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.usual(1);
    sandbox.patman("-q review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["series ls -r"]),
        str![[r#"
$ git patman series ls -r
NAME               TITLE               ACCEPTED  UPSTREAM  VERSIONS
one-spell-numbers  one: Spell numbers       -/2  -         1
= 0

"#]]
    );
    assert!(!sandbox.session(&["series ls"]).contains("spell"));
}

#[test]
fn no_row_of_a_loosely_typed_database_ends_the_list() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql(AWKWARD);
    assert_data_eq!(
        sandbox.session(&["series ls -A"]),
        str![[r#"
$ git patman series ls -A
NAME         TITLE                  ACCEPTED  UPSTREAM  VERSIONS  NOTE
-            -                           -/0  -         1         no branch
-            -                             -  -                   no version
77           �ab                         -/0  -         1         no branch
evil/x1b[2J  a/nb/x1b]0;x/x07            0/2  -         1         no branch
odd          Odd versions                -/1  -         ? ? ? ?   no branch
old          spi: Drop it                1/1  us        1         archived
orphan       -                             -  -                   no version
tidy         doc: Tidy up ÄRGER          -/1  -         1         no branch
twice        Two of one number           1/1  -         1 1       no branch
video        video: Make it faster       1/3  us        1 2
= 0

"#]]
    );
    let json = sandbox.patman("series ls -A --json");
    let all: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 10);
}

#[test]
fn databases_of_every_version_are_listed() {
    let sandbox = Sandbox::new();
    for version in 1..=16 {
        let dir = sandbox.fixture(&format!("patman-v{version:02}.db"));
        let text =
            |line: &str| String::from_utf8(sandbox.patman_with_db(&dir, line).stdout).unwrap();
        let listed = text("series ls -A");
        let row = |name: &str| {
            let line = listed
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_else(|| panic!("{version}: {listed}"));
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let upstream = if version < 5 { "-" } else { "us" };
        assert_eq!(
            row("mmc"),
            format!("mmc mmc: Tidy up the tuning code -/3 {upstream} 1-3 no branch")
        );
        assert_eq!(
            row("old-spi"),
            "old-spi spi: Drop 'legacy' drivers 1/2 - 1 2 archived"
        );
        assert_eq!(row("orphan"), "orphan - - - no version");
        assert_eq!(
            row("dm-na"),
            "dm-naïve dm: Make the naïve lookup \"fast\" — O(1) -/2 - 1 no branch"
        );
        let reviews = text("series ls -r");
        assert_eq!(
            reviews.contains("us-498633-review"),
            version >= 8,
            "{version}: {reviews}"
        );
    }
}

#[test]
fn a_database_that_cannot_be_written_and_has_no_index_is_listed_alike() {
    let sandbox = Sandbox::new().with_three_series();
    let usual = sandbox.patman("series ls -A").stdout;
    sandbox.sql("DROP INDEX gitpatman_pcommit_svid; DROP INDEX gitpatman_ser_ver_series");
    assert_eq!(
        String::from_utf8(sandbox.patman("series ls -A").stdout),
        String::from_utf8(usual)
    );
}

#[test]
fn many_series_are_listed_as_few_are() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
        INSERT INTO series (name, desc, archived) SELECT 'many-' || i || '-x', 'Many', 0 FROM n;
        INSERT INTO ser_ver (series_id, version) SELECT id, 1 FROM series WHERE desc = 'Many'",
    );
    sandbox.git(&["branch", "many-7-x"]);
    let listed = String::from_utf8(sandbox.patman("series ls").stdout).unwrap();
    let row = |name: &str| {
        listed
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .trim_end()
            .to_owned()
    };
    assert!(
        row("many-7-x ").ends_with(" 1") && row("many-8-x ").ends_with("no branch"),
        "{listed}"
    );
    assert!(row("video ").ends_with("1 2"), "{listed}");
    assert_eq!(listed.lines().count(), 303);
}

#[test]
fn the_list_has_colours_where_they_are_asked_for_and_is_not_cut_in_a_pipe() {
    let sandbox = Sandbox::new().with_three_series();
    let title = "t".repeat(300);
    sandbox.sql(&format!(
        "UPDATE series SET desc = '{title}' WHERE name = 'tidy'"
    ));
    let done = sandbox.patman("--color=always series ls");
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains(&title) && text.contains("\u{1b}["), "{text}");
    assert!(
        !String::from_utf8(sandbox.patman("series ls").stdout)
            .unwrap()
            .contains('\u{1b}')
    );
}
