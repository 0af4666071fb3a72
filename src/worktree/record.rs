// SPDX-License-Identifier: GPL-2.0-or-later
//! Commits that only git's record of a worktree names: its pseudo refs, its own refs, the state of a stopped
//! rebase, and the reflog of its HEAD. git forgets them all when the worktree is removed.

use crate::git::Oid;
use std::path::{Path, PathBuf};

/// Files with one commit per line, or with a single commit (gitrepository-layout(5), git-rebase(1)).
const PSEUDO_REFS: [&str; 9] = [
    "ORIG_HEAD",
    "MERGE_HEAD",
    "MERGE_AUTOSTASH",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "BISECT_HEAD",
    "BISECT_EXPECTED_REV",
    "BISECT_LOG",
];

/// State files of operations in progress that name commits.
const STATES: [&str; 17] = [
    "rebase-merge/amend",
    "rebase-merge/autostash",
    "rebase-merge/done",
    "rebase-merge/git-rebase-todo",
    "rebase-merge/onto",
    "rebase-merge/orig-head",
    "rebase-merge/rewritten-list",
    "rebase-merge/rewritten-pending",
    "rebase-merge/squash-onto",
    "rebase-merge/stopped-sha",
    "rebase-merge/update-refs",
    "rebase-apply/abort-safety",
    "rebase-apply/autostash",
    "rebase-apply/orig-head",
    "rebase-apply/rewritten",
    "sequencer/head",
    "sequencer/todo",
];

/// The largest state file that is read.
const MAX_STATE: u64 = 1 << 22;

/// The commits in the state of a `git am` or `git rebase --apply`, which `git am --quit` deletes.
pub(super) fn in_am_state(record: &Path) -> Vec<Oid> {
    let names = STATES
        .iter()
        .filter(|name| name.starts_with("rebase-apply/"));
    in_files(&names.map(|name| record.join(name)).collect::<Vec<_>>())
}

/// The commits that the record names besides HEAD, and those in the reflog of its HEAD; some may no longer
/// exist.
pub(super) fn all(record: &Path) -> Vec<Oid> {
    let names = PSEUDO_REFS.iter().chain(&STATES);
    let mut files: Vec<PathBuf> = names.map(|name| record.join(name)).collect();
    files.extend(files_below(&record.join("refs")));
    let mut commits = in_files(&files);
    for log in files_below(&record.join("logs")) {
        commits.extend(in_log(&log));
    }
    commits
}

/// The commits in the reflog of a ref or of HEAD, except those that this program set.
pub(super) fn in_log(log: &Path) -> Vec<Oid> {
    let text = std::fs::read(log).unwrap_or_default();
    parse_log(&String::from_utf8_lossy(&text))
}

fn parse_log(text: &str) -> Vec<Oid> {
    let mut commits = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let (ids, why) = line.split_once('\t').unwrap_or((line, ""));
        let mut ids = ids.split(' ').map(Oid::from_str);
        let (Some(Ok(old)), Some(Ok(new))) = (ids.next(), ids.next()) else {
            continue;
        };
        if why.starts_with("patman: ") {
            // What was there before was looked at, and saved if it was the user's, when this program moved it.
            continue;
        }
        if at == 0 {
            commits.push(old);
        }
        commits.push(new);
    }
    commits.retain(|id| !id.is_zero());
    commits
}

fn in_files(files: &[PathBuf]) -> Vec<Oid> {
    let mut commits = Vec::new();
    for file in files {
        let is_small = file
            .symlink_metadata()
            .is_ok_and(|about| about.is_file() && about.len() <= MAX_STATE);
        let text = is_small.then(|| std::fs::read(file).ok()).flatten();
        let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
        let ids = text
            .split(|c: char| !c.is_ascii_hexdigit())
            .filter(|word| word.len() == 40)
            .filter_map(|word| Oid::from_str(word).ok());
        commits.extend(ids.filter(|id| !id.is_zero()));
    }
    commits
}

pub(super) fn files_in(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

pub(super) fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut dirs, mut files) = (vec![dir.to_owned()], Vec::new());
    while let Some(dir) = dirs.pop() {
        for path in files_in(&dir) {
            let is_dir = path.symlink_metadata().is_ok_and(|about| about.is_dir());
            if is_dir {
                dirs.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn id(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    #[test]
    fn a_log_tells_where_a_ref_has_been_and_not_where_this_program_put_it() {
        let who = "Ada <ada@example.com> 1 +0000";
        let lines = [
            (id('0'), id('1'), "patman: review v1 of x"),
            (id('1'), id('2'), "commit: Mine"),
            (id('2'), id('3'), "patman: review v2 of x"),
            (id('3'), id('4'), "checkout: moving from x to y"),
        ];
        let text: String = lines
            .iter()
            .map(|(old, new, why)| format!("{old} {new} {who}\t{why}\n"))
            .collect();
        let found: Vec<String> = parse_log(&text).iter().map(Oid::to_string).collect();
        assert_eq!(found, [id('2'), id('4')]);
        let moved = format!("{} {} {who}\tpatman: check\n", id('1'), id('2'));
        assert!(parse_log(&moved).is_empty());
        assert!(parse_log("half a line").is_empty());
    }

    #[test]
    fn the_state_of_a_rebase_and_refs_of_the_worktree_name_commits() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: String| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("ORIG_HEAD", id('1') + "\n");
        write("rebase-merge/autostash", id('2') + "\n");
        write(
            "rebase-merge/git-rebase-todo",
            format!("pick {} Mine\n", id('3')),
        );
        write("refs/bisect/bad", id('4') + "\n");
        write("MERGE_HEAD", format!("{}\n{}\n", id('5'), id('6')));
        write("COMMIT_EDITMSG", id('7'));
        write(
            "rebase-apply/0001",
            format!("Message-ID: <{}@example.com>\n", id('8')),
        );
        let mut found: Vec<String> = all(dir.path()).iter().map(Oid::to_string).collect();
        found.sort();
        assert_eq!(found, ["1", "2", "3", "4", "5", "6"].map(|d| d.repeat(40)));
    }
}
