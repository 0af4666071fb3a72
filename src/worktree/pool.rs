// SPDX-License-Identifier: GPL-2.0-or-later
//! Removed worktrees that are kept for the next series, because most of a start's time goes into writing files.
//!
//! A worktree that is removed while it matches its commit becomes `<worktrees>/.pool/<n>`: its files, including
//! ignored ones, and instead of `.git` a directory with the index and notes about the worktree. git does not
//! know about it, so no git command can fail on it. It is assembled in the directory of deleted worktrees, and
//! renamed into the pool when it is complete; the process that renames it out of the pool owns it. A start then
//! updates it to its commit through the index, which writes only files that differ, and deletes files that are
//! no longer ignored. All this happens under a name that the next run deletes: the worktree appears by one
//! rename, with all its files, and an earlier kill costs only the time saved.
//!
//! Files depend on more than commits: a worktree is not reused if settings or attributes that affect them have
//! changed.

mod fit;

use super::lock::ReviewLock;
use super::{Tree, delete, trash};
use crate::clock;
use crate::error::{Error, Result, WithContext};
use crate::git::sharing;
use crate::git::{Oid, Repo};
use crate::series::SeriesName;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The directory of the pool; no series name begins with a dot.
const POOL: &str = ".pool";

/// The pooled worktrees of a repository.
#[derive(Debug)]
pub(super) struct Pool<'r> {
    repo: &'r Repo,
    /// The directory of the worktrees, which other repositories may use too.
    dir: PathBuf,
    size: usize,
}

/// A pooled worktree.
#[derive(Debug, Clone)]
pub struct PooledWorktree {
    /// Its directory.
    pub path: PathBuf,
    /// The series that it belonged to.
    pub series: String,
    /// Whether its repository no longer exists.
    pub is_orphan: bool,
}

impl PooledWorktree {
    /// Deletes it.
    pub fn discard(&self) -> Result<()> {
        let dir = self
            .path
            .parent()
            .and_then(Path::parent)
            .unwrap_or(&self.path);
        discard(self, &super::unnamed_trash(dir))
    }

    /// The total size of its files, in bytes.
    pub fn size(&self) -> u64 {
        let mut dirs = vec![self.path.clone()];
        let mut sum = 0;
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                match entry.metadata() {
                    Ok(meta) if meta.is_dir() => dirs.push(entry.path()),
                    Ok(meta) => sum += meta.len(),
                    Err(_) => {}
                }
            }
        }
        sum
    }
}

impl<'r> Pool<'r> {
    pub(super) fn new(repo: &'r Repo, dir: &Path, size: usize) -> Self {
        Pool {
            repo,
            dir: dir.to_owned(),
            size,
        }
    }

    /// The pooled worktrees of this repository and of missing ones, the newest first.
    pub(super) fn list(&self) -> Vec<PooledWorktree> {
        let entries = std::fs::read_dir(self.dir.join(POOL))
            .into_iter()
            .flatten()
            .flatten();
        let mut found: Vec<(u128, PooledWorktree)> = entries
            .filter_map(|entry| {
                let number = entry.file_name().to_str()?.parse().ok()?;
                let path = entry.path();
                let note = |name: &str| std::fs::read(path.join(".git").join(name)).ok();
                let repository = PathBuf::from(std::ffi::OsString::from_vec(note("repository")?));
                let is_orphan = matches!(repository.symlink_metadata(), Err(why) if why.kind() == ErrorKind::NotFound);
                let text = |name: &str| Some(String::from_utf8_lossy(&note(name)?).into_owned());
                let kept = PooledWorktree {
                    series: text("series").unwrap_or_default(),
                    is_orphan,
                    path: path.clone(),
                };
                (is_orphan || repository == self.repo.common_dir()).then_some((number, kept))
            })
            .collect();
        found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        found.into_iter().map(|(_, kept)| kept).collect()
    }

    /// Adds a worktree that was moved to `tree`, and its record that was moved to `record`, to the pool.
    /// Returns whether it did: only a worktree that fully matches its index is kept.
    pub(super) fn keep(&self, name: &SeriesName, tree: &Path, record: &Path) -> Result<bool> {
        if self.size == 0 || !fit::is_clean(self.repo, tree, record)? {
            return Ok(false);
        }
        let failed = || format!("cannot add the worktree of '{name}' to the pool");
        let shape = fit::shape(self.repo, record)?;
        let notes = tree.join(".git");
        std::fs::remove_file(&notes).context(failed)?;
        sharing::create_dir(&notes).context(failed)?;
        move_index(record, &notes)?;
        let note =
            |file: &str, bytes: &[u8]| sharing::write(&notes.join(file), bytes).context(failed);
        note("repository", self.repo.common_dir().as_os_str().as_bytes())?;
        note("series", name.as_str().as_bytes())?;
        note("shape", &shape)?;
        let pool = self.dir.join(POOL);
        sharing::create_dir_all(&pool).context(failed)?;
        // The pool may be below the user's own worktree, where `git add` would add these files.
        let ignored = pool.join(".gitignore");
        if !ignored.exists() {
            sharing::write(&ignored, b"*\n").context(failed)?;
        }
        std::fs::rename(tree, pool.join(clock::unique().to_string())).context(failed)?;
        Ok(true)
    }

