// SPDX-License-Identifier: GPL-2.0-or-later
//! Review worktrees: where they are, what state they are in, made, moved on, removed.
//!
//! Nothing here resets or cleans: a worktree is moved from one known commit to another only while it holds nothing of
//! the user's, and is removed by a rename first, so that a kill leaves it whole or gone. The review lock is handed to
//! each git process as its standard input: it stays held until the last of them has ended, even if we are killed.

pub mod kept;
pub mod lock;
mod registry;

use crate::error::{Context, Error, Exit, Result};
use crate::git::run::Git;
use crate::git::{Oid, Repo};
use crate::series::SeriesName;
use lock::ReviewLock;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where a repository keeps its review worktrees and their locks.
#[derive(Debug)]
pub struct Worktrees<'r> {
    repo: &'r Repo,
    dir: PathBuf,
}

/// A worktree as git has it registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its top directory, which may have been deleted.
    pub path: PathBuf,
    /// The commit of its HEAD.
    pub head: Option<Oid>,
    /// Full name of the branch it is on; none where HEAD is detached, or `git am` is stopped.
    pub branch: Option<String>,
    /// Why it is locked, if it is.
    pub locked: Option<String>,
}

impl Registered {
    /// Whether `git worktree add` was killed before it had written the files.
    pub fn is_unfinished(&self) -> bool {
        self.locked.as_deref() == Some("initializing")
    }
}

impl<'r> Worktrees<'r> {
    /// The review worktrees of `repo`; `dir` is `patman.worktreeDir`, else they are below the common directory.
    pub fn new(repo: &'r Repo, dir: Option<PathBuf>) -> Self {
        let dir = match (dir, repo.main_worktree()) {
            (Some(dir), Some(top)) => top.join(dir),
            (Some(dir), None) => repo.common_dir().join(dir),
            (None, _) => repo.common_dir().join("patman").join("worktrees"),
        };
        Worktrees { repo, dir }
    }

    /// The directory that holds them.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the worktree of `name` is, or would be made.
    pub fn path(&self, name: &SeriesName) -> PathBuf {
        self.dir.join(name.as_str())
    }

    /// Takes the lock of the review `name`; another process that has it is an error.
    pub fn lock(&self, name: &SeriesName) -> Result<ReviewLock> {
        ReviewLock::take(&self.repo.common_dir().join("patman").join("locks"), name)
    }

    /// All worktrees of the repository, the main one first.
    pub fn registered(&self) -> Result<Vec<Registered>> {
        if let Some(all) = registry::read(self.repo)? {
            return Ok(all);
        }
        let done = self.repo.git().args(["worktree", "list", "--porcelain", "-z"]).ok()?;
        Ok(parse_list(&done.stdout))
    }

    /// The registered worktree of `name`: the one at its path, else the one that its branch is checked out in.
    pub fn find(&self, name: &SeriesName) -> Result<Option<Registered>> {
        let path = self.path(name);
        let branch = branch_ref(name);
        let all = self.registered()?;
        let at_path = all.iter().find(|one| same_path(&one.path, &path));
        Ok(at_path.or_else(|| all.iter().find(|one| one.branch.as_deref() == Some(&branch))).cloned())
    }

    /// Writes the worktree of `name`, whose branch exists, and returns its path.
    pub fn create(&self, name: &SeriesName, lock: &ReviewLock, workers: Option<usize>) -> Result<PathBuf> {
        let path = self.path(name);
        if path.symlink_metadata().is_ok() && !is_empty_directory(&path) {
            return Err(Error::new(format!(
                "'{}' is in the way: it is not a worktree of this repository",
                path.display()
            ))
            .with_hint(format!("move it away: mv '{0}' '{0}.old'", path.display())));
        }
        std::fs::create_dir_all(&self.dir).context(|| format!("cannot make '{}'", self.dir.display()))?;
        let mut git = self.repo.git().args(CALM).holding(lock)?;
        if let Some(workers) = workers {
            git = git.args(["-c".to_owned(), format!("checkout.workers={workers}")]);
        }
        git.args(["worktree", "add", "--quiet", "--"])
            .args([path.as_os_str(), OsStr::new(name.as_str())])
            .ok()
            .context(|| format!("cannot make the worktree of '{name}'"))?;
        Ok(path)
    }

