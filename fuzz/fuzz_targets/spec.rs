// SPDX-License-Identifier: GPL-2.0-or-later
//! What the user names, and what servers name: URLs, ids, redirects, names of series.
#![no_main]

use git_patman::mail::MessageId;
use git_patman::mail::earlier;
use git_patman::review::name;
use git_patman::series::SeriesName;
use git_patman::source::archive::address::{Address, given_id};
use git_patman::source::percent::encode_component;
use git_patman::source::{http, patchwork, server};
use git_patman_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    shown(text);
    drop(given_id(text));
    drop(earlier::urls(text, 3).filter_map(earlier::id_in).collect::<Vec<_>>());
    if let Some(address) = Address::parse(text) {
        let again = Address::parse(&format!("{}{}/", address.archive, encode_component(address.id.as_str())));
        assert_eq!(again.map(|again| again.id), Some(address.id));
    }
    drop(patchwork::url::parse(text));
    if let Ok(url) = server::checked_url(text) {
        assert!(!url.chars().any(char::is_control) && !url.ends_with('/'));
    }
    let (url, location) = text.split_once('\n').unwrap_or(("http://a/b/c?d", text));
    if let Some(url) = http::resolved(url, location) {
        assert!(url.starts_with("http") && url.bytes().all(|byte| byte.is_ascii_graphic()), "{url:?}");
        // Dots of an absolute one stay until it is asked from.
        let again = http::resolved(&url, "");
        assert!(again.is_some_and(|again| http::resolved(&again, "").is_some()), "{url:?}");
    }
    if let Ok(id) = MessageId::new(text) {
        assert!(!id.as_str().chars().any(char::is_control));
    }
    // Every title makes a name, and every name is a sound one.
    let slug = name::slug(text);
    assert!(SeriesName::new(&slug).is_ok(), "{slug:?}");
    if let Ok(name) = SeriesName::new(text) {
        assert!(!name.as_str().starts_with('-') && !name.as_str().contains(['/', '\\', '\0']));
    }
});
