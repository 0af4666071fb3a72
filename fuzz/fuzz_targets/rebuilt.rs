// SPDX-License-Identifier: GPL-2.0-or-later
//! A patch or a cover letter as a Patchwork answers it, made a mail again.
#![no_main]

use git_patman::mail::Message;
use git_patman::source::patchwork;
use git_patman_fuzz::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| {
    if let Some(raw) = patchwork::rebuilt(answer) {
        read(vec![Message::new(raw, String::new())]);
    }
});
