// SPDX-License-Identifier: GPL-2.0-or-later
//! Series copied and moved between databases: nothing is lost, nothing is doubled, and the source of a merge stays as it is.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod databases;

use databases::{Place, data, quiet};
use git_patman::db::copy::{Copied, CopyRequest, CopyScope, merge, transfer};
use git_patman::db::{Db, OpenOptions};
use git_patman::error::Result;
use proptest::prelude::*;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn with<T>(which: CopyScope, dry_run: bool, work: impl FnOnce(&CopyRequest<'_>) -> T) -> T {
    let (options, out) = (OpenOptions::default(), quiet());
    let now = jiff::Timestamp::from_second(1_767_268_800)
        .unwrap()
        .to_zoned(jiff::tz::TimeZone::UTC);
    work(&CopyRequest {
        which,
        upstreams: true,
        dry_run,
        now: &now,
        options: &options,
        events: &out,
    })
}

fn merged(source: &Path, target: &Place) -> Result<Copied> {
    with(CopyScope::All, false, |request| {
        merge(source, &target.location(), request)
    })
}

fn split(from: &Place, to: &Place) -> Result<Copied> {
    with(CopyScope::Reviews, false, |request| {
        transfer(&from.location(), &to.location(), "split", request)
    })
}

fn join(from: &Place, to: &Place) -> Result<Copied> {
    with(CopyScope::Reviews, false, |request| {
        transfer(&to.location(), &from.location(), "join", request)
    })
}

fn migrated(place: &Place) {
    Db::open(&place.location(), &OpenOptions::default(), &quiet()).unwrap();
}

/// All rows of all tables, with what the numbers of rows stand for in their place; independent of the code under test.
fn content(place: &Place) -> BTreeMap<&'static str, Vec<String>> {
    const SERIES: &str = "(SELECT quote(name) FROM series WHERE id = t.series_id)";
    let version = |id: &str| {
        format!(
            "(SELECT quote(s.name) || ' v' || quote(v.version) || '#' || (SELECT count(*) FROM ser_ver AS w
            WHERE w.series_id = v.series_id AND w.version IS v.version AND w.id < v.id)
            FROM ser_ver AS v LEFT JOIN series AS s ON s.id = v.series_id WHERE v.id = {id})"
        )
    };
    let of = version("t.svid");
    let review = format!(
        "(SELECT quote(r.seq) || quote(r.body) || {} FROM review AS r WHERE r.id = t.review_id)",
        version("r.svid")
    );
    let seen = "(SELECT count(*) FROM gitpatman_mail AS m JOIN ser_ver AS v ON m.svid = v.id
        WHERE v.series_id = t.series_id AND m.id <= t.seen) || typeof(t.seen)";
    let tables: [(&str, &str, Vec<String>); 13] = [
        (
            "series",
            "name desc archived upstream source hidden",
            vec![],
        ),
        (
            "ser_ver",
            "version link cover_id cover_num_comments name archive_tag desc notes",
            vec![SERIES.into()],
        ),
        (
            "pcommit",
            "seq subject patch_id change_id state num_comments",
            vec![of.clone()],
        ),
        (
            "review",
            "seq body approved timestamp draft_id status gmail_msg_id gmail_thread_id session_id envelope",
            vec![of.clone()],
        ),
        (
            "reply",
            "gmail_msg_id msgid refs sender to_addrs cc_addrs subject date body response status draft_id timestamp seq comment_id",
            vec![of.clone(), review],
        ),
        (
            "workflow",
            "type timestamp archived",
            vec![SERIES.into(), version("t.ser_ver_id")],
        ),
        (
            "upstream",
            "name url patchwork_url identity series_to no_maintainers no_tags",
            vec![],
        ),
        ("patchwork", "name proj_id link_name upstream", vec![]),
        (
            "gitpatman_version",
            "message_id author_name author_email sent total base change_id source started",
            vec![of.clone()],
        ),
        (
            "gitpatman_patch",
            "seq message_id patch_id author_name author_email",
            vec![of.clone()],
        ),
        ("gitpatman_mail", "seq kind message_id raw", vec![of]),
        (
            "gitpatman_worktree",
            "common_dir path created",
            vec![SERIES.into()],
        ),
        (
            "gitpatman_series",
            "outcome finished updated",
            vec![SERIES.into(), seen.into()],
        ),
    ];
    let conn = Connection::open(place.file()).unwrap();
    let rows = |(table, columns, more): &(&'static str, &str, Vec<String>)| {
        let plain = columns
            .split(' ')
            .map(|column| format!("quote(t.{column})"));
        let all: Vec<String> = plain
            .chain(more.iter().map(|part| format!("coalesce({part}, '-')")))
            .collect();
        let mut query = conn
            .prepare(&format!(
                "SELECT {} FROM {table} AS t",
                all.join(" || '|' || ")
            ))
            .unwrap();
        let mut rows: Vec<String> = query
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(|row| row.unwrap())
            .collect();
        rows.sort();
        (*table, rows)
    };
    tables.iter().map(rows).collect()
}

