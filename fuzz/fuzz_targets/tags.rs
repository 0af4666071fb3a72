// SPDX-License-Identifier: GPL-2.0-or-later
//! Commit messages of an author: what is read of them, and what edits make of them. Messages are cut at `0x1e`.
#![no_main]

use git_patman::tags::edit::{self, MessageUpdate};
use git_patman::tags::read;
use git_patman_fuzz::shown;
use libfuzzer_sys::fuzz_target;

const ID: &str = "7aea267ce258bebb7ffc6e649a81d6c3178cf822";

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let commits: Vec<(String, String)> =
        text.split('\x1e').map(|message| ("0123456789abcdef".to_owned(), message.to_owned())).collect();
    let tags = read(&commits);
    assert_eq!(tags.commits.len(), commits.len());
    drop(tags.change_log(None));
    drop(tags.missing_changes());
    tags.problems.iter().for_each(|problem| shown(&problem.to_string()));
    let cleaned: Vec<(String, String)> =
        tags.commits.iter().map(|commit| (String::new(), commit.cleaned.clone())).collect();
    for (again, once) in read(&cleaned).commits.iter().zip(&tags.commits) {
        // One carriage return at a line's end is taken away, not several.
        assert!(again.cleaned == once.cleaned || text.contains('\r'));
    }
    if bytes.trim_ascii().is_empty() {
        // A tag would become the subject.
        return;
    }
    let marked = edit::add_change_id(bytes, ID);
    assert_eq!(edit::add_change_id(&marked, "another"), marked);
    assert_eq!(edit::change_id(&edit::remove_change_id(&marked)), None);
    let update = MessageUpdate { of: 2, version: Some(3), link: Some("7"), add_version: true, add_link: true };
    let updated = edit::update(bytes, &update);
    assert_eq!(edit::update(&updated, &MessageUpdate { of: 3, link: None, ..update }), updated);
    drop(edit::add_change(bytes, 3, &text, bytes.len().is_multiple_of(2)));
    drop(edit::add_trailers(bytes, &["Reviewed-by: A <a@b>".into()]));
});
