// SPDX-License-Identifier: GPL-2.0-or-later
//! A patch: its files and hunks, and whether any path would leave the tree.
#![no_main]

use git_patman::diff;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(files) = diff::parse(bytes) {
        for file in &files {
            git_patman::invisible::shown(file.name());
        }
    }
});
