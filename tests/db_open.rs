// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that are no usable database: each is refused by one error that names the file, the cause and the remedy, and is
//! left as it was. What can only be read is read.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, as_user, quiet};
use git_patman::db::listing::{self, Archived, ListQuery, SeriesFilter};
use git_patman::db::outcome;
use git_patman::db::series::{self, NewSeries};
use git_patman::db::status::{self, DbState};
use git_patman::db::{Db, Location, OpenOptions, Origin, backup, check, move_db, restore};
use git_patman::error::Error;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn open(place: &Place) -> Result<Db, Error> {
    Db::open(&place.location(), &OpenOptions::default(), &quiet())
}

/// The error of opening, which names the file and leaves it and its neighbours as they are.
#[track_caller]
fn refused(place: &Place) -> (String, Vec<String>) {
    let before = (fs::read(place.file()).ok(), place.files());
    let error = open(place).unwrap_err();
    assert_eq!((fs::read(place.file()).ok(), place.files()), before);
    let text = error.to_string();
    assert!(text.contains(&place.file().display().to_string()), "{text}");
    assert!(!error.hints().is_empty(), "{text}");
    (
        text.replace(&place.dir().display().to_string(), "DIR"),
        error.hints().to_vec(),
    )
}

fn chmod(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = Place::empty();
    fs::write(
        place.file(),
        "not a database, but long enough to be taken for one at first sight".repeat(20),
    )
    .unwrap();
    assert_eq!(
        refused(&place).0,
        "cannot open the database 'DIR/.patman.db': it is not an SQLite database"
    );
}

#[test]
fn another_programs_database_is_never_adopted() {
    let place = Place::empty();
    place.sql("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)");
    let (text, _) = refused(&place);
    assert_eq!(
        text,
        "'DIR/.patman.db' is not a database of patman's: it has a table 'moz_places' and no table 'series'"
    );
    let place = Place::empty();
    place.sql("CREATE TABLE series (id INTEGER PRIMARY KEY, title TEXT, season INTEGER)");
    let (text, _) = refused(&place);
    assert_eq!(
        text,
        "'DIR/.patman.db' is not a database of patman's: its table 'series' has no column 'name'"
    );
}

#[test]
fn an_empty_file_becomes_a_new_database() {
    let place = Place::empty();
    fs::write(place.file(), "").unwrap();
    open(&place).unwrap();
    assert_eq!(
        place.value("SELECT version FROM schema_version"),
        serde_json::json!(16)
    );
}

#[test]
fn a_newer_schema_is_refused_and_not_written_to() {
    let place = Place::with("patman-v16.db");
    place.sql("UPDATE schema_version SET version = 17");
    let (text, hints) = refused(&place);
    assert_eq!(
        text,
        "the database 'DIR/.patman.db' is newer than this program: its schema_version is 17, and this program knows up to 16"
    );
    assert!(hints[0].starts_with("update git-patman"));
    let place = Place::with("patman-v16.db");
    open(&place).unwrap();
    place.sql("UPDATE gitpatman_schema SET version = 5, installed = 5");
    assert!(
        refused(&place)
            .0
            .contains("its gitpatman_schema is 5, and this program knows up to 4")
    );
}

/// Whether a program before step 4 finds nothing to do: the rule that it had, word for word.
fn is_current_for_step_3(place: &Place) -> bool {
    let sql = "SELECT json_array((SELECT version FROM schema_version), (SELECT version FROM gitpatman_schema),
        (SELECT count(*) FROM schema_version), (SELECT count(*) FROM gitpatman_schema))";
    place.value(sql) == serde_json::json!("[16,3,1,1]")
}

#[test]
fn steps_that_only_add_tables_lock_no_older_program_out() {
    let place = Place::with("patman-v16.db");
    open(&place).unwrap();
    assert!(is_current_for_step_3(&place));
    assert_eq!(
        place.value("SELECT installed FROM gitpatman_schema"),
        serde_json::json!(4)
    );
    place.sql("INSERT INTO gitpatman_repository VALUES ('id', '/a/.git', 0)");
    // What a program before step 4 writes when it migrates patman's tables.
    place.sql("DELETE FROM gitpatman_schema; INSERT INTO gitpatman_schema (version) VALUES (3)");
    open(&place).unwrap();
    assert_eq!(
        place.value("SELECT json_array(version, installed) FROM gitpatman_schema"),
        serde_json::json!("[3,4]")
    );
    assert_eq!(
        place.value("SELECT common_dir FROM gitpatman_repository"),
        serde_json::json!("/a/.git")
    );
}

