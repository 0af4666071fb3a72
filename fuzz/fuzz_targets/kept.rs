// SPDX-License-Identifier: GPL-2.0-or-later
//! Files of ours that others may have written: the cache of answers, the index of an archive, and what git says is set.
#![no_main]

use git_patman::git::config::Config;
use git_patman::source::{archive, http};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert!(http::kept_body(bytes, 1000).is_none_or(|body| body.len() <= 1000));
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some((all, thread)) = archive::indexed(text)
    {
        assert!(thread <= all.max(1));
    }
    let config = Config::parse(bytes);
    let keys: Vec<String> = config.entries().iter().take(20).map(|entry| entry.key.clone()).collect();
    for key in keys.iter().map(String::as_str).chain(["patman.x", "patman.a.b"]) {
        drop((config.bool(key), config.number(key), config.text(key)));
        config.has_section(key);
        config.names_below(key);
    }
});
