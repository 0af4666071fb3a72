// SPDX-License-Identifier: GPL-2.0-or-later
//! Mails that mean harm: random and mutated bytes never panic, and huge or deep ones end in seconds.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use git_patman::mail::mailinfo::{MailinfoOptions, mailinfo};
use git_patman::mail::thread::assemble;
use git_patman::mail::trailers::trailers;
use git_patman::mail::{Message, ParsedSubject, Timestamp, read_bytes};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Far above what is needed, so that a busy machine passes and quadratic time does not.
const SECONDS: Duration = Duration::from_secs(60);

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    assert!(began.elapsed() < SECONDS, "took {:?}", began.elapsed());
    done
}

fn all_readings(raw: &[u8]) {
    for keep_cr in [false, true] {
        let options = MailinfoOptions {
            keep_cr,
            scissors: keep_cr,
            message_id: keep_cr,
            ..MailinfoOptions::default()
        };
        if let Ok(info) = mailinfo(raw, &options) {
            info.commit_message();
            info.committed_author();
        }
    }
    let message = Message::new(raw.to_vec(), String::new());
    trailers(&message.text());
    assert!(
        message
            .date()
            .is_none_or(|date| date.offset_minutes.abs() < 100 * 60)
    );
    drop(assemble(vec![message.clone(), message]));
    if let Ok(messages) = read_bytes(raw.to_vec(), "x") {
        drop(assemble(messages));
    }
}

/// Pieces of mails in random order.
fn shuffled_mail() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "From a Tue Jan  2 10:20:30 2024\n",
        "From: A <a@example.com>\n",
        "Subject: [PATCH v2 1/3] x\n",
        "Subject: =?utf-8?q?a=",
        "Content-Type: multipart/mixed; boundary=b\n",
        "Content-Type: text/plain; charset=gb2312; format=flowed; delsp=yes\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "--b\n",
        "--b--\n",
        "\n",
        "\r\n",
        "---\n",
        "diff --git a/x b/x\n",
        "-- \n",
        "-- >8 --\n",
        "Zm9v\n",
        "=3D=\n",
        " folded\n",
        "References: <a@x> <b@x>\n",
        "Message-ID: <a@x>\n",
        "In-Reply-To: <b@x>\n",
        "Content-Length: 30\n",
        "Date: 2 Jan 24 10:20 -0130\n",
        "\u{1f600}",
        "\0",
        "=?",
        "Reviewed-by: A\n",
        "<a@example.com>\n",
        "From: \"A (b\\\n",
        "[",
        "Re: ",
        "\t",
        "?=",
        " ",
    ]);
    let bytes = prop::collection::vec(any::<u8>(), 0..8);
    let piece = prop_oneof![8 => pieces.prop_map(|text| text.as_bytes().to_vec()), 1 => bytes];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn random_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..300)) {
        all_readings(&raw);
    }

    #[test]
    fn shuffled_mails_never_panic(raw in shuffled_mail()) {
        all_readings(&raw);
    }

    #[test]
    fn random_text_never_panics(text in "\\PC{0,60}", dated in "[0-9:/. +TZa-m-]{0,30}", marked in "[\\[\\]Rev0-9/.,: (PATCH)]{0,40}") {
        for text in [&text, &dated, &marked] {
            drop(ParsedSubject::parse(text));
            assert!(Timestamp::parse(text).is_none_or(|date| date.seconds >= 0));
            drop(trailers(text));
        }
    }
}

#[test]
fn envelope_lines_without_end() {
    let line = b"From a@example.com Tue Jan  2 10:20:30 2024\n";
    let file = line.repeat((16 << 20) / line.len());
    assert!(in_time(|| read_bytes(file, "x")).is_err());
    let file = b"From a\n".repeat((16 << 20) / 7);
    drop(in_time(|| read_bytes(file, "x")));
}

#[test]
fn boundaries_without_end() {
    let header = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n";
    drop(in_time(|| {
        mailinfo(&header.repeat(100_000), &MailinfoOptions::default())
    }));
    let inner: String = (0..100_000)
        .map(|at| format!("Content-Type: multipart/mixed; boundary=b{at}\n\n\n--b{at}\n"))
        .collect();
    assert!(in_time(|| mailinfo(inner.as_bytes(), &MailinfoOptions::default())).is_err());
    let closed = [&header[..], b"\n", &b"--b--\n--b\n".repeat(1_000_000)].concat();
    drop(in_time(|| mailinfo(&closed, &MailinfoOptions::default())));
}

#[test]
fn headers_without_end() {
    let many = [&b"X-A: b\n".repeat(300_000), &b"Subject: x\n\nbody\n"[..]].concat();
    let folded = [&b"Subject: a\n"[..], &b" b\n".repeat(300_000), b"\nbody\n"].concat();
    let references = [
        &b"Subject: a\nReferences:"[..],
        &b" <a@x>\n".repeat(300_000),
        b"\nbody\n",
    ]
    .concat();
    for mail in [many, folded, references] {
        in_time(|| all_readings(&mail));
    }
}

#[test]
fn lines_without_end() {
    for (encoding, text) in [
        ("base64", "YWFh"),
        ("quoted-printable", "=61=62=\n"),
        ("7bit", "flowed \n"),
        ("8bit", "[=?utf-8?q?"),
    ] {
        let head = format!(
            "Subject: x\nContent-Type: text/plain; format=flowed\nContent-Transfer-Encoding: {encoding}\n\n"
        );
        let mail = [head.as_bytes(), &text.as_bytes().repeat(200_000)].concat();
        in_time(|| all_readings(&mail));
    }
}

#[test]
fn mails_without_end() {
    let mail = |at: usize| {
        format!(
            "From a Tue Jan  2 10:20:30 2024\nFrom: A <a@example.com>\nSubject: [PATCH 1/5000] t\nMessage-ID: <{at}@x>\n\
             In-Reply-To: <{}@x>\n\n---\ndiff --git a/x b/x\n",
            at / 2
        )
    };
    let file: String = (0..100_000).map(mail).collect();
    let series = in_time(|| assemble(read_bytes(file.into_bytes(), "x").unwrap()));
    assert!(!series.is_empty());
}
