// SPDX-License-Identifier: GPL-2.0-or-later
//! Tests of many odd threads; the mails and the expected result are written as a few short lines.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;
use crate::mail::reply::reply_trailers;

/// Creates a mail from `id < parent | author | minute | subject`: a patch, unless the subject marks a
/// cover letter or a reply.
fn mail(line: &str) -> Message {
    let [ids, author, minute, subject] = line.split(" | ").collect::<Vec<_>>()[..] else {
        panic!("{line}")
    };
    let (id, parents) = ids.split_once(" < ").unwrap_or((ids, ""));
    let mut raw = format!("From: {author} <{author}@example.com>\nSubject: {subject}\n");
    raw += &format!("Date: Tue, 2 Jan 2024 10:{minute}:00 +0000\n");
    if id != "-" {
        raw += &format!("Message-ID: <{id}@example.com>\n");
    }
    let parents: Vec<String> = parents
        .split_whitespace()
        .map(|id| format!("<{id}@example.com>"))
        .collect();
    if let Some(parent) = parents.last() {
        raw += &format!("In-Reply-To: {parent}\nReferences: {}\n", parents.join(" "));
    }
    raw += "\nText.\n";
    let has_diff =
        !subject.starts_with("Re:") && !subject.contains("0/") && !subject.contains("[PULL]");
    if has_diff {
        raw += "---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n";
    } else {
        raw += "\nReviewed-by: R <r@example.com>\n";
    }
    Message::new(raw.into_bytes(), line.to_owned())
}

/// The assembled versions, one line each.
fn told(lines: &[&str]) -> Vec<String> {
    let forward = told_in_order(lines.iter().map(|line| mail(line)).collect());
    let backward = told_in_order(lines.iter().rev().map(|line| mail(line)).collect());
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    if lines.iter().all(|line| !line.starts_with('-')) {
        assert_eq!(
            sorted(&forward),
            sorted(&backward),
            "the order of the mails must not matter"
        );
    }
    forward
}

fn told_in_order(messages: Vec<Message>) -> Vec<String> {
    let mut told = Vec::new();
    for series in assemble(messages) {
        for version in series.versions {
            let patches: Vec<String> = version
                .patches
                .iter()
                .map(|patch| {
                    let old = if patch.from_version == version.number {
                        String::new()
                    } else {
                        format!("({})", patch.from_version)
                    };
                    format!("{}{old}", patch.number)
                })
                .collect();
            let mut line = format!(
                "{}: {} {}/{}",
                series.title,
                version.number,
                patches.join(" "),
                version.total
            );
            if version.cover.is_some() {
                line += " cover";
            }
            if !version.missing.is_empty() {
                line += &format!(" missing {:?}", version.missing);
            }
            let mut replies: Vec<String> = version
                .replies
                .iter()
                .map(|reply| {
                    let given = reply_trailers(&reply.message.text()).len();
                    format!(" {:?}+{given}", reply.to)
                })
                .collect();
            replies.sort();
            told.push(line + &replies.concat());
        }
    }
    told
}

#[test]
fn a_series_with_its_answers() {
    assert_eq!(
        told(&[
            "2 < c | ann | 02 | [PATCH 2/2] two",
            "r3 < c 2 r2 | ann | 09 | Re: [PATCH 2/2] two",
            "c | ann | 00 | [PATCH 0/2] title",
            "1 < c | ann | 01 | [PATCH 1/2] one",
            "r1 < c | bob | 05 | Re: [PATCH 0/2] title",
            "r2 < c 2 | bob | 06 | Re: [PATCH 2/2] two",
        ]),
        ["title: v1 1 2/2 cover Cover+1 Patch(2)+1 Patch(2)+1"]
    );
}

#[test]
fn a_newer_version_in_answer_to_the_older_is_a_version() {
    assert_eq!(
        told(&[
            "c | ann | 30 | [PATCH 0/2] title",
            "1 < c | ann | 31 | [PATCH 1/2] one",
            "2 < c | ann | 32 | [PATCH 2/2] two",
            "d < c | ann | 10 | [PATCH v2 0/1] title",
            "e < c d | ann | 11 | [PATCH v2 1/1] one",
        ]),
        ["title: v1 1 2/2 cover", "title: v2 1/1 cover"]
    );
}

#[test]
fn missing_patches_are_known_by_number() {
    assert_eq!(
        told(&[
            "c | ann | 00 | [PATCH 0/5] t",
            "1 < c | ann | 01 | [PATCH 1/5] a",
            "3 < c | ann | 03 | [PATCH 3/5] b"
        ]),
        ["t: v1 1 3/5 cover missing [2, 4, 5]"]
    );
    assert_eq!(
        told(&["2 < c | ann | 02 | [PATCH 2/2] two"]),
        ["two: v1 2/2 missing [1]"]
    );
    assert_eq!(
        told(&["c | ann | 00 | [PATCH 0/1] t"]),
        ["t: v1 /1 cover missing [1]"]
    );
}