fn counts(place: &Place) -> BTreeMap<&'static str, usize> {
    content(place)
        .into_iter()
        .map(|(table, rows)| (table, rows.len()))
        .collect()
}

#[test]
fn databases_of_every_version_are_merged_split_and_joined() {
    for version in 1..=16 {
        let name = format!("patman-v{version:02}.db");
        let (source, target, reviews) = (Place::with(&name), Place::empty(), Place::empty());
        let bytes = std::fs::read(source.file()).unwrap();
        let files = source.files();
        merged(&source.file(), &target).unwrap();
        assert_eq!(std::fs::read(source.file()).unwrap(), bytes, "{name}");
        assert_eq!(source.files(), files, "{name}");
        migrated(&source);
        // A row that names a version that is gone names none in the copy.
        source.sql("UPDATE workflow SET ser_ver_id = NULL WHERE ser_ver_id NOT IN (SELECT id FROM ser_ver)");
        let before = content(&target);
        assert_eq!(before, content(&source), "{name}");
        let moved = split(&target, &reviews).unwrap();
        assert_eq!(
            moved.rows.series,
            if version >= 8 { 1 } else { 0 },
            "{name}"
        );
        assert_eq!(
            join(&target, &reviews).unwrap().rows.series,
            moved.rows.series,
            "{name}"
        );
        assert_eq!(content(&target), before, "{name}");
        assert_eq!(counts(&reviews).values().sum::<usize>(), 0, "{name}");
    }
}

#[test]
fn a_second_merge_copies_nothing_and_says_what_is_there() {
    let target = Place::empty();
    let first = merged(&data("patman-v16.db"), &target).unwrap();
    assert_eq!(
        (
            first.rows.series,
            first.rows.versions,
            first.rows.patches,
            first.rows.reviews,
            first.rows.replies
        ),
        (5, 8, 18, 4, 2)
    );
    assert_eq!(
        (first.rows.todos, first.rows.upstreams, first.rows.projects),
        (4, 2, 3)
    );
    let before = content(&target);
    let second = merged(&data("patman-v16.db"), &target).unwrap();
    assert_eq!(
        (
            second.rows.series,
            second.rows.versions,
            second.rows.upstreams,
            second.rows.projects
        ),
        (0, 0, 0, 0)
    );
    assert_eq!(second.present.len(), 8);
    assert!(
        second.backups.is_empty(),
        "nothing is backed up where nothing is changed"
    );
    assert_eq!(content(&target), before);
}

