// SPDX-License-Identifier: GPL-2.0-or-later
//! Servers that mean harm, a Patchwork and an archive, through the real program: it ends in seconds, asks nobody else, and
//! shows nothing raw.

use crate::hostile::mail;
use crate::raw_server::{Request, Say, Server, json, proxy_to_one, reply};
use crate::sandbox::Sandbox;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::time::{Duration, Instant};

/// Far above what is needed on a busy machine, far below what a client without bounds needs.
const SECONDS: Duration = Duration::from_secs(60);

/// Words that move a cursor, set a title or turn text round, as JSON writes them.
const EVIL: &str = r"\u001b[2J\u001b]0;x\u0007\r\u009b31m\u202e";

const DIFF: &str =
    r"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n";

fn series(fields: &str, patches: &str) -> String {
    format!(
        r#"{{"id": 1, "name": "x", "date": "2026-01-01T00:00:00", "submitter": {{"name": "E{EVIL}", "email": "e@x"}},
        "version": 1, "total": 1, "received_total": 1, "received_all": true, {fields} "patches": [{patches}]}}"#
    )
}

fn patch(fields: &str) -> String {
    format!(
        r#"{{"id": 1, "msgid": "<a@x>", "name": "[1/1] x{EVIL}", "state": "new{EVIL}", "series": [{{"id": 1}}], {fields}
        "headers": {{"Subject": "[PATCH] x: y{EVIL}", "From": "E{EVIL} <e@x>", "Date": "1 Jan 2026 00:00 +0000"}},
        "content": "why{EVIL}\n\nReviewed-by: E{EVIL} <e@x>\n", "diff": "{DIFF}"}}"#
    )
}

/// Answers by the path behind `api/1.2`.
fn patchwork(answer: impl Fn(&str, &Request) -> Say + Send + Sync + 'static) -> Server {
    Server::start(
        move |request| match request.target.strip_prefix("/api/1.2") {
            Some(path) => answer(path, request),
            None => reply(404, "", "<html>no</html>"),
        },
    )
}

/// What the program says; it must say it in time, without a panic, and with nothing raw in it.
fn run(sandbox: &Sandbox, line: &str) -> (Option<i32>, String) {
    let began = Instant::now();
    let done = sandbox.patman(line);
    assert!(
        began.elapsed() < SECONDS,
        "{line} took {:?}",
        began.elapsed()
    );
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(
        !said.contains("panicked") && done.status.code().is_some(),
        "{line}: {said}"
    );
    let is_raw = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!said.chars().any(is_raw), "{line}: {said:?}");
    assert!(said.len() < 100_000, "{line}: {} bytes", said.len());
    (done.status.code(), said)
}

/// Starts series 1 of a Patchwork.
fn start(server: &Server) -> (Sandbox, Option<i32>, String) {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "patman.patchworkUrl", &server.url]);
    let (status, said) = run(&sandbox, "review start 1 --onto main");
    (sandbox, status, said)
}

/// Each of these answers in place of the series is an error.
fn all_wrong(answers: impl IntoIterator<Item = String>) {
    for answer in answers {
        let server = patchwork(move |_, _| json(&answer));
        let (sandbox, status, said) = start(&server);
        assert!(status == Some(1) && said.contains("error: "), "{said}");
        assert_eq!(
            sandbox.git(&["for-each-ref", "--format=%(refname)"]),
            "refs/heads/main"
        );
    }
}

#[test]
fn nothing_of_a_patchwork_is_shown_raw() {
    let server = patchwork(|path, _| match path {
        "/series/1/" => json(&series("", r#"{"id": 1, "msgid": "<a@x>", "name": "x"}"#)),
        "/patches/1/" => json(&patch("")),
        "/patches/1/comments/" => json(&format!(
            r#"[{{"id": 9, "msgid": "<c@x>", "submitter": {{"name": "E{EVIL}", "email": "e@x"}}, "date": "2026-01-02T00:00:00",
            "headers": {{"Subject": "Re: x{EVIL}", "From": "E{EVIL} <e@x>"}}, "content": "Acked-by: E{EVIL} <e@x>\nwhy{EVIL}?"}}]"#
        )),
        _ => json("[]"),
    });
    let (sandbox, status, said) = start(&server);
    assert_eq!(status, Some(0), "{said}");
    let name = "pw-1-review";
    for verb in [
        "show",
        "show --json",
        "trailers",
        "trailers --json",
        "compare",
        "check",
        "check --json",
        "path",
    ] {
        run(&sandbox, &format!("review {verb} {name}"));
    }
    for line in [
        "review list",
        "review list --json",
        "review start 1",
        "review remove pw-1-review",
    ] {
        run(&sandbox, line);
    }
}

