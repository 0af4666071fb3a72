// SPDX-License-Identifier: GPL-2.0-or-later
//! Names, passwords and tokens: shown to the server that asks, and to nobody else.

use super::child::Place;
use super::client;
use super::server::{Request, Say, Server, json, proxy, reply};
use git_patman::source::http::Accept;
use std::os::unix::fs::PermissionsExt;

const TOKEN: &str = "0123456789secret9876543210";

/// A home with a helper that knows `password`, and writes down how it is called and what runs meanwhile.
fn with_helper(password: &str) -> Place {
    let place = Place::new("[credential]\n\thelper = !sh ~/helper.sh\n");
    let script = format!(
        "echo \"$@\" >> ~/calls\ncat >> ~/input\ncat /proc/[0-9]*/cmdline >> ~/running 2>/dev/null\n\
         [ \"$1\" != get ] || printf 'username=ada\\npassword={password}\\n'\n"
    );
    std::fs::write(place.home().join("helper.sh"), script).unwrap();
    place
}

fn read(place: &Place, name: &str) -> String {
    let bytes = std::fs::read(place.home().join(name)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn refuse(detail: &str) -> Say {
    reply(
        403,
        "Content-Type: application/json\r\n",
        format!("{{\"detail\": \"{detail}\"}}"),
    )
}

/// Answers as a Patchwork does.
fn patchwork(request: &Request) -> Say {
    match request.header("authorization") {
        None => refuse("Authentication credentials were not provided."),
        Some(header)
            if header == format!("Token {TOKEN}") && request.target == "/api/forbidden" =>
        {
            refuse("You do not have permission to perform this action.")
        }
        Some(header) if header == format!("Token {TOKEN}") => json("[1]"),
        Some(_) => refuse("Invalid token."),
    }
}

#[test]
fn a_patchwork_gets_its_token_and_nobody_else_sees_it() {
    let server = Server::start(patchwork);
    let place = with_helper(TOKEN);
    let urls = ["/api/1", "/api/2", "/api/forbidden", "/api/3"]
        .map(|path| format!("{}{path}", server.url));
    let said = place.get(
        &urls,
        &[
            ("GIT_PATMAN_TRACE", "1"),
            ("GIT_TRACE", "1"),
            ("GIT_TRACE_CURL", "1"),
        ],
    );
    assert_eq!(said.matches("200 [1]").count(), 3, "{said}");
    assert!(
        said.contains("403 Forbidden: You do not have permission to perform this action."),
        "{said}"
    );
    assert!(
        said.contains(&format!("trace: GET {}/api/1: 200 OK, 3 bytes", server.url)),
        "{said}"
    );
    assert_eq!(
        server.requests().len(),
        5,
        "only the first is asked without"
    );
    assert_eq!(read(&place, "calls"), "get\nstore\n");
    let host = server.url.trim_start_matches("http://");
    assert!(read(&place, "input").starts_with(&format!("protocol=http\nhost={host}\n")));

    assert!(read(&place, "running").contains("credential"));
    assert!(!read(&place, "running").contains(TOKEN));
    assert!(!said.contains(TOKEN));
    let kept: Vec<_> = place
        .cache()
        .join("http")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(kept.len() > 3);
    for file in kept {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(TOKEN));
    }
}

#[test]
fn a_token_that_is_wrong_is_forgotten() {
    let server = Server::start(patchwork);
    let place = with_helper("stale");
    let said = place.get(
        &[
            format!("{}/api/1", server.url),
            format!("{}/api/2", server.url),
        ],
        &[],
    );
    assert!(
        said.contains("the server responded with 403 Forbidden: Invalid token."),
        "{said}"
    );
    assert!(said.contains("| git credential approve"), "{said}");
    assert_eq!(read(&place, "calls"), "get\nerase\n");
    assert_eq!(server.requests().len(), 3);
    assert!(server.requests()[2].header("authorization").is_none());
}

#[test]
fn other_servers_get_name_and_password() {
    let server = Server::start(|request| match request.header("authorization") {
        Some("Basic YWRhOnM6ZWNyZXQ=") => json("[1]"),
        _ => reply(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", ""),
    });
    let said = with_helper("s:ecret").get(std::slice::from_ref(&server.url), &[]);
    assert!(
        said.contains("200 [1]") && !said.contains("YWRhOnM6ZWNyZXQ"),
        "{said}"
    );
}

#[test]
fn nobody_is_asked_where_no_name_would_help() {
    let server = Server::start(|request| match request.target.as_str() {
        "/robots" => reply(403, "Content-Type: text/html\r\n", "<html>Are you a robot?"),
        _ => reply(401, "WWW-Authenticate: Negotiate\r\n", ""),
    });
    let place = with_helper(TOKEN);
    let said = place.get(
        &[
            format!("{}/robots", server.url),
            format!("{}/other", server.url),
        ],
        &[],
    );
    assert!(
        said.contains("403 Forbidden\nhints: []") && said.contains("401 Unauthorized\nhints: []"),
        "{said}"
    );
    assert_eq!(read(&place, "calls"), "");
}

#[test]
fn without_a_helper_the_error_says_how_to_store_a_token() {
    let server = Server::start(patchwork);
    let place = Place::new("");
    let ask = "touch ~/asked; echo secret";
    std::fs::write(place.home().join("ask"), format!("#!/bin/sh\n{ask}\n")).unwrap();
    std::fs::set_permissions(place.home().join("ask"), PermissionsExt::from_mode(0o755)).unwrap();
    let ask = place.home().join("ask").display().to_string();
    let said = place.get(
        &[format!("{}/api/1", server.url)],
        &[("GIT_ASKPASS", &ask), ("SSH_ASKPASS", &ask)],
    );
    assert!(
        said.contains("Authentication credentials were not provided."),
        "{said}"
    );
    assert!(said.contains("to store one: printf '%s"), "{said}");
    assert!(!place.home().join("asked").exists());
}

#[test]
fn a_password_in_a_url_is_sent_when_asked_for_and_shown_never() {
    let other = Server::start(|_| json("2"));
    let there = other.url.clone();
    let server = Server::start(move |request| match request.header("authorization") {
        None => reply(401, "", ""),
        Some(header) if header != "Basic YWRhOnNlY3JldA==" => reply(500, "", ""),
        Some(_) if request.target == "/away" => reply(302, &format!("Location: {there}/\r\n"), ""),
        Some(_) => reply(400, "", ""),
    });
    let with = server.url.replace("http://", "http://ada:secret@");
    let cache = tempfile::tempdir().unwrap();
    let client = client(Some(cache.path()));
    let answer = client.get(&format!("{with}/away"), Accept::Json).unwrap();
    assert_eq!(answer.url, format!("{}/", other.url));
    assert!(other.requests()[0].header("authorization").is_none());
    let said = client
        .get(&format!("{with}/x"), Accept::Json)
        .unwrap_err()
        .to_string();
    assert_eq!(
        said,
        format!(
            "cannot get '{}/x': the server responded with 400 Bad Request",
            server.url
        )
    );
    assert_eq!(server.requests()[0].header("authorization"), None);
    assert_eq!(client.traffic()[0].server, server.url);
    assert!(!format!("{client:?}").contains("YWRhOnNlY3JldA"));
}

#[test]
fn a_server_that_is_said_to_want_a_token_gets_it_whatever_its_refusal_says() {
    let server = Server::start(|request| match request.header("authorization") {
        Some("Token secret") => json("[1]"),
        _ => reply(403, "Content-Type: text/html\r\n", "<html>"),
    });
    let url = server.url.replace("http://", "http://ada:secret@");
    let said = client(None)
        .get(&url, Accept::Json)
        .unwrap_err()
        .to_string();
    assert!(
        said.ends_with("the server responded with 403 Forbidden"),
        "{said}"
    );
    let told = client(None);
    told.use_token(&server.url).unwrap();
    assert_eq!(told.get(&url, Accept::Json).unwrap().body, b"[1]");
    assert!(told.use_token("no url").is_err());
}

#[test]
fn proxies_and_settings_come_from_the_environment_and_from_git() {
    let server = Server::start(|_| json("[1]"));
    let (address, asked) = proxy(false);
    let place = Place::new("");
    let url = [server.url.clone()];
    let count = |env: &[(&str, &str)]| {
        let before = asked.lock().unwrap().len();
        assert!(place.get(&url, env).contains("200 [1]"));
        asked.lock().unwrap().len() - before
    };
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        assert_eq!(count(&[(name, &address)]), 1, "{name}");
        assert_eq!(
            count(&[(name, &address), ("NO_PROXY", "127.0.0.1")]),
            0,
            "{name}"
        );
    }
    assert_eq!(count(&[("https_proxy", &address)]), 0);
    let set = |value| {
        [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "http.proxy"),
            ("GIT_CONFIG_VALUE_0", value),
        ]
    };
    assert_eq!(count(&set(&address)), 1);
    assert_eq!(
        count(&[&set("")[..], &[("http_proxy", &address)]].concat()),
        0
    );
}

