// SPDX-License-Identifier: GPL-2.0-or-later
//! Redirects and proxies.

use super::server::{Server, json, proxy, reply};
use super::{client, offline, over};
use git_patman::source::http::{Network, Proxies, Want};
use std::sync::atomic::Ordering;

#[test]
fn redirects_are_followed_and_told() {
    let other = Server::start(|_| json("2"));
    let there = other.url.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/series/1" => reply(301, "Location: 1/\r\n", "moved"),
        "/series/1/" => json("1"),
        _ => reply(302, &format!("Location: {there}/end?x\r\n"), ""),
    });
    let cache = tempfile::tempdir().unwrap();
    let client = client(Some(cache.path()));
    let here = client
        .get(&format!("{}/series/1", server.url), Want::Json)
        .unwrap();
    assert_eq!(
        (here.body.as_slice(), here.url),
        (b"1".as_slice(), format!("{}/series/1/", server.url))
    );
    let there = client
        .get(&format!("{}/away", server.url), Want::Json)
        .unwrap();
    assert_eq!(
        (there.body.as_slice(), there.url),
        (b"2".as_slice(), format!("{}/end?x", other.url))
    );
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    assert_eq!(
        client
            .traffic()
            .iter()
            .map(|counted| counted.requests)
            .collect::<Vec<_>>(),
        [3, 1]
    );
    let kept = offline(cache.path())
        .get(&format!("{}/away", server.url), Want::Json)
        .unwrap();
    assert_eq!(kept.url, format!("{}/end?x", other.url));
}

#[test]
fn redirects_end_somewhere() {
    let server =
        Server::start(|request| reply(302, &format!("Location: /{}\r\n", request.number), ""));
    let said = client(None)
        .get(&server.url, Want::Json)
        .unwrap_err()
        .to_string();
    assert_eq!(
        said,
        format!(
            "cannot get '{}/': the server sends us on more than 10 times",
            server.url
        )
    );
    assert_eq!(server.requests().len(), 11);
    let server = Server::start(|_| reply(302, "Location: file:///etc/passwd\r\n", ""));
    let said = client(None)
        .get(&server.url, Want::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("it has moved: 'file:///etc/passwd' is not the URL of a web server"),
        "{said}"
    );
    let server = Server::start(|_| reply(302, "", ""));
    let said = client(None)
        .get(&server.url, Want::Json)
        .unwrap_err()
        .to_string();
    assert!(said.ends_with("the server answered 302 Found"), "{said}");
}

#[test]
fn a_form_goes_to_the_server_that_it_is_for() {
    let other = Server::start(|_| json("2"));
    let there = other.url.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/see" => reply(303, "Location: /end\r\n", ""),
        "/same" => reply(308, "Location: /end\r\n", ""),
        "/away" => reply(307, &format!("Location: {there}/\r\n"), ""),
        _ => json("1"),
    });
    let client = client(None);
    let post =
        |path: &str| client.post(&format!("{}{path}", server.url), &[("q", "x")], Want::Json);
    post("/see").unwrap();
    post("/same").unwrap();
    let said = post("/away").unwrap_err().to_string();
    assert!(
        said.ends_with(&format!(
            "the server wants the same sent to '{}/'",
            other.url
        )),
        "{said}"
    );
    let methods: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(methods, ["POST", "GET", "POST", "POST", "POST"]);
    assert!(other.requests().is_empty());
}

#[test]
fn a_proxy_is_gone_through_where_one_is_set() {
    let server = Server::start(|_| json("1"));
    let (address, asked) = proxy(false);
    let through = |direct: &str| {
        let http = Some(format!("http://me:s%40cret@{address}"));
        let proxies = Proxies {
            http,
            https: None,
            direct: direct.to_owned(),
        };
        over(
            Network {
                proxies,
                ..Network::default()
            },
            None,
        )
    };
    let client = through("example.com");
    client.get(&server.url, Want::Json).unwrap();
    let debug = format!("{client:?}");
    assert!(!debug.contains("cret"), "{debug}");
    for _ in 0..2 {
        assert_eq!(client.get(&server.url, Want::Json).unwrap().body, b"1");
    }
    {
        let asked = asked.lock().unwrap();
        let host = server.url.trim_start_matches("http://");
        assert_eq!(
            asked
                .iter()
                .map(|request| request.target.as_str())
                .collect::<Vec<_>>(),
            [host]
        );
        assert_eq!(
            asked[0].header("proxy-authorization"),
            Some("Basic bWU6c0BjcmV0")
        );
    }
    through("127.0.0.0/8").get(&server.url, Want::Json).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("proxy-authorization").is_none())
    );
}

#[test]
fn a_proxy_that_does_not_serve_is_named_without_its_password() {
    let (address, _) = proxy(true);
    let get = |proxy: &str| {
        let proxies = Proxies {
            http: Some(proxy.to_owned()),
            ..Proxies::default()
        };
        over(
            Network {
                proxies,
                ..Network::default()
            },
            None,
        )
        .get("http://example.com/", Want::Json)
        .unwrap_err()
    };
    let error = get(&format!("http://me:secret@{address}"));
    let said = error.to_string();
    let words = format!("the proxy 'http://{address}' wants a name and a password (407)");
    assert_eq!(said, format!("cannot get 'http://example.com/': {words}"));
    assert!(error.hints()[0].contains("http.proxy"));
    let said = get("gopher://me:secret@x").to_string();
    assert_eq!(
        said,
        "cannot get 'http://example.com/': 'gopher://x' is not the URL of a proxy"
    );
}
