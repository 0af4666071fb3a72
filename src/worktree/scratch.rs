// SPDX-License-Identifier: GPL-2.0-or-later
//! Scratch worktrees: run commands on commits that the review worktree of a series has not checked out.
//!
//! Only patman uses it, with a detached HEAD. It is kept from one run to the next: ignored build products
//! remain, and only files that differ are written. Its users hold a lock of its own,
//! `<common dir>/patman/locks/scratch/<name>.lock`, so that the review itself is not locked meanwhile. Leftovers of a
//! killed run are overwritten.

use super::lock::ReviewLock;
use super::{
    Tree, Worktrees, admin, delete, in_the_way, is_empty_directory, left_by, same_path, trash,
};
use crate::error::{Error, Result, WithContext};
use crate::git::Oid;
use crate::git::sharing;
use crate::presence;
use crate::series::SeriesName;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The scratch worktree of one series. It needs no open repository, so that several can be used at once.
#[derive(Debug, Clone)]
pub struct ScratchWorktree {
    common_dir: PathBuf,
    dir: PathBuf,
    name: SeriesName,
}

impl Worktrees<'_> {
    /// The scratch worktree of `name`, which may not exist yet.
    pub fn scratch(&self, name: &SeriesName) -> ScratchWorktree {
        ScratchWorktree::new(self.repo.common_dir(), &self.scratch_dir(), name)
    }

    /// The directory that holds the scratch worktrees.
    pub fn scratch_dir(&self) -> PathBuf {
        // On the file system that the user has chosen; no series name begins with a dot.
        let own = self.default_dir();
        if self.dir == own {
            own.with_file_name("scratch")
        } else {
            self.dir.join(".scratch")
        }
    }

    /// The series that have a scratch worktree, or leftovers of one.
    pub fn scratch_names(&self) -> Result<Vec<SeriesName>> {
        let own = self.default_dir().with_file_name("scratch");
        let mut names = BTreeSet::new();
        for entry in [&self.scratch_dir(), &own]
            .into_iter()
            .flat_map(std::fs::read_dir)
            .flatten()
            .flatten()
        {
            let name = entry
                .file_name()
                .to_str()
                .and_then(|name| SeriesName::new(name).ok());
            names.extend(name.or_else(|| left_by(&entry.path())));
        }
        for one in self.registered()? {
            let name = one
                .path
                .file_name()
                .and_then(|name| SeriesName::new(name.to_str()?).ok());
            names.extend(name.filter(|name| same_path(&one.path, &self.scratch(name).path())));
        }
        Ok(names.into_iter().collect())
    }
}

impl ScratchWorktree {
    fn new(common_dir: &Path, dir: &Path, name: &SeriesName) -> ScratchWorktree {
        ScratchWorktree {
            common_dir: common_dir.to_owned(),
            dir: dir.to_owned(),
            name: name.clone(),
        }
    }

    /// Its top directory.
    pub fn path(&self) -> PathBuf {
        self.dir.join(self.name.as_str())
    }

    /// Takes its lock; fails if another process holds it.
    pub fn lock(&self) -> Result<ReviewLock> {
        let dir = self.common_dir.join("patman").join("locks").join("scratch");
        ReviewLock::take_soon(&dir, &self.name)?.ok_or_else(|| {
            Error::new(format!(
                "another process is running checks on the patches of '{}'",
                self.name
            ))
            .with_hint("wait until it has finished, then run the command again")
        })
    }

    /// The worktree with the files of `commit`, created if it does not exist. Without `workers`, git's setting
    /// applies.
    pub fn at(&self, commit: Oid, lock: &ReviewLock, workers: Option<usize>) -> Result<Tree> {
        match self.existing()? {
            Some(tree) => tree.force_detached(commit, lock).map(|()| tree),
            None => self.make(commit, lock, workers),
        }
    }

    /// Removes it with all its contents and the leftovers of killed runs. Returns whether anything existed.
    pub fn remove(&self, _lock: &ReviewLock) -> Result<bool> {
        let was_there = self.is_there();
        let path = self.path();
        if presence::is_taken(&path)? {
            let trash = trash(&self.dir, &self.name);
            std::fs::rename(&path, &trash)
                .context(|| format!("cannot remove '{}'", path.display()))?;
        }
        self.forget()?;
        for left in self.leftovers() {
            delete(&left)?;
        }
        Ok(was_there)
    }

    /// Whether any part of it exists: the worktree, git's record of it, or leftovers of a killed run.
    pub fn is_there(&self) -> bool {
        presence::is_taken(&self.path()).unwrap_or(true)
            || admin::of(&self.common_dir, &self.path()).is_some()
            || !self.leftovers().is_empty()
    }

    fn leftovers(&self) -> Vec<PathBuf> {
        let mut dirs = vec![self.dir.clone(), self.record_dir()];
        dirs.dedup();
        let entries = dirs.iter().flat_map(std::fs::read_dir).flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| left_by(path).as_ref() == Some(&self.name))
            .collect()
    }

    /// The existing worktree. A worktree that is unfinished, or was deleted by hand, is removed.
    fn existing(&self) -> Result<Option<Tree>> {
        let path = self.path();
        let Some(admin) = admin::of(&self.common_dir, &path) else {
            let is_free = !presence::is_taken(&path)? || is_empty_directory(&path);
            return if is_free {
                Ok(None)
            } else {
                Err(in_the_way(&path))
            };
        };
        let is_unfinished = std::fs::read(admin.join("locked"))
            .is_ok_and(|why| why == admin::UNFINISHED.as_bytes());
        let is_gone = !presence::is_taken(&path)? || is_empty_directory(&path);
        if !is_gone && !is_unfinished {
            return Tree::open(&self.common_dir, &path).map(Some);
        }
        if !is_gone {
            let trash = trash(&self.dir, &self.name);
            std::fs::rename(&path, &trash)
                .context(|| format!("cannot remove '{}'", path.display()))?;
        }
        self.forget().map(|()| None)
    }

    fn forget(&self) -> Result<()> {
        let Some(admin) = admin::of(&self.common_dir, &self.path()) else {
            return Ok(());
        };
        let dir = self.record_dir();
        sharing::create_dir_all(&dir).context(|| format!("cannot create '{}'", dir.display()))?;
        let trash = trash(&dir, &self.name);
        admin::remove(&admin, &trash)?;
        delete(&trash)
    }

    /// Where git's record is created and deleted: on the file system of the repository.
    fn record_dir(&self) -> PathBuf {
        self.common_dir.join("patman").join("scratch")
    }

    fn make(&self, commit: Oid, lock: &ReviewLock, workers: Option<usize>) -> Result<Tree> {
        for left in self.leftovers() {
            delete(&left)?;
        }
        sharing::create_dir_all(&self.dir)
            .context(|| format!("cannot create '{}'", self.dir.display()))?;
        // git names worktrees by their real paths.
        let dir = self
            .dir
            .canonicalize()
            .context(|| format!("cannot find '{}'", self.dir.display()))?;
        let path = dir.join(self.name.as_str());
        let made = trash(&self.record_dir(), &self.name);
        admin::make(&self.common_dir, &path, &commit.to_string(), &made)?;
        let admin = admin::place(&self.common_dir, &made, &format!("{}-scratch", self.name))?;
        let tree = Tree::make(&self.common_dir, &path)?;
        let failed = || format!("cannot create the scratch worktree of '{}'", self.name);
        tree.write(commit, lock, workers)
            .map_err(|error| error.within(failed()))?;
        admin::finish(&admin)?;
        Ok(tree)
    }
}
