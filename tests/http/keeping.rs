// SPDX-License-Identifier: GPL-2.0-or-later
//! Answers that are kept: asked for anew, used offline, passed over when they are damaged.

use super::server::{Server, json, reply};
use super::{client, offline};
use git_patman::source::http::Accept;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86400);

fn files(cache: &Path) -> Vec<PathBuf> {
    let entries = cache
        .join("http")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.file_name().unwrap().len() == 40)
        .collect()
}

#[test]
fn a_server_that_names_versions_sends_an_answer_once() {
    for (name, value, asked) in [
        ("ETag", "W/\"abc\"", "if-none-match"),
        (
            "Last-Modified",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "if-modified-since",
        ),
    ] {
        let cache = tempfile::tempdir().unwrap();
        let server = Server::start(move |request| match request.header(asked) {
            Some(known) if known == value => reply(304, "", ""),
            _ => reply(200, &format!("{name}: {value}\r\nLink: <next>\r\n"), "body"),
        });
        for number in 0..3 {
            let answer = client(Some(cache.path()))
                .get(&server.url, Accept::Any)
                .unwrap();
            assert_eq!(
                (answer.status, answer.body.as_slice()),
                (200, b"body".as_slice())
            );
            assert_eq!(answer.link.as_deref(), Some("<next>"));
            assert_eq!(
                server.requests()[number].header(asked).is_some(),
                number > 0
            );
        }
    }
}

#[test]
fn a_newer_answer_takes_the_place_of_the_old() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(|request| {
        reply(
            200,
            &format!("ETag: \"{}\"\r\n", request.number),
            request.number.to_string(),
        )
    });
    for number in 0..3 {
        let answer = client(Some(cache.path()))
            .get(&server.url, Accept::Any)
            .unwrap();
        assert_eq!(answer.body, number.to_string().as_bytes());
    }
    assert_eq!(server.requests()[2].header("if-none-match"), Some("\"1\""));
    assert_eq!(
        offline(cache.path())
            .get(&server.url, Accept::Any)
            .unwrap()
            .body,
        b"2"
    );
    assert_eq!(files(cache.path()).len(), 1);
}

#[test]
fn a_version_is_named_to_the_server_that_gave_it_alone() {
    let cache = tempfile::tempdir().unwrap();
    let server =
        Server::start(
            |request| match (request.target.as_str(), request.header("if-none-match")) {
                ("/end", Some(_)) => reply(304, "", ""),
                ("/end", None) => reply(200, "ETag: \"1\"\r\n", "body"),
                _ => reply(301, "Location: /end\r\n", ""),
            },
        );
    for _ in 0..2 {
        let answer = client(Some(cache.path()))
            .get(&format!("{}/begin", server.url), Accept::Any)
            .unwrap();
        assert_eq!(
            (answer.body.as_slice(), answer.url),
            (b"body".as_slice(), format!("{}/end", server.url))
        );
    }
    let named: Vec<bool> = server
        .requests()
        .iter()
        .map(|request| request.header("if-none-match").is_some())
        .collect();
    assert_eq!(named, [false, false, false, true]);
}

#[test]
fn offline_answers_come_from_the_cache_alone() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(|request| match request.target.as_str() {
        "/none" => reply(404, "", ""),
        _ => json(&format!("\"{} {}\"", request.method, request.body)),
    });
    let url = |path: &str| format!("{}{path}", server.url);
    let online = client(Some(cache.path()));
    online.get(&url("/a"), Accept::Json).unwrap();
    online.get(&url("/none"), Accept::Json).unwrap();
    online
        .post(&url("/a"), &[("q", "1")], Accept::Json)
        .unwrap();
    online
        .post(&url("/a"), &[("q", "2")], Accept::Json)
        .unwrap();

    let offline = offline(cache.path());
    assert!(offline.is_offline());
    assert_eq!(
        offline.get(&url("/a"), Accept::Json).unwrap().body,
        b"\"GET \""
    );
    assert_eq!(
        offline.get(&url("/none"), Accept::Json).unwrap().status,
        404
    );
    assert_eq!(
        offline
            .post(&url("/a"), &[("q", "2")], Accept::Json)
            .unwrap()
            .body,
        b"\"POST q=2\""
    );
    let said = |path: &str, want| offline.get(&url(path), want).unwrap_err().to_string();
    let words = |path: &str| {
        format!(
            "'{}' is not cached, and --offline does not use the network",
            url(path)
        )
    };
    assert_eq!(said("/b", Accept::Json), words("/b"));
    assert_eq!(said("/a", Accept::Mbox), words("/a"));
    assert_eq!(server.requests().len(), 4);
    assert!(offline.traffic().is_empty());
}

