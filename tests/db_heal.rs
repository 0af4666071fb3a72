// SPDX-License-Identifier: GPL-2.0-or-later
//! Databases that patman left half-way when it was killed, and others whose version disagrees with their tables, become
//! what the undisturbed migration makes, with every row kept and a backup made.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, assert_same, data, expected, quiet, schema, tables};
use git_patman::db::{Db, OpenOptions};
use serde_json::{Value, json};

fn heal(place: &Place) -> Value {
    drop(Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap());
    assert_eq!(schema(&place.file()), schema(&data("patman-v16.db")));
    tables(&place.file())
}

#[test]
fn what_killed_migrations_left_is_finished() {
    let mut number = 0;
    for entry in data("half-migrated").read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let place = Place::with(&format!("half-migrated/{name}"));
        let start: u32 = name[1..].split('-').next().unwrap().parse().unwrap();
        let mut want = if start == 0 {
            tables(&data("patman-direct-v16.db"))
        } else {
            expected(start)
        };
        if start > 0 && place.value("SELECT count(*) FROM series WHERE name = 'orphan'") == json!(0)
        {
            // Some were made from a database without this one.
            want["series"]["rows"]
                .as_array_mut()
                .unwrap()
                .retain(|row| row[1] != "orphan");
        }
        assert_same(&heal(&place), &want, &name);
        number += 1;
    }
    assert!(number >= 21);
}

#[test]
fn a_half_migrated_database_is_backed_up_as_it_was() {
    let name = "half-migrated/v1-kill122.db";
    let place = Place::with(name);
    heal(&place);
    let backup = place
        .files()
        .into_iter()
        .find(|file| file.starts_with(".patman.dbold.v"))
        .unwrap();
    assert_same(
        &tables(&place.dir().join(backup)),
        &tables(&data(name)),
        "tables",
    );
}

#[test]
fn a_version_that_is_lost_doubled_or_no_number_is_found_from_the_tables() {
    let spoilt = [
        "DELETE FROM schema_version",
        "INSERT INTO schema_version VALUES (3)",
        "UPDATE schema_version SET version = 'banana'",
        "UPDATE schema_version SET version = NULL",
        "UPDATE schema_version SET version = -1",
        "DROP TABLE schema_version",
    ];
    for version in [3, 5, 9, 16] {
        for sql in spoilt {
            let place = Place::with(&format!("patman-v{version:02}.db"));
            place.sql(sql);
            let mut want = expected(version);
            want["schema_version"]["rows"] = json!([[16]]);
            assert_same(&heal(&place), &want, &format!("version {version}: {sql}"));
        }
    }
}

