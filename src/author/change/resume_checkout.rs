// SPDX-License-Identifier: GPL-2.0-or-later
//! Resumes a `git read-tree -u` that was killed. It leaves files of the new tree and the index of the old one,
//! and git would take such files for edits. Files that match the new tree are added to the index and partially
//! written files are deleted; then git can continue. Any other difference is an edit, and blocks the change.

use crate::error::{Result, WithContext};
use crate::git::file_lock::FileLock;
use crate::git::worktrees::WorktreeHead;
use crate::presence;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Prepares index and files of a worktree for another `git read-tree -m -u from to`.
pub(super) fn settle(worktree: &WorktreeHead, from: &str, to: &str, lock: &FileLock) -> Result<()> {
    let Some(top) = &worktree.top else {
        return Ok(());
    };
    let differing = differing(worktree, to)?;
    let listing = worktree
        .git()
        .args(["diff-tree", "-r", "-z", "--no-renames", from, to])
        .ok()?
        .stdout;
    let mut fields = listing.split(|&byte| byte == 0);
    let mut arrived = Vec::new();
    // `:<mode> <mode> <id> <id> <status>`, then the path.
    while let (Some(words), Some(path)) = (fields.next(), fields.next()) {
        let words = String::from_utf8_lossy(words);
        let words: Vec<&str> = words.split(' ').collect();
        let [_, mode, _, id, ..] = words[..] else {
            continue;
        };
        let file = top.join(OsStr::from_bytes(path));
        let is_there = presence::is_taken(&file)?;
        let has_arrived = match mode {
            "000000" => !is_there,
            // Submodule files are not ours to write.
            "160000" => false,
            _ => is_there && !differing.contains(path),
        };
        if has_arrived {
            arrived.extend_from_slice(format!("{mode} {id}\t").as_bytes());
            arrived.extend_from_slice(path);
            arrived.push(0);
        } else if is_there && mode.starts_with("100") && is_beginning(worktree, &file, path, id)? {
            std::fs::remove_file(&file)
                .context(|| format!("cannot remove '{}'", file.display()))?;
        }
    }
    if arrived.is_empty() {
        return Ok(());
    }
    worktree
        .git()
        .args(["update-index", "-z", "--index-info"])
        .input(arrived)
        .holding(lock)?
        .ok()?;
    worktree
        .git()
        .holding(lock)?
        .args(["update-index", "-q", "--refresh"])
        .run()
        .map(drop)
}

/// Restores index and files after a `git read-tree -m -u from to` that failed at any point.
pub(super) fn take_back(
    worktree: &WorktreeHead,
    from: &str,
    to: &str,
    lock: &FileLock,
) -> Result<()> {
    let Some(top) = &worktree.top else {
        return Ok(());
    };
    settle(worktree, to, from, lock)?;
    worktree
        .git()
        .holding(lock)?
        .args(["read-tree", "-m", "-u", from, to])
        .ok()?;
    // If the index already matched the target, git did not check the file, which may be deleted already.
    let listing = worktree
        .git()
        .args([
            "diff-tree",
            "-r",
            "-z",
            "--no-renames",
            "--name-only",
            "--diff-filter=d",
            from,
            to,
        ])
        .ok()?;
    let mut missing = Vec::new();
    for path in listing
        .stdout
        .split(|&byte| byte == 0)
        .filter(|path| !path.is_empty())
    {
        if !presence::is_taken(&top.join(OsStr::from_bytes(path)))? {
            missing.extend_from_slice(path);
            missing.push(0);
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => worktree
            .git()
            .holding(lock)?
            .args(["checkout-index", "-u", "-z", "--stdin"])
            .input(missing)
            .ok()
            .map(drop),
    }
}

/// Returns the paths whose files differ from a tree.
fn differing(worktree: &WorktreeHead, tree: &str) -> Result<BTreeSet<Vec<u8>>> {
    // Use a scratch index, so that neither the real index nor its lock matters.
    let scratch = tempfile::tempdir().context(|| "cannot create a temporary directory")?;
    let git = || {
        worktree
            .git()
            .env("GIT_INDEX_FILE", scratch.path().join("index"))
    };
    git().args(["read-tree", tree]).ok()?;
    git().args(["update-index", "-q", "--refresh"]).run()?;
    let changed = git().args(["diff-files", "--name-only", "-z"]).ok()?.stdout;
    Ok(changed
        .split(|&byte| byte == 0)
        .filter(|path| !path.is_empty())
        .map(<[u8]>::to_vec)
        .collect())
}

/// Whether a file holds only the beginning of its expected content.
fn is_beginning(
    worktree: &WorktreeHead,
    file: &std::path::Path,
    path: &[u8],
    id: &str,
) -> Result<bool> {
    let Ok(found) = std::fs::read(file) else {
        return Ok(false);
    };
    let path = [b"--path=", path].concat();
    let whole = worktree
        .git()
        .args(["cat-file", "--filters"])
        .args([OsStr::from_bytes(&path), OsStr::new(id)])
        .run()?;
    Ok(whole.status.success()
        && whole.stdout.len() > found.len()
        && whole.stdout.starts_with(&found))
}
