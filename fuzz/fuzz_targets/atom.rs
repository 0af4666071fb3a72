// SPDX-License-Identifier: GPL-2.0-or-later
//! An Atom feed of an archive.
#![no_main]

use git_patman::source::archive::atom;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|feed: &[u8]| {
    for entry in atom::entries(feed) {
        assert!(entry.id.as_str().contains('@'));
    }
});