#[test]
fn of_a_series_that_is_there_only_the_versions_that_are_not_are_copied() {
    let target = Place::with("patman-v16.db");
    target.sql(
        "DELETE FROM ser_ver WHERE id IN (2, 3); DELETE FROM workflow;
        UPDATE series SET source = 'review' WHERE name = 'old-spi'; UPDATE series SET desc = 'mine' WHERE id = 1",
    );
    let copied = merged(&data("patman-v16.db"), &target).unwrap();
    assert_eq!(
        (
            copied.rows.series,
            copied.rows.versions,
            copied.rows.patches
        ),
        (0, 2, 6)
    );
    assert_eq!(copied.apart, ["old-spi"]);
    assert!(
        copied.present.contains(&"mmc v1".to_owned()),
        "{:?}",
        copied.present
    );
    assert_eq!(target.value("SELECT desc FROM series WHERE id = 1"), "mine");
    // When the version was sent comes with it; the dates of the series do not.
    assert_eq!(
        target.value("SELECT group_concat(type || ser_ver_id) FROM workflow"),
        "sent9"
    );
}

#[test]
fn own_series_and_reviews_are_copied_apart() {
    let (own, reviews) = (Place::empty(), Place::empty());
    let source = data("patman-v16.db");
    let copy = |which, place: &Place| {
        with(which, false, |request| {
            merge(&source, &place.location(), request)
        })
        .unwrap()
    };
    assert_eq!(
        (
            copy(CopyScope::Own, &own).rows.series,
            copy(CopyScope::Reviews, &reviews).rows.series
        ),
        (4, 1)
    );
    assert_eq!(
        own.value("SELECT count(*) FROM series WHERE source IS 'review'"),
        0
    );
    assert_eq!(
        reviews.value("SELECT count(*) FROM series WHERE source IS NOT 'review'"),
        0
    );
    assert_eq!(
        reviews.value("SELECT hidden FROM series"),
        1,
        "patman forgets what is hidden"
    );
}

#[test]
fn a_default_upstream_stays_and_none_comes() {
    let target = Place::empty();
    migrated(&target);
    target.sql(
        "INSERT INTO upstream (name, url, is_default) VALUES ('mine', 'x', 1), ('us', 'y', 0)",
    );
    merged(&data("patman-v16.db"), &target).unwrap();
    assert_eq!(
        target.value("SELECT group_concat(name || is_default) FROM upstream"),
        "mine1,us0,ci0"
    );
    assert_eq!(
        target.value("SELECT url FROM upstream WHERE name = 'us'"),
        "y"
    );
}

#[test]
fn changes_that_are_only_in_the_log_are_seen() {
    let (source, target) = (Place::empty(), Place::empty());
    for entry in data("hot-wal-v15").read_dir().unwrap() {
        let entry = entry.unwrap();
        let name = format!(".{}", entry.file_name().to_str().unwrap());
        std::fs::copy(entry.path(), source.dir().join(name)).unwrap();
    }
    let bytes = |name: &str| std::fs::read(source.dir().join(name)).unwrap();
    let before = (bytes(".patman.db"), bytes(".patman.db-wal"));
    assert!(!before.1.is_empty());
    merged(&source.file(), &target).unwrap();
    assert_eq!((bytes(".patman.db"), bytes(".patman.db-wal")), before);
    let series = target.value("SELECT count(*) FROM series");
    migrated(&source);
    assert_eq!(source.value("SELECT count(*) FROM series"), series);
    assert_eq!(counts(&source), counts(&target));
}

