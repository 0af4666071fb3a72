// SPDX-License-Identifier: GPL-2.0-or-later
//! Answers to patches: trailers, who gave them, what is quoted, and a commit message that gets them.
#![no_main]

use git_patman::tags::commit_trailers;
use git_patman::mail::reply::{first_words, own_lines, reply_trailers};
use git_patman::mail::sender::{MailingLists, sender};
use git_patman::mail::trailers::trailers;
use git_patman::mail::{Message, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let message = Message::new(raw.to_vec(), String::new());
    let (sender, text) = (sender(&message, &MailingLists::default()), message.text());
    for trailer in trailers(&text) {
        sender.claim(&trailer);
        trailer.is_same(&trailer);
    }
    let new: Vec<Vec<u8>> = reply_trailers(&text).iter().map(|one| one.trailer.text().into_bytes()).collect();
    commit_trailers::add(raw, &new, "Ada <ada@example.com>");
    assert!(first_words(&text, 3).len() <= 3);
    own_lines(&text);
    assert!(Timestamp::parse(&text).is_none_or(|date| date.seconds >= 0));
});
