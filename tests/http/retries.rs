// SPDX-License-Identifier: GPL-2.0-or-later
//! What is tried again, and what is not.

use super::server::{Say, Server, json, reply};
use super::{client, made};
use git_patman::source::http::{Accept, Network};
use std::net::TcpListener;
use std::time::Duration;

/// Servers that fail so, and then answer.
fn recovers(fail: impl Fn() -> Say + Send + Sync + 'static, times: usize) {
    let server = Server::start(move |request| {
        if request.number < times {
            fail()
        } else {
            json("1")
        }
    });
    let client = client(None);
    assert_eq!(client.get(&server.url, Accept::Json).unwrap().body, b"1");
    assert_eq!(server.requests().len(), times + 1);
    assert_eq!(client.traffic()[0].requests, times as u64 + 1);
}

#[test]
fn a_busy_server_is_asked_three_times_more() {
    for status in [429, 502, 503, 504] {
        recovers(move || reply(status, "", "busy"), 3);
    }
    let server = Server::start(|_| reply(503, "Content-Type: text/plain\r\n", "down for a while"));
    let said = client(None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("the server responded with 503 Service Unavailable: down for a while"),
        "{said}"
    );
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    recovers(|| Say::Last(Vec::new()), 1);
    recovers(|| Say::Last(b"HTTP/1.1 20".to_vec()), 3);
    recovers(
        || Say::Last(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec()),
        2,
    );
    recovers(
        || Say::Last(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha".to_vec()),
        2,
    );
}

#[test]
fn a_connection_that_was_closed_while_idle_is_no_failure() {
    let server = Server::start(|_| {
        let Say::Bytes(bytes) = json("1") else {
            unreachable!()
        };
        Say::Last(bytes)
    });
    let client = client(None);
    for _ in 0..20 {
        client.get(&server.url, Accept::Json).unwrap();
    }
    for _ in 0..20 {
        client
            .post(&server.url, &[("q", "x")], Accept::Json)
            .unwrap();
    }
}

#[test]
fn a_silent_server_is_given_up() {
    for began in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let server = Server::start(|request| match request.target.as_str() {
            "/begun" => Say::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec()),
            _ => Say::Stall(Vec::new()),
        });
        let client = made(Network::default(), None, false, Duration::from_millis(200));
        let path = if began.is_empty() { "/" } else { "/begun" };
        let said = client
            .get(&format!("{}{path}", server.url), Accept::Json)
            .unwrap_err()
            .to_string();
        assert!(
            said.ends_with("the server was silent for 0.2 seconds: tried 4 times"),
            "{said}"
        );
        assert_eq!(server.requests().len(), 4);
    }
}

#[test]
fn a_server_that_is_not_there_costs_its_tries_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let client = client(None);
    let said = client.get(&url, Accept::Json).unwrap_err().to_string();
    let address = url.split('/').nth(2).unwrap();
    assert_eq!(
        said,
        format!("cannot get '{url}': '{address}' refused the connection: tried 4 times")
    );
    assert_eq!(client.traffic()[0].requests, 4);
    client.get(&url, Accept::Json).unwrap_err();
    assert_eq!(client.traffic()[0].requests, 5);
}

#[test]
fn what_will_fail_again_is_asked_once() {
    for status in [400, 401, 403, 405, 500, 501] {
        let server = Server::start(move |_| reply(status, "WWW-Authenticate: Bearer\r\n", ""));
        let said = client(None)
            .get(&server.url, Accept::Json)
            .unwrap_err()
            .to_string();
        assert!(
            said.contains(&format!("the server responded with {status} ")),
            "{said}"
        );
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[test]
fn a_server_may_say_how_long_to_wait_up_to_a_minute() {
    recovers(|| reply(429, "Retry-After: 0\r\n", ""), 2);
    for (after, words) in [
        ("61", "61 seconds"),
        ("86400", "24 hours"),
        ("Fri, 31 Dec 2199 23:59:59 GMT", " hours"),
    ] {
        let server = Server::start(move |_| reply(429, &format!("Retry-After: {after}\r\n"), ""));
        let said = client(None)
            .get(&server.url, Accept::Json)
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("the server responded with 429 Too Many Requests: it asks to wait"),
            "{said}"
        );
        assert!(
            said.contains(words) && said.contains("more than the limit of 60 seconds"),
            "{said}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn what_is_posted_is_sent_once() {
    let server = Server::start(|request| match request.target.as_str() {
        "/busy" => reply(503, "", ""),
        "/broken" => Say::Last(Vec::new()),
        _ => json("1"),
    });
    let client = client(None);
    let post = |path: &str| {
        client.post(
            &format!("{}{path}", server.url),
            &[("q", "a b"), ("x", "m")],
            Accept::Json,
        )
    };
    post("/good").unwrap();
    post("/busy").unwrap_err();
    post("/broken").unwrap_err();
    let requests = server.requests();
    assert_eq!(server.targets(), ["/good", "/busy", "/broken"]);
    assert!(
        requests
            .iter()
            .all(|request| request.method == "POST" && request.body == "q=a+b&x=m")
    );
    assert_eq!(
        requests[0].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
}

#[test]
fn what_is_not_http_is_told() {
    let server = Server::start(|_| Say::Last(b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec()));
    let said = client(None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(said.contains("the response is not HTTP"), "{said}");
    assert_eq!(server.requests().len(), 1);
}