#[test]
fn a_source_that_cannot_be_merged_is_refused_and_left_alone() {
    let refused = |source: &Path, why: &str| {
        let target = Place::with("patman-v16.db");
        migrated(&target);
        let before = content(&target);
        let error = merged(source, &target).unwrap_err().to_string();
        assert!(
            error.contains(why) && error.contains(&source.display().to_string()),
            "{error}"
        );
        assert_eq!(content(&target), before);
    };
    let place = Place::with("patman-v16.db");
    let file = place.dir().join("x.db");
    refused(&file, "there is no such file");
    std::fs::write(
        &file,
        "not a database at all, but a text that is long enough to be looked at",
    )
    .unwrap();
    refused(&file, "not an SQLite database");
    std::fs::remove_file(&file).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE other (x)")
        .unwrap();
    refused(&file, "not a database of patman's");
    std::fs::copy(data("patman-v16.db"), &file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    Connection::open(&file)
        .unwrap()
        .execute_batch("UPDATE schema_version SET version = 17")
        .unwrap();
    refused(&file, "newer than this program");
    std::fs::write(&file, "").unwrap();
    refused(&file, "is empty");
    let mut bytes = std::fs::read(data("patman-v16.db")).unwrap();
    let len = bytes.len();
    bytes[len / 2..len / 2 + 9000].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    refused(&file, "damaged");
}

#[test]
fn one_file_of_two_names_is_refused() {
    let (place, other) = (Place::with("patman-v16.db"), Place::empty());
    std::os::unix::fs::symlink(place.file(), other.dir().join("link.db")).unwrap();
    std::fs::hard_link(place.file(), other.dir().join("hard.db")).unwrap();
    let bytes = std::fs::read(place.file()).unwrap();
    for name in ["link.db", "hard.db"] {
        let error = merged(&other.dir().join(name), &place)
            .unwrap_err()
            .to_string();
        assert!(error.contains("are the same database"), "{error}");
    }
    std::os::unix::fs::symlink(place.file(), other.file()).unwrap();
    assert!(
        split(&place, &other)
            .unwrap_err()
            .to_string()
            .contains("are the same database")
    );
    assert_eq!(std::fs::read(place.file()).unwrap(), bytes);
}

#[test]
fn a_dry_run_counts_the_same_and_makes_nothing() {
    for version in [9, 16] {
        let name = format!("patman-v{version:02}.db");
        let (source, target, reviews) = (Place::with(&name), Place::empty(), Place::empty());
        let bytes = std::fs::read(source.file()).unwrap();
        let dry = with(CopyScope::All, true, |request| {
            merge(&source.file(), &target.location(), request)
        })
        .unwrap();
        assert_eq!(target.files(), Vec::<String>::new());
        let parted = with(CopyScope::Reviews, true, |request| {
            transfer(&source.location(), &reviews.location(), "split", request)
        });
        let parted = parted.unwrap();
        assert_eq!(
            (reviews.files(), source.files()),
            (vec![], vec![".patman.db".to_owned()])
        );
        assert_eq!(std::fs::read(source.file()).unwrap(), bytes);
        let real = merged(&source.file(), &target).unwrap();
        assert_eq!(
            Copied {
                backups: vec![],
                ..real
            },
            dry
        );
        let real = split(&source, &reviews).unwrap();
        assert_eq!(
            Copied {
                backups: vec![],
                ..real
            },
            parted
        );
    }
}

/// The state that a run leaves that was killed after the target was committed and before the source was.
fn killed_between() -> (Place, Place) {
    let (main, reviews) = (Place::with("patman-v16.db"), Place::empty());
    migrated(&main);
    let before = std::fs::read(main.file()).unwrap();
    split(&main, &reviews).unwrap();
    std::fs::write(main.file(), before).unwrap();
    (main, reviews)
}

#[test]
fn a_move_that_was_stopped_half_way_is_finished_by_the_next() {
    let (main, reviews) = killed_between();
    let (whole, parted) = (counts(&main), counts(&reviews));
    // The copy that is used has gone on meanwhile.
    reviews.sql(
        "INSERT INTO review (svid, seq, body) SELECT max(id), 7, 'more' FROM ser_ver;
        INSERT INTO gitpatman_series (series_id, updated, seen) SELECT id, 5, 0 FROM series",
    );
    let second = split(&main, &reviews).unwrap();
    assert_eq!(
        (second.finished, second.rows.series, second.left.len()),
        (1, 0, 0)
    );
    assert_eq!(
        main.value("SELECT count(*) FROM series WHERE source IS 'review'"),
        0
    );
    assert_eq!(counts(&reviews)["review"], parted["review"] + 1);
    assert_eq!(
        counts(&main)["pcommit"],
        whole["pcommit"] - parted["pcommit"]
    );
    join(&main, &reviews).unwrap();
    assert_eq!(counts(&main)["review"], whole["review"] + 1);
}

#[test]
fn a_series_that_is_in_both_and_not_the_same_stays() {
    let (main, reviews) = killed_between();
    main.sql("UPDATE review SET body = 'changed here' WHERE id = 1");
    let (one, other) = (content(&main), content(&reviews));
    let second = split(&main, &reviews).unwrap();
    assert_eq!((second.rows.series, second.finished), (0, 0));
    assert_eq!(second.left, ["us-498633-review"]);
    assert_eq!((content(&main), content(&reviews)), (one, other));
}

#[test]
fn other_versions_of_a_series_that_is_there_are_moved_to_it() {
    let (main, reviews) = (Place::with("patman-v16.db"), Place::with("patman-v16.db"));
    migrated(&main);
    migrated(&reviews);
    main.sql("DELETE FROM pcommit WHERE svid = 7; DELETE FROM reply WHERE svid = 7 OR review_id IN (SELECT id FROM review WHERE svid = 7);
        DELETE FROM review WHERE svid = 7; DELETE FROM ser_ver WHERE id = 7");
    reviews.sql(
        "DELETE FROM pcommit WHERE svid = 8; DELETE FROM review WHERE svid = 8; DELETE FROM ser_ver WHERE id = 8;
        UPDATE series SET hidden = NULL, upstream = NULL WHERE source = 'review'",
    );
    let moved = split(&main, &reviews).unwrap();
    assert_eq!(
        (moved.rows.series, moved.rows.versions, moved.rows.reviews),
        (0, 1, 1)
    );
    assert_eq!(
        reviews.value("SELECT group_concat(version) FROM ser_ver WHERE series_id = 5"),
        "1,2"
    );
    assert_eq!(
        reviews.value("SELECT hidden || upstream FROM series WHERE id = 5"),
        "1us"
    );
    assert_eq!(
        main.value("SELECT count(*) FROM series WHERE source IS 'review'"),
        0
    );
}

#[test]
fn a_reply_that_is_there_already_is_not_doubled() {
    let (main, reviews) = (Place::with("patman-v16.db"), Place::with("patman-v16.db"));
    reviews.sql("UPDATE series SET name = 'another' WHERE id = 5");
    let moved = split(&main, &reviews).unwrap();
    assert_eq!(
        moved.left,
        ["us-498633-review"],
        "patman stops with an error of SQLite's there"
    );
    let copied = merged(&main.file(), &reviews).unwrap();
    assert_eq!(
        (
            copied.rows.reviews,
            copied.rows.replies,
            copied.same_replies
        ),
        (4, 1, 1)
    );
}

#[test]
fn what_was_seen_of_mails_is_seen_in_the_copy() {
    let (source, target) = (Place::with("patman-v16.db"), Place::empty());
    migrated(&source);
    source.sql(
        "INSERT INTO gitpatman_mail (id, svid, seq, kind, message_id) VALUES
         (1, 7, 1, 'reply', 'a'), (2, 1, 1, 'reply', 'other'), (5, 7, 2, 'reply', 'b'), (9, 8, 1, 'reply', 'c');
         INSERT INTO gitpatman_series (series_id, seen) VALUES (5, 5), (1, 0)",
    );
    target.sql("SELECT 1");
    migrated(&target);
    target.sql("INSERT INTO gitpatman_mail (id, kind) VALUES (100, 'reply')");
    merged(&source.file(), &target).unwrap();
    let unseen = "SELECT group_concat(m.message_id) FROM gitpatman_series AS o JOIN ser_ver AS v ON v.series_id = o.series_id
        JOIN gitpatman_mail AS m ON m.svid = v.id AND m.id > o.seen JOIN series AS s ON s.id = o.series_id WHERE s.name = ";
    assert_eq!(target.value(&format!("{unseen}'us-498633-review'")), "c");
    assert_eq!(target.value(&format!("{unseen}'mmc'")), "other");
}

#[test]
fn a_series_that_is_added_meanwhile_is_not_lost() {
    let (main, reviews) = (Place::with("patman-v16.db"), Place::empty());
    migrated(&main);
    let count = 60;
    std::thread::scope(|scope| {
        let adding = scope.spawn(|| {
            for number in 0..count {
                let conn = Connection::open(main.file()).unwrap();
                conn.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
                conn.execute_batch(&format!(
                    "BEGIN IMMEDIATE; INSERT INTO series (name, archived, source) VALUES ('r{number}', 0, 'review');
                    INSERT INTO ser_ver (series_id, version) VALUES (last_insert_rowid(), 1); COMMIT"
                ))
                .unwrap();
            }
        });
        while !adding.is_finished() {
            split(&main, &reviews).unwrap();
        }
    });
    split(&main, &reviews).unwrap();
    assert_eq!(
        main.value("SELECT count(*) FROM series WHERE source IS 'review'"),
        0
    );
    assert_eq!(
        reviews.value("SELECT count(DISTINCT name) || ' ' || count(*) FROM series"),
        "61 61"
    );
    assert_eq!(reviews.value("SELECT count(*) FROM ser_ver"), count + 2);
}

#[test]
fn two_moves_against_each_other_both_end() {
    let (main, reviews) = (Place::with("patman-v16.db"), Place::with("patman-v16.db"));
    migrated(&main);
    migrated(&reviews);
    reviews.sql("DELETE FROM series; DELETE FROM ser_ver; DELETE FROM pcommit; DELETE FROM review; DELETE FROM reply; DELETE FROM workflow");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..5).for_each(|_| drop(split(&main, &reviews).unwrap())));
            scope.spawn(|| (0..5).for_each(|_| drop(join(&main, &reviews).unwrap())));
        }
    });
    join(&main, &reviews).unwrap();
    let all = counts(&main);
    assert_eq!(
        (all["series"], all["ser_ver"], all["review"], all["reply"]),
        (5, 8, 4, 2)
    );
}