    /// Takes the worktree away: its directory, then git's record of it. Ignored files go with it.
    pub fn remove(&self, worktree: &Registered, lock: &ReviewLock) -> Result<()> {
        if let Some(why) = worktree.locked.as_deref().filter(|_| !worktree.is_unfinished()) {
            let path = worktree.path.display();
            return Err(Error::new(format!("the worktree at '{path}' is locked"))
                .with_cause(if why.is_empty() { "no reason given" } else { why })
                .with_hint(format!("to unlock it: git worktree unlock '{path}'")));
        }
        let trash = self.trash();
        let there = worktree.path.symlink_metadata().is_ok();
        if there {
            std::fs::create_dir_all(&self.dir).context(|| format!("cannot make '{}'", self.dir.display()))?;
            std::fs::rename(&worktree.path, &trash)
                .context(|| format!("cannot take away '{}'", worktree.path.display()))?;
        }
        self.forget(worktree, lock)?;
        if there {
            std::fs::remove_dir_all(&trash).context(|| format!("cannot delete '{}'", trash.display()))?;
        }
        Ok(())
    }

    /// Removes git's record of a worktree whose directory is gone.
    pub fn forget(&self, worktree: &Registered, lock: &ReviewLock) -> Result<()> {
        // Twice --force, since one that was never finished is still locked.
        self.repo
            .git()
            .holding(lock)?
            .args(["worktree", "remove", "--force", "--force", "--"])
            .args([worktree.path.as_os_str()])
            .ok()
            .map(drop)
    }

    /// Directories of removed worktrees that a killed process did not finish deleting.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        entries.filter(|e| e.file_name().as_bytes().starts_with(TRASH.as_bytes())).map(|e| e.path()).collect()
    }

    fn trash(&self) -> PathBuf {
        let unique = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_nanos());
        self.dir.join(format!("{TRASH}{}-{unique}", std::process::id()))
    }
}

/// How the directory of a worktree that is being deleted begins; no series name begins with a dot.
const TRASH: &str = ".removed-";

/// Settings for git in our worktrees: no submodules, nothing that would live on in the background with our lock.
const CALM: [&str; 8] =
    ["-c", "submodule.recurse=false", "-c", "commit.gpgsign=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"];

/// Full name of the branch of the series `name`.
pub fn branch_ref(name: &SeriesName) -> String {
    format!("refs/heads/{name}")
}

/// One worktree on disk.
#[derive(Debug, Clone)]
pub struct Tree {
    path: PathBuf,
}

/// What of the user's a worktree holds.
#[derive(Debug, Default)]
pub struct Changes {
    /// Paths that differ from HEAD, untracked ones among them.
    pub paths: Vec<String>,
}

