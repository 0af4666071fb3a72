// SPDX-License-Identifier: GPL-2.0-or-later
//! What a server answers, and what becomes of it.

use super::server::{Say, Server, json, reply};
use super::{client, over};
use flate2::Compression;
use flate2::write::GzEncoder;
use git_patman::source::http::{Accept, Limits, Network};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn many_requests_share_four_connections_and_are_answered_in_order() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let server = Server::start(move |request| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        now.fetch_sub(1, Ordering::SeqCst);
        json(&format!("\"{}\"", request.target))
    });
    let client = client(None);
    let urls: Vec<String> = (0..100).map(|n| format!("{}/{n}", server.url)).collect();
    for _ in 0..2 {
        for (n, answer) in client.get_all(&urls, Accept::Json).into_iter().enumerate() {
            assert_eq!(
                String::from_utf8(answer.unwrap().body).unwrap(),
                format!("\"/{n}\"")
            );
        }
    }
    assert!(server.connections.load(Ordering::SeqCst) <= 4);
    assert!(most.load(Ordering::SeqCst) <= 4);
    let traffic = client.traffic();
    assert_eq!((traffic.len(), traffic[0].requests), (1, 200));
    assert_eq!(traffic[0].server, server.url);
    assert_eq!(traffic[0].bytes, 2 * (10 * 4 + 90 * 5));
    assert_eq!(client.get_all(&[], Accept::Json).len(), 0);
}

#[test]
fn one_bad_answer_of_many_spoils_no_other() {
    let server = Server::start(|request| match request.target.as_str() {
        "/1" => reply(400, "Content-Type: text/plain\r\n", "no such filter\n"),
        _ => json("1"),
    });
    let urls: Vec<String> = (0..3).map(|n| format!("{}/{n}", server.url)).collect();
    let answers = client(None).get_all(&urls, Accept::Json);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    let said = answers[1].as_ref().unwrap_err().to_string();
    assert_eq!(
        said,
        format!(
            "cannot get '{}/1': the server responded with 400 Bad Request: no such filter",
            server.url
        )
    );
}

#[test]
fn each_kind_is_asked_for_by_its_name() {
    let server = Server::start(|_| json("1"));
    let client = client(None);
    client.get(&server.url, Accept::Json).unwrap();
    client.get(&server.url, Accept::Atom).unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].header("accept"), Some("application/json"));
    assert!(
        requests[1]
            .header("accept")
            .unwrap()
            .starts_with("application/atom+xml")
    );
    assert!(
        requests[0]
            .header("user-agent")
            .unwrap()
            .starts_with("git-patman/")
    );
    assert_eq!(requests[0].header("accept-encoding"), Some("gzip"));
}

#[test]
fn packed_answers_are_unpacked() {
    let mbox = [gzip(b"From one\n"), gzip(b"From two\n")].concat();
    let sent = mbox.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/t.mbox.gz" => reply(200, "Content-Type: application/gzip\r\n", &sent),
        "/twice" => reply(200, "Content-Encoding: gzip\r\n", gzip(&sent)),
        _ => reply(
            200,
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            gzip(b"[1]"),
        ),
    });
    let client = client(None);
    let get = |path: &str, want| {
        client
            .get(&format!("{}{path}", server.url), want)
            .unwrap()
            .body
    };
    assert_eq!(get("/t.mbox.gz", Accept::Mbox), b"From one\nFrom two\n");
    assert_eq!(get("/twice", Accept::Mbox), b"From one\nFrom two\n");
    assert_eq!(get("/t.mbox.gz", Accept::Any), mbox);
    assert_eq!(get("/json", Accept::Json), b"[1]");
}

#[test]
fn what_is_too_large_stops_at_the_limit() {
    let server = Server::start(|request| match request.target.as_str() {
        "/bomb" => reply(200, "Content-Encoding: gzip\r\n", gzip(&vec![0; 8 << 20])),
        "/bomb.gz" => reply(200, "", gzip(&vec![0; 8 << 20])),
        "/head" => Say::Forever(b"HTTP/1.1 200 X\r\nX-Long: ".to_vec(), b"head".repeat(1000)),
        _ => Say::Forever(b"HTTP/1.1 200 X\r\n\r\n".to_vec(), vec![b'x'; 4096]),
    });
    let limits = Limits {
        packed: 1 << 20,
        unpacked: 4 << 20,
    };
    let client = over(
        Network {
            limits,
            ..Network::default()
        },
        None,
    );
    let get = |path: &str| {
        client
            .get(&format!("{}{path}", server.url), Accept::Mbox)
            .unwrap_err()
            .to_string()
    };
    assert!(get("/bomb").ends_with("the response is larger than 4194304 bytes, unpacked"));
    assert!(get("/bomb.gz").ends_with("the response is larger than 4194304 bytes, unpacked"));
    assert!(get("/endless").ends_with("the response is larger than 1048576 bytes"));
    assert!(
        get("/head").ends_with("the response headers are too large"),
        "{}",
        get("/head")
    );
    assert_eq!(
        server
            .targets()
            .iter()
            .filter(|target| *target != "/head")
            .count(),
        3
    );
}