#[test]
fn a_newer_program_that_only_added_tables_does_not_lock_this_one_out() {
    let place = Place::with("patman-v16.db");
    open(&place).unwrap();
    place.sql("UPDATE gitpatman_schema SET installed = 7");
    open(&place).unwrap().write(|_| Ok(())).unwrap();
    assert_eq!(
        place.value("SELECT json_array(version, installed) FROM gitpatman_schema"),
        serde_json::json!("[3,7]")
    );
    // Not even a repair of patman's tables takes its number back.
    place.sql("DELETE FROM schema_version");
    open(&place).unwrap();
    assert_eq!(
        place.value("SELECT json_array(version, installed) FROM gitpatman_schema"),
        serde_json::json!("[3,7]")
    );
}

#[test]
fn a_newer_schema_is_seen_by_who_opened_the_database_before() {
    let place = Place::with("patman-v16.db");
    let mut db = open(&place).unwrap();
    place.sql("UPDATE schema_version SET version = 17");
    let error = db.write(|_| Ok(())).unwrap_err();
    assert!(
        error.to_string().contains("is newer than this program"),
        "{error}"
    );
}

#[test]
fn a_damaged_database_is_told_from_others() {
    let place = Place::with("patman-v15.db");
    let mut bytes = fs::read(place.file()).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page.fill(0xa5);
    }
    fs::write(place.file(), bytes).unwrap();
    let (text, hints) = refused(&place);
    assert!(
        text.ends_with("the database 'DIR/.patman.db': it is damaged"),
        "{text}"
    );
    assert!(
        hints
            .iter()
            .any(|hint| hint.contains("git patman db restore"))
    );
    let place = Place::with("patman-v15.db");
    let bytes = fs::read(place.file()).unwrap();
    fs::write(place.file(), &bytes[..6000]).unwrap();
    assert!(refused(&place).0.ends_with("it is damaged"));
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let place = Place::empty();
    fs::create_dir(place.file()).unwrap();
    assert_eq!(
        refused(&place).0,
        "cannot open the database 'DIR/.patman.db': it is a directory"
    );
    let place = Place::empty();
    std::os::unix::fs::symlink("/nonexistent/db", place.file()).unwrap();
    assert_eq!(
        refused(&place).0,
        "cannot open the database 'DIR/.patman.db': it is a symbolic link to '/nonexistent/db', which does not exist"
    );
}

#[test]
fn a_lock_file_that_is_a_directory_is_named() {
    let place = Place::with("patman-v15.db");
    let lock = place.location().lock_file();
    fs::create_dir(&lock).unwrap();
    let error = open(&place).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot open the lock file '{}'", lock.display())),
        "{error}"
    );
    assert_eq!(
        error.hints(),
        [format!("remove the directory: rmdir {}", lock.display())]
    );
}

#[test]
fn a_read_only_directory_is_read() {
    as_user("a_read_only_directory_is_read", || {
        let place = Place::with("patman-v16.db");
        open(&place).unwrap();
        chmod(place.dir(), 0o555);
        let mut db = open(&place).unwrap();
        assert!(db.is_read_only());
        assert_eq!(
            listing::list(&db, ListQuery::of(SeriesFilter::All, Archived::With))
                .unwrap()
                .len(),
            5
        );
        let new = NewSeries {
            name: "n",
            ..NewSeries::default()
        };
        let error = db.write(|write| series::insert(write, &new)).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with(&format!("'{}' is read-only", place.dir().display())),
            "{error}"
        );
        chmod(place.dir(), 0o755);
    });
}

#[test]
fn a_read_only_database_without_our_tables_is_read() {
    as_user("a_read_only_database_without_our_tables_is_read", || {
        for (directory, file) in [(0o555, 0o644), (0o755, 0o444), (0o555, 0o444)] {
            let place = Place::with("patman-v16.db");
            chmod(&place.file(), file);
            chmod(place.dir(), directory);
            let db = open(&place).unwrap();
            assert!(db.is_read_only());
            let listed =
                listing::list(&db, ListQuery::of(SeriesFilter::Reviews, Archived::With)).unwrap();
            assert_eq!(listed[0].versions.len(), 2);
            assert_eq!(listed[0].versions[0].patches, 2);
            chmod(place.dir(), 0o755);
        }
    });
}

