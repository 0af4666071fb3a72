// SPDX-License-Identifier: GPL-2.0-or-later
//! A database of every version of patman becomes, table by table and row by row, what patman's own migration makes of it.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, assert_same, data, expected, quiet, schema, tables};
use git_patman::db::{Db, OpenOptions, Read};
use rusqlite::Connection;
use serde_json::json;

fn open(place: &Place) -> Db {
    Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap()
}

#[test]
fn every_version_becomes_what_patman_makes_of_it() {
    for version in 1..=16 {
        let place = Place::with(&format!("patman-v{version:02}.db"));
        drop(open(&place));
        assert_same(
            &tables(&place.file()),
            &expected(version),
            &format!("version {version}"),
        );
        assert_eq!(
            schema(&place.file()),
            schema(&data("patman-v16.db")),
            "version {version}"
        );
        assert_eq!(
            place.value("SELECT version FROM gitpatman_schema"),
            json!(3)
        );
    }
}

#[test]
fn a_new_database_is_as_patman_makes_one() {
    let place = Place::empty();
    assert!(
        Db::open_existing(&place.location(), &OpenOptions::default(), &quiet())
            .unwrap()
            .is_none()
    );
    assert_eq!(place.files(), [""; 0]);
    drop(open(&place));
    assert_same(
        &tables(&place.file()),
        &tables(&data("patman-direct-v16.db")),
        "tables",
    );
    assert_eq!(schema(&place.file()), schema(&data("patman-direct-v16.db")));
    assert_eq!(place.files(), [".patman.db"]);
}

#[test]
fn the_backup_is_what_was_migrated() {
    for version in [1, 7, 15] {
        let name = format!("patman-v{version:02}.db");
        let place = Place::with(&name);
        drop(open(&place));
        let backup = place.dir().join(format!(".patman.dbold.v{version}"));
        assert_same(&tables(&backup), &tables(&data(&name)), "tables");
        assert_eq!(
            place.files(),
            [".patman.db".to_owned(), format!(".patman.dbold.v{version}")]
        );
    }
}

#[test]
fn adding_our_own_tables_needs_no_backup() {
    let place = Place::with("patman-v16.db");
    drop(open(&place));
    assert_eq!(place.files(), [".patman.db"]);
}

#[test]
fn tables_of_ours_that_came_later_are_added_to_those_that_are_there() {
    let place = Place::with("patman-v16.db");
    drop(open(&place));
    place.sql("INSERT INTO gitpatman_mail (svid, seq, kind, message_id) SELECT min(id), 1, 'patch', 'x' FROM ser_ver");
    place.sql(
        "DROP TABLE gitpatman_series; DROP TABLE gitpatman_check; DROP TABLE gitpatman_removed;
        UPDATE gitpatman_schema SET version = 1; ALTER TABLE gitpatman_schema DROP COLUMN installed",
    );
    drop(open(&place));
    assert_eq!(
        place.value("SELECT version FROM gitpatman_schema"),
        json!(3)
    );
    assert_eq!(
        place.value("SELECT count(*) FROM gitpatman_mail WHERE message_id = 'x'"),
        json!(1)
    );
    assert_eq!(
        place.value("SELECT count(*) FROM gitpatman_series"),
        json!(0)
    );
    assert_eq!(
        place.value("SELECT count(*) FROM gitpatman_check"),
        json!(0)
    );
    assert_eq!(
        place.value("SELECT count(*) FROM gitpatman_removed"),
        json!(0)
    );
}

#[test]
fn the_backup_holds_rows_that_are_only_in_the_log_of_another_connection() {
    let place = Place::with("patman-v15.db");
    let other = Connection::open(place.file()).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
        .unwrap();
    other
        .execute(
            "INSERT INTO series (name, archived) VALUES ('only-in-wal', 0)",
            [],
        )
        .unwrap();
    assert!(place.files().contains(&".patman.db-wal".to_owned()));
    let db = open(&place);
    let backup = Connection::open(place.dir().join(".patman.dbold.v15")).unwrap();
    for conn in [&backup, &other, db_conn(&db)] {
        assert_eq!(
            databases::one(
                conn,
                "SELECT count(*) FROM series WHERE name = 'only-in-wal'"
            ),
            json!(1)
        );
    }
    other
        .execute(
            "INSERT INTO series (name, archived) VALUES ('afterwards', 0)",
            [],
        )
        .unwrap();
}

