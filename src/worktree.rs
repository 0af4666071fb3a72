// SPDX-License-Identifier: GPL-2.0-or-later
//! Review worktrees: locates, inspects, creates, moves and removes them.
//!
//! Nothing here resets or cleans. A worktree is moved from one known commit to another only while it holds no
//! user data ([`holdings`]), or after that data was saved ([`kept`]). Removal starts with a rename, so that a
//! kill leaves the worktree whole or gone; a clean worktree is then kept for the next series (`pool`). Each git
//! process gets the review lock as its standard input: the lock stays held until the last process has ended,
//! even if we are killed. A note in git's record of the worktree ([`tree::KilledOperation`]) shows what a
//! killed run was doing. No hooks are run.

pub mod admin;
pub mod holdings;
mod index;
pub mod kept;
pub mod lock;
mod overwritten;
mod pool;
mod record;
pub mod scratch;
mod submodules;
pub mod tree;

use crate::clock;
use crate::error::{Error, Exit, Result, WithContext};
use crate::git::sharing;
use crate::git::worktrees::{Head, WorktreeRecord};
use crate::git::{Oid, Repo};
use crate::presence;
use crate::series::SeriesName;
use crate::text::shell_quote;
pub use holdings::{Fate, Holdings};
use lock::ReviewLock;
use pool::Pool;
pub use pool::PooledWorktree;
pub use scratch::ScratchWorktree;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
pub use submodules::HeldSubmodule;
pub use tree::{LocalChanges, Tree};

/// Where a repository keeps its review worktrees and their locks.
#[derive(Debug)]
pub struct Worktrees<'r> {
    repo: &'r Repo,
    dir: PathBuf,
    pool: usize,
}

/// A worktree as registered in git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its top directory, which may have been deleted.
    pub path: PathBuf,
    /// The commit of its HEAD.
    pub head: Option<Oid>,
    /// Full name of the checked-out branch; none where HEAD is detached, or `git am` is stopped.
    pub branch: Option<String>,
    /// Why it is locked, if it is.
    pub locked: Option<String>,
}

impl Registered {
    /// Whether its creation was killed before all files were written.
    pub fn is_unfinished(&self) -> bool {
        self.locked.as_deref() == Some(admin::UNFINISHED)
    }

    /// Refuses to remove a worktree that the user has locked; its directory may be on a medium that is not
    /// mounted.
    pub fn refuse_locked(&self) -> Result<()> {
        let Some(why) = self.locked.as_deref().filter(|_| !self.is_unfinished()) else {
            return Ok(());
        };
        let path = self.path.display();
        let why = if why.is_empty() {
            "no reason given"
        } else {
            why
        };
        Err(Error::new(format!("the worktree at '{path}' is locked"))
            .with_cause(why)
            .with_hint(format!(
                "to unlock it: git worktree unlock {}",
                shell_quote(&self.path)
            )))
    }
}

/// What is at the path of a registered worktree.
#[derive(Debug)]
pub enum PathContent {
    /// The worktree.
    Worktree(Tree),
    /// Nothing: it was deleted by hand, or never made.
    Nothing,
}

impl<'r> Worktrees<'r> {
    /// The review worktrees of `repo`. `dir` is `patman.worktreeDir`; by default they are below the common
    /// directory. Up to `pool` removed worktrees are kept for reuse.
    pub fn new(repo: &'r Repo, dir: Option<PathBuf>, pool: usize) -> Self {
        let dir = match (dir, repo.main_worktree()) {
            (Some(dir), Some(top)) => top.join(dir),
            (Some(dir), None) => repo.common_dir().join(dir),
            (None, _) => repo.common_dir().join("patman").join("worktrees"),
        };
        Worktrees { repo, dir, pool }
    }

    /// The directory that holds them.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The path of the worktree of `name`, whether or not it exists.
    pub fn path(&self, name: &SeriesName) -> PathBuf {
        self.dir.join(name.as_str())
    }

