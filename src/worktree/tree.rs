// SPDX-License-Identifier: GPL-2.0-or-later
//! One worktree on disk, moved from commit to commit.
//!
//! git always gets the worktree and its record (`GIT_DIR`, `GIT_WORK_TREE`) and never searches: where the
//! `.git` of a worktree is missing or leads elsewhere, it would find the user's own checkout above, and change
//! that. Before files are written, a note in the record names the operation; it separates leftovers of a killed
//! run from later changes by the user.

use super::index::{Entry, IndexCopy, Marks};
mod drivers;

use super::lock::ReviewLock;
use super::{CALM, admin, in_the_way};
use crate::error::{Error, Result, WithContext};
use crate::git::overrides::{Overrides, Place, main_worktree};
use crate::git::run::Git;
use crate::git::sharing;
use crate::git::{Oid, worktrees};
use crate::presence;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
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

/// User data in a worktree.
#[derive(Debug, Default)]
pub struct LocalChanges {
    /// Paths that differ from HEAD, including untracked files.
    pub paths: Vec<String>,
}

/// The operation that a killed run had begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KilledOperation {
    /// Files, index and branch were being moved from one commit to another.
    Move {
        /// The commit before.
        from: Oid,
        /// The commit after.
        to: Oid,
    },
    /// `git am` was running.
    Am,
}

/// The note of the operation in progress, in git's record of the worktree.
const NOTE: &str = "patman-work";

impl Tree {
    /// Opens the worktree at `path`. It must belong to the repository with that common directory: the worktree
    /// and git's record of it must name each other.
    pub fn open(common_dir: &Path, path: &Path) -> Result<Self> {
        let same = |admin: &PathBuf| {
            admin::named_by(path).and_then(|it| it.canonicalize().ok()) == admin.canonicalize().ok()
        };
        match admin::of(common_dir, path).filter(same) {
            Some(admin) => Ok(Tree::aside(path, &admin)),
            None => Err(in_the_way(path)),
        }
    }

    /// Creates the directory of the worktree at `path`, whose record already exists.
    pub(super) fn make(common_dir: &Path, path: &Path) -> Result<Self> {
        let failed = || format!("cannot make '{}'", path.display());
        sharing::create_dir_all(path).context(failed)?;
        let admin = admin::of(common_dir, path).ok_or_else(|| in_the_way(path))?;
        write_link(path, &admin).context(failed)?;
        Ok(Tree::aside(path, &admin))
    }

    /// A worktree that is being created or removed away from its path, like its record.
    pub(super) fn aside(path: &Path, admin: &Path) -> Self {
        Tree {
            path: path.to_owned(),
            admin: admin.to_owned(),
            overrides: OnceLock::new(),
        }
    }

    /// Moves a new worktree to its path; its record is now at `admin`.
    pub(super) fn appear(made: &Path, path: &Path, admin: &Path) -> Result<()> {
        let failed = || format!("cannot make '{}'", path.display());
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

    /// The user's changes, including those hidden from git's status. Ignored files and the leftovers of a
    /// killed move do not count.
    pub fn changes(&self) -> Result<LocalChanges> {
        self.changes_by(&self.odd_entries()?)
    }

    /// The same, given the index entries that are not plain.
    pub(super) fn changes_by(&self, entries: &[Entry]) -> Result<LocalChanges> {
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
            .context(|| format!("cannot look at the worktree '{}'", self.path.display()))?;
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

    /// Writes a note of the operation to begin; if killed before [`Tree::done`], the note remains.
    pub fn begin(&self, work: KilledOperation) -> Result<()> {
        let text = match work {
            KilledOperation::Move { from, to } => format!("move {from} {to}\n"),
            KilledOperation::Am => "am\n".to_owned(),
        };
        let note = self.admin.join(NOTE);
        sharing::write(&note, text.as_bytes())
            .context(|| format!("cannot write '{}'", note.display()))
    }

    /// Removes the note of [`Tree::begin`].
    pub fn done(&self) -> Result<()> {
        let note = self.admin.join(NOTE);
        std::fs::remove_file(&note).context(|| format!("cannot remove '{}'", note.display()))
    }

    /// The operation that a killed run had begun. An incomplete note was written before anything was done.
    pub fn interrupted(&self) -> Option<KilledOperation> {
        let text = std::fs::read_to_string(self.admin.join(NOTE)).ok()?;
        if text == "am\n" {
            return Some(KilledOperation::Am);
        }
        let (from, to) = text
            .strip_prefix("move ")?
            .strip_suffix('\n')?
            .split_once(' ')?;
        Some(KilledOperation::Move {
            from: Oid::from_str(from).ok()?,
            to: Oid::from_str(to).ok()?,
        })
    }

    /// Removes the locks of a killed git. The caller holds the review lock, which every git process of patman
    /// holds too, and knows from the note that one was killed.
    pub fn unlock(&self) -> Result<()> {
        // The locks of index, HEAD, REBASE_HEAD...
        let entries = std::fs::read_dir(&self.admin)
            .context(|| format!("cannot read '{}'", self.admin.display()))?;
        for lock in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "lock"))
        {
            std::fs::remove_file(&lock)
                .context(|| format!("cannot remove '{}'", lock.display()))?;
        }
        Ok(())
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
        let scratch = tempfile::tempdir().context(|| "cannot make a temporary directory")?;
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
    pub(super) fn is_half_written(&self, path: &[u8], commits: &[Oid]) -> Result<bool> {
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
    pub(super) fn has_index_of(&self, commit: Oid) -> Result<bool> {
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
