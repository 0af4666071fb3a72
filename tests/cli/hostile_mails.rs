// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails that are huge, deep or odd, through the real program: it ends in seconds, says what is wrong, and shows nothing raw.

use crate::hostile::mail;
use crate::sandbox::Sandbox;
use std::fs;
use std::time::{Duration, Instant};

/// Far above what is needed on a busy machine, far below what quadratic time needs.
const SECONDS: Duration = Duration::from_secs(60);

const DIFF: &str =
    "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n";

/// Looks at a file of mails in every way that there is; returns the status and words of `review start`.
fn tried(sandbox: &Sandbox, mbox: impl AsRef<[u8]>) -> (Option<i32>, String) {
    fs::write(sandbox.top().join("in.mbox"), mbox).unwrap();
    let run = |line: &str| {
        let began = Instant::now();
        let done = sandbox.patman(line);
        assert!(
            began.elapsed() < SECONDS,
            "{line} took {:?}",
            began.elapsed()
        );
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert!(
            !said.contains("panicked") && done.status.code().is_some(),
            "{line}: {said}"
        );
        let is_raw = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!said.chars().any(is_raw), "{line}: {said:?}");
        (done.status.code(), said)
    };
    run("review check ../in.mbox --onto main");
    run("review check --json ../in.mbox --onto main");
    let started = run("review start ../in.mbox --onto main");
    run("review list --json");
    started
}

#[test]
fn a_mail_of_many_megabytes_and_one_of_many_lines() {
    let sandbox = Sandbox::new();
    let long = mail(1, 1, "x: Long", DIFF).replace("why", &"w".repeat(4 << 20));
    let (status, said) = tried(&sandbox, long);
    assert!(
        matches!(status, Some(0 | 1)),
        "{}",
        &said[..said.len().min(500)]
    );
    let lines = mail(1, 1, "x: Lines", DIFF)
        .replace("why", &"word of a line\n".repeat(50_000))
        .replace("1@eve", "2@eve");
    let (status, said) = tried(&sandbox, lines);
    assert_eq!(status, Some(0), "{}", &said[..said.len().min(500)]);
}

#[test]
fn a_patch_of_many_lines_and_one_of_many_files() {
    let sandbox = Sandbox::new();
    let head =
        "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,50000 @@\n";
    let (status, said) = tried(
        &sandbox,
        mail(
            1,
            1,
            "x: Lines",
            &format!("{head}{}", "+x\n".repeat(50_000)),
        ),
    );
    assert_eq!(status, Some(0), "{said}");
    let files: String = (0..500)
        .map(|at| {
            DIFF.replace("a/n", &format!("a/many/{at}"))
                .replace("b/n", &format!("b/many/{at}"))
        })
        .collect();
    let (status, said) = tried(
        &sandbox,
        mail(1, 1, "x: Files", &files).replace("1@eve", "2@eve"),
    );
    assert_eq!(status, Some(0), "{said}");
    let hunks: String = (1..20_000)
        .map(|at| format!("@@ -{at},1 +{at},1 @@\n-{at}\n+{at}\n"))
        .collect();
    let hunks =
        format!("diff --git a/src/one.c b/src/one.c\n--- a/src/one.c\n+++ b/src/one.c\n{hunks}");
    let (status, said) = tried(
        &sandbox,
        mail(1, 1, "x: Hunks", &hunks).replace("1@eve", "3@eve"),
    );
    assert_ne!(status, Some(0), "{said}");
}

#[test]
fn parts_in_a_row_and_parts_in_parts() {
    let sandbox = Sandbox::new();
    let mail = mail(1, 1, "x: Parts", DIFF);
    let (head, body) = mail.split_once("\n\n").unwrap();
    let typed =
        |boundary: &str| format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\n");
    let row = format!(
        "{head}\n{}\n{}--b\n\n{body}\n--b--\n",
        typed("b"),
        "--b\n\npart\n".repeat(20_000)
    );
    tried(&sandbox, row);
    let inner: String = (1..20_000)
        .map(|at| format!("--b{}\n{}\n", at - 1, typed(&format!("b{at}"))))
        .collect();
    tried(
        &sandbox,
        format!("{head}\n{}\n{inner}--b19999\n\n{body}\n", typed("b0")),
    );
    let charset = format!(
        "{head}\nContent-Type: text/plain; charset={}\n\n{body}",
        "x".repeat(1 << 20)
    );
    let (status, said) = tried(&sandbox, charset);
    assert!(
        matches!(status, Some(0 | 1)) && said.len() < 100_000,
        "{}",
        &said[..said.len().min(500)]
    );
}