impl Tree {
    /// The worktree at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Tree { path: path.into() }
    }

    /// Its top directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `git` in this worktree, with settings that keep it calm.
    pub fn git(&self) -> Git {
        Git::at(&self.path).args(CALM).env("GIT_EDITOR", ":")
    }

    /// What of the user's is in it; ignored files do not count.
    pub fn changes(&self) -> Result<Changes> {
        let done = self
            .git()
            .args(["--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=normal", "--no-renames"])
            .args(["--ignore-submodules=none"])
            .ok()
            .context(|| format!("cannot look at the worktree '{}'", self.path.display()))?;
        let paths = done.stdout.split(|&b| b == 0).filter(|entry| entry.len() > 3);
        Ok(Changes { paths: paths.map(|entry| String::from_utf8_lossy(&entry[3..]).into_owned()).collect() })
    }

    /// Moves files, index and branch from one commit to another; `from` must be what is checked out, with no changes.
    pub fn switch(&self, branch: &str, from: Oid, to: Oid, why: &str, lock: &ReviewLock) -> Result<()> {
        let (old, new) = (from.to_string(), to.to_string());
        self.git()
            .holding(lock)?
            .args(["read-tree", "-m", "-u", &old, &new])
            .ok()
            .context(|| format!("cannot update the worktree '{}'", self.path.display()))?;
        self.git().holding(lock)?.args(["update-ref", "-m", why, branch, &new, &old]).ok().map(drop)
    }

    /// Finishes a switch that was killed: writes every file of `to` that still is as `from` has it, or half-written.
    ///
    /// Fails, with nothing changed, if the worktree holds anything else.
    pub fn finish_switch(&self, branch: &str, from: Oid, to: Oid, why: &str, lock: &ReviewLock) -> Result<()> {
        let index_lock = self.git_dir()?.join("index.lock");
        let foreign = self.differing_from_both(from, to)?;
        if !foreign.is_empty() {
            return Err(dirty(&self.path, &foreign));
        }
        if index_lock.exists() {
            // The lock of a git that died with the process that held the review lock, which we hold now.
            std::fs::remove_file(&index_lock).context(|| format!("cannot remove '{}'", index_lock.display()))?;
        }
        self.force_switch(branch, from, to, why, lock)
    }

    /// Brings files, index and branch to `to`, whatever stands there; the caller has kept what is the user's.
    pub fn force_switch(&self, branch: &str, from: Oid, to: Oid, why: &str, lock: &ReviewLock) -> Result<()> {
        let (old, new) = (from.to_string(), to.to_string());
        self.git().holding(lock)?.args(["read-tree", "--reset", "-u", &new]).ok()?;
        self.git().holding(lock)?.args(["update-ref", "-m", why, branch, &new, &old]).ok().map(drop)
    }

    /// Paths that are neither as `from` nor as `to` has them, nor the beginning of what `to` has.
    fn differing_from_both(&self, from: Oid, to: Oid) -> Result<Vec<String>> {
        let differing = |commit: Oid| -> Result<Vec<Vec<u8>>> {
            // A scratch index, so that neither the real one nor its lock matters.
            let scratch = tempfile::NamedTempFile::new().context(|| "cannot make a temporary file")?;
            let index = scratch.path().with_extension("index");
            let git = || self.git().env("GIT_INDEX_FILE", &index);
            git().args(["read-tree", &commit.to_string()]).ok()?;
            let changed = git().args(["diff-files", "--name-only", "-z"]).ok()?.stdout;
            let other = git().args(["ls-files", "--others", "--exclude-standard", "-z"]).ok()?.stdout;
            std::fs::remove_file(&index).context(|| format!("cannot remove '{}'", index.display()))?;
            let all = changed.split(|&b| b == 0).chain(other.split(|&b| b == 0));
            Ok(all.filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect())
        };
        let new = differing(to)?;
        let mut foreign = Vec::new();
        for path in differing(from)?.iter().filter(|path| new.contains(path)) {
            let found = std::fs::read(self.path.join(OsStr::from_bytes(path))).unwrap_or_default();
            let spec = [to.to_string().as_bytes(), b":", path].concat();
            let wanted =
                self.git().args([OsStr::new("cat-file"), OsStr::new("blob"), OsStr::from_bytes(&spec)]).run()?;
            if !(wanted.status.success() && wanted.stdout.starts_with(&found)) {
                foreign.push(String::from_utf8_lossy(path).into_owned());
            }
        }
        Ok(foreign)
    }

    /// The directory of this worktree's HEAD and index.
    pub fn git_dir(&self) -> Result<PathBuf> {
        let link = self.path.join(".git");
        let text = std::fs::read_to_string(&link).context(|| format!("cannot read '{}'", link.display()))?;
        let dir = text.trim_end().strip_prefix("gitdir: ");
        let dir = dir.ok_or_else(|| Error::new(format!("'{}' does not name a worktree", link.display())))?;
        Ok(self.path.join(dir))
    }

    /// Whether `git am` has stopped here for the user.
    pub fn is_stopped(&self) -> bool {
        self.git_dir().is_ok_and(|dir| dir.join("rebase-apply").join("applying").exists())
    }

    /// The commit of HEAD.
    pub fn head(&self) -> Result<Oid> {
        let done = self.git().args(["rev-parse", "--verify", "HEAD^{commit}"]).ok()?;
        Oid::from_str(&done.text()).context(|| format!("cannot read HEAD of '{}'", self.path.display()))
    }
}

/// A refusal to touch a worktree with changes of the user's.
pub fn dirty(path: &Path, paths: &[String]) -> Error {
    let shown = paths.iter().take(3).map(|path| format!("'{path}'")).collect::<Vec<_>>().join(", ");
    let more = if paths.len() > 3 { format!(" and {} more", paths.len() - 3) } else { String::new() };
    Error::new(format!("the worktree '{}' holds changes of yours", path.display()))
        .with_cause(format!("{shown}{more}"))
        .with_exit(Exit::Stopped)
}

fn is_empty_directory(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn same_path(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn parse_list(listing: &[u8]) -> Vec<Registered> {
    let mut all: Vec<Registered> = Vec::new();
    for field in listing.split(|&byte| byte == 0) {
        let (key, value) = match field.iter().position(|&byte| byte == b' ') {
            Some(at) => (&field[..at], &field[at + 1..]),
            None => (field, &[] as &[u8]),
        };
        let text = || String::from_utf8_lossy(value).into_owned();
        match (key, all.last_mut()) {
            (b"worktree", _) => {
                let path = PathBuf::from(OsStr::from_bytes(value));
                all.push(Registered { path, head: None, branch: None, locked: None });
            }
            (b"HEAD", Some(last)) => last.head = Oid::from_str(&text()).ok(),
            (b"branch", Some(last)) => last.branch = Some(text()),
            (b"locked", Some(last)) => last.locked = Some(text()),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_field_by_field() {
        let list = b"worktree /r\0HEAD 1111111111111111111111111111111111111111\0branch refs/heads/main\0\0worktree /r/.git/patman/worktrees/a b\0HEAD 2222222222222222222222222222222222222222\0detached\0locked initializing\0\0";
        let all = parse_list(list);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].branch.as_deref(), Some("refs/heads/main"));
        assert_eq!(all[1].path, Path::new("/r/.git/patman/worktrees/a b"));
        assert!(all[1].is_unfinished() && all[1].branch.is_none());
    }
}
