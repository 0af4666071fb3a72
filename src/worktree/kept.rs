// SPDX-License-Identifier: GPL-2.0-or-later
//! What a worktree held before `--force` took it away: a commit under `refs/patman/kept/<name>/<n>`.

use super::Tree;
use super::lock::ReviewLock;
use crate::error::{Context, Error, Result};
use crate::git::refs::RefChange;
use crate::git::{Oid, Repo};
use crate::series::SeriesName;

/// Keeps HEAD of the worktree, and on top of it all changes in it, under a ref of its own, and returns the ref's name.
///
/// `known` are commits that other refs hold: a worktree that is at one of these with no changes needs no ref.
pub fn keep(
    repo: &Repo,
    name: &SeriesName,
    tree: &Tree,
    known: &[Oid],
    lock: &ReviewLock,
) -> Result<Option<String>> {
    let head = tree.head()?;
    let commit = if tree.changes()?.paths.is_empty() {
        head
    } else {
        snapshot(tree, name, head)?
    };
    if known.contains(&commit) {
        return Ok(None);
    }
    keep_commit(repo, name, commit, lock).map(Some)
}

/// Keeps a commit under a ref of its own, and returns the ref's name.
pub fn keep_commit(
    repo: &Repo,
    name: &SeriesName,
    commit: Oid,
    lock: &ReviewLock,
) -> Result<String> {
    let (kept, change) = keeping(repo, name, commit)?;
    repo.change_refs(
        change.as_slice(),
        "patman: keep what the worktree held",
        lock,
    )?;
    Ok(kept)
}

/// The ref that keeps a commit, and the change that makes it; no change where the commit is kept already.
pub fn keeping(repo: &Repo, name: &SeriesName, commit: Oid) -> Result<(String, Option<RefChange>)> {
    let taken = repo.refs(&format!("refs/patman/kept/{name}/*"))?;
    if let Some((same, _)) = taken.iter().find(|(_, id)| *id == commit) {
        return Ok((same.clone(), None));
    }
    let last = taken
        .iter()
        .filter_map(|(one, _)| one.rsplit('/').next()?.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    let kept = format!("refs/patman/kept/{name}/{}", last + 1);
    let change = RefChange::set(&kept, None, commit);
    Ok((kept, Some(change)))
}

/// A commit of everything in the worktree that is not ignored, on top of `head`; the worktree's index is not touched.
///
/// The same content gives the same commit, whenever it is made.
pub fn snapshot(tree: &Tree, name: &SeriesName, head: Oid) -> Result<Oid> {
    let scratch = tempfile::tempdir().context(|| "cannot make a temporary directory")?;
    let index = scratch.path().join("index");
    let real = tree.git_dir().join("index");
    if real.exists() {
        std::fs::copy(&real, &index).context(|| format!("cannot copy '{}'", real.display()))?;
    }
    let git = || tree.git().env("GIT_INDEX_FILE", &index);
    git()
        .args(["add", "--all"])
        .ok()
        .context(|| format!("cannot keep what '{}' holds", tree.path().display()))?;
    let added = git()
        .args(["diff-index", "--cached", "--diff-filter=A", "HEAD"])
        .ok()?
        .text();
    if let Some(nested) = added
        .lines()
        .find(|line| line.starts_with(":000000 160000"))
        .and_then(|l| l.split('\t').nth(1))
    {
        return Err(Error::new(format!(
            "the worktree holds a repository of its own at '{nested}', which cannot be kept"
        ))
        .with_hint(format!(
            "move '{}' away",
            tree.path().join(nested).display()
        )));
    }
    let written = git().args(["write-tree"]).ok()?.text();
    let identity = [("NAME", "git patman"), ("EMAIL", "git-patman@localhost")];
    let mut commit = git();
    for (what, value) in identity.into_iter().chain([("DATE", "@0 +0000")]) {
        commit = commit
            .env(&format!("GIT_AUTHOR_{what}"), value)
            .env(&format!("GIT_COMMITTER_{what}"), value);
    }
    let message = format!("patman: what the worktree of {name} held\n");
    let done = commit
        .args([
            "commit-tree",
            "-p",
            &head.to_string(),
            "-m",
            &message,
            &written,
        ])
        .ok()?;
    Oid::from_str(&done.text()).context(|| "cannot read the commit that keeps the worktree")
}
