// SPDX-License-Identifier: GPL-2.0-or-later
//! Saves user data in a worktree and its branch before they are moved or removed, as commits under
//! `refs/patman/kept/<name>/<n>`.
//!
//! Files become a commit on top of HEAD, in the form of `git stash`: its tree has the files of the worktree,
//! including untracked ones, and where the index matches neither HEAD nor the files, a second parent has the
//! index. All refs are created in one transaction, before anything is removed. Refs that a killed run has
//! already created are reported again.

use super::Tree;
use super::holdings::Holdings;
use super::index::{Entry, IndexCopy};
use super::lock::ReviewLock;
use crate::error::{Error, Result, WithContext};
use crate::git::refs::RefChange;
use crate::git::run::Git;
use crate::git::{Oid, Repo};
use crate::series::SeriesName;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Where a saved commit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptFrom {
    /// HEAD of the worktree, with its files and index on top.
    Worktree,
    /// The branch.
    Branch,
    /// The reflog of HEAD or of the branch, or git's other records of the worktree.
    Log,
}

/// Saves all holdings, and returns what was saved under which ref.
///
/// `known` are commits that other refs hold: a worktree that matches one of them needs no ref.
pub fn keep(
    repo: &Repo,
    name: &SeriesName,
    held: &Holdings,
    known: &[Oid],
    lock: &ReviewLock,
) -> Result<Vec<(KeptFrom, String)>> {
    let mut commits = Vec::new();
    let worktree = match files(held, name)? {
        Some(commit) => Some(commit).filter(|id| !known.contains(id)),
        None => held.head,
    };
    commits.extend(worktree.map(|id| (KeptFrom::Worktree, id)));
    commits.extend(held.branch.map(|id| (KeptFrom::Branch, id)));
    commits.extend(logged(repo, name, held)?.map(|id| (KeptFrom::Log, id)));
    let ids: Vec<Oid> = commits.iter().map(|(_, id)| *id).collect();
    let (refs, changes) = keeping(repo, name, &ids)?;
    repo.change_refs(&changes, "patman: save the changes of a worktree", lock)?;
    Ok(commits.iter().map(|(from, _)| *from).zip(refs).collect())
}

/// The refs that save commits, and the ref updates that create the missing ones.
pub fn keeping(
    repo: &Repo,
    name: &SeriesName,
    commits: &[Oid],
) -> Result<(Vec<String>, Vec<RefChange>)> {
    if commits.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut taken = repo.refs(&format!("refs/patman/kept/{name}/*"))?;
    let numbers = taken
        .iter()
        .filter_map(|(one, _)| one.rsplit('/').next()?.parse::<u32>().ok());
    let mut last = numbers.max().unwrap_or(0);
    let (mut refs, mut changes) = (Vec::new(), Vec::new());
    for commit in commits {
        if let Some((same, _)) = taken.iter().find(|(_, id)| id == commit) {
            refs.push(same.clone());
            continue;
        }
        last += 1;
        let kept = format!("refs/patman/kept/{name}/{last}");
        changes.push(RefChange::set(&kept, None, *commit));
        taken.push((kept.clone(), *commit));
        refs.push(kept);
    }
    Ok((refs, changes))
}

/// A commit of the files, or of the index of a missing worktree; none if there are no changes.
fn files(held: &Holdings, name: &SeriesName) -> Result<Option<Oid>> {
    let Some(tree) = &held.tree else {
        let record = held.record.as_ref().filter(|_| held.staged);
        return record
            .map(|record| {
                let gone = Tree::new(record, record);
                index_commit(&gone, name, gone.head()?)
            })
            .transpose();
    };
    if held.changes.paths.is_empty() && held.overwritten.is_empty() {
        return Ok(None);
    }
    let head = tree.head()?;
    let commit = snapshot_with(tree, name, head, &held.overwritten)?;
    // A commit cannot hold some changes, such as those in a submodule.
    Ok(Some(commit).filter(|id| *id != head))
}

/// One commit that leads to all commits reachable only from reflogs.
fn logged(repo: &Repo, name: &SeriesName, held: &Holdings) -> Result<Option<Oid>> {
    match held.logged.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        [first, ..] => {
            let message = format!("patman: where HEAD and the branch of {name} have been\n");
            let tree = repo.tree_of(*first)?;
            commit(repo.git(), tree, &held.logged, &message).map(Some)
        }
    }
}

/// Commits all files that are not ignored, on top of `head`; the worktree's index is not changed.
///
/// The same content always gives the same commit; without changes, the result is `head`.
pub fn snapshot(tree: &Tree, name: &SeriesName, head: Oid) -> Result<Oid> {
    snapshot_with(tree, name, head, &[])
}

