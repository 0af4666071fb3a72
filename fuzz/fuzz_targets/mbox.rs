// SPDX-License-Identifier: GPL-2.0-or-later
//! A file of mails: cut into mails, and sorted into series, versions and patches.
#![no_main]

use git_patman::mail::read_bytes;
use git_patman::mail::thread::assemble;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(messages) = read_bytes(bytes.to_vec(), "fuzz") else { return };
    for version in assemble(messages).iter().flat_map(|series| &series.versions) {
        let numbers: Vec<u32> = version.patches.iter().map(|patch| patch.number).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "patches out of order: {numbers:?}");
        assert!(version.missing.iter().all(|number| !numbers.contains(number)));
    }
});