/// Rows of any kind, with numbers that fit or not.
fn statements() -> impl Strategy<Value = String> {
    let id = 1..6_i64;
    let series = (id.clone(), any::<bool>(), 0..3).prop_map(|(id, review, hidden)| {
        let source = if review { "'review'" } else { "NULL" };
        format!("INSERT OR IGNORE INTO series VALUES ({id}, 's{id}', 'd', 0, NULL, {source}, nullif({hidden}, 2));")
    });
    let version = (1..12_i64, id.clone(), 1..4).prop_map(|(svid, series, number)| {
        format!(
            "INSERT OR IGNORE INTO ser_ver (id, series_id, version, notes) VALUES ({svid}, {series}, {number}, 'n');
            INSERT OR IGNORE INTO gitpatman_version (svid, message_id) VALUES ({svid}, 'm{number}');"
        )
    });
    let below = (1..12_i64, 0..5, any::<u8>()).prop_map(|(svid, seq, text)| {
        format!(
            "INSERT INTO pcommit (svid, seq, subject) VALUES ({svid}, {seq}, x'{text:02x}');
            INSERT OR IGNORE INTO gitpatman_patch (svid, seq, patch_id) VALUES ({svid}, {seq}, '{text}');
            INSERT INTO review (svid, seq, body) VALUES ({svid}, {seq}, '{text}');"
        )
    });
    let mail = (1..12_i64, any::<u8>()).prop_map(|(svid, text)| {
        format!("INSERT OR IGNORE INTO gitpatman_mail (svid, seq, kind, message_id, raw) VALUES ({svid}, 1, 'reply', '{text}', x'00{text:02x}');")
    });
    let reply = (prop::option::of(1..9_i64), prop::option::of(1..12_i64), any::<u8>()).prop_map(|(review, svid, text)| {
        let null = |id: Option<i64>| id.map_or("NULL".to_owned(), |id| id.to_string());
        format!("INSERT OR IGNORE INTO reply (review_id, svid, gmail_msg_id, body) VALUES ({}, {}, nullif('g{text}', 'g0'), '{text}');", null(review), null(svid))
    });
    let state = (id.clone(), prop::option::of(0..30_i64), any::<bool>()).prop_map(
        |(series, seen, merged)| {
            let seen = seen.map_or("NULL".to_owned(), |seen| seen.to_string());
            let outcome = if merged { "'merged'" } else { "NULL" };
            format!(
            "INSERT OR REPLACE INTO gitpatman_series VALUES ({series}, {outcome}, 5, NULL, {seen});
            INSERT OR REPLACE INTO gitpatman_worktree VALUES ({series}, '/clone', '/tree', 7);"
        )
        },
    );
    let entry = (id, prop::option::of(1..12_i64)).prop_map(|(series, svid)| {
        let svid = svid.map_or("NULL".to_owned(), |svid| svid.to_string());
        format!("INSERT INTO workflow (type, series_id, timestamp, archived, ser_ver_id) VALUES ('todo', {series}, 'x', 0, {svid});")
    });
    prop_oneof![
        series.clone(),
        series,
        version.clone(),
        version,
        below,
        mail,
        reply,
        state,
        entry
    ]
}

