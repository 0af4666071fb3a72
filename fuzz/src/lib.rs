// SPDX-License-Identifier: GPL-2.0-or-later
//! What several fuzz targets share: servers on loopback that answer with what the fuzzer makes up.

pub mod server;

use git_patman::mail::Message;
use git_patman::mail::mailinfo::{MailinfoOptions, mailinfo};
use git_patman::mail::thread::{MailedVersion, assemble};

/// Reads mails in every way that a review does.
pub fn read(messages: Vec<Message>) {
    for message in &messages {
        if let Ok(info) = mailinfo(message.raw(), &MailinfoOptions::default()) {
            info.commit_message();
            info.committed_author();
        }
    }
    assemble(messages).iter().flat_map(|series| &series.versions).for_each(sound);
}

/// What holds of every version, whatever it was made of.
pub fn sound(version: &MailedVersion) {
    let numbers: Vec<u32> = version.patches.iter().map(|patch| patch.number).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "patches out of order: {numbers:?}");
    assert!(numbers.iter().all(|number| *number >= 1));
    assert!(version.missing.iter().all(|number| !numbers.contains(number)));
}

/// Text as a terminal gets it: with nothing in it that moves the cursor.
pub fn shown(text: &str) {
    assert!(!git_patman::text::escape_controls(text).chars().any(char::is_control));
}
