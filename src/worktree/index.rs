// SPDX-License-Identifier: GPL-2.0-or-later
//! The index of a worktree, read without what hides files from git.
//!
//! `git status` trusts the index: it does not check a path marked *assume-unchanged* (by hand, or by
//! `core.ignoreStat`) or *skip-worktree*. To find the user's changes, read a copy without these marks. A file
//! that is missing because the checkout is sparse keeps its mark: it was not deleted.

use super::Tree;
use super::lock::ReviewLock;
use crate::error::{Result, WithContext};
use crate::git::run::Git;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Settings for git on a copy of an index: it reads each file, and writes nothing but the copy.
const PLAIN: [&str; 8] = [
    "-c",
    "core.ignoreStat=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.splitIndex=false",
    "-c",
    "core.untrackedCache=false",
];

/// One entry of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whether the entry is marked assume-unchanged.
    pub assume_unchanged: bool,
    /// Whether the entry is marked skip-worktree.
    pub skip_worktree: bool,
    /// The mode and the object, as `ls-files -s` shows them.
    pub object: String,
    /// 0, or the stage of a conflict: 1 the ancestor, 2 ours, 3 theirs.
    pub stage: u8,
    /// Its path, relative to the top directory.
    pub path: Vec<u8>,
}

impl Entry {
    /// Whether it is a submodule's commit.
    pub fn is_gitlink(&self) -> bool {
        self.object.starts_with("160000 ")
    }
}

/// A copy of an index, which is deleted when dropped.
#[derive(Debug)]
pub struct IndexCopy {
    dir: tempfile::TempDir,
}

impl IndexCopy {
    /// An empty index.
    pub fn empty() -> Result<Self> {
        let dir = tempfile::tempdir().context(|| "cannot create a temporary directory")?;
        Ok(IndexCopy { dir })
    }

    /// The index of `tree` without marks; none if nothing is marked, and git can use its own index.
    pub fn if_hidden(tree: &Tree, entries: &[Entry]) -> Result<Option<Self>> {
        if marks(tree, entries, Marks::All).is_empty() {
            return Ok(None);
        }
        Self::of(tree, entries).map(Some)
    }

    /// A copy of the index of `tree` without marks.
    pub fn of(tree: &Tree, entries: &[Entry]) -> Result<Self> {
        let copy = Self::empty()?;
        let real = tree.git_dir().join("index");
        if !real.exists() {
            return Ok(copy);
        }
        std::fs::copy(&real, copy.path())
            .context(|| format!("cannot copy '{}'", real.display()))?;
        for (how, paths) in marks(tree, entries, Marks::All) {
            copy.git(tree)
                .args(["update-index", how, "-z", "--stdin"])
                .input(paths)
                .ok()?;
        }
        Ok(copy)
    }

    /// `git` in that worktree, with this index.
    pub fn git(&self, tree: &Tree) -> Git {
        tree.git().args(PLAIN).env("GIT_INDEX_FILE", self.path())
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("index")
    }
}

/// Which marks are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// Both.
    All,
    /// *skip-worktree*, which makes git update the index and leave the file unchanged.
    SkipWorktree,
}

/// The options of `update-index` that remove marks from existing files, each with its paths.
fn marks(tree: &Tree, entries: &[Entry], which: Marks) -> Vec<(&'static str, Vec<u8>)> {
    let paths = |is_marked: &dyn Fn(&Entry) -> bool| -> Vec<u8> {
        let marked = entries.iter().filter(|entry| is_marked(entry));
        marked
            .flat_map(|entry| [entry.path.as_slice(), b"\0"].concat())
            .collect()
    };
    let assumed = paths(&|entry| entry.assume_unchanged && which == Marks::All);
    let skipped = paths(&|entry| entry.skip_worktree && tree.has(&entry.path));
    let options = [
        ("--no-assume-unchanged", assumed),
        ("--no-skip-worktree", skipped),
    ];
    options
        .into_iter()
        .filter(|(_, paths)| !paths.is_empty())
        .collect()
}

