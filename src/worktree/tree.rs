// SPDX-License-Identifier: GPL-2.0-or-later
//! One worktree on disk, moved from commit to commit.
//!
//! git is told the worktree and its record (`GIT_DIR`, `GIT_WORK_TREE`) and never searches: where the `.git` of a worktree
//! is missing or leads elsewhere, it would find the user's own checkout above, and change that. Before files are written,
//! a note of what is being done is left in the record; it tells what a killed run has left from what the user did since.

use super::index::{Entry, IndexCopy, Marks};
mod drivers;

use super::lock::ReviewLock;
use super::{CALM, admin, in_the_way};
use crate::error::{Error, Result, WithContext};
use crate::git::overrides::{Overrides, Place, main_worktree};
use crate::git::run::Git;
use crate::git::sharing;
use crate::git::{Oid, heads};
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

/// What of the user's a worktree holds.
#[derive(Debug, Default)]
pub struct LocalChanges {
    /// Paths that differ from HEAD, untracked ones among them.
    pub paths: Vec<String>,
}

/// What a run that was killed was at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KilledOperation {
    /// Files, index and branch were brought from one commit to another.
    Move {
        /// The commit before.
        from: Oid,
        /// The commit after.
        to: Oid,
    },
    /// `git am` was at work.
    Am,
}

/// The note of what is being done, in git's record of the worktree.
const NOTE: &str = "patman-work";

impl Tree {
    /// The worktree at `path`, which must be one of the repository with that common directory: it and git's record of it
    /// must name each other.
    pub fn open(common_dir: &Path, path: &Path) -> Result<Self> {
        let same = |admin: &PathBuf| {
            admin::named_by(path).and_then(|it| it.canonicalize().ok()) == admin.canonicalize().ok()
        };
        match admin::of(common_dir, path).filter(same) {
            Some(admin) => Ok(Tree::aside(path, &admin)),
            None => Err(in_the_way(path)),
        }
    }

    /// The worktree at `path`, whose record is there and whose directory is made now.
    pub(super) fn make(common_dir: &Path, path: &Path) -> Result<Self> {
        let failed = || format!("cannot make '{}'", path.display());
        sharing::create_dir_all(path).context(failed)?;
        let admin = admin::of(common_dir, path).ok_or_else(|| in_the_way(path))?;
        // Whole or not at all, since it is what tells the directory from another one.
        let mut link = tempfile::NamedTempFile::new_in(&admin).context(failed)?;
        std::io::Write::write_all(
            &mut link,
            &[b"gitdir: ", admin.as_os_str().as_bytes(), b"\n"].concat(),
        )
        .context(failed)?;
        let text = std::fs::read(link.path()).context(failed)?;
        let name = path.join(".git");
        sharing::write(&name, &text).context(failed)?;
        Ok(Tree::aside(path, &admin))
    }

    /// A worktree out of sight: it is being made or taken away, and its record with it.
    pub(super) fn aside(path: &Path, admin: &Path) -> Self {
        Tree {
            path: path.to_owned(),
            admin: admin.to_owned(),
            overrides: OnceLock::new(),
        }
    }

