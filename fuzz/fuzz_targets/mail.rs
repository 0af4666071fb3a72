// SPDX-License-Identifier: GPL-2.0-or-later
//! One mail: as `git mailinfo` reads it, its headers, text, trailers, and as a series of its own.
#![no_main]

use git_patman::mail::Message;
use git_patman::mail::mailinfo::{MailinfoOptions, mailinfo};
use git_patman::mail::thread::assemble;
use git_patman::mail::trailers::trailers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    for on in [false, true] {
        let options = MailinfoOptions { keep_cr: on, scissors: on, message_id: on, ..MailinfoOptions::default() };
        if let Ok(info) = mailinfo(raw, &options) {
            info.commit_message();
            info.committed_author();
        }
    }
    let message = Message::new(raw.to_vec(), String::new());
    trailers(&message.text());
    for version in assemble(vec![message]).iter().flat_map(|series| &series.versions) {
        assert!(version.patches.iter().all(|patch| patch.number >= 1));
    }
});