/// The same, including the given ignored files.
fn snapshot_with(tree: &Tree, name: &SeriesName, head: Oid, ignored: &[Vec<u8>]) -> Result<Oid> {
    let failed = || format!("cannot save the changes in '{}'", tree.path().display());
    let entries = tree.odd_entries()?;
    let index = IndexCopy::of(tree, &entries)?;
    let mut ignored = ignored.to_vec();
    // Files that `git rm --cached` removed from the index, and that are ignored now.
    ignored.extend(tree.overwritten(head, Some(&index))?);
    index
        .git(tree)
        .args(["-c", "advice.addEmbeddedRepo=false"])
        .args(["add", "--all", "--sparse"])
        .ok()
        .context(failed)?;
    if !ignored.is_empty() {
        index
            .git(tree)
            .env("GIT_LITERAL_PATHSPECS", "1")
            .args(["add", "--force", "--sparse", "--pathspec-from-file=-"])
            .args(["--pathspec-file-nul"])
            .input(ignored.join(&0))
            .ok()
            .context(failed)?;
    }
    let files = write_tree(tree, &index, head)?;
    let staged = staged_tree(tree, &entries, head)?;
    let before = tree_of(tree, head)?;
    if files == before && staged == before {
        return Ok(head);
    }
    let message = format!("patman: what the worktree of {name} held\n");
    let mut parents = vec![head];
    if staged != before && staged != files {
        parents.push(index_commit_of(tree, name, head, staged)?);
    }
    commit(tree.git(), files, &parents, &message)
}

/// A commit of the index of a worktree, on top of `head`.
fn index_commit(tree: &Tree, name: &SeriesName, head: Oid) -> Result<Oid> {
    let staged = staged_tree(tree, &tree.odd_entries()?, head)?;
    index_commit_of(tree, name, head, staged)
}

fn index_commit_of(tree: &Tree, name: &SeriesName, head: Oid, staged: Oid) -> Result<Oid> {
    let message = format!("patman: what was staged in the worktree of {name}\n");
    commit(tree.git(), staged, &[head], &message)
}

/// The index as a tree. A conflict is not staged: such a path is as in HEAD.
fn staged_tree(tree: &Tree, entries: &[Entry], head: Oid) -> Result<Oid> {
    let index = IndexCopy::of(tree, entries)?;
    let conflicts = entries.iter().filter(|entry| entry.stage > 0);
    let mut lines = Vec::new();
    for entry in conflicts.clone() {
        lines.extend(index_line(&format!("0 {}", Oid::ZERO_SHA1), &entry.path));
    }
    for entry in conflicts.filter(|entry| entry.stage == 2) {
        lines.extend(index_line(&entry.object, &entry.path));
    }
    change_index(tree, &index, lines)?;
    write_tree(tree, &index, head)
}

/// Writes the tree of an index; submodule commits that would be lost are as in HEAD.
fn write_tree(tree: &Tree, index: &IndexCopy, head: Oid) -> Result<Oid> {
    let changed = index
        .git(tree)
        .args(["diff-index", "--cached", "--raw", "--no-renames", "-z"])
        .args(["--no-abbrev", &head.to_string(), "--"])
        .ok()?
        .stdout;
    let mut fields = changed.split(|&byte| byte == 0);
    let mut lines = Vec::new();
    while let (Some(about), Some(path)) = (fields.next(), fields.next()) {
        let about = String::from_utf8_lossy(about).into_owned();
        let words: Vec<&str> = about.trim_start_matches(':').split(' ').collect();
        let [old_mode, mode, old, new, ..] = words.as_slice() else {
            continue;
        };
        if *mode != "160000" {
            continue;
        }
        if *old_mode != "160000" {
            return Err(nested(tree, path));
        }
        if !tree.is_upstream(path, new)? {
            lines.extend(index_line(&format!("{old_mode} {old}"), path));
        }
    }
    change_index(tree, index, lines)?;
    oid(&index.git(tree).args(["write-tree"]).ok()?.text())
}

fn nested(tree: &Tree, path: &[u8]) -> Error {
    let path = OsStr::from_bytes(path);
    Error::new(format!(
        "the worktree has another repository at '{}', which cannot be saved",
        path.display()
    ))
    .with_hint(format!("move '{}' away", tree.path().join(path).display()))
}

fn index_line(object: &str, path: &[u8]) -> Vec<u8> {
    [object.as_bytes(), b"\t", path, b"\0"].concat()
}

fn change_index(tree: &Tree, index: &IndexCopy, lines: Vec<u8>) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    index
        .git(tree)
        .args(["update-index", "-z", "--index-info"])
        .input(lines)
        .ok()
        .map(drop)
}

fn tree_of(tree: &Tree, commit: Oid) -> Result<Oid> {
    let spec = format!("{commit}^{{tree}}");
    oid(&tree
        .git()
        .args(["rev-parse", "--verify", &spec])
        .ok()?
        .text())
}

fn commit(git: Git, tree: Oid, parents: &[Oid], message: &str) -> Result<Oid> {
    let identity = [("NAME", "git patman"), ("EMAIL", "git-patman@localhost")];
    let mut git = git.args(["commit-tree", "-m", message]);
    for (what, value) in identity.into_iter().chain([("DATE", "@0 +0000")]) {
        git = git
            .env(&format!("GIT_AUTHOR_{what}"), value)
            .env(&format!("GIT_COMMITTER_{what}"), value);
    }
    for parent in parents {
        git = git.args(["-p", &parent.to_string()]);
    }
    oid(&git.args([tree.to_string()]).ok()?.text())
}

fn oid(text: &str) -> Result<Oid> {
    Oid::from_str(text).context(|| "cannot parse the object name that git has written")
}
