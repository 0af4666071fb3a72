// SPDX-License-Identifier: GPL-2.0-or-later
//! The operations that git has in progress in a worktree, from the files of its record.

use super::Head;
use crate::presence;
use std::path::Path;

/// The operation in progress in the worktree whose HEAD and index are in `git_dir`, as the end of a
/// sentence. A bisection does not count, since it creates no commits.
pub fn under_way(git_dir: &Path) -> Option<&'static str> {
    let is_rebase = ["rebase-merge", "rebase-apply/rebasing"];
    if is_rebase.iter().any(|state| git_dir.join(state).exists()) {
        return Some("being rebased");
    }
    // Whatever branch it is about.
    let any = Head::Branch(String::new());
    operations(git_dir, &any)
        .iter()
        .map(|(what, _)| *what)
        .find(|what| what.starts_with("in a "))
}

/// The operations that git has in progress.
pub(super) fn operations(dir: &Path, head: &Head) -> Vec<(&'static str, String)> {
    let mut busy = Vec::new();
    let text = |path: &str| {
        std::fs::read_to_string(dir.join(path))
            .ok()
            .map(|text| text.trim().to_owned())
    };
    let full = |name: &str| match name.starts_with("refs/") {
        true => name.to_owned(),
        false => format!("refs/heads/{name}"),
    };
    for path in ["rebase-merge/head-name", "rebase-apply/head-name"] {
        busy.extend(text(path).map(|name| ("being rebased", full(&name))));
    }
    // Three lines each: the ref, and what it was and will be.
    let others = text("rebase-merge/update-refs").unwrap_or_default();
    busy.extend(
        others
            .lines()
            .filter(|line| line.starts_with("refs/"))
            .map(|name| ("being rebased", name.to_owned())),
    );
    busy.extend(
        text("BISECT_START")
            .filter(|_| presence::may_exist(&dir.join("BISECT_LOG")))
            .map(|name| ("being bisected", full(&name))),
    );
    if let Head::Branch(name) = head {
        let states = [
            ("rebase-apply/applying", "in a 'git am'"),
            ("MERGE_HEAD", "in a merge"),
            ("CHERRY_PICK_HEAD", "in a cherry-pick"),
            ("REVERT_HEAD", "in a revert"),
            ("sequencer/todo", "in a cherry-pick or revert"),
        ];
        busy.extend(
            states
                .iter()
                .find(|(path, _)| presence::may_exist(&dir.join(path)))
                .map(|(_, word)| (*word, name.clone())),
        );
    }
    busy
}