/// What patman runs from version 1 to 16, each statement a transaction of its own but for those that follow a row change.
const HISTORY: &[(u32, &str)] = &[
    (2, "CREATE TABLE schema_version (version INTEGER)"),
    (3, "ALTER TABLE ser_ver ADD COLUMN cover_id"),
    (3, "ALTER TABLE ser_ver ADD COLUMN cover_num_comments INTEGER"),
    (3, "ALTER TABLE ser_ver ADD COLUMN name"),
    (4, "ALTER TABLE ser_ver ADD COLUMN archive_tag"),
    (5, "ALTER TABLE series ADD COLUMN upstream"),
    (5, "CREATE TABLE patchwork_new (name, proj_id INT, link_name, upstream)"),
    (5, "INSERT INTO patchwork_new SELECT name, proj_id, link_name, NULL FROM settings"),
    (5, "DROP TABLE settings"),
    (5, "ALTER TABLE patchwork_new RENAME TO patchwork"),
    (5, "UPDATE patchwork SET upstream = 'us'"),
    (5, "ALTER TABLE upstream ADD COLUMN patchwork_url"),
    (5, "ALTER TABLE upstream ADD COLUMN identity"),
    (5, "ALTER TABLE upstream ADD COLUMN series_to"),
    (5, "ALTER TABLE upstream ADD COLUMN no_maintainers BIT"),
    (5, "ALTER TABLE upstream ADD COLUMN no_tags BIT"),
    (5, "ALTER TABLE ser_ver ADD COLUMN desc"),
    (
        6,
        "CREATE TABLE workflow (id INTEGER PRIMARY KEY AUTOINCREMENT,type, series_id INTEGER, timestamp, archived BIT,
        FOREIGN KEY (series_id) REFERENCES series (id))",
    ),
    (7, "ALTER TABLE workflow ADD COLUMN ser_ver_id INTEGER"),
    (8, "ALTER TABLE series ADD COLUMN source"),
    (
        8,
        "CREATE TABLE review (id INTEGER PRIMARY KEY AUTOINCREMENT,svid INTEGER, seq INTEGER, body TEXT, approved BIT,
        timestamp TEXT, FOREIGN KEY (svid) REFERENCES ser_ver (id))",
    ),
    (9, "ALTER TABLE review ADD COLUMN draft_id"),
    (9, "ALTER TABLE review ADD COLUMN status"),
    (9, "ALTER TABLE review ADD COLUMN gmail_msg_id"),
    (9, "ALTER TABLE review ADD COLUMN gmail_thread_id"),
    (9, "UPDATE review SET status = 'new'"),
    (10, "ALTER TABLE ser_ver ADD COLUMN notes"),
    (
        11,
        "CREATE TABLE reply (id INTEGER PRIMARY KEY AUTOINCREMENT,review_id INTEGER, gmail_msg_id UNIQUE, msgid, refs,
        sender, to_addrs, cc_addrs, subject, date, body TEXT, response TEXT, status, draft_id, timestamp,
        FOREIGN KEY (review_id) REFERENCES review (id))",
    ),
    (12, "ALTER TABLE review ADD COLUMN session_id"),
    (13, "ALTER TABLE review ADD COLUMN envelope"),
    (14, "CREATE TABLE traffic (hour TEXT, url TEXT, requests INTEGER, bytes INTEGER, PRIMARY KEY (hour, url))"),
    (15, "ALTER TABLE reply ADD COLUMN svid INTEGER"),
    (15, "ALTER TABLE reply ADD COLUMN seq INTEGER"),
    (15, "ALTER TABLE reply ADD COLUMN comment_id INTEGER"),
    (16, "ALTER TABLE series ADD COLUMN hidden BIT"),
];

#[test]
fn every_statement_of_every_step_may_be_the_last_that_was_run() {
    for start in [1, 4, 8] {
        let history: Vec<_> = HISTORY
            .iter()
            .filter(|(version, _)| *version > start)
            .collect();
        for stop in 1..=history.len() {
            let place = Place::with(&format!("patman-v{start:02}.db"));
            let mut run = String::new();
            for (index, (version, sql)) in history[..stop].iter().enumerate() {
                run += &format!("{sql};");
                if history[..stop]
                    .get(index + 1)
                    .is_some_and(|(next, _)| next > version)
                {
                    run += &format!(
                        "DELETE FROM schema_version; INSERT INTO schema_version VALUES ({version});"
                    );
                }
            }
            place.sql(&run);
            assert_same(
                &heal(&place),
                &expected(start),
                &format!("from {start}, stopped after {}", history[stop - 1].1),
            );
        }
    }
}

#[test]
fn every_table_of_a_new_database_may_be_the_last_that_was_made() {
    let tables_of_1 = databases::schema_text(&data("patman-v01.db"));
    assert_eq!(tables_of_1.len(), 5);
    for stop in 1..=tables_of_1.len() {
        let place = Place::empty();
        tables_of_1[..stop].iter().for_each(|sql| place.sql(sql));
        assert_same(
            &heal(&place),
            &tables(&data("patman-direct-v16.db")),
            &format!("{stop} tables"),
        );
    }
}

#[test]
fn rows_of_both_settings_and_patchwork_are_kept() {
    let place = Place::with("patman-v05.db");
    let before = tables(&place.file())["patchwork"]["rows"].clone();
    place.sql("CREATE TABLE settings (name UNIQUE, proj_id INT, link_name); INSERT INTO settings VALUES ('Other', 9, 'other')");
    let after = heal(&place)["patchwork"]["rows"].clone();
    assert_eq!(
        after.as_array().unwrap().len(),
        before.as_array().unwrap().len() + 1
    );
    assert_eq!(after[0], before[0]);
}

#[test]
fn a_column_that_is_missing_from_a_current_database_is_added() {
    let place = Place::with("patman-v15.db");
    place.sql("UPDATE schema_version SET version = 16");
    assert_same(&heal(&place), &expected(15), "version 15 that says 16");
}