    /// Moves a worktree that was made out of sight, and whose record now is at `admin`, to its path.
    pub(super) fn appear(made: &Path, path: &Path, admin: &Path) -> Result<()> {
        let failed = || format!("cannot make '{}'", path.display());
        let link = [b"gitdir: ", admin.as_os_str().as_bytes(), b"\n"].concat();
        sharing::write(&made.join(".git"), &link).context(failed)?;
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

    /// `git` in this worktree, with settings that keep it calm, and none that would start a file of the worktree.
    pub fn git(&self) -> Git {
        self.overrides().apply(self.plain_git()).args(CALM)
    }

    fn plain_git(&self) -> Git {
        Git::at(&self.path)
            .env("GIT_EDITOR", ":")
            .env("GIT_DIR", &self.admin)
            .env("GIT_WORK_TREE", &self.path)
    }

    /// The settings that git is run with here, so that it starts nothing of the files.
    pub(super) fn overrides(&self) -> &Overrides {
        self.overrides.get_or_init(|| {
            // The record is `<common dir>/worktrees/<id>`, or one that is put together as deep as that.
            let common_dir = admin::common_dir(&self.admin);
            let place = Place {
                common_dir: &common_dir,
                main_worktree: main_worktree(&common_dir),
                worktree: &self.path,
            };
            Overrides::read(self.plain_git(), place)
        })
    }

    /// What of the user's is in it, be it hidden from git's status or not; ignored files do not count, nor does what a killed
    /// move has left.
    pub fn changes(&self) -> Result<LocalChanges> {
        self.changes_by(&self.odd_entries()?)
    }

    /// The same, of a worktree whose index has these entries that are not plain.
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

    /// What of the user's is in a worktree whose making was killed.
    pub fn changes_unfinished(&self, head: Oid) -> Result<LocalChanges> {
        let entries = presence::entries(&self.path)?;
        if entries.iter().all(|entry| entry.file_name() == ".git") {
            return Ok(LocalChanges::default());
        }
        Ok(LocalChanges {
            paths: self.foreign(&[head])?,
        })
    }

    /// Notes what is about to be done; until [`Tree::done`], a kill leaves the note.
    pub fn begin(&self, work: KilledOperation) -> Result<()> {
        let text = match work {
            KilledOperation::Move { from, to } => format!("move {from} {to}\n"),
            KilledOperation::Am => "am\n".to_owned(),
        };
        let note = self.admin.join(NOTE);
        sharing::write(&note, text.as_bytes())
            .context(|| format!("cannot write '{}'", note.display()))
    }

    /// Takes the note of [`Tree::begin`] away.
    pub fn done(&self) -> Result<()> {
        let note = self.admin.join(NOTE);
        std::fs::remove_file(&note).context(|| format!("cannot remove '{}'", note.display()))
    }

    /// What a run that was killed was at. A note that is not whole was written before anything was done.
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

    /// Removes the locks of a git that was killed. The caller holds the review lock, which every git of ours holds too, and
    /// has seen by the note that one was killed.
    pub fn unlock(&self) -> Result<()> {
        // Of index, HEAD, REBASE_HEAD...
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

    /// Writes the files of `head` where there is nothing yet.
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

    /// Moves files, index and branch from one commit to another; `from` must be what is checked out, with no changes but
    /// those of a move that was killed.
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
        // Files that were touched, or came from a backup, are the same all the same.
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
            // git looks at everything before it writes anything; where it could not, the note stays for the next run.
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

    /// Deletes untracked files, which the caller has kept; ignored ones stay.
    pub fn clear_untracked(&self, lock: &ReviewLock) -> Result<()> {
        self.git()
            .holding(lock)?
            .args(["clean", "--quiet", "--force", "-d"])
            .ok()
            .map(drop)
    }

    /// Brings files, index and branch to `to`, whatever stands there; the caller has kept what is the user's.
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
        // Where this is killed too, what the first one has left is still there.
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

    /// Brings files, index and a detached HEAD to `to`, whatever stands there, for a worktree that holds nothing of the
    /// user's: untracked files go, ignored ones stay, and only files that differ are written.
    pub fn force_detached(&self, to: Oid, lock: &ReviewLock) -> Result<()> {
        self.refuse_drivers(to)?;
        self.unlock()?;
        let to = to.to_string();
        self.git()
            .holding(lock)?
            .args(["read-tree", "--reset", "-u", &to])
            .ok()
            .map_err(|error| self.not_updated(error))?;
        // Twice: repositories that were put there go too.
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

    /// Paths that are as none of the commits has them, nor the beginning of what the last has, to which files were being
    /// brought.
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

    /// Paths where the files differ from a commit, with those that it does not have and no rule ignores.
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

    /// Whether a file that differs is what a checkout to the last of the commits leaves when it is killed: not there, or
    /// there in part.
    pub(super) fn is_half_written(&self, path: &[u8], commits: &[Oid]) -> Result<bool> {
        let file = self.path.join(OsStr::from_bytes(path));
        let name =
            |commit: &Oid| OsString::from_vec([commit.to_string().as_bytes(), b":", path].concat());
        let to = commits.last().map(name).unwrap_or_default();
        match file.symlink_metadata() {
            Err(why) if presence::is_absent(&why) => {
                // Only what the checkout changes does it take away first; another file was deleted by the user.
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

    /// Whether `git am` has stopped here for the user; it takes it so when there are both counters.
    pub fn is_stopped(&self) -> bool {
        let dir = self.admin.join("rebase-apply");
        ["applying", "next", "last"]
            .iter()
            .all(|name| presence::may_exist(&dir.join(name)))
    }

    /// The number of the patch that a stopped `git am` is at, and of the last one.
    pub fn am_counters(&self) -> Option<(u32, u32)> {
        let read =
            |name: &str| std::fs::read_to_string(self.admin.join("rebase-apply").join(name)).ok();
        let number = |name: &str| read(name)?.trim().parse().ok();
        Some((number("next")?, number("last")?))
    }

    /// Whether `git am` has left anything here, be it but half of what it begins with.
    pub fn has_am(&self) -> bool {
        presence::may_exist(&self.admin.join("rebase-apply"))
    }

    /// Full name of the branch that is checked out; none where HEAD is detached.
    pub fn branch(&self) -> Result<Option<String>> {
        let done = self.git().args(["symbolic-ref", "-q", "HEAD"]).run()?;
        Ok(done.status.success().then(|| done.text()))
    }

    /// Puts HEAD, which is detached, on a branch; neither index nor files change.
    pub fn attach(&self, branch: &str, why: &str, lock: &ReviewLock) -> Result<()> {
        self.git()
            .holding(lock)?
            .args(["symbolic-ref", "-m", why, "HEAD", branch])
            .ok()
            .map(drop)
    }

    /// What git is in the middle of, in words; not a `git am` of ours that was killed.
    pub fn under_way(&self) -> Option<&'static str> {
        let is_ours = self.interrupted() == Some(KilledOperation::Am);
        heads::under_way(&self.admin).filter(|_| !is_ours)
    }

    /// Whether the index is as HEAD has it.
    pub fn has_nothing_staged(&self) -> Result<bool> {
        Ok(self
            .git()
            .args(["diff-index", "--cached", "--quiet", "HEAD", "--"])
            .run()?
            .status
            .success())
    }

    /// Whether the index is as a commit has it.
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
