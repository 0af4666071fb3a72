// SPDX-License-Identifier: GPL-2.0-or-later
//! A subject line: prefixes, version, counter.
#![no_main]

use git_patman::mail::ParsedSubject;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let subject = ParsedSubject::parse(text);
    assert!(subject.version_or_first().get() >= 1);
    subject.is_cover();
});