/// Without the rows that belong to nothing, which stay where they are.
const WHOLE: &str = "DELETE FROM ser_ver WHERE series_id NOT IN (SELECT id FROM series);
    DELETE FROM pcommit WHERE svid NOT IN (SELECT id FROM ser_ver); DELETE FROM review WHERE svid NOT IN (SELECT id FROM ser_ver);
    DELETE FROM gitpatman_version WHERE svid NOT IN (SELECT id FROM ser_ver);
    DELETE FROM gitpatman_patch WHERE svid NOT IN (SELECT id FROM ser_ver);
    DELETE FROM gitpatman_mail WHERE svid NOT IN (SELECT id FROM ser_ver);
    UPDATE reply SET svid = NULL WHERE svid NOT IN (SELECT id FROM ser_ver);
    UPDATE reply SET review_id = NULL WHERE review_id NOT IN (SELECT id FROM review);
    DELETE FROM workflow WHERE series_id NOT IN (SELECT id FROM series);
    UPDATE workflow SET ser_ver_id = NULL WHERE (SELECT v.series_id FROM ser_ver AS v WHERE v.id = ser_ver_id) IS NOT series_id;
    DELETE FROM gitpatman_series WHERE series_id NOT IN (SELECT id FROM series);
    DELETE FROM gitpatman_worktree WHERE series_id NOT IN (SELECT id FROM series);
    UPDATE reply SET svid = NULL WHERE (SELECT v.series_id FROM ser_ver AS v WHERE v.id = reply.svid) IS NOT
        (SELECT v.series_id FROM review AS r JOIN ser_ver AS v ON v.id = r.svid WHERE r.id = reply.review_id) AND review_id NOTNULL;";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_is_split_and_joined_is_as_before(all in prop::collection::vec(statements(), 1..60)) {
        let (main, reviews, third) = (Place::empty(), Place::empty(), Place::empty());
        migrated(&main);
        main.sql(&format!("BEGIN; {} {WHOLE} COMMIT", all.concat()));
        let before = content(&main);
        split(&main, &reviews).unwrap();
        prop_assert_eq!(main.value("SELECT count(*) FROM series WHERE source IS 'review'"), 0);
        prop_assert_eq!(reviews.value("SELECT count(*) FROM series WHERE source IS NOT 'review'"), 0);
        let (one, other) = (content(&main), content(&reviews));
        for (table, rows) in &before {
            let mut parts = [one[table].clone(), other[table].clone()].concat();
            parts.sort();
            prop_assert_eq!(rows, &parts, "{}", table);
        }
        merged(&main.file(), &third).unwrap();
        merged(&reviews.file(), &third).unwrap();
        join(&main, &reviews).unwrap();
        prop_assert_eq!(&content(&main), &before);
        let linked = |mut all: BTreeMap<&'static str, Vec<String>>| {
            all.get_mut("reply").unwrap().retain(|row| !row.ends_with("|-|-"));
            all
        };
        prop_assert_eq!(linked(content(&third)), linked(before));
    }
}