#[test]
fn a_page_for_people_is_told_from_what_was_wanted() {
    let server = Server::start(|request| match request.target.as_str() {
        "/404" => reply(404, "Content-Type: text/html; charset=utf-8\r\n", "<html>"),
        "/none" => reply(
            404,
            "Content-Type: application/json\r\n",
            "{\"detail\": \"Invalid page.\"}",
        ),
        "/300" => reply(300, "Content-Type: text/html\r\n", "<html>"),
        _ => reply(200, "Content-Type: Text/HTML\r\n", "<html>"),
    });
    let client = client(None);
    let get = |path: &str, want| client.get(&format!("{}{path}", server.url), want);
    let said = |path: &str, want| get(path, want).unwrap_err().to_string();
    assert!(said("/x", Accept::Json).ends_with("the server responded with a web page, not JSON"));
    assert!(
        said("/x", Accept::Mbox).ends_with("the server responded with a web page, not an mbox")
    );
    assert_eq!(get("/404", Accept::Json).unwrap().status, 404);
    assert_eq!(get("/none", Accept::Json).unwrap().status, 404);
    assert_eq!(get("/404", Accept::Mbox).unwrap().status, 404);
    assert_eq!(get("/300", Accept::Mbox).unwrap().status, 404);
    assert_eq!(get("/x", Accept::Any).unwrap().body, b"<html>");
}

#[test]
fn the_link_to_the_next_page_is_handed_on() {
    let server = Server::start(|_| reply(200, "Link: <http://x/?page=2>; rel=\"next\"\r\n", "[]"));
    let answer = client(None).get(&server.url, Accept::Json).unwrap();
    assert_eq!(
        answer.link.as_deref(),
        Some("<http://x/?page=2>; rel=\"next\"")
    );
    assert_eq!(answer.url, format!("{}/", server.url));
}

#[test]
fn escape_sequences_of_a_server_are_shown_as_text() {
    let server = Server::start(|_| reply(400, "Content-Type: text/plain\r\n", "\x1b[31mred"));
    let said = client(None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(said.ends_with("\\x1b[31mred"), "{said}");
}

#[test]
fn whatever_stands_in_a_url_reaches_the_server() {
    let server = Server::start(|_| json("1"));
    let client = client(None);
    let plain = "/a%2Fb+c=d@e/$&'()*,;:[x]~?q=%252F&z=[]";
    client
        .get(&format!("{}{plain}", server.url), Accept::Json)
        .unwrap();
    client
        .get(
            &format!("{}/<a b>|\"^`{{é}}\\#part", server.url),
            Accept::Json,
        )
        .unwrap();
    assert_eq!(
        server.targets(),
        [plain, "/%3Ca%20b%3E%7C%22%5E%60%7B%C3%A9%7D%5C"]
    );
    let said = client
        .get(&format!("{}/a\x1b", server.url), Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(said.ends_with("is not the URL of a web server"), "{said}");
}

#[test]
fn of_an_error_answer_no_more_than_its_beginning_is_read() {
    let many = format!(
        "{{\"detail\": \"no\", \"x\": [{}[]]}}",
        "[],".repeat(8 << 20)
    );
    let packed = gzip(many.as_bytes());
    let server = Server::start(move |request| match request.target.as_str() {
        "/packed" => reply(
            400,
            "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n",
            gzip(format!("too bad\n{many}").as_bytes()),
        ),
        "/json" => reply(
            400,
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            &packed,
        ),
        _ => Say::Forever(
            b"HTTP/1.1 404 X\r\nContent-Type: text/plain\r\n\r\n".to_vec(),
            b"none\n".repeat(1000),
        ),
    });
    let client = client(None);
    let get = |path: &str| client.get(&format!("{}{path}", server.url), Accept::Json);
    let why = get("/packed").unwrap_err().to_string();
    assert!(why.ends_with("400 Bad Request: too bad"), "{why}");
    let why = get("/json").unwrap_err().to_string();
    assert!(
        why.ends_with("the server responded with 400 Bad Request"),
        "{why}"
    );
    assert_eq!(get("/endless").unwrap().body.len(), 64 << 10);
    assert!(client.traffic()[0].bytes <= 3 * (64 << 10));
}
