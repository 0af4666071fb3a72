// SPDX-License-Identifier: GPL-2.0-or-later
//! Status, check, repair, backup, restore and move: nothing is overwritten, nothing is lost, whoever has the database open.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, assert_same, data, expected, one, quiet, tables};
use git_patman::db::status::DbState;
use git_patman::db::{
    Db, Location, OpenOptions, Origin, backup, check, move_db, repair, restore, status,
};
use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use std::path::Path;

fn now() -> Zoned {
    date(2026, 11, 22)
        .at(10, 11, 12, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap()
}

fn open(place: &Place) -> Db {
    Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap()
}

fn restored(place: &Place, file: &Path) -> git_patman::error::Result<restore::Restored> {
    restore::restore(
        &place.location(),
        file,
        &OpenOptions::default(),
        &now(),
        &quiet(),
    )
}

fn moved(from: &Place, to: &Place) -> git_patman::error::Result<move_db::MovedDb> {
    move_db::relocate(
        &from.location(),
        &to.location(),
        &OpenOptions::default(),
        &quiet(),
    )
}

#[test]
fn the_status_of_any_file_is_told_and_nothing_is_changed() {
    let cases = [
        ("patman-v01.db", DbState::Old, Some(1)),
        ("patman-v09.db", DbState::Old, Some(9)),
        ("patman-v16.db", DbState::Current, Some(16)),
        (
            "half-migrated/v1-kill122.db",
            DbState::HalfMigrated,
            Some(6),
        ),
    ];
    for (name, state, version) in cases {
        let place = Place::with(name);
        let before = fs::read(place.file()).unwrap();
        let told = status::status(&place.location()).unwrap();
        assert_eq!(
            (told.state, told.version, told.own_version),
            (state, version, Some(0)),
            "{name}"
        );
        assert!(told.tables["series"] > 0);
        assert_eq!(fs::read(place.file()).unwrap(), before);
    }
    let place = Place::empty();
    let state = |place: &Place| status::status(&place.location()).unwrap().state;
    assert_eq!(state(&place), DbState::Absent);
    fs::write(place.file(), "").unwrap();
    assert_eq!(state(&place), DbState::Empty);
    fs::write(place.file(), "x".repeat(5000)).unwrap();
    assert_eq!(state(&place), DbState::Unreadable);
    fs::remove_file(place.file()).unwrap();
    place.sql("CREATE TABLE x (y)");
    assert_eq!(state(&place), DbState::Foreign);
}

#[test]
fn the_status_lists_copies_and_users() {
    let place = Place::with("patman-v15.db");
    drop(open(&place));
    fs::write(place.dir().join(".patman.dbold.v3.tmp-1"), "").unwrap();
    backup::backup(&place.location(), None, &now()).unwrap();
    let told = status::status(&place.location()).unwrap();
    let mut names: Vec<_> = told
        .backups
        .iter()
        .map(|copy| copy.path.file_name().unwrap().to_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [".patman.db.backup-20261122-101112", ".patman.dbold.v15"]
    );
    assert_eq!(
        (told.locked, told.journal_mode.as_deref()),
        (false, Some("wal"))
    );
}

#[test]
fn a_backup_holds_what_is_in_the_log_and_overwrites_nothing() {
    let place = Place::with("patman-v16.db");
    let other = Connection::open(place.file()).unwrap();
    other
        .execute_batch(
            "PRAGMA wal_autocheckpoint = 0; INSERT INTO series (name) VALUES ('only-in-wal')",
        )
        .unwrap();
    let made = backup::backup(&place.location(), None, &now()).unwrap();
    assert_eq!(
        made.path,
        place.dir().join(".patman.db.backup-20261122-101112")
    );
    let copy = Connection::open(&made.path).unwrap();
    assert_eq!(
        one(
            &copy,
            "SELECT count(*) FROM series WHERE name = 'only-in-wal'"
        ),
        json!(1)
    );
    let second = backup::backup(&place.location(), None, &now()).unwrap();
    assert_eq!(
        second.path,
        place.dir().join(".patman.db.backup-20261122-101112.1")
    );
    let error = backup::backup(&place.location(), Some(&made.path), &now()).unwrap_err();
    assert!(error.to_string().ends_with("already exists"), "{error}");
    let nowhere = place.dir().join("no/where");
    let error = backup::backup(&place.location(), Some(&nowhere), &now()).unwrap_err();
    assert!(error.hints()[0].starts_with("make it: mkdir -p"), "{error}");
}

#[test]
fn a_restore_replaces_the_rows_while_others_have_the_database_open() {
    let place = Place::with("patman-v16.db");
    drop(open(&place));
    let other = Connection::open(place.file()).unwrap();
    other
        .execute("INSERT INTO series (name) VALUES ('replaced')", [])
        .unwrap();
    let done = restored(&place, &data("patman-v09.db")).unwrap();
    assert_eq!(
        one(
            &other,
            "SELECT count(*) FROM series WHERE name = 'replaced'"
        ),
        json!(0)
    );
    assert_same(
        &tables(&place.file()),
        &expected(9),
        "restored and migrated",
    );
    let kept = Connection::open(done.replaced.unwrap()).unwrap();
    assert_eq!(
        one(&kept, "SELECT count(*) FROM series WHERE name = 'replaced'"),
        json!(1)
    );
    other
        .execute("INSERT INTO series (name) VALUES ('afterwards')", [])
        .unwrap();
    assert_eq!(
        one(&other, "SELECT id FROM series WHERE name = 'afterwards'"),
        json!(done.series + 1)
    );
    assert_eq!(
        check::check(&place.location(), &|_| false).unwrap().damage,
        [""; 0]
    );
    open(&place);
}

#[test]
fn a_restore_makes_a_database_where_none_is_and_replaces_a_damaged_one() {
    let place = Place::empty();
    assert_eq!(
        restored(&place, &data("patman-v15.db")).unwrap().replaced,
        None
    );
    assert_same(&tables(&place.file()), &expected(15), "restored");
    let damaged = "x".repeat(9000);
    fs::write(place.file(), &damaged).unwrap();
    let kept = restored(&place, &data("patman-v15.db"))
        .unwrap()
        .replaced
        .unwrap();
    assert_eq!(fs::read_to_string(kept).unwrap(), damaged);
    assert_same(
        &tables(&place.file()),
        &expected(15),
        "restored over a damaged one",
    );
}

#[test]
fn what_is_no_sound_copy_is_not_restored() {
    let place = Place::with("patman-v16.db");
    drop(open(&place));
    let before = tables(&place.file());
    let file = place.dir().join("copy");
    let refused = |why: &str| {
        let error = restored(&place, &file).unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("copy'"), "{error}");
        assert_same(&tables(&place.file()), &before, why);
    };
    refused("restore the database");
    fs::write(&file, "").unwrap();
    refused("it is empty");
    fs::write(&file, "x".repeat(9000)).unwrap();
    refused("it is not an SQLite database");
    fs::remove_file(&file).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE x (y)")
        .unwrap();
    refused("is not a database of patman's");
    fs::copy(data("patman-v16.db"), &file).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch("UPDATE schema_version SET version = 17")
        .unwrap();
    refused("is newer than this program");
    assert!(
        restored(&place, &place.file())
            .unwrap_err()
            .to_string()
            .ends_with("is the database itself")
    );
}

