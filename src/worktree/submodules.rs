// SPDX-License-Identifier: GPL-2.0-or-later
//! Submodules of a review worktree: git keeps their repositories inside its record of the worktree, and deletes
//! them with it.
//!
//! A submodule may be deleted when it holds no user data: its files match its index, the index matches its
//! HEAD, and its remote-tracking refs lead to every commit that its HEAD, branches, tags and stash have ever
//! pointed to. Any other submodule is not saved elsewhere, but refused, even with `--force`: it has a remote
//! that the user can push to.

use super::index::Entry;
use super::{Tree, admin, record};
use crate::error::{Result, WithContext};
use crate::git::Oid;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A submodule that holds user data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSubmodule {
    /// Its directory in the worktree, or its repository where it has none.
    pub path: PathBuf,
    /// The user data it holds, worded as the end of a sentence.
    pub what: String,
}

/// A repository inside a worktree or inside git's record of it.
#[derive(Debug)]
struct Submodule {
    /// Its repository, and its files if it has any.
    tree: Tree,
    has_files: bool,
}

impl Tree {
    /// Its submodules, including nested ones, that hold data found nowhere else.
    pub(super) fn held_submodules(&self, entries: &[Entry]) -> Result<Vec<HeldSubmodule>> {
        let mut held = Vec::new();
        let mut left = self.submodules(entries)?;
        while let Some(one) = left.pop() {
            held.extend(one.held()?);
            left.extend(one.tree.submodules(&one.tree.odd_entries()?)?);
        }
        held.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(held)
    }

    /// The submodules that would be overwritten, because `commit` has something else at their paths.
    pub(super) fn replaced_submodules(
        &self,
        commit: Oid,
        entries: &[Entry],
    ) -> Result<Vec<HeldSubmodule>> {
        let mut held = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_gitlink()) {
            let path = &entry.path;
            let Some(one) = self.submodule_at(path) else {
                continue;
            };
            let there = self
                .git()
                .env("GIT_LITERAL_PATHSPECS", "1")
                .args(["ls-tree", "-z", "--full-tree", &commit.to_string(), "--"])
                .args([OsStr::from_bytes(path)])
                .ok()?
                .stdout;
            if !there.is_empty() && !there.starts_with(b"160000 ") {
                held.extend(one.held()?);
            }
        }
        Ok(held)
    }

    /// Whether the remote-tracking refs of the submodule at `path` lead to a commit.
    pub(super) fn is_upstream(&self, path: &[u8], commit: &str) -> Result<bool> {
        let Some(one) = self.submodule_at(path) else {
            return Ok(false);
        };
        let is_there = one.tree.git().args(["cat-file", "-e", commit]).run()?;
        Ok(is_there.status.success() && one.own_commits(&[commit.to_owned()])?.is_none())
    }

    fn submodules(&self, entries: &[Entry]) -> Result<Vec<Submodule>> {
        let gitlinks = entries.iter().filter(|entry| entry.is_gitlink());
        let mut found: Vec<Submodule> = gitlinks
            .filter_map(|entry| self.submodule_at(&entry.path))
            .collect();
        for git_dir in repositories_below(&self.git_dir().join("modules")) {
            let is_known = found
                .iter()
                .any(|one| same_directory(one.tree.git_dir(), &git_dir));
            if !is_known {
                // git needs a directory to work in, and the directory named in the repository may be gone.
                found.push(Submodule {
                    tree: Tree::new(&git_dir, &git_dir),
                    has_files: false,
                });
            }
        }
        Ok(found)
    }

    fn submodule_at(&self, path: &[u8]) -> Option<Submodule> {
        let top = self.path().join(OsStr::from_bytes(path));
        let link = top.join(".git");
        let git_dir = match link.symlink_metadata().ok()?.is_dir() {
            true => link,
            false => admin::named_by(&top)?,
        };
        is_repository(&git_dir).then(|| Submodule {
            tree: Tree::new(&top, &git_dir),
            has_files: true,
        })
    }
}

impl Submodule {
    fn held(&self) -> Result<Option<HeldSubmodule>> {
        let what = match self.own_changes()? {
            Some(path) => format!("changes: '{path}'"),
            None => match self.own_commits(&self.tips()?)? {
                Some(commit) => format!("commits that its remote does not have, up to {commit}"),
                None => return Ok(None),
            },
        };
        Ok(Some(HeldSubmodule {
            path: self.tree.path().to_owned(),
            what,
        }))
    }

    /// A path where its files or its index differ from HEAD.
    fn own_changes(&self) -> Result<Option<String>> {
        if self.has_files {
            return Ok(self.tree.changes()?.paths.into_iter().next());
        }
        if !self.tree.git_dir().join("index").exists() {
            return Ok(None);
        }
        let staged = self
            .tree
            .git()
            .args(["diff-index", "--cached", "--name-only", "HEAD", "--"])
            .run()?;
        Ok(staged.text().lines().next().map(str::to_owned))
    }

    /// The commits that its HEAD, its refs and their reflogs lead to; remote-tracking refs are left out.
    fn tips(&self) -> Result<Vec<String>> {
        let refs = self
            .tree
            .git()
            .args(["rev-parse", "--exclude=refs/remotes/*", "--all"])
            .ok()
            .context(|| format!("cannot read '{}'", self.tree.git_dir().display()))?;
        let mut tips: Vec<String> = refs.text().lines().map(str::to_owned).collect();
        let head = self
            .tree
            .git()
            .args(["rev-parse", "-q", "--verify", "HEAD"])
            .run()?;
        tips.extend(head.text().lines().map(str::to_owned));
        let logs = self.tree.git_dir().join("logs");
        for log in record::files_below(&logs) {
            if !log.starts_with(logs.join("refs/remotes")) {
                tips.extend(record::in_log(&log).iter().map(ToString::to_string));
            }
        }
        tips.sort();
        tips.dedup();
        Ok(tips)
    }

    /// The newest commit that no remote-tracking ref leads to, abbreviated.
    fn own_commits(&self, tips: &[String]) -> Result<Option<String>> {
        let input: String = tips.iter().map(|id| format!("{id}\n")).collect();
        let listed = self
            .tree
            .git()
            .args(["rev-list", "--abbrev-commit", "--max-count=1"])
            .args(["--ignore-missing", "--stdin"])
            .args(["--not", "--remotes"])
            .input(input.into_bytes())
            .ok()
            .context(|| format!("cannot read '{}'", self.tree.git_dir().display()))?
            .text();
        Ok(Some(listed).filter(|id| !id.is_empty()))
    }
}

/// Whether a directory is a repository, or the record of a linked worktree.
fn is_repository(dir: &Path) -> bool {
    dir.join("HEAD").exists() && (dir.join("objects").is_dir() || dir.join("commondir").exists())
}

/// The repositories below a directory `modules`; their names may contain slashes.
fn repositories_below(dir: &Path) -> Vec<PathBuf> {
    let (mut dirs, mut found) = (vec![dir.to_owned()], Vec::new());
    while let Some(dir) = dirs.pop() {
        for path in record::files_in(&dir) {
            if is_repository(&path) {
                found.push(path);
            } else if path.symlink_metadata().is_ok_and(|about| about.is_dir()) {
                dirs.push(path);
            }
        }
    }
    found
}

fn same_directory(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