    /// Updates a pooled worktree to `head`, with the record that is created at `record`, and returns its path;
    /// none if no pooled worktree is suitable.
    pub(super) fn take(
        &self,
        name: &SeriesName,
        head: Oid,
        record: &Path,
        lock: &ReviewLock,
        workers: Option<usize>,
    ) -> Result<Option<PathBuf>> {
        let mut kept: Vec<PooledWorktree> = self
            .list()
            .into_iter()
            .filter(|one| !one.is_orphan)
            .collect();
        if self.size == 0 || kept.is_empty() {
            return Ok(None);
        }
        let shape = fit::shape(self.repo, record)?;
        // The series' own worktree is the closest, and has its build products.
        kept.sort_by_key(|one| one.series != name.as_str());
        for one in kept {
            let has_shape =
                std::fs::read(one.path.join(".git/shape")).is_ok_and(|its| its == shape);
            if !has_shape || !fit::has_attributes_of(self.repo, &one, head) {
                continue;
            }
            let tree = trash(&self.dir, name);
            if std::fs::rename(&one.path, &tree).is_err() {
                // Another start took it first.
                continue;
            }
            if self.bring(&tree, record, head, lock, workers).is_ok() {
                return Ok(Some(tree));
            }
            // Whatever is wrong with it, a new worktree will do.
            for left in ["index", "index.lock"].map(|file| record.join(file)) {
                if left.exists() {
                    std::fs::remove_file(&left)
                        .context(|| format!("cannot remove '{}'", left.display()))?;
                }
            }
            delete(&tree)?;
        }
        Ok(None)
    }

    /// Deletes the oldest worktrees beyond the limit. The caller holds the lock of `name`.
    pub(super) fn limit(&self, name: &SeriesName) -> Result<()> {
        let kept = self.list().into_iter().filter(|one| !one.is_orphan);
        kept.skip(self.size)
            .try_for_each(|one| discard(&one, &trash(&self.dir, name)))
    }

    fn bring(
        &self,
        tree: &Path,
        record: &Path,
        head: Oid,
        lock: &ReviewLock,
        workers: Option<usize>,
    ) -> Result<()> {
        let notes = tree.join(".git");
        move_index(&notes, record)?;
        delete(&notes)?;
        let worktree = Tree::new(tree, record);
        worktree.refuse_drivers(head)?;
        // The untracked cache in the index is only valid for the old path.
        let unbound = ["-c", "core.untrackedCache=false"];
        let mut git = worktree.git().holding(lock)?.args(unbound);
        if let Some(workers) = workers {
            git = git.args(["-c".to_owned(), format!("checkout.workers={workers}")]);
        }
        git.args(["read-tree", "--reset", "-u", &head.to_string()])
            .ok()?;
        // Files that only the old commit's rules ignored would look like the user's.
        worktree
            .git()
            .holding(lock)?
            .args(["clean", "-fdq"])
            .ok()
            .map(drop)
    }
}

fn discard(kept: &PooledWorktree, trash: &Path) -> Result<()> {
    match std::fs::rename(&kept.path, trash) {
        // A start has taken it, or another process is deleting it.
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(()),
        Err(why) => Err(why).context(|| format!("cannot remove '{}'", kept.path.display())),
        Ok(()) => delete(trash),
    }
}

/// Moves an index, perhaps to another file system. Its modification time is preserved: git uses it to recognize
/// files that may have changed unnoticed since.
fn move_index(from: &Path, to: &Path) -> Result<()> {
    let (from, to) = (from.join("index"), to.join("index"));
    let moved = std::fs::rename(&from, &to).or_else(|_| {
        let written = from.metadata()?.modified()?;
        std::fs::copy(&from, &to)?;
        std::fs::File::options()
            .write(true)
            .open(&to)?
            .set_modified(written)?;
        sharing::adjust(&to);
        std::fs::remove_file(&from)
    });
    moved.map_err(|why| Error::new(format!("cannot move '{}'", from.display())).with_cause(why))
}