fn db_conn(db: &Db) -> &Connection {
    db.conn()
}

#[test]
fn a_log_that_was_left_behind_is_read() {
    let place = Place::empty();
    for suffix in ["", "-wal", "-shm"] {
        let from = data(&format!("hot-wal-v15/patman.db{suffix}"));
        std::fs::copy(from, place.dir().join(format!(".patman.db{suffix}"))).unwrap();
    }
    let copy = Place::empty();
    for suffix in ["", "-wal", "-shm"] {
        let name = format!(".patman.db{suffix}");
        std::fs::copy(place.dir().join(&name), copy.dir().join(&name)).unwrap();
    }
    let series = copy.value("SELECT count(*) FROM series");
    drop(open(&place));
    assert_eq!(place.value("SELECT count(*) FROM series"), series);
    assert_eq!(place.value("SELECT version FROM schema_version"), json!(16));
}

#[test]
fn an_older_backup_that_differs_is_kept_and_the_same_one_is_not_made_twice() {
    let place = Place::with("patman-v07.db");
    let old = place.dir().join(".patman.dbold.v7");
    std::fs::copy(data("patman-v06.db"), &old).unwrap();
    let before = std::fs::read(&old).unwrap();
    drop(open(&place));
    assert_eq!(std::fs::read(&old).unwrap(), before);
    assert_same(
        &tables(&place.dir().join(".patman.dbold.v7.1")),
        &tables(&data("patman-v07.db")),
        "tables",
    );
    std::fs::copy(data("patman-v07.db"), place.file()).unwrap();
    drop(open(&place));
    assert_eq!(
        place.files(),
        [".patman.db", ".patman.dbold.v7", ".patman.dbold.v7.1"]
    );
}

#[test]
fn copies_that_dead_runs_left_unfinished_are_removed() {
    let place = Place::with("patman-v07.db");
    std::fs::write(place.dir().join(".patman.dbold.v7.tmp-4194000"), "x").unwrap();
    std::fs::write(
        place.dir().join(".patman.dbold.v7.tmp-4194000-journal"),
        "x",
    )
    .unwrap();
    std::fs::write(
        place
            .dir()
            .join(".patman.db.replaced-20260101-000000.tmp-4194305"),
        "x",
    )
    .unwrap();
    drop(open(&place));
    assert_eq!(place.files(), [".patman.db", ".patman.dbold.v7"]);
}

#[test]
fn series_without_an_upstream_get_the_remote_of_their_branch() {
    let place = Place::with("patman-v04.db");
    let upstream_of = |name: &str| ["mmc", "old-spi"].contains(&name).then(|| "us".to_owned());
    let options = OpenOptions {
        upstream_of: Some(&upstream_of),
        ..OpenOptions::default()
    };
    drop(Db::open(&place.location(), &options, &quiet()).unwrap());
    let filled = "SELECT group_concat(name) FROM series WHERE upstream = 'us'";
    assert_eq!(place.value(filled), json!("mmc"), "old-spi is archived");
}

#[test]
fn only_versions_whose_series_had_no_upstreams_are_filled() {
    for version in 1..=15 {
        let place = Place::with(&format!("patman-v{version:02}.db"));
        let upstream_of = |_: &str| Some("elsewhere".to_owned());
        let options = OpenOptions {
            upstream_of: Some(&upstream_of),
            ..OpenOptions::default()
        };
        drop(Db::open(&place.location(), &options, &quiet()).unwrap());
        let filled = "SELECT count(*) FROM series WHERE upstream = 'elsewhere'";
        let expected = if version < 5 { 3 } else { 0 };
        assert_eq!(place.value(filled), json!(expected), "version {version}");
    }
}

#[test]
fn a_current_database_is_opened_without_lock_and_without_write() {
    let place = Place::with("patman-v16.db");
    drop(open(&place));
    let lock = place.dir().join(".patman.db.lock");
    std::fs::remove_file(&lock).unwrap();
    let before = std::fs::read(place.file()).unwrap();
    drop(open(&place));
    assert!(!lock.exists());
    assert_eq!(std::fs::read(place.file()).unwrap(), before);
}

#[test]
fn a_backup_is_as_private_as_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with("patman-v07.db");
    std::fs::set_permissions(place.file(), std::fs::Permissions::from_mode(0o600)).unwrap();
    drop(open(&place));
    let mode = place
        .dir()
        .join(".patman.dbold.v7")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