#[test]
fn mails_below_a_cover_that_is_not_here_belong_together() {
    assert_eq!(
        told(&[
            "1 < c | ann | 01 | [PATCH 1/2] one",
            "2 < c | ann | 02 | [PATCH 2/2] two",
            "r < c | bob | 03 | Re: [PATCH 0/2] title",
        ]),
        ["one: v1 1 2/2 Cover+1"]
    );
}

#[test]
fn series_of_one_thread_or_file_are_not_mixed() {
    assert_eq!(
        told(&[
            "c | ann | 00 | [PATCH 0/2] t",
            "1 < c | ann | 01 | [PATCH 1/2] a",
            "2 < c | ann | 02 | [PATCH 2/2] b",
            "o < c | ann | 10 | [PATCH 0/2] other",
            "o1 < c o | ann | 11 | [PATCH 1/2] oa",
            "o2 < c o | ann | 12 | [PATCH 2/2] ob",
            "p < c | bob | 20 | [PATCH 1/2] pa",
            "p2 < c p | bob | 21 | [PATCH 2/2] pb",
        ]),
        ["t: v1 1 2/2 cover", "other: v1 1 2/2 cover", "pa: v1 1 2/2"]
    );
    assert_eq!(
        told(&["a | ann | 00 | [PATCH] a", "b | ann | 01 | [PATCH] b"]),
        ["a: v1 1/1", "b: v1 1/1"]
    );
}

#[test]
fn series_without_threading_are_gathered_by_author_and_count() {
    assert_eq!(
        told(&[
            "a1 | ann | 01 | [PATCH 1/2] a1",
            "b1 | bob | 01 | [PATCH 1/2] b1",
            "a2 | ann | 02 | [PATCH 2/2] a2",
            "b2 | bob | 02 | [PATCH 2/2] b2",
            "c1 | ann | 21 | [PATCH 1/2] c1",
            "c2 | ann | 22 | [PATCH 2/2] c2",
            "d1 | ann | 03 | [PATCH v2 1/3] d1",
        ]),
        [
            "a1: v1 1 2/2",
            "b1: v1 1 2/2",
            "c1: v1 1 2/2",
            "d1: v2 1/3 missing [2, 3]"
        ]
    );
    assert_eq!(
        told(&[
            "- | ann | 01 | [PATCH 1/2] a",
            "- | bob | 02 | [PATCH 2/2] b"
        ]),
        ["a: v1 1 2/2"]
    );
}

#[test]
fn a_partial_re_roll_takes_the_rest_from_the_version_before() {
    assert_eq!(
        told(&[
            "c | ann | 00 | [PATCH 0/3] t",
            "1 < c | ann | 01 | [PATCH 1/3] a",
            "2 < c | ann | 02 | [PATCH 2/3] b",
            "3 < c | ann | 03 | [PATCH 3/3] d",
            "r < c 2 | bob | 04 | Re: [PATCH 2/3] b",
            "n < c 2 r | ann | 05 | [PATCH v2 2/3] b, better",
        ]),
        ["t: v1 1 2 3/3 cover Patch(2)+1", "t: v2 1(v1) 2 3(v1)/3"]
    );
}

#[test]
fn one_patch_of_a_version_can_be_replaced() {
    let series = [
        "c | ann | 00 | [PATCH v5 0/2] t",
        "1 < c | ann | 01 | [PATCH v5 1/2] a",
        "2 < c | ann | 02 | [PATCH v5 2/2] b",
        "s < c 2 | ann | 03 | [PATCH v5.1 2/2] b",
    ];
    assert_eq!(told(&series), ["t: v5 1 2/2 cover"]);
    let made = assemble(series.iter().map(|line| mail(line)).collect());
    assert_eq!(
        made[0].versions[0].patches[1]
            .message
            .message_id()
            .unwrap()
            .as_str(),
        "s@example.com"
    );
}

#[test]
fn duplicates_and_resends_count_once() {
    assert_eq!(
        told(&[
            "1 | ann | 01 | [PATCH 1/2] a",
            "1 | ann | 01 | [PATCH 1/2] a",
            "2 < 1 | ann | 02 | [PATCH 2/2] b",
            "3 | ann | 11 | [PATCH RESEND 1/2] a",
            "4 < 3 | ann | 12 | [PATCH RESEND 2/2] b",
            "r < 1 | bob | 13 | Re: [PATCH 1/2] a",
        ]),
        ["a: v1 1 2/2 Patch(1)+1"]
    );
    assert_eq!(
        told(&["- | ann | 01 | [PATCH] a", "- | ann | 01 | [PATCH] a"]),
        ["a: v1 1/1"]
    );
}

