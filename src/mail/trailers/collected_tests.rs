// SPDX-License-Identifier: GPL-2.0-or-later
//! Tests which trailers are collected from replies.

use super::*;
use crate::mail::trailers::trailers;

fn mail(from: &str, text: &str) -> Message {
    Message::new(
        format!("From: {from}\n\n{text}\n").into_bytes(),
        String::new(),
    )
}

fn target(patch: u32, patch_id: Option<&str>, present: &str) -> Target {
    Target {
        patch,
        patch_id: patch_id.map(str::to_owned),
        present: trailers(present),
        own: vec!["ada@example.com".to_owned()],
    }
}

/// The states and texts of the trailers that mails give to a patch whose commit has the trailers `present`.
fn given(mails: &[Message], present: &str) -> Vec<String> {
    let sent = SentVersion {
        number: VersionNumber::FIRST,
        patch_ids: Vec::new(),
        replies: mails
            .iter()
            .map(|mail| Reply::read(mail, ReplyTarget::Patch(1), &MailingLists::default()))
            .collect(),
    };
    let targets = [target(1, None, present)];
    let collected = collect(&[sent], VersionNumber::FIRST, &targets, false);
    let line = |one: &CollectedTrailer| format!("{:?} {}", one.state, one.trailer.text());
    collected.iter().map(line).collect()
}

#[test]
fn each_is_added_once_whatever_its_case() {
    let bea = mail(
        "Bea <bea@x.org>",
        "reviewed-BY:  Bea  <BEA@x.org> # on arm\nTested-by: Bea\n <bea@x.org>",
    );
    assert_eq!(
        given(&[bea.clone(), bea.clone()], ""),
        [
            "New Reviewed-by: Bea <BEA@x.org> # on arm",
            "New Tested-by: Bea <bea@x.org>"
        ]
    );
    assert_eq!(
        given(&[bea], "Reviewed-By: Bea <bea@x.org>\n"),
        [
            "Present Reviewed-by: Bea <BEA@x.org> # on arm",
            "New Tested-by: Bea <bea@x.org>"
        ]
    );
}

#[test]
fn another_address_of_the_same_person_is_told_and_not_added() {
    let home = mail("Bea <bea@home.org>", "Reviewed-by: Bea <bea@home.org>");
    let work = mail("Bea <bea@work.org>", "Reviewed-by: Bea <bea@work.org>");
    assert_eq!(
        given(
            std::slice::from_ref(&home),
            "Reviewed-by: Bea <bea@work.org>\n"
        )
        .len(),
        1
    );
    assert_eq!(
        given(&[home, work], ""),
        [
            "New Reviewed-by: Bea <bea@home.org>",
            "Present Reviewed-by: Bea <bea@work.org>"
        ]
    );
}

#[test]
fn the_users_own_and_anothers_words_are_left_out() {
    let own = mail("Ada <ada@example.com>", "Tested-by: Ada <ada@example.com>");
    let other = mail(
        "Eve <eve@x.org>",
        "Acked-by: Bea <bea@x.org>\nAcked-by: Ada <ada+b@example.com>",
    );
    let bea = mail("Bea <bea@x.org>", "Acked-by: Bea <bea@x.org>");
    assert_eq!(
        given(&[own.clone(), other.clone()], ""),
        [
            "Own Tested-by: Ada <ada@example.com>",
            "Refused Acked-by: Bea <bea@x.org>",
            "Own Acked-by: Ada <ada+b@example.com>"
        ]
    );
    assert_eq!(
        given(&[other, bea], ""),
        [
            "Own Acked-by: Ada <ada+b@example.com>",
            "New Acked-by: Bea <bea@x.org>"
        ]
    );
}

#[test]
fn objections_are_never_added() {
    let nack = mail("Bea <bea@x.org>", "NACK, no\nNacked-by: Bea <bea@x.org>");
    assert_eq!(
        given(&[nack], ""),
        [
            "Objection NACK: NACK, no",
            "Objection Nacked-by: Bea <bea@x.org>"
        ]
    );
}

