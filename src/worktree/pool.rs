// SPDX-License-Identifier: GPL-2.0-or-later
//! Worktrees that are kept for the next series, since most of a start's time goes into writing files.
//!
//! One that is removed while it is as its commit has it becomes `<worktrees>/.pool/<n>`: the files, ignored ones among
//! them, and in place of `.git` a directory with the index and with notes of what it is. git knows nothing of it, so that
//! nothing of git's can stumble over it. It is put together where a removal puts what it deletes, and renamed into the pool
//! when it is whole; whoever renames it away has it. A start then brings it to its commit by the index, which writes only
//! files that differ, and clears what no rule ignores any more. All that is done out of sight, under a name that the next
//! run deletes: the worktree appears by one rename, with all of its files, and a kill before costs only the time it saved.
//!
//! Files depend on more than commits: where settings or attributes that shape them have changed, it is not used.

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

/// The worktrees that are kept for a repository.
#[derive(Debug)]
pub(super) struct Pool<'r> {
    repo: &'r Repo,
    /// The directory of the worktrees, which may be another repository's too.
    dir: PathBuf,
    size: usize,
}

/// A worktree that is kept.
#[derive(Debug, Clone)]
pub struct PooledWorktree {
    /// Its directory.
    pub path: PathBuf,
    /// The series that it was of.
    pub series: String,
    /// Since when it is kept, in seconds since 1970.
    pub since: i64,
    /// Whether its repository is there no more.
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

    /// How many bytes its files have.
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

    /// What is kept for this repository, or for one that is gone; the newest first.
    pub(super) fn kept(&self) -> Vec<PooledWorktree> {
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
                    since: text("since").and_then(|text| text.parse().ok()).unwrap_or_default(),
                    is_orphan,
                    path: path.clone(),
                };
                (is_orphan || repository == self.repo.common_dir()).then_some((number, kept))
            })
            .collect();
        found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        found.into_iter().map(|(_, kept)| kept).collect()
    }

    /// Keeps a worktree that was taken away to `tree`, and git's record of it to `record`. Says whether it did: only one
    /// that is all as its index has it is kept.
    pub(super) fn keep(&self, name: &SeriesName, tree: &Path, record: &Path) -> Result<bool> {
        if self.size == 0 || !fit::is_clean(self.repo, tree, record)? {
            return Ok(false);
        }
        let failed = || format!("cannot keep the worktree of '{name}'");
        let shape = fit::shape(self.repo, record)?;
        let notes = tree.join(".git");
        std::fs::remove_file(&notes).context(failed)?;
        sharing::create_dir(&notes).context(failed)?;
        move_index(record, &notes)?;
        let note =
            |file: &str, bytes: &[u8]| sharing::write(&notes.join(file), bytes).context(failed);
        note("repository", self.repo.common_dir().as_os_str().as_bytes())?;
        note("series", name.as_str().as_bytes())?;
        note("since", clock::now().to_string().as_bytes())?;
        note("shape", &shape)?;
        let pool = self.dir.join(POOL);
        sharing::create_dir_all(&pool).context(failed)?;
        // The worktrees may be below the user's own, where `git add` would take these files for new ones.
        let ignored = pool.join(".gitignore");
        if !ignored.exists() {
            sharing::write(&ignored, b"*\n").context(failed)?;
        }
        std::fs::rename(tree, pool.join(clock::unique().to_string())).context(failed)?;
        Ok(true)
    }

    /// Brings one of those that are kept to `head`, with the record that is made at `record`, and returns where it is; none:
    /// there is none that will do.
    pub(super) fn take(
        &self,
        name: &SeriesName,
        head: Oid,
        record: &Path,
        lock: &ReviewLock,
        workers: Option<usize>,
    ) -> Result<Option<PathBuf>> {
        let mut kept: Vec<PooledWorktree> = self
            .kept()
            .into_iter()
            .filter(|one| !one.is_orphan)
            .collect();
        if self.size == 0 || kept.is_empty() {
            return Ok(None);
        }
        let shape = fit::shape(self.repo, record)?;
        // The series' own is the nearest, and has its build products.
        kept.sort_by_key(|one| one.series != name.as_str());
        for one in kept {
            let has_shape =
                std::fs::read(one.path.join(".git/shape")).is_ok_and(|its| its == shape);
            if !has_shape || !fit::has_attributes_of(self.repo, &one, head) {
                continue;
            }
            let tree = trash(&self.dir, name);
            if std::fs::rename(&one.path, &tree).is_err() {
                // Another start was faster.
                continue;
            }
            if self.bring(&tree, record, head, lock, workers).is_ok() {
                return Ok(Some(tree));
            }
            // Whatever is wrong with it, a new one is right.
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

    /// Deletes the oldest, until there are no more than there may be. The caller holds the lock of `name`.
    pub(super) fn limit(&self, name: &SeriesName) -> Result<()> {
        let kept = self.kept().into_iter().filter(|one| !one.is_orphan);
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
        let aside = Tree::aside(tree, record);
        aside.refuse_drivers(head)?;
        // What this keeps in the index is of the place where it was.
        let unbound = ["-c", "core.untrackedCache=false"];
        let mut git = aside.git().holding(lock)?.args(unbound);
        if let Some(workers) = workers {
            git = git.args(["-c".to_owned(), format!("checkout.workers={workers}")]);
        }
        git.args(["read-tree", "--reset", "-u", &head.to_string()])
            .ok()?;
        // What the rules of the other commit ignored, and these do not, would look like the user's.
        aside
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
        Err(why) => Err(why).context(|| format!("cannot take away '{}'", kept.path.display())),
        Ok(()) => delete(trash),
    }
}

/// Moves an index, which may go to another file system. Its own time stays: by that git tells which files may have
/// changed since without a trace.
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
