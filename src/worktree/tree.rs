// SPDX-License-Identifier: GPL-2.0-or-later
//! One worktree on disk, moved from commit to commit.
//!
//! git always gets the worktree and its record (`GIT_DIR`, `GIT_WORK_TREE`) and never searches: where the
//! `.git` of a worktree is missing or leads elsewhere, it would find the user's own checkout above, and change
//! that. Before files are written, a note in the record names the operation; it separates leftovers of a killed
//! run from later changes by the user.

mod changes;
mod drivers;
mod killed;

use super::index::Marks;
use super::lock::ReviewLock;
use super::{CALM, admin, in_the_way};
use crate::error::{Error, Result, WithContext};
use crate::git::overrides::{Overrides, Place, main_worktree};
use crate::git::run::Git;
use crate::git::sharing;
use crate::git::{Oid, worktrees};
use crate::presence;
pub use changes::LocalChanges;
pub use killed::KilledOperation;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// One worktree on disk.
#[derive(Debug, Clone)]
pub struct Tree {
    path: PathBuf,
    admin: PathBuf,
    /// Read when git is first needed.
    overrides: OnceLock<Overrides>,
}

impl Tree {
    /// Opens the worktree at `path`. It must belong to the repository with that common directory: the worktree
    /// and git's record of it must name each other.
    pub fn open(common_dir: &Path, path: &Path) -> Result<Self> {
        let same = |admin: &PathBuf| {
            admin::named_by(path).and_then(|it| it.canonicalize().ok()) == admin.canonicalize().ok()
        };
        match admin::of(common_dir, path).filter(same) {
            Some(admin) => Ok(Tree::new(path, &admin)),
            None => Err(in_the_way(path)),
        }
    }

    /// Creates the directory of the worktree at `path`, whose record already exists.
    pub(super) fn make(common_dir: &Path, path: &Path) -> Result<Self> {
        let failed = || format!("cannot create '{}'", path.display());
        sharing::create_dir_all(path).context(failed)?;
        let admin = admin::of(common_dir, path).ok_or_else(|| in_the_way(path))?;
        write_link(path, &admin).context(failed)?;
        Ok(Tree::new(path, &admin))
    }

    /// A worktree and its record, which need not name each other: while one is created or removed, it is not at its path.
    pub(super) fn new(path: &Path, admin: &Path) -> Self {
        Tree {
            path: path.to_owned(),
            admin: admin.to_owned(),
            overrides: OnceLock::new(),
        }
    }

    /// Moves a new worktree to its path; its record is now at `admin`.
    pub(super) fn appear(made: &Path, path: &Path, admin: &Path) -> Result<()> {
        let failed = || format!("cannot create '{}'", path.display());
        write_link(made, admin).context(failed)?;
        std::fs::rename(made, path).context(failed)
    }

    /// Its top directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of its HEAD and index.
    pub fn git_dir(&self) -> &Path {
        &self.admin
    }

    /// `git` in this worktree, without background work, and with no setting that would start a file of the
    /// worktree.
    pub fn git(&self) -> Git {
        self.overrides().apply(self.plain_git()).args(CALM)
    }

    fn plain_git(&self) -> Git {
        Git::at(&self.path)
            .env("GIT_EDITOR", ":")
            .env("GIT_DIR", &self.admin)
            .env("GIT_WORK_TREE", &self.path)
    }

    /// The settings that prevent git from starting files of the worktree.
    pub(super) fn overrides(&self) -> &Overrides {
        self.overrides.get_or_init(|| {
            // The record is `<common dir>/worktrees/<id>`, or a new record at the same depth.
            let common_dir = admin::common_dir(&self.admin);
            let place = Place {
                common_dir: &common_dir,
                main_worktree: main_worktree(&common_dir),
                worktree: &self.path,
            };
            Overrides::read(self.plain_git(), place)
        })
    }

    /// Writes the files of `head` into an empty worktree.
    pub(super) fn write(&self, head: Oid, lock: &ReviewLock, workers: Option<usize>) -> Result<()> {
        self.refuse_drivers(head)?;
        let mut git = self.git().holding(lock)?;
        if let Some(workers) = workers {
            git = git.args(["-c".to_owned(), format!("checkout.workers={workers}")]);
        }
        git.args(["read-tree", "--reset", "-u", &head.to_string()])
            .ok()
            .map(drop)
    }

    /// Moves files, index and branch from one commit to another; `from` must be checked out, without changes
    /// other than those of a killed move.
    pub fn switch(
        &self,
        branch: &str,
        from: Oid,
        to: Oid,
        why: &str,
        lock: &ReviewLock,
    ) -> Result<()> {
        if self.interrupted().is_some() {
            return self.force_switch(branch, from, to, why, lock);
        }
        self.refuse_drivers(to)?;
        self.begin(KilledOperation::Move { from, to })?;
        self.unmark(Marks::SkipWorktree, lock)?;
        // Ignore files whose timestamps alone differ, such as those restored from a backup.
        self.git()
            .holding(lock)?
            .args(["update-index", "-q", "--refresh"])
            .run()?;
        let (old, new) = (from.to_string(), to.to_string());
        let moved = self
            .git()
            .holding(lock)?
            .args(["read-tree", "-m", "-u", &old, &new])
            .ok();
        if let Err(error) = moved {
            // git checks everything before it writes anything; if it fails, the note remains for the next run.
            if self
                .git()
                .args(["--no-optional-locks", "diff-index", "--quiet", &old])
                .run()?
                .status
                .success()
            {
                self.done()?;
            }
            return Err(self.not_updated(error));
        }
        self.move_branch(branch, from, to, why, lock)
    }

