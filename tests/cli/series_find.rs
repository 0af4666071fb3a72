// SPDX-License-Identifier: GPL-2.0-or-later
//! `series find`.

use crate::sandbox::Sandbox;
use crate::scene::AWKWARD;
use snapbox::{assert_data_eq, str};

#[test]
fn series_are_found_by_names_titles_subjects_links_and_change_ids() {
    let sandbox = Sandbox::new().with_three_series();
    assert_data_eq!(
        sandbox.session(&[
            "series find DRIVER",
            "series find 4523",
            "series find i04",
            "series find tidy"
        ]),
        str![[r#"
$ git patman series find DRIVER
video
    video: Make it faster
  subject    v1 patch 2  video: Add a driver
  subject    v2 patch 1  video: Add the driver
= 0
$ git patman series find 4523
video
    video: Make it faster
  link       v1  452329
= 0
$ git patman series find i04
video
    video: Make it faster
  change-id  v2 patch 3  I04
= 0
$ git patman series find tidy
tidy
    doc: Tidy up ÄRGER
  name       tidy
  title      doc: Tidy up ÄRGER
  title      v1  doc: Tidy up
= 0

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["series find clean --json"]),
        str![[r#"
$ git patman series find clean --json
[
  {
    "series": "video",
    "identity": null,
    "title": "video: Make it faster",
    "review": false,
    "archived": false,
    "matches": [
      {
        "where": "subject",
        "text": "video: Clean up",
        "versions": [
          {
            "version": 1,
            "patch": 1
          },
          {
            "version": 2,
            "patch": 2
          }
        ]
      }
    ]
  }
]
= 0

"#]]
    );
}

#[test]
fn case_does_not_count_beyond_ascii_and_no_character_is_a_wildcard() {
    let sandbox = Sandbox::new().with_three_series();
    let found = |text: &str| {
        String::from_utf8(sandbox.patman(&format!("series find {text}")).stdout).unwrap()
    };
    assert!(found("ärger").starts_with("tidy\n"), "{}", found("ärger"));
    assert!(found("100%").starts_with("tidy\n"), "{}", found("100%"));
    for text in ["%", "v_deo", "video%", "."] {
        assert!(!found(text).contains("video"), "{text}: {}", found(text));
    }
}

#[test]
fn archived_series_are_found_where_they_are_asked_for() {
    let sandbox = Sandbox::new().with_three_series();
    assert_data_eq!(
        sandbox.session(&[
            "series find spi",
            "series find spi -A",
            "series -s old find SPI",
            "series -s video find spi"
        ]),
        str![[r#"
$ git patman series find spi
! no series contains 'spi'
! hint: to include archived series: -A
= 0
$ git patman series find spi -A
old (archived)
    spi: Drop it
  title      spi: Drop it
  subject    v1 patch 1  spi: Drop it
= 0
$ git patman series -s old find SPI
old (archived)
    spi: Drop it
  title      spi: Drop it
  subject    v1 patch 1  spi: Drop it
= 0
$ git patman series -s video find spi
! no series contains 'spi'
= 0

"#]]
    );
}

#[test]
fn nothing_to_look_for_is_refused() {
    let sandbox = Sandbox::new().with_three_series();
    let run = |args: &[&str]| {
        let done = sandbox
            .command(crate::sandbox::PROGRAM, &sandbox.repo())
            .args(args)
            .output()
            .unwrap();
        sandbox.show(&args.join(" "), &done)
    };
    assert_data_eq!(
        run(&["series", "find", ""]),
        str![[r#"
$ git patman series find 
! error: no text to search for
! hint: for example a part of a title or subject: git patman series find <text>
= 2

"#]]
    );
    assert_data_eq!(
        run(&["series", "find", "no such text", "--json"]),
        str![[r#"
$ git patman series find no such text --json
[]
= 0

"#]]
    );
}

#[test]
fn reviews_are_found_too() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.usual(1);
    sandbox.patman("-q review start ../v1.mbox");
    assert_data_eq!(
        sandbox.session(&["series find twenty"]),
        str![[r#"
$ git patman series find twenty
one-spell-numbers
    one: Spell numbers
  subject    v1 patch 2  [PATCH 2/2] one: Spell twenty
= 0

"#]]
    );
}

#[test]
fn what_is_found_in_an_awkward_database_is_harmless() {
    let sandbox = Sandbox::new().with_three_series();
    sandbox.sql(AWKWARD);
    for text in ["a", "7", "x", "far", "nobody", "lost", "\u{1b}"] {
        let done = sandbox.patman(&format!("series find {text} -A"));
        let shown = String::from_utf8(done.stdout).unwrap();
        assert!(
            done.status.success() && !shown.contains('\u{1b}'),
            "{text}: {shown}"
        );
        assert_eq!(
            shown.is_empty(),
            matches!(text, "nobody" | "lost"),
            "{text}: {shown}"
        );
    }
    let coloured = sandbox.patman("--color=always series find evil").stdout;
    assert!(
        String::from_utf8(coloured)
            .unwrap()
            .contains("evil\u{1b}[0m\\x1b[2J")
    );
}

#[test]
fn databases_of_every_version_are_looked_through() {
    let sandbox = Sandbox::new();
    for version in 1..=16 {
        let dir = sandbox.fixture(&format!("patman-v{version:02}.db"));
        let done = sandbox.patman_with_db(&dir, "series find NAÏVE");
        let text = sandbox.show("series find NAÏVE", &done);
        assert!(
            text.contains("\ndm-naïve\n") && text.ends_with("= 0\n"),
            "{version}: {text}"
        );
    }
}
