// SPDX-License-Identifier: GPL-2.0-or-later
//! One cache, many threads and processes, and patman's count of requests.

use super::child::Place;
use super::server::{Request, Say, Server, json, reply};
use super::{client, offline};
use git_patman::source::http::Accept;
use rusqlite::Connection;
use std::path::Path;

/// A long answer, the same letter all through; another letter each time.
fn letters(request: &Request) -> Say {
    let letter = b'a' + (request.number % 26) as u8;
    reply(
        200,
        &format!("ETag: \"{letter}\"\r\n"),
        vec![letter; 50_000 + request.number],
    )
}

/// Gets the same few answers over and over.
pub fn hammer(cache: &Path, url: &str) {
    let client = client(Some(cache));
    for round in 0..8 {
        let body = client
            .get(&format!("{url}/{}", round % 3), Accept::Any)
            .unwrap()
            .body;
        assert!(body.len() >= 50_000 && body.iter().all(|&letter| letter == body[0]));
    }
}

#[test]
fn fifty_threads_and_processes_share_one_cache() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(letters);
    let place = Place::new("");
    let processes: Vec<_> = (0..10)
        .map(|_| {
            let mut child = place.child("share", std::slice::from_ref(&server.url));
            child
                .env("CHILD_CACHE", cache.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| hammer(cache.path(), &server.url));
        }
    });
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    for number in 0..3 {
        let body = offline(cache.path())
            .get(&format!("{}/{number}", server.url), Accept::Any)
            .unwrap()
            .body;
        assert!(body.len() >= 50_000 && body.iter().all(|&letter| letter == body[0]));
    }
    let left = cache.path().join("http").read_dir().unwrap().count();
    assert_eq!(left, 4, "three answers and the mark of the last sweep");
}

fn rows(place: &Place) -> Vec<(String, String, i64, i64)> {
    let db = Connection::open(place.repo().join(".git/patman/.patman.db")).unwrap();
    let mut statement = db
        .prepare("SELECT hour, url, requests, bytes FROM traffic ORDER BY hour")
        .unwrap();
    let rows = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn requests_are_counted_by_the_hour_as_patman_counts_them() {
    let place = Place::new("");
    let server = Server::start(|request| {
        if request.number == 0 {
            reply(503, "Retry-After: 0\r\n", "busy")
        } else {
            json("[1]")
        }
    });
    let count = |zone: &str| {
        let done = place
            .child("get-and-count", &[format!("{}/a", server.url)])
            .env("TZ", zone)
            .output()
            .unwrap();
        assert!(done.status.success());
    };
    count("UTC");
    let hour = |text: &str, requests, bytes| (text.to_owned(), server.url.clone(), requests, bytes);
    assert_eq!(rows(&place), [hour("2026-01-01 20", 2, 7)]);
    count("UTC");
    assert_eq!(rows(&place), [hour("2026-01-01 20", 3, 10)]);
    let db = Connection::open(place.repo().join(".git/patman/.patman.db")).unwrap();
    db.execute_batch("INSERT INTO traffic VALUES ('2025-10-03 20', 'old', 1, 1), ('2025-10-03 19', 'older', 1, 1)")
        .unwrap();
    count("UTC");
    assert_eq!(rows(&place)[0].1, "old");
    count("JST-9");
    assert_eq!(rows(&place).last().unwrap(), &hour("2026-01-02 05", 1, 3));
}

#[test]
fn a_database_that_is_locked_or_absent_spoils_nothing() {
    let place = Place::new("");
    let server = Server::start(|_| json("[1]"));
    let url = [server.url.clone()];
    assert!(place.get(&url, &[]).contains("200 [1]"));
    assert!(!place.repo().join(".git/patman").exists());

    assert!(
        place
            .child("get-and-count", &url)
            .output()
            .unwrap()
            .status
            .success()
    );
    let db = Connection::open(place.repo().join(".git/patman/.patman.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let said = place.get(&url, &[]);
    assert!(
        said.contains("200 [1]") && said.contains("The requests were not counted: "),
        "{said}"
    );
    db.execute_batch("ROLLBACK").unwrap();
    assert_eq!(rows(&place)[0].2, 1);
}