#[test]
fn a_read_only_database_that_lacks_only_newer_tables_shows_what_is_in_the_others() {
    let name = "a_read_only_database_that_lacks_only_newer_tables_shows_what_is_in_the_others";
    as_user(name, || {
        let place = Place::with("patman-v16.db");
        open(&place).unwrap();
        place.sql(
            "DROP TABLE gitpatman_removed; DROP TABLE gitpatman_repository;
            ALTER TABLE gitpatman_schema DROP COLUMN installed;
            INSERT INTO gitpatman_series (series_id, outcome) SELECT min(id), 'merged' FROM series",
        );
        chmod(&place.file(), 0o444);
        chmod(place.dir(), 0o555);
        let db = open(&place).unwrap();
        assert!(db.is_read_only());
        assert_eq!(outcome::all(&db).unwrap().len(), 1);
        chmod(place.dir(), 0o755);
    });
}

#[test]
fn an_old_read_only_database_is_refused_with_the_remedy() {
    as_user(
        "an_old_read_only_database_is_refused_with_the_remedy",
        || {
            for (directory, file) in [(0o555, 0o644), (0o755, 0o444)] {
                let place = Place::with("patman-v15.db");
                chmod(&place.file(), file);
                chmod(place.dir(), directory);
                let error = open(&place).unwrap_err();
                assert!(
                    error
                        .to_string()
                        .starts_with("cannot migrate the database '"),
                    "{error}"
                );
                assert!(
                    error.hints()[0].starts_with("allow writing: chmod u+w"),
                    "{:?}",
                    error.hints()
                );
                chmod(place.dir(), 0o755);
            }
        },
    );
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    as_user("a_file_that_may_not_be_read_is_named", || {
        let place = Place::with("patman-v16.db");
        chmod(&place.file(), 0);
        assert_eq!(
            refused(&place).0,
            "cannot open the database 'DIR/.patman.db': permission denied"
        );
    });
}

#[test]
fn changes_in_a_log_that_cannot_be_read_are_not_passed_over() {
    as_user(
        "changes_in_a_log_that_cannot_be_read_are_not_passed_over",
        || {
            let place = Place::with("patman-v16.db");
            let log = place.dir().join(".patman.db-wal");
            fs::write(&log, "x").unwrap();
            chmod(&log, 0);
            let (text, _) = refused(&place);
            assert!(text.ends_with("-wal' may not be read"), "{text}");
        },
    );
}

#[test]
fn a_directory_that_may_not_be_read_is_not_taken_for_an_empty_one() {
    as_user(
        "a_directory_that_may_not_be_read_is_not_taken_for_an_empty_one",
        || {
            let place = Place::with("patman-v16.db");
            chmod(place.dir(), 0);
            let (location, options) = (place.location(), OpenOptions::default());
            for opened in [
                Db::open(&location, &options, &quiet()).map(drop),
                Db::open_existing(&location, &options, &quiet()).map(drop),
                Db::open_to_read(&location, &options, &quiet()).map(drop),
                Db::open_current(&location).map(drop),
                check::check(&location, &|_| false).map(drop),
            ] {
                let why = opened.unwrap_err().to_string();
                assert!(why.contains("cannot access '"), "{why}");
                assert!(why.contains("Permission denied"), "{why}");
            }
            let status = status::status(&location).unwrap();
            assert_eq!(status.state, DbState::Unreadable);
            chmod(place.dir(), 0o755);
        },
    );
}