#[test]
fn a_server_that_names_no_version_is_asked_each_time_but_for_what_never_changes() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(|request| {
        if request.target == "/none" {
            reply(404, "", "")
        } else {
            json("1")
        }
    });
    let client = client(Some(cache.path()));
    for _ in 0..2 {
        client
            .get(&format!("{}/mail", server.url), Accept::Json)
            .unwrap();
    }
    assert_eq!(server.requests().len(), 2);
    for _ in 0..3 {
        client
            .get_fresh_for(&format!("{}/mail", server.url), Accept::Json, DAY)
            .unwrap();
    }
    assert_eq!(server.requests().len(), 2);
    // What is not there may come.
    for _ in 0..2 {
        client
            .get_fresh_for(&format!("{}/none", server.url), Accept::Json, DAY)
            .unwrap();
    }
    assert_eq!(server.requests().len(), 4);
    let urls: Vec<String> = ["/mail", "/other", "/mail"]
        .iter()
        .map(|path| format!("{}{path}", server.url))
        .collect();
    assert!(
        client
            .get_all_fresh_for(&urls, Accept::Json, DAY)
            .iter()
            .all(Result::is_ok)
    );
    assert_eq!(server.targets()[4..], ["/other"]);
}

#[test]
fn a_damaged_or_foreign_file_is_passed_over_and_replaced() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(|_| reply(200, "ETag: \"1\"\r\n", "good"));
    client(Some(cache.path()))
        .get(&server.url, Accept::Any)
        .unwrap();
    let file = files(cache.path()).remove(0);
    let whole = std::fs::read(&file).unwrap();
    for damaged in [
        b"".as_slice(),
        b"{}",
        &whole[..whole.len() / 2],
        b"\x00\xff\xfe git-patman http 1\n",
    ] {
        std::fs::write(&file, damaged).unwrap();
        let said = offline(cache.path())
            .get(&server.url, Accept::Any)
            .unwrap_err()
            .to_string();
        assert!(said.contains("is not cached"));
        assert_eq!(
            client(Some(cache.path()))
                .get(&server.url, Accept::Any)
                .unwrap()
                .body,
            b"good"
        );
        assert_eq!(
            server.requests().last().unwrap().header("if-none-match"),
            None
        );
        assert_eq!(std::fs::read(&file).unwrap().len(), whole.len());
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert_eq!(
        client(Some(cache.path()))
            .get(&server.url, Accept::Any)
            .unwrap()
            .body,
        b"good"
    );
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let top = tempfile::tempdir().unwrap();
    let file = top.path().join("file");
    std::fs::write(&file, "").unwrap();
    let server = Server::start(|_| json("1"));
    assert_eq!(
        client(Some(&file.join("cache")))
            .get(&server.url, Accept::Json)
            .unwrap()
            .body,
        b"1"
    );
}

#[test]
fn a_server_that_fails_leaves_what_is_kept_and_the_error_says_so() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(|request| match request.number {
        0 => json("1"),
        _ => super::server::Say::Last(Vec::new()),
    });
    let client = client(Some(cache.path()));
    client.get(&server.url, Accept::Json).unwrap();
    let error = client.get(&server.url, Accept::Json).unwrap_err();
    assert!(
        error.hints()[0].ends_with("is cached: --offline uses it"),
        "{:?}",
        error.hints()
    );
    assert_eq!(
        offline(cache.path())
            .get(&server.url, Accept::Json)
            .unwrap()
            .body,
        b"1"
    );
}