    /// Takes the lock of the review `name`; fails if another process holds it.
    pub fn lock(&self, name: &SeriesName) -> Result<ReviewLock> {
        let lock = ReviewLock::take(&self.repo.common_dir().join("patman").join("locks"), name)?;
        lock.clear_refs(self.repo.common_dir(), name)?;
        Ok(lock)
    }

    /// All worktrees of the repository, the main one first.
    pub fn registered(&self) -> Result<Vec<Registered>> {
        let records = self.repo.worktree_records()?;
        records.into_iter().map(|one| self.register(one)).collect()
    }

    fn register(&self, record: WorktreeRecord) -> Result<Registered> {
        let locked = record.locked()?;
        let (head, branch) = match record.head() {
            // A branch without a commit has the null object name, as git prints it.
            Ok(Head::Branch(name)) => (
                Some(self.repo.find_ref(&name)?.unwrap_or(Oid::ZERO_SHA1)),
                Some(name),
            ),
            Ok(Head::Detached(id)) => (Some(id), None),
            // git lists a worktree with a damaged HEAD too.
            Err(_) => (None, None),
        };
        Ok(Registered {
            path: record.top.unwrap_or(record.git_dir),
            head,
            branch,
            locked,
        })
    }

    /// Inspects the path of a registered worktree; anything but the worktree or nothing at all is an error.
    pub fn inspect(&self, worktree: &Registered) -> Result<PathContent> {
        let path = &worktree.path;
        if let Some(now) = self.moved_to(worktree) {
            return Err(moved(worktree, &now));
        }
        if !presence::is_taken(path)? || is_empty_directory(path) {
            return Ok(PathContent::Nothing);
        }
        Tree::open(self.repo.common_dir(), path).map(PathContent::Worktree)
    }

    /// The new directory of a worktree that was moved without git: git's record of it and its `.git` no longer
    /// name each other, because the repository or the directory was moved.
    pub fn moved_to(&self, worktree: &Registered) -> Option<PathBuf> {
        let admin = admin::of(self.repo.common_dir(), &worktree.path)?;
        let name = worktree.path.file_name()?;
        let is_at = |path: &PathBuf| {
            admin::named_by(path).is_some_and(|named| {
                named.file_name() == admin.file_name()
                    && (!presence::may_exist(&named) || *path != worktree.path)
                    && !same_path(&named, &admin)
            })
        };
        let candidates = [
            worktree.path.clone(),
            self.dir.join(name),
            self.default_dir().join(name),
        ];
        candidates.into_iter().find(is_at)
    }