    /// Deletes untracked files, which the caller has saved; ignored ones remain.
    pub fn clear_untracked(&self, lock: &ReviewLock) -> Result<()> {
        self.git()
            .holding(lock)?
            .args(["clean", "--quiet", "--force", "-d"])
            .ok()
            .map(drop)
    }

    /// Moves files, index and branch to `to` and overwrites all changes; the caller has saved the user's.
    pub fn force_switch(
        &self,
        branch: &str,
        from: Oid,
        to: Oid,
        why: &str,
        lock: &ReviewLock,
    ) -> Result<()> {
        self.refuse_drivers(to)?;
        let killed = self.interrupted();
        if killed.is_some() {
            self.unlock()?;
        }
        // If this is killed too, the leftovers of the first run still exist.
        let first = match killed {
            Some(KilledOperation::Move { from, .. }) => from,
            _ => from,
        };
        self.begin(KilledOperation::Move { from: first, to })?;
        self.unmark(Marks::All, lock)?;
        self.git()
            .holding(lock)?
            .args(["read-tree", "--reset", "-u", &to.to_string()])
            .ok()
            .map_err(|error| self.not_updated(error))?;
        self.move_branch(branch, from, to, why, lock)
    }

    /// Moves files, index and a detached HEAD to `to` and overwrites all changes, in a worktree without user
    /// data. Untracked files are deleted, ignored ones remain, and only files that differ are written.
    pub fn force_detached(&self, to: Oid, lock: &ReviewLock) -> Result<()> {
        self.refuse_drivers(to)?;
        self.unlock()?;
        let to = to.to_string();
        self.git()
            .holding(lock)?
            .args(["read-tree", "--reset", "-u", &to])
            .ok()
            .map_err(|error| self.not_updated(error))?;
        // The second `--force` deletes nested repositories too.
        self.git()
            .holding(lock)?
            .args(["clean", "--quiet", "--force", "--force", "-d"])
            .ok()?;
        self.git()
            .holding(lock)?
            .args([
                "update-ref",
                "--no-deref",
                "-m",
                "patman: run commands",
                "HEAD",
                &to,
            ])
            .ok()
            .map(drop)
    }

    fn move_branch(
        &self,
        branch: &str,
        from: Oid,
        to: Oid,
        why: &str,
        lock: &ReviewLock,
    ) -> Result<()> {
        let (old, new) = (from.to_string(), to.to_string());
        self.git()
            .holding(lock)?
            .args(["update-ref", "-m", why, branch, &new, &old])
            .ok()?;
        self.done()
    }

    fn not_updated(&self, error: Error) -> Error {
        error.within(format!(
            "cannot update the worktree '{}'",
            self.path.display()
        ))
    }

    /// Whether `git am` has stopped here for the user; like git, this requires both counters.
    pub fn is_stopped(&self) -> bool {
        let dir = self.admin.join("rebase-apply");
        ["applying", "next", "last"]
            .iter()
            .all(|name| presence::may_exist(&dir.join(name)))
    }

    /// The numbers of the current and the last patch of a stopped `git am`.
    pub fn am_counters(&self) -> Option<(u32, u32)> {
        let read =
            |name: &str| std::fs::read_to_string(self.admin.join("rebase-apply").join(name)).ok();
        let number = |name: &str| read(name)?.trim().parse().ok();
        Some((number("next")?, number("last")?))
    }

    /// Whether any state of `git am` exists here, even if incomplete.
    pub fn has_am(&self) -> bool {
        presence::may_exist(&self.admin.join("rebase-apply"))
    }

    /// Full name of the checked-out branch; none where HEAD is detached.
    pub fn branch(&self) -> Result<Option<String>> {
        let done = self.git().args(["symbolic-ref", "-q", "HEAD"]).run()?;
        Ok(done.status.success().then(|| done.text()))
    }

    /// Attaches a detached HEAD to a branch; index and files do not change.
    pub fn attach(&self, branch: &str, why: &str, lock: &ReviewLock) -> Result<()> {
        self.git()
            .holding(lock)?
            .args(["symbolic-ref", "-m", why, "HEAD", branch])
            .ok()
            .map(drop)
    }

    /// The git operation in progress, for messages; not a killed `git am` that patman started.
    pub fn under_way(&self) -> Option<&'static str> {
        let is_ours = self.interrupted() == Some(KilledOperation::Am);
        worktrees::under_way(&self.admin).filter(|_| !is_ours)
    }

    /// The commit of HEAD.
    pub fn head(&self) -> Result<Oid> {
        let done = self
            .git()
            .args(["rev-parse", "--verify", "HEAD^{commit}"])
            .ok()?;
        Oid::from_str(&done.text())
            .context(|| format!("cannot read HEAD of '{}'", self.path.display()))
    }
}

/// Writes the `.git` of the worktree at `path`, which names its record.
fn write_link(path: &Path, admin: &Path) -> std::io::Result<()> {
    let link = [b"gitdir: ", admin.as_os_str().as_bytes(), b"\n"].concat();
    sharing::write(&path.join(".git"), &link)
}
