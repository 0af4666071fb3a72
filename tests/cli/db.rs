// SPDX-License-Identifier: GPL-2.0-or-later
//! `db`: what is told of the database, and what is done to it.

use crate::sandbox::{PROGRAM, Sandbox};
use crate::scene::fixture;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

/// A directory that holds a database as patman made it, named by the environment.
fn with_fixture(name: &str) -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::new();
    let dir = sandbox.fixture(name);
    (sandbox, dir)
}

fn run(sandbox: &Sandbox, dir: &Path, line: &str) -> String {
    sandbox.show(line, &sandbox.patman_with_db(dir, line))
}

#[test]
fn an_old_database_is_migrated_once_with_a_backup() {
    let (sandbox, dir) = with_fixture("patman-v09.db");
    assert_data_eq!(
        run(&sandbox, &dir, "db migrate"),
        str![[r#"
$ git patman db migrate
! Backed up the database to '$TOP/db/.patman.dbold.v9'
! Updated the database '$TOP/db/.patman.db' from version 9 to 16
! '$TOP/db/.patman.db' is current
= 0

"#]]
    );
    assert_data_eq!(
        run(&sandbox, &dir, "db migrate"),
        str![[r#"
$ git patman db migrate
! '$TOP/db/.patman.db' is current
= 0

"#]]
    );
    let backup = dir.join(".patman.dbold.v9");
    assert!(backup.exists());
    let version = sandbox.command("python3", &dir).args(["-c", "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('select version from schema_version').fetchall())"]).arg(&backup).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), "[(9,)]");
}

#[test]
fn status_changes_nothing() {
    let (sandbox, dir) = with_fixture("patman-v09.db");
    let before = fs::read(dir.join(".patman.db")).unwrap();
    let shown = run(&sandbox, &dir, "db status");
    assert!(
        shown.contains("state     old: the next command migrates it\n")
            && shown.contains("schema    9\n"),
        "{shown}"
    );
    assert_eq!(fs::read(dir.join(".patman.db")).unwrap(), before);
    let json = run(&sandbox, &dir, "db status --json");
    assert!(
        json.contains("\"state\": \"old\"") && json.contains("\"version\": 9"),
        "{json}"
    );
}

#[test]
fn findings_are_told_and_what_is_safe_is_repaired() {
    let (sandbox, dir) = with_fixture("patman-v16.db");
    let reference = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('delete from workflow'); c.commit()";
    sandbox
        .command("python3", &dir)
        .args(["-c", reference])
        .arg(dir.join(".patman.db"))
        .output()
        .unwrap();
    assert!(
        run(&sandbox, &dir, "db check").ends_with("= 0\n"),
        "{}",
        run(&sandbox, &dir, "db check")
    );
    let orphan = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(\"insert into pcommit (svid, seq, subject) values (9999, 0, 'lost')\"); c.commit()";
    sandbox
        .command("python3", &dir)
        .args(["-c", orphan])
        .arg(dir.join(".patman.db"))
        .output()
        .unwrap();
    let found = run(&sandbox, &dir, "db check");
    assert!(
        found.contains("pcommit.svid refers to missing rows of ser_ver: 1 row")
            && found.ends_with("= 1\n"),
        "{found}"
    );
    let repaired = run(&sandbox, &dir, "db check --repair");
    assert!(
        repaired.contains("deleted 1 row of pcommit")
            && repaired.contains("backup: ")
            && repaired.ends_with("= 0\n"),
        "{repaired}"
    );
}

#[test]
fn a_backup_is_restored_and_what_it_replaced_is_kept() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.patman("db backup ../before.db");
    let made = sandbox.patman("db migrate");
    assert!(made.status.success());
    assert_data_eq!(
        sandbox.session(&["db backup ../empty.db", "db backup ../empty.db"]),
        str![[r#"
$ git patman db backup ../empty.db
! backup: $REPO/../empty.db (180224 bytes)
= 0
$ git patman db backup ../empty.db
! error: '$REPO/../empty.db' already exists
! hint: give another name: nothing is overwritten
= 1

"#]]
    );
    sandbox.patman("review start --no-worktree ../v1.mbox");
    let restored = sandbox.session(&["db restore ../empty.db", "review list --all"]);
    assert!(
        restored.contains("the replaced database is kept as $REPO/.git/patman/.patman.db."),
        "{restored}"
    );
    assert!(restored.contains("there are no reviews here"), "{restored}");
    fs::write(
        sandbox.top().join("text.db"),
        "not a database, and long enough to be looked at as one, surely",
    )
    .unwrap();
    assert!(
        sandbox
            .session(&["db restore ../text.db"])
            .contains("error: ")
    );
}

#[test]
fn the_database_moves_with_its_files_and_is_found_there() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.write(".patman.db", "");
    sandbox.patman("review start --no-worktree ../v1.mbox");
    assert!(
        sandbox
            .session(&["db status"])
            .contains("to move it to the git directory: git patman db move")
    );
    assert_data_eq!(
        sandbox.session(&["db move", "db path", "review list"]),
        str![[r#"
$ git patman db move
! moved '$REPO/.patman.db' to '$REPO/.git/patman/.patman.db'
! set patman.dbDir to '$REPO/.git/patman' in this repository
! hint: for patman, and for other repositories that share it: export PATMAN_DB_DIR=$REPO/.git/patman
= 0
$ git patman db path
$REPO/.git/patman/.patman.db
= 0
$ git patman review list
NAME               VER  STATE    PATCHES  AGE  BASE     TITLE               WORKTREE
one-spell-numbers  v1   applied        2  0 s  e747479  one: Spell numbers  -
= 0

"#]]
    );
    fs::create_dir(sandbox.top().join("shared")).unwrap();
    assert_data_eq!(
        sandbox.session(&[
            "db move ../shared",
            "db path",
            "db move ../absent",
            "db move ../shared"
        ]),
        str![[r#"
$ git patman db move ../shared
! moved '$REPO/.git/patman/.patman.db' to '$TOP/shared/.patman.db'
! set patman.dbDir to '$TOP/shared' in this repository
! hint: for patman, and for other repositories that share it: export PATMAN_DB_DIR=$TOP/shared
= 0
$ git patman db path
$TOP/shared/.patman.db
= 0
$ git patman db move ../absent
! error: cannot use the directory '$REPO/../absent': No such file or directory (os error 2)
! hint: create the directory first
= 1
$ git patman db move ../shared
! error: the database is already in '$TOP/shared'
= 1

"#]]
    );
    assert!(
        sandbox
            .session(&["review list"])
            .contains("one-spell-numbers")
    );
    assert_data_eq!(
        sandbox.session(&["db move", "db path --show-origin"]),
        str![[r#"
$ git patman db move
! moved '$TOP/shared/.patman.db' to '$REPO/.git/patman/.patman.db'
! set patman.dbDir to '$REPO/.git/patman' in this repository
! hint: for patman, and for other repositories that share it: export PATMAN_DB_DIR=$REPO/.git/patman
= 0
$ git patman db path --show-origin
patman.dbDir in file:.git/config	$REPO/.git/patman/.patman.db
= 0

"#]]
    );
}

#[test]
fn a_file_of_another_kind_is_refused_by_name() {
    let sandbox = Sandbox::new();
    let dir = sandbox.top().join("db");
    fs::create_dir(&dir).unwrap();
    fs::write(
        dir.join(".patman.db"),
        "this is a text file, not a database, whatever its name may say of it\n".repeat(20),
    )
    .unwrap();
    assert_data_eq!(
        run(&sandbox, &dir, "review list"),
        str![[r#"
$ git patman review list
! error: cannot open the database '$TOP/db/.patman.db': it is not an SQLite database
! hint: move the file away, or set PATMAN_DB_DIR to the directory of the right one
= 1

"#]]
    );
}

#[test]
fn the_holder_of_a_lock_is_named_again_while_it_is_waited_for() {
    let (sandbox, dir) = with_fixture("patman-v09.db");
    let lock = fs::File::create(dir.join(".patman.db.lock")).unwrap();
    lock.lock().unwrap();
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command.env("PATMAN_DB_DIR", &dir).args(["db", "migrate"]);
    let child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(5600));
    lock.unlock().unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let holder = match Path::new("/proc/locks").exists() {
        true => format!("process {}", std::process::id()),
        false => "another process".to_owned(),
    };
    assert!(said.contains(&format!("Waiting for {holder}")), "{said}");
    assert!(
        said.contains(&format!("Still waiting after 5 s for {holder}")),
        "{said}"
    );
}

/// A directory with a log and a backup, and no database but perhaps an empty file.
fn with_remains(database: Option<&str>) -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::new();
    let dir = sandbox.top().join("db");
    fs::create_dir(&dir).unwrap();
    fs::copy(fixture("patman-v15.db"), dir.join(".patman.dbold.v15")).unwrap();
    fs::write(dir.join(".patman.db-wal"), "what was committed").unwrap();
    if let Some(text) = database {
        fs::write(dir.join(".patman.db"), text).unwrap();
    }
    (sandbox, dir)
}

#[test]
fn a_database_that_was_truncated_is_not_made_anew_but_restored() {
    let (sandbox, dir) = with_remains(Some(""));
    assert_data_eq!(
        run(&sandbox, &dir, "series ls"),
        str![[r#"
$ git patman series ls
! error: cannot open the database '$TOP/db/.patman.db': it is empty, but files of it are still there: '.patman.db-wal', '.patman.dbold.v15'
! hint: restore the newest copy: git patman db restore $TOP/db/.patman.dbold.v15
! hint: or move them away, and a new database is made: mkdir -p $TOP/db/lost && mv $TOP/db/.patman.db-wal $TOP/db/.patman.dbold.v15 $TOP/db/lost
= 1

"#]]
    );
    let status = run(&sandbox, &dir, "db status");
    assert!(
        status.contains("state     lost: no command replaces it with a new one\n")
            && status.contains(".patman.dbold.v15")
            && status.ends_with("= 1\n"),
        "{status}"
    );
    let json = run(&sandbox, &dir, "db status --json");
    assert!(json.contains("\"state\": \"lost\"") && json.ends_with("= 1\n"));
    for line in ["review list", "upstream add us https://example.com/us.git"] {
        let shown = run(&sandbox, &dir, line);
        assert!(shown.ends_with("= 1\n"), "{shown}");
    }
    let offered = sandbox
        .command(PROGRAM, &sandbox.repo())
        .env("PATMAN_DB_DIR", &dir)
        .env("COMPLETE", "fish")
        .args(["--", "git-patman", "series", "-s", ""])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&offered.stderr), "");
    assert_eq!(
        fs::read(dir.join(".patman.db-wal")).unwrap(),
        b"what was committed"
    );
    assert_eq!(fs::read(dir.join(".patman.db")).unwrap(), b"");
    let backup = dir.join(".patman.dbold.v15");
    let restored = run(&sandbox, &dir, &format!("db restore {}", backup.display()));
    assert!(restored.ends_with("= 0\n"), "{restored}");
    assert!(run(&sandbox, &dir, "series ls").contains("mmc"));
    let kept = fs::read_dir(&dir).unwrap().map(Result::unwrap);
    let kept = kept.filter(|entry| {
        let name = entry.file_name().into_string().unwrap();
        name.starts_with(".patman.db.lost-") && name.ends_with("-wal")
    });
    assert_eq!(
        fs::read(kept.last().unwrap().path()).unwrap(),
        b"what was committed"
    );
}

#[test]
fn a_database_that_was_lost_at_the_top_of_the_worktree_is_not_made_anew_elsewhere() {
    let sandbox = Sandbox::new();
    fs::copy(
        fixture("patman-v15.db"),
        sandbox.repo().join(".patman.dbold.v15"),
    )
    .unwrap();
    let shown = sandbox.session(&["series ls", "upstream add us https://example.com/us.git"]);
    assert!(
        shown.matches("'$REPO/.patman.db': it is missing").count() == 2
            && shown.matches("= 1\n").count() == 2,
        "{shown}"
    );
    assert!(!sandbox.repo().join(".git/patman/.patman.db").exists());
}