impl Tree {
    /// The entries of its index that git does not treat as plain files: marked ones, conflicts, and submodules.
    pub fn odd_entries(&self) -> Result<Vec<Entry>> {
        let listed = self
            .git()
            .args(["--no-optional-locks", "ls-files", "-v", "-s", "-z"])
            .ok()
            .context(|| format!("cannot read the index of '{}'", self.path().display()))?;
        Ok(parse(&listed.stdout))
    }

    /// `git` with the given index, or with the worktree's own.
    pub(super) fn git_with(&self, index: Option<&IndexCopy>) -> Git {
        index.map_or_else(|| self.git(), |index| index.git(self))
    }

    /// Removes marks from files in its own index, so that git writes these files too.
    pub(super) fn unmark(&self, which: Marks, lock: &ReviewLock) -> Result<()> {
        for (how, paths) in marks(self, &self.odd_entries()?, which) {
            self.git()
                .args(["-c", "core.ignoreStat=false"])
                .args(["update-index", how, "-z", "--stdin"])
                .input(paths)
                .holding(lock)?
                .ok()?;
        }
        Ok(())
    }

    /// Whether anything exists at a path relative to the top directory.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        self.path()
            .join(OsStr::from_bytes(path))
            .symlink_metadata()
            .is_ok()
    }
}

/// Parses the entries of `ls-files -v -s -z` that are not plain: `<tag> <mode> <object> <stage>TAB<path>`. The
/// tag is in lower case for assume-unchanged, and S for skip-worktree.
fn parse(listed: &[u8]) -> Vec<Entry> {
    let entries = listed
        .split(|&byte| byte == 0)
        .filter(|entry| !entry.is_empty());
    // Most are plain, and there may be very many.
    let is_plain = |entry: &[u8]| {
        let stage = entry.iter().position(|&byte| byte == b'\t');
        let is_merged = stage.is_some_and(|at| entry[..at].ends_with(b" 0"));
        entry.starts_with(b"H ") && is_merged && !entry.starts_with(b"H 160000 ")
    };
    entries
        .filter(|entry| !is_plain(entry))
        .filter_map(|entry| {
            let at = entry.iter().position(|&byte| byte == b'\t')?;
            let about = std::str::from_utf8(&entry[..at]).ok()?;
            let (tag, about) = about.split_once(' ')?;
            let (object, stage) = about.rsplit_once(' ')?;
            Some(Entry {
                assume_unchanged: tag.chars().all(char::is_lowercase),
                skip_worktree: tag.eq_ignore_ascii_case("s"),
                object: object.to_owned(),
                stage: stage.parse().ok()?,
                path: entry[at + 1..].to_vec(),
            })
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_listing_of_an_index_is_read_entry_by_entry() {
        let id = "587be6b4c3f93f93c489c0111bba5596147a26cb";
        let listed = format!(
            "H 100644 {id} 0\ta b\0H 100755 {id} 0\tc\0h 100644 {id} 0\tassumed\0S 100644 {id} 0\tskipped\0s 120000 {id} 0\tboth\0M 100644 {id} 2\ttab\there\0H 160000 {id} 0\tsub\0"
        );
        let entries = parse(listed.as_bytes());
        let marks: Vec<(bool, bool)> = entries
            .iter()
            .map(|entry| (entry.assume_unchanged, entry.skip_worktree))
            .collect();
        assert_eq!(
            marks,
            [
                (true, false),
                (false, true),
                (true, true),
                (false, false),
                (false, false)
            ]
        );
        assert_eq!(entries[3].path, b"tab\there");
        assert_eq!(entries[3].stage, 2);
        assert_eq!(entries[0].object, format!("100644 {id}"));
        assert!(entries[4].is_gitlink() && !entries[2].is_gitlink());
    }
}