#[test]
fn a_password_that_is_kept_by_path_is_sent_for_that_path_alone() {
    let server = Server::start(|request| match request.header("authorization") {
        None => reply(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", ""),
        Some(header) => json(&format!("{header:?}")),
    });
    let script = "path=\nwhile read -r line; do case $line in path=*) path=${line#path=} ;; esac; done\n\
         echo \"$1 $path\" >> ~/calls\n\
         [ \"$1\" != get ] || [ -z \"$path\" ] || printf 'username=%s\\npassword=x\\n' \"$path\"\n";
    let said = |config: &str| {
        let host = server.url.clone();
        let place = Place::new(&format!(
            "[credential \"{host}\"]\n\thelper = !sh ~/helper.sh\n\tuseHttpPath = true\n{config}"
        ));
        std::fs::write(place.home().join("helper.sh"), script).unwrap();
        let urls = ["/one/a?q", "/two/b", "/one/c", "/one/a"].map(|path| format!("{host}{path}"));
        (place.get(&urls, &[]), read(&place, "calls"))
    };
    // "Basic " and base64 of "one/a:x" and so on.
    let (answers, calls) = said("");
    for (basic, times) in [
        ("b25lL2E6eA==", 2),
        ("dHdvL2I6eA==", 1),
        ("b25lL2M6eA==", 1),
    ] {
        assert_eq!(answers.matches(basic).count(), times, "{answers}");
    }
    assert_eq!(
        calls,
        "get one/a\nstore one/a\nget two/b\nstore two/b\nget one/c\nstore one/c\n"
    );
    // A server that the user has named has one password for all below its URL.
    let (answers, calls) = said(&format!("[patman]\n\tarchive = {}/one/\n", server.url));
    assert_eq!(answers.matches("b25lOng=").count(), 3, "{answers}");
    assert_eq!(calls, "get one\nstore one\nget two/b\nstore two/b\n");
}