#[test]
fn tags_for_patch_programs_and_text_that_is_shown_as_another_are_not_added() {
    let tags = "Series-links: Bea <bea@x.org>\nCommit-notes: Bea <bea@x.org>\nseries-TO: Bea <bea@x.org>\n\
        Cover-letter-cc: Bea <bea@x.org>\nChange-Id: Bea <bea@x.org>\nCo-authored-by: Bea <noreply@x.org>\n\
        Reviewed-by: \u{202e}aeB <bea@x.org>\nLink: https://x.org/\u{2066}y\nTested-by: Bea <bea@x.org>\n\
        Acked-by: B\u{200b}ea <bea@x.org>\nCloses: https://x.org/\u{ad}\nReported-by: Be\u{200c}a <bea@x.org>\n";
    assert_eq!(
        given(&[mail("Bea <bea@x.org>", tags)], ""),
        [
            "Refused Reviewed-by: \u{202e}aeB <bea@x.org>",
            "Refused Link: https://x.org/\u{2066}y",
            "New Tested-by: Bea <bea@x.org>",
            "Refused Acked-by: B\u{200b}ea <bea@x.org>",
            "Refused Closes: https://x.org/\u{ad}",
            "New Reported-by: Be\u{200c}a <bea@x.org>"
        ]
    );
}

#[test]
fn what_is_proved_takes_the_place_of_what_is_not() {
    let bea = mail("Bea <bea@home.org>", "Acked-by: Bea <bea@x.org>");
    let eve = mail("Eve <eve@x.org>", "Acked-by: Bea <bea@x.org>");
    let same = mail("Bea <bea@x.org>", "Acked-by: Bea <bea@x.org>");
    let acked = |state: &str| [format!("{state} Acked-by: Bea <bea@x.org>")];
    assert_eq!(given(&[eve.clone(), bea.clone()], ""), acked("Unproved"));
    assert_eq!(given(&[bea.clone(), eve], ""), acked("Unproved"));
    assert_eq!(given(&[bea.clone(), same.clone()], ""), acked("New"));
    assert_eq!(given(&[same, bea], ""), acked("New"));
}

#[test]
fn an_objection_of_each_person_is_listed_once() {
    let bea = mail("Bea <bea@x.org>", "NACK");
    let bob = mail("Bob <bob@x.org>", "NACK");
    assert_eq!(
        given(&[bea.clone(), bob, bea], ""),
        ["Objection NACK: NACK", "Objection NACK: NACK"]
    );
}

#[test]
fn replies_to_another_version_are_for_the_patches_that_change_the_same() {
    let bea = "Bea <bea@x.org>";
    let v2 = VersionNumber::new(2).unwrap_or(VersionNumber::FIRST);
    let ids = [
        (1, Some("a".to_owned())),
        (2, Some("b".to_owned())),
        (3, None),
    ];
    let lists = MailingLists::default();
    let sent = SentVersion {
        number: VersionNumber::FIRST,
        patch_ids: ids.to_vec(),
        replies: vec![
            Reply::read(
                &mail(bea, "Reviewed-by: Bea <bea@x.org>"),
                ReplyTarget::Patch(1),
                &lists,
            ),
            Reply::read(
                &mail(bea, "Tested-by: Bea <bea@x.org>"),
                ReplyTarget::Cover,
                &lists,
            ),
            Reply::read(
                &mail(bea, "Acked-by: Bea <bea@x.org>"),
                ReplyTarget::Patch(3),
                &lists,
            ),
        ],
    };
    // The first patch of version 1 is the second now, the second was dropped, and the third cannot be
    // read in either version.
    let targets = [
        target(1, Some("c"), ""),
        target(2, Some("a"), ""),
        target(3, None, ""),
    ];
    let collected = collect(&[sent], v2, &targets, false);
    let found: Vec<(u32, &str, bool)> = collected
        .iter()
        .map(|one| (one.patch, one.trailer.name.as_str(), one.to_cover))
        .collect();
    assert_eq!(found, [(2, "Reviewed-by", false), (2, "Tested-by", true)]);
}