#[test]
fn of_two_sendings_the_whole_one_counts_and_then_the_one_that_is_held_together() {
    let held = [
        "1 | ann | 01 | [PATCH 1/2] a",
        "2 < 1 | ann | 02 | [PATCH 2/2] b",
        "r < 2 | bob | 03 | Re: [PATCH 2/2] b",
    ];
    let loose = [
        "3 | ann | 11 | [PATCH 1/2] a",
        "4 | ann | 12 | [PATCH 2/2] b",
    ];
    let messages = |lines: &[&str]| lines.iter().map(|line| mail(line)).collect::<Vec<_>>();
    let first = |lines: &[&str]| {
        let series = assemble(messages(lines));
        assert_eq!(
            (series.len(), series[0].versions.len()),
            (1, 1),
            "{series:#?}"
        );
        series[0].versions[0].patches[0]
            .message
            .message_id()
            .unwrap()
            .to_string()
    };
    assert_eq!(
        first(&[held, [loose[0], loose[1], held[0]]].concat()),
        "1@example.com"
    );
    assert_eq!(first(&[held[0], loose[0], loose[1]]), "3@example.com");
    let again = [
        "5 | ann | 21 | [PATCH 1/2] a",
        "6 < 5 | ann | 22 | [PATCH 2/2] b",
    ];
    assert_eq!(
        first(&[held[0], held[1], again[0], again[1]]),
        "5@example.com"
    );
}

#[test]
fn an_earlier_version_that_is_named_by_its_url_is_one_of_the_same_series() {
    let cover = |id: &str, author: &str, subject: &str, text: &str| {
        let raw = format!(
            "From: {author}@example.com\nSubject: {subject}\nDate: Tue, 2 Jan 2024 10:00:00 +0000\n\
             Message-ID: <{id}@example.com>\n\n{text}\n"
        );
        Message::new(raw.into_bytes(), id.to_owned())
    };
    let link = "- Link to v1: https://list.example.com/all/a@example.com/";
    let versions = |author: &str, subject: &str, text: &str| {
        let first = cover("a", "ann", "[PATCH 0/1] Old", "Why");
        let second = cover("b", author, subject, text);
        let one = mail("a1 < a | ann | 01 | [PATCH 1/1] x: Do");
        let two = mail(&format!(
            "b1 < b | {author} | 02 | {} y: Make",
            subject.replace("0/1] New", "1/1]")
        ));
        assemble(vec![first, one, second, two])
            .iter()
            .map(|series| series.versions.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions("ann", "[PATCH v2 0/1] New", link), [2]);
    assert_eq!(versions("bob", "[PATCH v2 0/1] New", link), [1, 1]);
    assert_eq!(
        versions("ann", "[PATCH v2 0/1] New", &link.replace("v1", "it")),
        [1, 1]
    );
    assert_eq!(
        versions("ann", "[PATCH v2 0/1] New", &format!("> {link}")),
        [1, 1]
    );
    assert_eq!(versions("ann", "[PATCH 0/1] New", link), [1, 1]);
}

#[test]
fn what_holds_no_patch_is_not_a_patch() {
    assert_eq!(
        told(&["p | ann | 00 | [GIT PULL] x", "q | ann | 00 | Re: lunch"]),
        Vec::<String>::new()
    );
}

#[test]
fn titles_link_versions_sent_apart() {
    assert_eq!(
        told(&[
            "a | ann | 00 | [PATCH] x: Fix",
            "b | ann | 01 | [v2] x:  fix",
            "c | bob | 02 | [PATCH v3] x: Fix"
        ]),
        ["x: fix: v1 1/1", "x: fix: v2 1/1", "x: Fix: v3 1/1"]
    );
}

#[test]
fn threads_in_circles_come_to_an_end() {
    assert_eq!(
        told(&[
            "a < b | ann | 00 | [PATCH 1/2] a",
            "b < a | ann | 01 | [PATCH 2/2] b"
        ])
        .len(),
        1
    );
}

#[test]
fn base_and_change_id_are_found() {
    let base = "0123456789012345678901234567890123456789";
    let cover = format!(
        "Subject: [PATCH 0/1] t\nMessage-ID: <c@x>\n\nText\n---\nbase-commit: {base}\nchange-id: 20240102-t-1\n"
    );
    let made = assemble(vec![Message::new(cover.into_bytes(), String::new())]);
    assert_eq!(made[0].versions[0].base_commit().as_deref(), Some(base));
    assert_eq!(
        made[0].versions[0].change_id().as_deref(),
        Some("20240102-t-1")
    );
}

#[test]
fn a_hundred_thousand_mails_take_seconds() {
    let began = std::time::Instant::now();
    let lines = (0..20_000).map(|at| {
        format!(
            "{at} < root | ann | {} | [PATCH 1/2000] t{}",
            at % 60,
            at % 7
        )
    });
    let made = assemble(lines.map(|line| mail(&line)).collect());
    assert!(!made.is_empty());
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}
