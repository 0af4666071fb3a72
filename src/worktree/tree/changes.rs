// SPDX-License-Identifier: GPL-2.0-or-later
//! What the user has changed in a worktree, compared with HEAD or with the commits of a killed run.

use super::{KilledOperation, Tree};
use crate::error::{Result, WithContext};
use crate::git::Oid;
use crate::presence;
use crate::worktree::index::{Entry, IndexCopy};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// User data in a worktree.
#[derive(Debug, Default)]
pub struct LocalChanges {
    /// Paths that differ from HEAD, including untracked files.
    pub paths: Vec<String>,
}

impl Tree {
    /// The user's changes, including those hidden from git's status. Ignored files and the leftovers of a
    /// killed move do not count.
    pub fn changes(&self) -> Result<LocalChanges> {
        self.changes_by(&self.odd_entries()?)
    }

    /// The same, given the index entries that are not plain.
    pub(in crate::worktree) fn changes_by(&self, entries: &[Entry]) -> Result<LocalChanges> {
        if let Some(KilledOperation::Move { from, to }) = self.interrupted() {
            return Ok(LocalChanges {
                paths: self.foreign(&[from, to])?,
            });
        }
        let index = IndexCopy::if_hidden(self, entries)?;
        let git = self.git_with(index.as_ref());
        let done = git
            .args([
                "--no-optional-locks",
                "status",
                "--porcelain",
                "-z",
                "--untracked-files=normal",
                "--no-renames",
            ])
            .args(["--ignore-submodules=none"])
            .ok()
            .context(|| format!("cannot check the worktree '{}'", self.path.display()))?;
        let paths = done
            .stdout
            .split(|&b| b == 0)
            .filter(|entry| entry.len() > 3);
        Ok(LocalChanges {
            paths: paths
                .map(|entry| String::from_utf8_lossy(&entry[3..]).into_owned())
                .collect(),
        })
    }

    /// The user's changes in a worktree whose creation was killed.
    pub fn changes_unfinished(&self, head: Oid) -> Result<LocalChanges> {
        let entries = presence::entries(&self.path)?;
        if entries.iter().all(|entry| entry.file_name() == ".git") {
            return Ok(LocalChanges::default());
        }
        Ok(LocalChanges {
            paths: self.foreign(&[head])?,
        })
    }

    /// Paths whose content matches none of the commits, and is not the beginning of the content in the last
    /// commit, which was being checked out.
    fn foreign(&self, commits: &[Oid]) -> Result<Vec<String>> {
        let mut lists = commits
            .iter()
            .map(|commit| self.differing(*commit))
            .collect::<Result<Vec<_>>>()?;
        let last = lists.pop().unwrap_or_default();
        let mut foreign = Vec::new();
        for path in last
            .iter()
            .filter(|path| lists.iter().all(|list| list.contains(path)))
        {
            if !self.is_half_written(path, commits)? {
                foreign.push(String::from_utf8_lossy(path).into_owned());
            }
        }
        Ok(foreign)
    }

    /// Paths whose files differ from a commit, including files that are neither in it nor ignored.
    fn differing(&self, commit: Oid) -> Result<Vec<Vec<u8>>> {
        // A scratch index, so that neither the real one nor its lock matters.
        let scratch = tempfile::tempdir().context(|| "cannot create a temporary directory")?;
        let index = scratch.path().join("index");
        let git = || self.git().env("GIT_INDEX_FILE", &index);
        git().args(["read-tree", "-m", &commit.to_string()]).ok()?;
        git().args(["update-index", "-q", "--refresh"]).run()?;
        let changed = git().args(["diff-files", "--name-only", "-z"]).ok()?.stdout;
        let other = git()
            .args(["ls-files", "--others", "--exclude-standard", "-z"])
            .ok()?
            .stdout;
        let all = changed.split(|&b| b == 0).chain(other.split(|&b| b == 0));
        Ok(all
            .filter(|path| !path.is_empty())
            .map(<[u8]>::to_vec)
            .collect())
    }

    /// Whether a file may differ because a checkout of the last commit was killed: it is missing or incomplete.
    pub(in crate::worktree) fn is_half_written(
        &self,
        path: &[u8],
        commits: &[Oid],
    ) -> Result<bool> {
        let file = self.path.join(OsStr::from_bytes(path));
        let name =
            |commit: &Oid| OsString::from_vec([commit.to_string().as_bytes(), b":", path].concat());
        let to = commits.last().map(name).unwrap_or_default();
        match file.symlink_metadata() {
            Err(why) if presence::is_absent(&why) => {
                // A checkout first removes only files that it changes; any other missing file was deleted by
                // the user.
                let blob = |spec: &OsStr| -> Result<String> {
                    Ok(self
                        .git()
                        .args([
                            OsStr::new("rev-parse"),
                            OsStr::new("-q"),
                            OsStr::new("--verify"),
                            spec,
                        ])
                        .run()?
                        .text())
                };
                Ok(commits.len() == 1
                    || blob(&to)? != blob(&commits.first().map(name).unwrap_or_default())?)
            }
            Err(why) => Err(why).context(|| format!("cannot access '{}'", file.display())),
            Ok(found) if found.is_file() => {
                let found =
                    std::fs::read(&file).context(|| format!("cannot read '{}'", file.display()))?;
                let wanted = self
                    .git()
                    .args([OsStr::new("cat-file"), OsStr::new("--filters"), &to])
                    .run()?;
                Ok(wanted.status.success() && wanted.stdout.starts_with(&found))
            }
            Ok(_) => Ok(false),
        }
    }

    /// Whether the index matches HEAD.
    pub fn has_nothing_staged(&self) -> Result<bool> {
        Ok(self
            .git()
            .args(["diff-index", "--cached", "--quiet", "HEAD", "--"])
            .run()?
            .status
            .success())
    }

    /// Whether the index matches a commit.
    pub(in crate::worktree) fn has_index_of(&self, commit: Oid) -> Result<bool> {
        Ok(self
            .git()
            .args([
                "diff-index",
                "--cached",
                "--quiet",
                &commit.to_string(),
                "--",
            ])
            .run()?
            .status
            .success())
    }
}
