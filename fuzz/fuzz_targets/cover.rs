// SPDX-License-Identifier: GPL-2.0-or-later
//! What a cover letter says of its base, of what comes before it, and of its earlier versions.
#![no_main]

use git_patman::base;
use git_patman::mail::prerequisites::{MAX_PREREQUISITES, prerequisites};
use git_patman::mail::thread::{assemble, base_commit};
use git_patman::mail::{Message, earlier};
use git_patman_fuzz::sound;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    base_commit(text);
    for (name, _) in base::names(text) {
        assert!(!name.starts_with('-') && !name.contains("..") && name.len() <= 100, "{name:?}");
    }
    drop(earlier::urls(text, 9).collect::<Vec<_>>());
    let mail = |number: u32| {
        let diff = if number == 0 { "" } else { "---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" };
        let text =
            format!("Subject: [PATCH {number}/1] x\nMessage-ID: <{number}@x>\nReferences: <0@x>\n\n{text}\n{diff}");
        Message::new(text.into_bytes(), String::new())
    };
    for version in assemble(vec![mail(0), mail(1)]).iter().flat_map(|series| &series.versions) {
        sound(version);
        version.change_id();
        version.base_commit();
        assert!(prerequisites(version).len() <= MAX_PREREQUISITES);
    }
});