#[test]
fn nothing_of_a_refusal_is_shown_raw() {
    let bad = "Content-Type: text/plain\r\n";
    let words = "\x1b[31mred\x1b]0;title\x07\rgone\u{9b}31m\u{202e}".repeat(10_000);
    let body = words.clone();
    let (_, status, said) = start(&patchwork(move |_, _| reply(400, bad, &body)));
    assert!(status == Some(1) && said.contains("\\x1b[31m"), "{said}");
    let reason = "HTTP/1.1 418 \x1b[31mno\r\nContent-Length: 0\r\n\r\n";
    start(&patchwork(move |_, _| {
        Say::Bytes(reason.as_bytes().to_vec())
    }));
    let to = "Location: http://x\x1b[31m/\r\n";
    start(&patchwork(move |_, _| reply(302, to, "")));
    start(&patchwork(move |_, _| {
        reply(302, "Location: javascript:alert(1)//\r\n", "")
    }));
    let body = format!("[\"{}\"]", words.replace(char::is_control, "x"));
    start(&patchwork(move |_, _| json(&body)));
}

#[test]
fn what_is_no_answer_of_a_patchwork_is_an_error() {
    let deep = 100_000;
    all_wrong([
        "[".repeat(deep),
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        series(
            &format!(r#""odd": {}{},"#, "[".repeat(deep), "]".repeat(deep)),
            r#"{"id": -1}"#,
        ),
        series("", "").replace(r#""id": 1"#, r#""id": 99999999999999999999999999"#),
        series("", "").replace(r#""id": 1"#, r#""id": -1"#),
        series("", "").replace(r#""id": 1"#, r#""id": 1e400"#),
        series("", "").replace(r#""id": 1"#, r#""id": 2"#),
        series("", "").replace(r#""version": 1"#, r#""version": 4294967296"#),
        series("", r#"{"id": 1, "msgid": "no id", "name": "x"}"#),
        series("", r#"{"id": 1, "msgid": "<a\n@x>", "name": "x"}"#),
        series("", r#"{"id": 1, "msgid": "<a\u0000@x>", "name": "x"}"#),
        series("", ""),
        format!("\"{}\"", "x".repeat(20 << 20)),
        "null".to_owned(),
        String::new(),
    ]);
}

#[test]
fn a_version_of_zero_or_of_millions_of_patches_is_taken_as_what_came() {
    for (old, new) in [
        (r#""version": 1"#, r#""version": 0"#),
        (r#""total": 1"#, r#""total": 4294967295"#),
    ] {
        let answer = series("", r#"{"id": 1, "msgid": "<a@x>", "name": "x"}"#).replace(old, new);
        let server = patchwork(move |path, _| match path {
            "/series/1/" => json(&answer),
            "/patches/1/" => json(&patch("")),
            _ => json("[]"),
        });
        let (_, status, said) = start(&server);
        assert!(matches!(status, Some(0 | 1 | 3)), "{said}");
    }
}

#[test]
fn a_series_of_a_hundred_thousand_patches_is_refused_at_once() {
    let patches: Vec<String> = (1..=100_000)
        .map(|id| format!(r#"{{"id": {id}, "msgid": "<{id}@x>", "name": "x"}}"#))
        .collect();
    let answer = series("", &patches.join(","));
    let server = patchwork(move |_, _| json(&answer));
    let (_, status, said) = start(&server);
    assert!(
        status == Some(1) && said.contains("has 100000 patches"),
        "{said}"
    );
    assert!(server.targets().len() <= 2, "{:?}", server.targets());
}

#[test]
fn a_list_without_an_end_ends() {
    let server = patchwork(|path, request| {
        let page = request.number;
        let host = request.header("host").unwrap();
        let next = format!(
            "Link: <http://{host}/api/1.2/series/?page={page}>; rel=\"next\"\r\nContent-Type: application/json\r\n"
        );
        match path {
            _ if path.starts_with("/series/?") => {
                reply(200, &next, series("", "").replacen('{', "[{", 1) + "]")
            }
            _ => json("[]"),
        }
    });
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "patman.patchworkUrl", &server.url]);
    let (status, said) = run(&sandbox, "review start --title x --onto main");
    assert_ne!(status, Some(0), "{said}");
    assert!(server.targets().len() < 300, "{}", server.targets().len());
}

#[test]
fn answers_lead_to_no_other_server_and_to_no_file() {
    let other = Server::start(|_| reply(200, "", "secret"));
    let elsewhere = other.url.clone();
    let file = "file:///etc/passwd/".to_owned();
    for place in [
        elsewhere.clone(),
        file,
        "http://localhost:1".to_owned(),
        "http://[::1]:1".to_owned(),
    ] {
        let link = place.clone();
        let server = patchwork(move |path, _| match path {
            "/series/1/" => json(&series(
                "",
                &format!(
                    r#"{{"id": 1, "msgid": "<a@x>", "name": "x", "list_archive_url": "{link}/a@x/"}}"#
                ),
            )),
            "/patches/1/" => json(&patch(&format!(
                r#""mbox": "{link}/m", "url": "{link}/u", "comments": "{link}/c","#
            ))),
            _ => json("[]"),
        });
        let (_, status, said) = start(&server);
        assert_eq!(status, Some(0), "{place}: {said}");
        assert!(other.targets().is_empty(), "{place}: {:?}", other.targets());
        let next = format!(
            "Link: <{place}/api/1.2/series/?page=2>; rel=\"next\"\r\nContent-Type: application/json\r\n"
        );
        let server = patchwork(move |_, _| reply(200, &next, "[]"));
        let sandbox = Sandbox::new();
        sandbox.git(&["config", "patman.patchworkUrl", &server.url]);
        let (status, said) = run(&sandbox, "review start --title x --onto main");
        assert_eq!(status, Some(1), "{place}: {said}");
        assert!(other.targets().is_empty(), "{place}: {:?}", other.targets());
    }
}

#[test]
fn redirects_lead_neither_to_files_nor_for_ever() {
    for to in [
        "file:///etc/passwd",
        "ftp://x/",
        "/api/1.2/series/1/",
        "//",
        "http://",
        "gopher://127.0.0.1:25/_HELO",
    ] {
        let location = format!("Location: {to}\r\n");
        let server = patchwork(move |_, _| reply(302, &location, ""));
        let (_, status, said) = start(&server);
        assert!(status == Some(1) && !said.contains("root:"), "{to}: {said}");
        assert!(server.targets().len() < 50);
    }
}

/// The inbox `list`, which answers every thread with this, and finds nothing.
fn archive(thread: Vec<u8>) -> Server {
    Server::start(
        move |request| match request.target.ends_with("/t.mbox.gz") {
            true => reply(200, "Content-Type: application/gzip\r\n", &thread),
            false => reply(404, "", "none"),
        },
    )
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn from_archive(server: &Server, id: &str) -> (Sandbox, Option<i32>, String) {
    let sandbox = Sandbox::new();
    let (status, said) = run(
        &sandbox,
        &format!("review start {}/list/{id}/ --onto main", server.url),
    );
    (sandbox, status, said)
}

#[test]
fn an_archive_that_answers_with_another_mail_is_not_believed() {
    let diff = DIFF.replace("\\n", "\n");
    let other = mail(1, 1, "x: Other", &diff);
    let (sandbox, status, said) = from_archive(&archive(packed(other.as_bytes())), "asked@x");
    assert!(status == Some(1), "{said}");
    assert_eq!(
        sandbox.git(&["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main"
    );
}

#[test]
fn ids_of_mails_are_asked_for_as_they_are_and_never_as_paths() {
    for id in [
        "..%2F..%2Fx@y",
        "a%2Fb@y",
        "a%0d%0aX-Injected:%20b@y",
        "a%00b@y",
        "a%1b[31m@y",
        "%2e%2e@y",
        "-@y",
    ] {
        let server = archive(Vec::new());
        let (_, status, said) = from_archive(&server, id);
        assert_ne!(status, Some(0), "{id}: {said}");
        for request in server.requests() {
            assert!(
                request.target.starts_with("/list/") || request.target.starts_with("/?"),
                "{}",
                request.target
            );
            assert!(!request.target.contains("..%2F../") && request.header("x-injected").is_none());
        }
    }
}

#[test]
fn a_bomb_of_an_archive_stops_at_a_limit() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..300 {
        bomb.write_all(&vec![b'\n'; 1 << 20]).unwrap();
    }
    let (_, status, said) = from_archive(&archive(bomb.finish().unwrap()), "a@x");
    assert!(
        status == Some(1) && said.contains("larger than 256 MiB"),
        "{said}"
    );
    for damaged in [
        &packed(b"From x")[..12],
        &b"\x1f\x8b\x08\0\0\0\0\0\0\0"[..],
        &[0x1f, 0x8b, 0, 0][..],
        b"<html>",
    ] {
        let (_, status, said) = from_archive(&archive(damaged.to_vec()), "a@x");
        assert_eq!(status, Some(1), "{said}");
    }
}

#[test]
fn redirects_and_links_from_the_internet_lead_to_no_server_inside() {
    let inside = Server::start(|_| json("{}"));
    let port = inside.url.rsplit(':').next().unwrap().to_owned();
    // By a redirect, and by a link to an archive in an answer.
    for (host, is_link) in [
        ("0x7f000001", false),
        ("[::ffff:127.0.0.1]", false),
        ("0x7f000001", true),
        ("localhost", true),
    ] {
        let target = format!("http://{host}:{port}/list");
        let server = patchwork(move |path, _| match path {
            "/series/1/" if is_link => {
                let link = format!(r#""list_archive_url": "{target}/a@x""#);
                json(&series(
                    "",
                    &format!(r#"{{"id": 1, "msgid": "<a@x>", "name": "x", {link}}}"#),
                ))
            }
            _ => reply(302, &format!("Location: {target}\r\n"), ""),
        });
        let (proxy, _) = proxy_to_one(&server);
        let sandbox = Sandbox::new();
        sandbox.git(&[
            "config",
            "patman.patchworkUrl",
            "http://patchwork.example.org",
        ]);
        let done = sandbox
            .command(crate::sandbox::PROGRAM, &sandbox.repo())
            .env("http_proxy", &proxy)
            .env("no_proxy", host.trim_matches(['[', ']']))
            .args(["review", "start", "1", "--onto", "main"])
            .output()
            .unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{host}: {said}");
        assert!(said.contains("not a public address"), "{host}: {said}");
    }
    assert!(inside.targets().is_empty(), "{:?}", inside.targets());
}

#[test]
fn an_error_answer_that_unpacks_to_very_much_takes_little_memory() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"[").unwrap();
    for _ in 0..64 {
        bomb.write_all("[],".repeat(1 << 18).as_bytes()).unwrap();
    }
    bomb.write_all(b"0]").unwrap();
    let bomb = bomb.finish().unwrap();
    let server = patchwork(move |_, request| {
        let status = if request.target.contains("/series/1/") {
            400
        } else {
            200
        };
        reply(
            status,
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            &bomb,
        )
    });
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "patman.patchworkUrl", &server.url]);
    for spec in [["1"].as_slice(), &["--title", "x"]] {
        let done = sandbox
            .command("sh", &sandbox.repo())
            .args([
                "-c",
                r#"ulimit -v 900000; exec "$@""#,
                "sh",
                crate::sandbox::PROGRAM,
            ])
            .args(["review", "start", "--onto", "main"])
            .args(spec)
            .output()
            .unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(
            said.contains("400 Bad Request")
                || said.contains("not answer as a Patchwork")
                || said.contains("larger than"),
            "{said}"
        );
    }
}