#[test]
fn thousands_of_mails_are_not_all_listed() {
    let sandbox = Sandbox::new();
    let all: String = (0..5_000)
        .map(|at| mail(1, 1, &format!("x: {at}"), DIFF).replace("1@eve", &format!("{at}@eve")))
        .collect();
    fs::write(sandbox.top().join("in.mbox"), all).unwrap();
    let began = Instant::now();
    let done = sandbox.patman("review start ../in.mbox --onto main");
    assert!(began.elapsed() < SECONDS, "{:?}", began.elapsed());
    assert_eq!(done.status.code(), Some(1));
    assert!(
        done.stderr.len() < 20_000,
        "{} bytes are said",
        done.stderr.len()
    );
}

#[test]
fn numbers_that_are_no_count_of_patches() {
    let sandbox = Sandbox::new();
    for (at, numbers) in [
        "1/99999999",
        "99999999999999999999/1",
        "0/0",
        "1/0",
        "2/1",
        "1/-1",
        "v99999999999 1/1",
    ]
    .iter()
    .enumerate()
    {
        let mail = mail(1, 1, "x: Count", DIFF).replace("PATCH 1/1", &format!("PATCH {numbers}"));
        let (status, said) = tried(&sandbox, mail.replace("1@eve", &format!("{at}@eve")));
        assert!(matches!(status, Some(0 | 1)), "{numbers}: {said}");
        assert!(
            said.len() < 4000,
            "{numbers}: {} bytes are said",
            said.len()
        );
    }
}

#[test]
fn headers_that_hold_what_no_header_may() {
    let sandbox = Sandbox::new();
    let evil = "\x1b[2J\x1b]0;t\x07\r\u{9b}31m\u{202e}\0";
    let changes: [(&str, String); 12] = [
        (
            "Subject: [PATCH 1/1] x: y",
            format!("Subject: [PATCH 1/1] x{evil}: y"),
        ),
        (
            "Eve <eve@example.com>",
            format!("E{evil}ve <eve@example.com>"),
        ),
        ("Eve <eve@example.com>", "\0".to_owned()),
        (
            "Eve <eve@example.com>",
            "Eve <e\0ve@example.com>".to_owned(),
        ),
        ("<1@eve>", "<a\n b@eve>".to_owned()),
        ("<1@eve>", "<a%00b/../../x@eve>".to_owned()),
        ("<1@eve>", format!("<a{evil}@eve>")),
        ("<1@eve>", "<../../../etc/passwd>".to_owned()),
        (
            "Thu, 1 Jan 2026 00:00:01 +0000",
            "Fri, 31 Dec 9999 23:59:59 -9999".to_owned(),
        ),
        (
            "Thu, 1 Jan 2026 00:00:01 +0000",
            "1 Jan 99999999999999999999 00:00 +0000".to_owned(),
        ),
        (
            "Thu, 1 Jan 2026 00:00:01 +0000",
            "1 Jan 1600 00:00 +0000".to_owned(),
        ),
        (
            "why",
            format!(
                "why{evil}\n\nReviewed-by: E{evil} <e@x>\nbase-commit: {evil}\nchange-id: {evil}\n"
            ),
        ),
    ];
    for (at, (old, new)) in changes.iter().enumerate() {
        let mail = mail(
            1,
            1,
            "x: y",
            &DIFF
                .replace("a/n", &format!("a/n{at}"))
                .replace("b/n", &format!("b/n{at}")),
        );
        assert!(mail.contains(old), "{old}");
        tried(&sandbox, mail.replace(old, new));
    }
    for line in ["review show x-y", "review trailers x-y", "review list"] {
        let done = sandbox.patman(line);
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert!(
            !said.chars().any(|c| c.is_control() && c != '\n'),
            "{line}: {said:?}"
        );
    }
}
