// SPDX-License-Identifier: GPL-2.0-or-later
//! Redirects and proxies.

use super::server::{Server, json, proxy, proxy_to_one, reply};
use super::{client, offline, over};
use git_patman::source::http::{Accept, Network, Proxies};
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
        .get(&format!("{}/series/1", server.url), Accept::Json)
        .unwrap();
    assert_eq!(
        (here.body.as_slice(), here.url),
        (b"1".as_slice(), format!("{}/series/1/", server.url))
    );
    let there = client
        .get(&format!("{}/away", server.url), Accept::Json)
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
        .get(&format!("{}/away", server.url), Accept::Json)
        .unwrap();
    assert_eq!(kept.url, format!("{}/end?x", other.url));
}

#[test]
fn redirects_end_somewhere() {
    let server =
        Server::start(|request| reply(302, &format!("Location: /{}\r\n", request.number), ""));
    let said = client(None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert_eq!(
        said,
        format!(
            "cannot get '{}/': the server redirects more than 10 times",
            server.url
        )
    );
    assert_eq!(server.requests().len(), 11);
    let server = Server::start(|_| reply(302, "Location: file:///etc/passwd\r\n", ""));
    let said = client(None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with(
            "the redirect is invalid: 'file:///etc/passwd' is not the URL of a web server"
        ),
        "{said}"
    );
    let server = Server::start(|_| reply(302, "", ""));
    let said = client(None)
        .get(&server.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("the server responded with 302 Found"),
        "{said}"
    );
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
    let post = |path: &str| {
        client.post(
            &format!("{}{path}", server.url),
            &[("q", "x")],
            Accept::Json,
        )
    };
    post("/see").unwrap();
    post("/same").unwrap();
    let said = post("/away").unwrap_err().to_string();
    assert!(
        said.ends_with(&format!(
            "the server redirects the submitted form to '{}/'",
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
    client.get(&server.url, Accept::Json).unwrap();
    let debug = format!("{client:?}");
    assert!(!debug.contains("cret"), "{debug}");
    for _ in 0..2 {
        assert_eq!(client.get(&server.url, Accept::Json).unwrap().body, b"1");
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
    through("127.0.0.0/8")
        .get(&server.url, Accept::Json)
        .unwrap();
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
        .get("http://example.com/", Accept::Json)
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

/// A server with a name of the internet that sends everybody on to `location`; its network, where only it is asked through
/// a proxy, and what names it.
fn outside(location: String, direct: &str) -> (Server, Network) {
    let server = Server::start(move |_| reply(302, &format!("Location: {location}\r\n"), ""));
    let (address, _) = proxy_to_one(&server);
    let proxies = Proxies {
        http: Some(address),
        https: None,
        direct: direct.to_owned(),
    };
    let network = Network {
        proxies,
        ..Network::default()
    };
    (server, network)
}

#[test]
fn a_redirect_from_outside_leads_to_no_address_inside_however_it_is_written() {
    let inside = Server::start(|_| json("1"));
    let port = inside.url.rsplit(':').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0.0.0.0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fec0::1]",
        "224.0.0.1",
        "255.255.255.255",
    ] {
        let target = format!("http://{host}:{port}/");
        // Looked up by us, in the resolver; then by the proxy, which is why the name decides.
        for direct in [host.trim_matches(['[', ']']), ""] {
            let (server, network) = outside(target.clone(), direct);
            let why = over(network, None)
                .get("http://lists.example.org/", Accept::Json)
                .unwrap_err();
            let why = why.to_string();
            assert!(
                why.starts_with(&format!(
                    "cannot get '{target}': 'http://lists.example.org' leads to '{host}'"
                )) && why.ends_with("and no setting names that server"),
                "{direct}: {why}"
            );
            assert_eq!(server.requests().len(), 1);
        }
    }
    for host in [
        "router.lan",
        "nas.home.arpa",
        "localhost.localdomain",
        "x.internal",
        "printer.local",
        "wiki",
    ] {
        let (server, network) = outside(format!("http://{host}/"), "");
        let why = over(network, None)
            .get("http://lists.example.org/", Accept::Json)
            .unwrap_err();
        assert!(
            why.to_string().contains("not a public address"),
            "{host}: {why}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    assert!(inside.requests().is_empty());
}

#[test]
fn servers_inside_that_settings_name_are_reached_and_lead_to_each_other() {
    let last = Server::start(|_| json("1"));
    let there = last.url.clone();
    let inside = Server::start(move |_| reply(302, &format!("Location: {there}/end\r\n"), ""));
    let (_, network) = outside(inside.url.clone(), "127.0.0.1");
    let named = Network {
        named: vec![inside.url.clone()],
        ..network
    };
    let answer = over(named, None)
        .get("http://lists.example.org/", Accept::Json)
        .unwrap();
    assert_eq!(answer.url, format!("{}/end", last.url));
}

#[test]
fn a_link_of_an_answer_leads_to_no_address_inside() {
    let inside = Server::start(|_| json("1"));
    let client = client(None);
    assert!(client.may_follow("http://patchwork.example.org", &inside.url));
    let why = client
        .get(&inside.url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        why.contains("'http://patchwork.example.org' leads to '127.0.0.1'"),
        "{why}"
    );
    assert!(inside.requests().is_empty());
    assert!(!client.may_follow("https://patchwork.example.org", "http://other.example.org/"));
    let other = super::client(None);
    other.name_server(&inside.url);
    assert!(other.may_follow("http://patchwork.example.org", &inside.url));
    assert!(other.get(&inside.url, Accept::Json).is_ok());
}