/// Every way to open a database that may be there fails, names the file, and leaves all as it is.
#[track_caller]
fn lost(place: &Place, what: &str, file: &str) {
    let content = || {
        let files = place.files().into_iter();
        let read = |name: String| (fs::read(place.dir().join(&name)).unwrap(), name);
        files.map(read).collect::<Vec<_>>()
    };
    let before = content();
    let (location, options) = (place.location(), OpenOptions::default());
    let moved = Location::at(place.dir().join("other"), Origin::Environment);
    fs::create_dir(&moved.dir).unwrap();
    let now = jiff::Zoned::now();
    for opened in [
        Db::open(&location, &options, &quiet()).map(drop),
        Db::open_existing(&location, &options, &quiet()).map(drop),
        Db::open_to_read(&location, &options, &quiet()).map(drop),
        check::check(&location, &|_| false).map(drop),
        backup::backup(&location, None, &now).map(drop),
        move_db::relocate(&location, &moved, &options, &quiet()).map(drop),
    ] {
        let why = opened.unwrap_err();
        let text = why.to_string();
        assert!(text.contains(what) && text.contains(file), "{text}");
        assert!(why.hints()[0].contains("git patman db restore "));
    }
    assert!(Db::open_current(&location).unwrap().is_none());
    let status = status::status(&location).unwrap();
    assert_eq!(status.state, DbState::Lost);
    assert!(status.is_unreadable() && status.problem.unwrap().contains(file));
    fs::remove_file(moved.lock_file()).unwrap();
    fs::remove_dir(&moved.dir).unwrap();
    assert_eq!(content(), before);
}

#[test]
fn a_database_that_is_gone_or_empty_beside_its_log_or_backups_is_not_made_anew() {
    for is_empty in [false, true] {
        let what = if is_empty {
            "it is empty, but files of it are still there: "
        } else {
            "it is missing, but files of it are still there: "
        };
        for name in [".patman.db-wal", ".patman.dbold.v15", ".patman.dbold.v9.1"] {
            let place = Place::empty();
            fs::write(place.dir().join(name), "what was committed").unwrap();
            if is_empty {
                fs::write(place.file(), "").unwrap();
            }
            lost(&place, what, name);
        }
    }
    // Behind a link the log is beside the file, and the backups are beside the link.
    let (place, real) = (Place::empty(), Place::empty());
    std::os::unix::fs::symlink(real.file(), place.file()).unwrap();
    fs::write(real.file(), "").unwrap();
    fs::write(real.dir().join(".patman.db-wal"), "what was committed").unwrap();
    let error = open(&place).unwrap_err().to_string();
    assert!(error.contains("still there: '.patman.db-wal'"), "{error}");
    assert!(Db::open_current(&place.location()).unwrap().is_none());
    assert!(real.dir().join(".patman.db-wal").exists());
}

#[test]
fn a_new_database_of_patmans_that_it_was_killed_in_is_finished() {
    let place = Place::empty();
    fs::write(place.file(), "").unwrap();
    fs::write(place.dir().join(".patman.dbold.v0"), "").unwrap();
    open(&place).unwrap();
}

#[test]
fn a_lost_database_is_restored_and_its_log_is_kept() {
    let place = Place::with("patman-v15.db");
    let copy = place.dir().join(".patman.dbold.v15");
    fs::rename(place.file(), &copy).unwrap();
    let log = place.dir().join(".patman.db-wal");
    fs::write(&log, "what was committed").unwrap();
    fs::write(place.file(), "").unwrap();
    let now = jiff::civil::date(2026, 11, 22).at(10, 11, 12, 0);
    let now = now.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    let restored = || {
        let options = OpenOptions::default();
        restore::restore(&place.location(), &copy, &options, &now, &quiet())
    };
    let mut user = std::process::Command::new("python3");
    let held = "import sys, time; f = open(sys.argv[1]); print('open', flush=True); time.sleep(60)";
    user.args(["-c", held]).arg(&log);
    let mut user = user.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = [0; 5];
    std::io::Read::read_exact(user.stdout.as_mut().unwrap(), &mut line).unwrap();
    let why = restored().unwrap_err().to_string();
    let pid = user.id();
    assert!(
        why.ends_with(&format!("process {pid} (python3) has files of it open")),
        "{why}"
    );
    assert_eq!(fs::read(&log).unwrap(), b"what was committed");
    user.kill().unwrap();
    user.wait().unwrap();
    assert_eq!(restored().unwrap().series, 5);
    let kept = place.dir().join(".patman.db.lost-20261122-101112-wal");
    assert_eq!(fs::read(kept).unwrap(), b"what was committed");
    open(&place).unwrap();
}

#[test]
fn no_database_is_made_where_none_can_be() {
    as_user("no_database_is_made_where_none_can_be", || {
        let place = Place::empty();
        chmod(place.dir(), 0o555);
        assert!(
            Db::open_existing(&place.location(), &OpenOptions::default(), &quiet())
                .unwrap()
                .is_none()
        );
        let error = open(&place).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot create the database '"),
            "{error}"
        );
        chmod(place.dir(), 0o755);
    });
}