    /// Whether git's record of a worktree has the name that we gave it, even after `git worktree move`.
    pub fn is_of(&self, worktree: &Registered, name: &SeriesName) -> bool {
        let admin = admin::of(self.repo.common_dir(), &worktree.path);
        let id = admin.as_ref().and_then(|admin| admin.file_name()?.to_str());
        id.and_then(|id| id.strip_prefix(name.as_str()))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Creates the worktree of `name`, whose branch is at `head`, and returns its path.
    pub fn create(
        &self,
        name: &SeriesName,
        head: Oid,
        lock: &ReviewLock,
        workers: Option<usize>,
    ) -> Result<PathBuf> {
        let path = self.path(name);
        if presence::is_taken(&path)? && !is_empty_directory(&path) {
            return Err(in_the_way(&path));
        }
        sharing::create_dir_all(&self.dir)
            .context(|| format!("cannot create '{}'", self.dir.display()))?;
        // git names worktrees by their real paths.
        let dir = self
            .dir
            .canonicalize()
            .context(|| format!("cannot find '{}'", self.dir.display()))?;
        let path = dir.join(name.as_str());
        let common = self.repo.common_dir();
        let failed = |error: Error| error.within(format!("cannot create the worktree of '{name}'"));
        let made = trash(&self.record_dir(), name);
        admin::make(common, &path, &format!("ref: {}", branch_ref(name)), &made)?;
        let warm = Pool::new(self.repo, &dir, self.pool)
            .take(name, head, &made, lock, workers)
            .map_err(failed)?;
        let admin = admin::place(common, &made, name.as_str())?;
        match warm {
            Some(tree) => Tree::appear(&tree, &path, &admin)?,
            None => Tree::make(common, &path)?
                .write(head, lock, workers)
                .map_err(failed)?,
        }
        admin::finish(&admin)?;
        Ok(path)
    }

    /// Removes the worktree: its directory, then git's record of it. A clean worktree is kept for the next
    /// series, including its ignored files; any other is deleted.
    pub fn remove(&self, name: &SeriesName, worktree: &Registered) -> Result<()> {
        worktree.refuse_locked()?;
        if let PathContent::Worktree(tree) = self.inspect(worktree)? {
            // Next to the worktree, which may be on another file system than the repository.
            let trash = trash(tree.path().parent().unwrap_or(&self.dir), name);
            std::fs::rename(tree.path(), &trash)
                .context(|| format!("cannot remove '{}'", tree.path().display()))?;
            let record = self.take_record(name, worktree)?;
            let pool = Pool::new(self.repo, &self.dir, self.pool);
            // A worktree that cannot be kept is deleted, whatever the reason.
            let keep = |record: &PathBuf| pool.keep(name, &trash, record).unwrap_or(false);
            let is_kept = !worktree.is_unfinished() && record.as_ref().is_some_and(keep);
            record.map_or(Ok(()), |record| delete(&record))?;
            return if is_kept { Ok(()) } else { delete(&trash) };
        }
        self.forget(name, worktree)
    }

    /// Worktrees that are kept for the next series.
    pub fn pooled(&self) -> Vec<PooledWorktree> {
        let mut dirs = vec![self.dir.clone(), self.default_dir()];
        dirs.dedup();
        dirs.iter()
            .flat_map(|dir| Pool::new(self.repo, dir, self.pool).list())
            .collect()
    }

    /// Moves git's record of a worktree away in one step, and returns its new path.
    fn take_record(&self, name: &SeriesName, worktree: &Registered) -> Result<Option<PathBuf>> {
        let Some(admin) = admin::of(self.repo.common_dir(), &worktree.path) else {
            return Ok(None);
        };
        let dir = self.record_dir();
        sharing::create_dir_all(&dir).context(|| format!("cannot create '{}'", dir.display()))?;
        let trash = trash(&dir, name);
        admin::remove(&admin, &trash)?;
        Ok(Some(trash))
    }

    /// Removes git's record of a worktree whose directory is gone, and the directory if it is empty.
    pub fn forget(&self, name: &SeriesName, worktree: &Registered) -> Result<()> {
        worktree.refuse_locked()?;
        if let Some(record) = self.take_record(name, worktree)? {
            delete(&record)?;
        }
        match std::fs::remove_dir(&worktree.path) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                Err(why).context(|| format!("cannot remove '{}'", worktree.path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Deletes leftovers of a killed creation or removal of `name`, and pooled worktrees beyond the limit. The
    /// caller holds its lock.
    pub fn sweep(&self, name: &SeriesName) -> Result<()> {
        let all = self.leftovers();
        all.iter()
            .filter(|path| left_by(path).as_ref() == Some(name))
            .try_for_each(|path| delete(path))?;
        Pool::new(self.repo, &self.dir, self.pool).limit(name)
    }

    /// Directories that a killed process did not finish deleting or creating.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let mut dirs = vec![self.dir.clone(), self.default_dir(), self.record_dir()];
        dirs.dedup();
        let entries = dirs.iter().flat_map(std::fs::read_dir).flatten().flatten();
        entries
            .filter(|e| e.file_name().as_bytes().starts_with(TRASH.as_bytes()))
            .map(|e| e.path())
            .collect()
    }

    /// Where git's records of worktrees are created and deleted. It is as deep as their final place, so that
    /// their relative paths lead to the repository from here too.
    fn record_dir(&self) -> PathBuf {
        self.repo.common_dir().join("patman")
    }

    /// The default directory of the worktrees.
    fn default_dir(&self) -> PathBuf {
        self.repo.common_dir().join("patman").join("worktrees")
    }
}

/// Prefix of the directory of a worktree that is being deleted; no series name begins with a dot.
const TRASH: &str = ".removed-";

fn trash(dir: &Path, name: &SeriesName) -> PathBuf {
    let unique = clock::unique();
    dir.join(format!("{TRASH}{}-{unique}-{name}", std::process::id()))
}

/// The same for a directory that no longer belongs to a series, so that any process may delete it.
fn unnamed_trash(dir: &Path) -> PathBuf {
    dir.join(format!("{TRASH}{}-{}", std::process::id(), clock::unique()))
}

/// The series that a leftover belongs to; a process that is working on the series holds its lock.
pub fn left_by(leftover: &Path) -> Option<SeriesName> {
    let words = leftover.file_name()?.to_string_lossy().into_owned();
    SeriesName::new(words.strip_prefix(TRASH)?.splitn(3, '-').nth(2)?).ok()
}

/// Deletes a directory that another process may be deleting too, or writing its last file into.
pub fn delete(dir: &Path) -> Result<()> {
    let mut done = std::fs::remove_dir_all(dir);
    for _ in 0..20 {
        if !matches!(&done, Err(why) if why.kind() == std::io::ErrorKind::DirectoryNotEmpty) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        done = std::fs::remove_dir_all(dir);
    }
    match done {
        Err(_) if matches!(presence::is_taken(dir), Ok(false)) => Ok(()),
        done => done.context(|| format!("cannot delete '{}'", dir.display())),
    }
}

/// The error for a worktree that git cannot find at its path.
pub fn moved(worktree: &Registered, now: &Path) -> Error {
    let was = worktree.path.display();
    let error = if now == worktree.path {
        Error::new(format!(
            "the worktree '{was}' no longer points to its repository"
        ))
    } else {
        Error::new(format!(
            "the worktree '{was}' is now at '{}'",
            now.display()
        ))
    };
    error
        .with_cause("the repository was moved")
        .with_hint(repair(now))
}

/// The hint for a worktree and git's record of it that do not name each other.
pub fn repair(now: &Path) -> String {
    format!("to repair it: git worktree repair {}", shell_quote(now))
}

/// The error for a path that holds something other than the expected worktree.
pub fn in_the_way(path: &Path) -> Error {
    Error::new(format!(
        "'{}' exists, but is not a worktree of this repository",
        path.display()
    ))
    .with_hint(format!("move it away: mv {0} {0}.old", shell_quote(path)))
}

/// Settings for git in our worktrees: no submodules, and no background process that would keep our lock.
const CALM: [&str; 8] = [
    "-c",
    "submodule.recurse=false",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
];

/// Full name of the branch of the series `name`.
pub fn branch_ref(name: &SeriesName) -> String {
    format!("refs/heads/{name}")
}

/// The error for a worktree that holds uncommitted changes.
pub fn dirty(path: &Path, paths: &[String]) -> Error {
    Error::new(format!(
        "the worktree '{}' has uncommitted changes",
        path.display()
    ))
    .with_cause(first_of(paths))
    .with_exit(Exit::Stopped)
}

/// The first few paths in quotes, and the number of remaining ones.
pub fn first_of(paths: &[String]) -> String {
    let shown = paths
        .iter()
        .take(3)
        .map(|path| format!("'{path}'"))
        .collect::<Vec<_>>()
        .join(", ");
    if paths.len() > 3 {
        format!("{shown} and {} more", paths.len() - 3)
    } else {
        shown
    }
}

fn is_empty_directory(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether two paths name the same file; a symbolic link in the last component is not followed.
pub fn same_path(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    a == b || matches!((real(a), real(b)), (Some(a), Some(b)) if a == b)
}