#[test]
fn a_move_takes_the_log_and_the_backups_along() {
    let (from, to) = (Place::empty(), Place::empty());
    for suffix in ["", "-wal", "-shm"] {
        let name = data(&format!("hot-wal-v15/patman.db{suffix}"));
        fs::copy(name, from.dir().join(format!(".patman.db{suffix}"))).unwrap();
    }
    fs::write(from.dir().join(".patman.dbold.v9"), "backup").unwrap();
    let copy = Place::empty();
    for suffix in ["", "-wal", "-shm"] {
        let name = format!(".patman.db{suffix}");
        fs::copy(from.dir().join(&name), copy.dir().join(&name)).unwrap();
    }
    let before = tables(&copy.file());
    let done = moved(&from, &to).unwrap();
    assert_eq!((done.from, done.to), (from.file(), to.file()));
    assert_same(&tables(&to.file()), &before, "moved");
    assert_eq!(from.files(), [""; 0]);
    assert_eq!(
        fs::read_to_string(to.dir().join(".patman.dbold.v9")).unwrap(),
        "backup"
    );
    assert!(
        moved(&from, &to)
            .unwrap_err()
            .to_string()
            .contains("there is no database")
    );
}

#[test]
fn a_database_that_others_have_open_is_not_moved() {
    let (from, to) = (Place::with("patman-v16.db"), Place::empty());
    let other = Connection::open(from.file()).unwrap();
    other
        .execute("INSERT INTO series (name) VALUES ('new')", [])
        .unwrap();
    let error = moved(&from, &to).unwrap_err();
    assert!(error.to_string().ends_with("has it open"), "{error}");
    assert!(!to.file().exists());
    other
        .execute("INSERT INTO series (name) VALUES ('newer')", [])
        .unwrap();
    drop(other);
    moved(&from, &to).unwrap();
    assert_eq!(
        to.value("SELECT count(*) FROM series WHERE name IN ('new', 'newer')"),
        json!(2)
    );
}

#[test]
fn who_waits_for_a_database_that_is_moved_stops_before_writing() {
    let (from, to) = (Place::with("patman-v16.db"), Place::empty());
    let waiting = fs::File::open(from.file()).unwrap();
    moved(&from, &to).unwrap();
    let inode =
        Path::new("/proc/self/fd").join(std::os::fd::AsRawFd::as_raw_fd(&waiting).to_string());
    let left = to.dir().join("left");
    fs::copy(inode, &left).unwrap();
    let version = one(
        &Connection::open(left).unwrap(),
        "SELECT version FROM schema_version",
    );
    assert!(version.as_i64().unwrap() > 16);
}

