// SPDX-License-Identifier: GPL-2.0-or-later
//! Lists what the repository tracks at the top of its main worktree, where programs look for the user's own files.

use super::discover::Repo;
use super::run::Git;
use crate::error::{Result, WithContext};
use git2::Oid;
use std::fmt::Write;
use std::os::unix::fs::MetadataExt;

/// Which of the two tracks a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackedBy {
    /// The commit that is checked out.
    Head,
    /// The index.
    Index,
}

impl std::fmt::Display for TrackedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TrackedBy::Head => "HEAD",
            TrackedBy::Index => "the index",
        })
    }
}

impl Repo {
    /// A text that changes whenever HEAD or the index of the main worktree may track other files;
    /// `None` if only git can tell. It reads HEAD, the index's metadata, and one ref.
    pub fn main_worktree_stamp(&self) -> Option<String> {
        let head = std::fs::read_to_string(self.common_dir().join("HEAD")).ok()?;
        let commit = self.main_head(&head).ok()?;
        let mut stamp = format!(
            "{head}{}\n",
            commit.map_or_else(String::new, |id| id.to_string())
        );
        if let Ok(index) = std::fs::symlink_metadata(self.common_dir().join("index")) {
            writeln!(
                stamp,
                "{} {} {} {}.{:09} {}.{:09}",
                index.dev(),
                index.ino(),
                index.size(),
                index.mtime(),
                index.mtime_nsec(),
                index.ctime(),
                index.ctime_nsec()
            )
            .ok()?;
        }
        Some(stamp)
    }

    /// The first tracked name at the top of the main worktree for which `is_wanted` is true.
    pub fn tracked_at_top(
        &self,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<(Vec<u8>, TrackedBy)>> {
        let listed = |git: Git| -> Result<Option<Vec<u8>>> {
            let names = git.ok()?.stdout;
            let mut names = names
                .split(|&byte| byte == 0)
                .filter(|name| is_wanted(name));
            Ok(names.next().map(<[u8]>::to_vec))
        };
        // Naming the directory of the repository selects the main worktree's index.
        if let Some(commit) = self.main_commit()? {
            let tree = self
                .git()
                .args(["ls-tree", "-z", "--name-only", "--full-tree", &commit]);
            if let Some(name) = listed(tree)? {
                return Ok(Some((name, TrackedBy::Head)));
            }
        }
        let index = self.git().args([
            "-c",
            "core.fsmonitor=false",
            "ls-files",
            "-z",
            "--",
            ":(top,glob)*",
        ]);
        Ok(listed(index)?.map(|name| (name, TrackedBy::Index)))
    }

    /// The commit of the main worktree's HEAD; none where its branch has none yet.
    fn main_commit(&self) -> Result<Option<String>> {
        let done = self
            .git()
            .args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
            .run()?;
        Ok(Some(done.text()).filter(|_| done.status.success()))
    }

    fn main_head(&self, head: &str) -> Result<Option<Oid>> {
        let failed = || format!("cannot read '{}'", self.common_dir().join("HEAD").display());
        match head.trim_end().strip_prefix("ref: ") {
            Some(name) => match self.libgit2()?.refname_to_id(name) {
                Err(why) if why.code() == git2::ErrorCode::NotFound => Ok(None),
                id => id.map(Some).context(failed),
            },
            None => Oid::from_str(head.trim_end()).map(Some).context(failed),
        }
    }
}
