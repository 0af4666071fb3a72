// SPDX-License-Identifier: GPL-2.0-or-later
//! `db merge`, `db split` and `db join`: what is told, what is refused, and that review commands use the database that
//! `patman.reviewDbDir` names.

use crate::fake_patchwork::FakePatchwork;
use crate::sandbox::{PROGRAM, Sandbox};
use crate::scene::fixture;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

/// A repository beside which lie a database as patman made it, `old/.patman.db`, and an empty directory, `reviews`.
fn with_fixture(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for dir in ["old", "reviews"] {
        fs::create_dir(sandbox.top().join(dir)).unwrap();
    }
    fs::copy(fixture(name), sandbox.top().join("old/.patman.db")).unwrap();
    sandbox
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = dir
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn value(file: &Path, sql: &str) -> String {
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.query_row(sql, [], |row| row.get::<_, Option<String>>(0))
        .unwrap()
        .unwrap_or_default()
}

#[test]
fn a_database_is_merged_once_and_what_is_there_is_told() {
    let sandbox = with_fixture("patman-v16.db");
    assert_data_eq!(
        sandbox.session(&[
            "db merge -n ../old",
            "db merge ../old/.patman.db",
            "db merge ../old",
            "db merge --own ../old"
        ]),
        str![[r#"
$ git patman db merge -n ../old
! would have copied 5 series: 8 versions, 18 patches, 4 reviews, 2 replies, 4 workflow entries
! would have added 2 upstreams and 3 Patchwork projects
! nothing was changed
= 0
$ git patman db merge ../old/.patman.db
! Created database '$REPO/.git/patman/.patman.db'
! backed up to '$REPO/.git/patman/.patman.db.before-merge-20260101-120000'
! copied 5 series: 8 versions, 18 patches, 4 reviews, 2 replies, 4 workflow entries
! added 2 upstreams and 3 Patchwork projects
= 0
$ git patman db merge ../old
! copied no series
! warning: skipped because they already exist: mmc v1, mmc v2, mmc v3, dm-naïve v1, old-spi v1, old-spi v2, us-498633-review v1, us-498633-review v2
= 0
$ git patman db merge --own ../old
! copied no series
! warning: skipped because they already exist: mmc v1, mmc v2, mmc v3, dm-naïve v1, old-spi v1, old-spi v2
= 0

"#]]
    );
    assert_eq!(files(&sandbox.top().join("old")), [".patman.db"]);
}

#[test]
fn a_source_that_is_not_there_or_is_the_database_itself_is_refused() {
    let sandbox = with_fixture("patman-v16.db");
    sandbox.patman("db migrate");
    assert_data_eq!(
        sandbox.session(&[
            "db merge ../nowhere",
            "db merge ../reviews",
            "db merge .git/patman",
            "db merge --own --reviews ../old",
            "db merge -R ../old",
            "db split",
            "db --review-db-dir ../nowhere split",
            "db split --review-db-dir .git/patman",
            "db -n status",
        ]),
        str![[r#"
$ git patman db merge ../nowhere
! error: cannot read the database '$REPO/../nowhere': there is no such file
= 1
$ git patman db merge ../reviews
! error: cannot read the database '$REPO/../reviews/.patman.db': there is no such file
= 1
$ git patman db merge .git/patman
! error: '$REPO/.git/patman/.patman.db' and '$REPO/.git/patman/.patman.db' are the same database
! hint: see which one is used: git patman db status
= 2
$ git patman db merge --own --reviews ../old
! error: the argument '--own' cannot be used with '--reviews'
! 
! Usage: git patman db merge --own <SOURCE>
! 
! For more information, try '--help'.
= 2
$ git patman db merge -R ../old
! error: there is no separate database for reviews
! hint: to use a directory once: --review-db-dir <dir>
! hint: to set it for all commands: git config patman.reviewDbDir <dir>
= 2
$ git patman db split
! error: there is no separate database for reviews
! hint: to use a directory once: --review-db-dir <dir>
! hint: to set it for all commands: git config patman.reviewDbDir <dir>
= 2
$ git patman db --review-db-dir ../nowhere split
! error: cannot use the directory '$REPO/../nowhere' of the database (--review-db-dir): it does not exist
! hint: make it: mkdir -p $REPO/../nowhere
! hint: or name another one
= 1
$ git patman db split --review-db-dir .git/patman
! error: '$REPO/.git/patman/.patman.db' and '$REPO/.git/patman/.patman.db' are the same database
! hint: see which one is used: git patman db status
= 2
$ git patman db -n status
! error: --dry-run and --review-db-dir are only valid for 'merge', 'split' and 'join'
= 2

"#]]
    );
}

#[test]
fn reviews_are_moved_to_a_database_of_their_own_and_back() {
    let sandbox = with_fixture("patman-v16.db");
    sandbox.patman("db merge ../old");
    sandbox.git(&["config", "patman.reviewDbDir", "../reviews"]);
    assert_data_eq!(
        sandbox.session(&["db join", "database -n split"]),
        str![[r#"
$ git patman db join
! nothing to move: there is no database '$TOP/reviews/.patman.db'
= 0
$ git patman database -n split
! would have moved 1 series: 2 versions, 4 patches, 4 reviews, 2 replies
! nothing was changed
= 0

"#]]
    );
    assert!(
        files(&sandbox.top().join("reviews")).is_empty(),
        "a dry run makes nothing"
    );
    assert_data_eq!(
        sandbox.session(&[
            "db split",
            "db split",
            "review list --all",
            "database --review-db-dir ../reviews -n join",
            "db join",
            "review list --all",
            "db join",
        ]),
        str![[r#"
$ git patman db split
! Created database '$TOP/reviews/.patman.db'
! backed up to '$TOP/reviews/.patman.db.before-split-20260101-120000'
! backed up to '$REPO/.git/patman/.patman.db.before-split-20260101-120000'
! moved 1 series: 2 versions, 4 patches, 4 reviews, 2 replies
= 0
$ git patman db split
! moved no series
= 0
$ git patman review list --all
NAME              VER  STATE     PATCHES  AGE  BASE  TITLE                       WORKTREE
us-498633-review  v2   recorded        2             clk: Rework the clock tree  -
= 0
$ git patman database --review-db-dir ../reviews -n join
! would have moved 1 series: 2 versions, 4 patches, 4 reviews, 2 replies
! nothing was changed
= 0
$ git patman db join
! backed up to '$REPO/.git/patman/.patman.db.before-join-20260101-120000'
! backed up to '$TOP/reviews/.patman.db.before-join-20260101-120000'
! moved 1 series: 2 versions, 4 patches, 4 reviews, 2 replies
! hint: review commands still use the other database; to use this one:
! hint: git config --unset patman.reviewDbDir
= 0
$ git patman review list --all
! there are no reviews here
! hint: to start a review: git patman review start <source>
= 0
$ git patman db join
! moved no series
! hint: review commands still use the other database; to use this one:
! hint: git config --unset patman.reviewDbDir
= 0

"#]]
    );
    let kept: Vec<String> = files(&sandbox.repo().join(".git/patman"));
    assert!(
        kept.iter()
            .any(|name| name.starts_with(".patman.db.before-split-")),
        "{kept:?}"
    );
    let status = sandbox.session(&["db status"]);
    assert!(
        status.contains(
            "Separate database for reviews:\npath      $TOP/reviews/.patman.db\norigin    patman.reviewDbDir in "
        ),
        "{status}"
    );
}

#[test]
fn reviews_are_made_in_the_database_for_them_and_upstreams_are_read_from_the_main_one() {
    let (sandbox, server) = (Sandbox::new(), FakePatchwork::new());
    server.feed(&fs::read(sandbox.usual(1)).unwrap());
    let dir = sandbox.top().join("reviews");
    fs::create_dir(&dir).unwrap();
    sandbox.patman(&format!(
        "upstream add us https://example.com/us.git -p {}",
        server.url()
    ));
    sandbox.git(&["config", "patman.reviewDbDir", dir.to_str().unwrap()]);
    let said = sandbox.session(&["review start --no-worktree -U us 100"]);
    assert!(said.ends_with("= 0\n"), "{said}");
    let main = sandbox.repo().join(".git/patman/.patman.db");
    let count = "SELECT group_concat(name) FROM series";
    assert_eq!(value(&main, count), "");
    assert_eq!(value(&dir.join(".patman.db"), count), "us-100-review");
    assert_eq!(
        value(
            &dir.join(".patman.db"),
            "SELECT group_concat(name) FROM upstream"
        ),
        ""
    );
    let said = sandbox.session(&["review update", "review show us-100-review", "review inbox"]);
    assert_eq!(said.matches("= 0\n").count(), 3, "{said}");
    // Named again as the main one, it is one database.
    sandbox.git(&["config", "patman.reviewDbDir", ".git/patman"]);
    assert!(
        sandbox
            .session(&["review list --all"])
            .contains("there are no reviews here")
    );
}

#[test]
fn a_directory_for_reviews_that_is_not_there_is_told_and_nothing_is_made() {
    let sandbox = Sandbox::new();
    sandbox.patman("db migrate");
    sandbox.git(&["config", "patman.reviewDbDir", "../nowhere"]);
    let said = sandbox.session(&["review list", "db status", "series ls"]);
    assert!(
        said.contains("error: cannot use the directory '$REPO/../nowhere' of the database (patman.reviewDbDir in "),
        "{said}"
    );
    assert!(said.contains("\nstate     current\n"), "{said}");
    assert!(!sandbox.top().join("nowhere").exists());
}

#[test]
fn names_of_reviews_are_completed_from_the_database_for_them() {
    let sandbox = with_fixture("patman-v16.db");
    sandbox.git(&["config", "patman.reviewDbDir", "../reviews"]);
    sandbox.patman("db merge -R --reviews ../old");
    let mut complete = sandbox.command(PROGRAM, &sandbox.repo());
    complete
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "3")
        .env("_CLAP_IFS", "\n");
    let names = complete
        .args(["--", "git-patman", "review", "show", ""])
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&names.stdout).contains("us-498633-review"),
        "{names:?}"
    );
}