#[test]
fn a_move_overwrites_nothing_and_finishes_what_was_begun() {
    let (from, to) = (Place::with("patman-v16.db"), Place::with("patman-v15.db"));
    let error = moved(&from, &to).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("already exists: its content differs"),
        "{error}"
    );
    fs::copy(from.file(), to.file()).unwrap();
    moved(&from, &to).unwrap();
    assert_eq!(from.files(), [""; 0]);
    let same = Location::at(to.dir().join("."), Origin::Environment);
    let error =
        move_db::relocate(&to.location(), &same, &OpenOptions::default(), &quiet()).unwrap_err();
    assert!(
        error.to_string().starts_with("the database is already in"),
        "{error}"
    );
}

#[test]
fn rows_that_point_nowhere_are_found_and_only_the_worthless_ones_deleted() {
    let place = Place::with("patman-v16.db");
    place.sql(
        "INSERT INTO pcommit (svid, seq, subject) VALUES (900, 0, 'gone'); INSERT INTO review (svid, body) VALUES (900, 'text');
        INSERT INTO ser_ver (series_id, version) VALUES (800, 1); INSERT INTO ser_ver (series_id, version) VALUES (1, 1)",
    );
    let found = check::check(&place.location(), &|_| false).unwrap();
    assert!(!found.is_ok());
    let dangling: Vec<_> = found
        .dangling
        .iter()
        .map(|d| (d.table.as_str(), d.rows.len(), d.removable))
        .collect();
    assert_eq!(
        dangling,
        [
            ("ser_ver", 1, false),
            ("pcommit", 1, true),
            ("review", 1, false),
            ("workflow", 1, false)
        ]
    );
    assert_eq!(
        (
            found.duplicates[0].series.as_str(),
            found.duplicates[0].count
        ),
        ("mmc", 2)
    );
    assert_eq!(found.without_versions, ["orphan"]);
    let done = repair::repair(
        &place.location(),
        &OpenOptions::default(),
        &|_| false,
        &now(),
        &quiet(),
    )
    .unwrap();
    assert_eq!(done.deleted, [("pcommit".to_owned(), 1)].into());
    assert_eq!(done.left.dangling.iter().filter(|d| d.removable).count(), 0);
    assert_eq!(
        place.value("SELECT count(*) FROM review WHERE body = 'text'"),
        json!(1)
    );
    let kept = Connection::open(done.backup.unwrap()).unwrap();
    assert_eq!(
        one(&kept, "SELECT count(*) FROM pcommit WHERE subject = 'gone'"),
        json!(1)
    );
    let again = repair::repair(
        &place.location(),
        &OpenOptions::default(),
        &|_| false,
        &now(),
        &quiet(),
    )
    .unwrap();
    assert_eq!((again.backup, again.deleted.len()), (None, 0));
}

#[test]
fn a_database_that_was_never_migrated_is_checked_too() {
    let place = Place::with("patman-v01.db");
    assert!(check::check(&place.location(), &|_| false).unwrap().is_ok());
    assert_eq!(
        place.value("SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'"),
        json!(0)
    );
    let bytes = fs::read(place.file()).unwrap();
    fs::write(place.file(), &bytes[..8192]).unwrap();
    assert!(
        !check::check(&place.location(), &|_| false)
            .unwrap()
            .damage
            .is_empty()
    );
}

#[test]
fn upstreams_that_a_migration_wrote_are_cleared_and_others_are_reported() {
    let place = Place::with("patman-v09.db");
    drop(Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap());
    assert!(place.dir().join(".patman.dbold.v9").is_file());
    // In the backup of version 9 `mmc` has the upstream 'us', `dm-naïve` and `orphan` have none, and `late` is not there.
    place.sql(
        "INSERT INTO series (name, desc, archived, upstream) VALUES ('late', 'late', 0, 'elsewhere'), ('local', 'l', 0, '.');
        UPDATE series SET upstream = 'elsewhere' WHERE name IN ('mmc', 'dm-naïve');
        UPDATE series SET upstream = 'ci' WHERE name = 'orphan'",
    );
    let check = |is_known: &dyn Fn(&str) -> bool| {
        let found = check::check(&place.location(), is_known).unwrap();
        assert!(!found.is_ok());
        let lines = found.unknown_upstreams.iter();
        lines
            .map(|one| format!("{} {} {}", one.series, one.upstream, one.removable))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        check(&|_| false),
        [
            "mmc elsewhere false",
            "dm-naïve elsewhere true",
            "late elsewhere false",
            "local . true",
        ]
    );
    assert_eq!(
        check(&|_| true),
        ["local . true"],
        "'.' is no setting's name"
    );
    let repaired = repair::repair(
        &place.location(),
        &OpenOptions::default(),
        &|_| false,
        &now(),
        &quiet(),
    )
    .unwrap();
    assert_eq!(repaired.cleared.len(), 2);
    assert!(repaired.backup.is_some_and(|copy| copy.is_file()));
    assert_eq!(
        check(&|_| false),
        ["mmc elsewhere false", "late elsewhere false"]
    );
    let left =
        "SELECT group_concat(name || ' ' || coalesce(upstream, '-'), ', ' ORDER BY id) FROM series";
    assert_eq!(
        place.value(left),
        serde_json::json!(
            "mmc elsewhere, dm-naïve -, old-spi -, orphan ci, us-498633-review us, late elsewhere, local -"
        )
    );
}
