// SPDX-License-Identifier: GPL-2.0-or-later
//! Review worktrees: where they are, what state they are in, made, moved on, removed.
//!
//! Nothing here resets or cleans: a worktree is moved from one known commit to another only while it holds nothing of
//! the user's ([`holdings`]), or after that was kept ([`kept`]), and is removed by a rename first, so that a kill leaves it whole or gone; what is clean then is kept for
//! the next series (`pool`). The review lock is handed to
//! each git process as its standard input: it stays held until the last of them has ended, even if we are killed. What a
//! killed run was at is told by a note in git's record of the worktree ([`tree::KilledOperation`]). No hooks are run.

pub mod admin;
pub mod holdings;
mod index;
pub mod kept;
pub mod lock;
mod overwritten;
mod pool;
mod record;
mod registry;
pub mod scratch;
mod submodules;
pub mod tree;

use crate::clock;
use crate::error::{Error, Exit, Result, WithContext};
use crate::git::sharing;
use crate::git::{Oid, Repo};
use crate::output::shell_quote;
use crate::presence;
use crate::series::SeriesName;
pub use holdings::{Fate, Holdings};
use lock::ReviewLock;
use pool::Pool;
pub use pool::PooledWorktree;
pub use scratch::ScratchWorktree;
use std::ffi::OsStr;
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
    /// Whether its making was killed before all files were written.
    pub fn is_unfinished(&self) -> bool {
        self.locked.as_deref() == Some(admin::UNFINISHED)
    }

    /// Refuses to take away a worktree that the user has locked; its directory may be on a medium that is not mounted.
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
    /// The review worktrees of `repo`; `dir` is `patman.worktreeDir`, else they are below the common directory. Up to `pool`
    /// of those that are removed are kept.
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

    /// Where the worktree of `name` is, or would be made.
    pub fn path(&self, name: &SeriesName) -> PathBuf {
        self.dir.join(name.as_str())
    }

    /// Takes the lock of the review `name`; another process that has it is an error.
    pub fn lock(&self, name: &SeriesName) -> Result<ReviewLock> {
        let lock = ReviewLock::take(&self.repo.common_dir().join("patman").join("locks"), name)?;
        lock.clear_refs(self.repo.common_dir(), name)?;
        Ok(lock)
    }

    /// All worktrees of the repository, the main one first.
    pub fn registered(&self) -> Result<Vec<Registered>> {
        if let Some(all) = registry::read(self.repo)? {
            return Ok(all);
        }
        let list = || {
            self.repo
                .git()
                .args(["worktree", "list", "--porcelain", "-z"])
                .ok()
        };
        // It fails while a `git worktree add` of the user's is writing its record, which takes a moment.
        let mut done = list();
        for _ in 0..20 {
            if done.is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            done = list();
        }
        Ok(parse_list(&done?.stdout))
    }

    /// What is at the path of a registered worktree; anything but the worktree or nothing at all is an error.
    pub fn look(&self, worktree: &Registered) -> Result<PathContent> {
        let path = &worktree.path;
        if let Some(now) = self.moved_to(worktree) {
            return Err(moved(worktree, &now));
        }
        if !presence::is_taken(path)? || is_empty_directory(path) {
            return Ok(PathContent::Nothing);
        }
        Tree::open(self.repo.common_dir(), path).map(PathContent::Worktree)
    }

    /// Where the directory of a registered worktree is, if git's record of it and its `.git` no longer name each other since
    /// the repository, or the directory, was moved without git.
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
            self.own_dir().join(name),
        ];
        candidates.into_iter().find(is_at)
    }

    /// Whether git's record of a worktree has the name that we gave it, wherever `git worktree move` has brought it.
    pub fn is_of(&self, worktree: &Registered, name: &SeriesName) -> bool {
        let admin = admin::of(self.repo.common_dir(), &worktree.path);
        let id = admin.as_ref().and_then(|admin| admin.file_name()?.to_str());
        id.and_then(|id| id.strip_prefix(name.as_str()))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Writes the worktree of `name`, whose branch is at `head`, and returns its path.
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
            .context(|| format!("cannot make '{}'", self.dir.display()))?;
        // git names worktrees by their real paths.
        let dir = self
            .dir
            .canonicalize()
            .context(|| format!("cannot find '{}'", self.dir.display()))?;
        let path = dir.join(name.as_str());
        let common = self.repo.common_dir();
        let failed = |error: Error| error.within(format!("cannot make the worktree of '{name}'"));
        let made = trash(&self.aside_dir(), name);
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

    /// Takes the worktree away: its directory, then git's record of it. What is clean is kept for the next series, ignored
    /// files among it; the rest is deleted.
    pub fn remove(&self, name: &SeriesName, worktree: &Registered) -> Result<()> {
        worktree.refuse_locked()?;
        if let PathContent::Worktree(tree) = self.look(worktree)? {
            // Beside it, since it may be on another file system than the repository.
            let trash = trash(tree.path().parent().unwrap_or(&self.dir), name);
            std::fs::rename(tree.path(), &trash)
                .context(|| format!("cannot take away '{}'", tree.path().display()))?;
            let record = self.take_record(name, worktree)?;
            let pool = Pool::new(self.repo, &self.dir, self.pool);
            // One that cannot be kept is only deleted, whatever the reason.
            let keep = |record: &PathBuf| pool.keep(name, &trash, record).unwrap_or(false);
            let is_kept = !worktree.is_unfinished() && record.as_ref().is_some_and(keep);
            record.map_or(Ok(()), |record| delete(&record))?;
            return if is_kept { Ok(()) } else { delete(&trash) };
        }
        self.forget(name, worktree)
    }

    /// Worktrees that are kept for the next series.
    pub fn kept(&self) -> Vec<PooledWorktree> {
        let mut dirs = vec![self.dir.clone(), self.own_dir()];
        dirs.dedup();
        dirs.iter()
            .flat_map(|dir| Pool::new(self.repo, dir, self.pool).kept())
            .collect()
    }

    /// Takes git's record of a worktree away in one step, and returns where it is then.
    fn take_record(&self, name: &SeriesName, worktree: &Registered) -> Result<Option<PathBuf>> {
        let Some(admin) = admin::of(self.repo.common_dir(), &worktree.path) else {
            return Ok(None);
        };
        let dir = self.aside_dir();
        sharing::create_dir_all(&dir).context(|| format!("cannot make '{}'", dir.display()))?;
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

    /// Deletes what a making or a removal of `name` that was killed has left, and what is kept beyond what may be; the
    /// caller holds its lock.
    pub fn sweep(&self, name: &SeriesName) -> Result<()> {
        let all = self.leftovers();
        all.iter()
            .filter(|path| left_by(path).as_ref() == Some(name))
            .try_for_each(|path| delete(path))?;
        Pool::new(self.repo, &self.dir, self.pool).limit(name)
    }

    /// Directories that a killed process did not finish deleting, or making.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let mut dirs = vec![self.dir.clone(), self.own_dir(), self.aside_dir()];
        dirs.dedup();
        let entries = dirs.iter().flat_map(std::fs::read_dir).flatten().flatten();
        entries
            .filter(|e| e.file_name().as_bytes().starts_with(TRASH.as_bytes()))
            .map(|e| e.path())
            .collect()
    }

    /// Where git's records of worktrees are made and deleted: as deep as where they belong, so that they lead to the
    /// repository from there too.
    fn aside_dir(&self) -> PathBuf {
        self.repo.common_dir().join("patman")
    }

    /// Where worktrees are if no setting says otherwise.
    fn own_dir(&self) -> PathBuf {
        self.repo.common_dir().join("patman").join("worktrees")
    }
}

/// How the directory of a worktree that is being deleted begins; no series name begins with a dot.
const TRASH: &str = ".removed-";

fn trash(dir: &Path, name: &SeriesName) -> PathBuf {
    let unique = clock::unique();
    dir.join(format!("{TRASH}{}-{unique}-{name}", std::process::id()))
}

/// The same for what is of no series any more, so that anybody may delete it.
fn unnamed_trash(dir: &Path) -> PathBuf {
    dir.join(format!("{TRASH}{}-{}", std::process::id(), clock::unique()))
}

/// The series that a leftover is of, whose lock is held by whoever is at work on it.
pub fn left_by(leftover: &Path) -> Option<SeriesName> {
    let words = leftover.file_name()?.to_string_lossy().into_owned();
    SeriesName::new(words.strip_prefix(TRASH)?.splitn(3, '-').nth(2)?).ok()
}

/// Deletes a directory that another process may be deleting too, or may be writing its last file into.
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

/// A refusal to touch a worktree that git does not find.
pub fn moved(worktree: &Registered, now: &Path) -> Error {
    let was = worktree.path.display();
    let error = if now == worktree.path {
        Error::new(format!(
            "the worktree '{was}' does not know where its repository is now"
        ))
    } else {
        Error::new(format!(
            "git has the worktree '{was}', which is at '{}' now",
            now.display()
        ))
    };
    error
        .with_cause("the repository was moved")
        .with_hint(repair(now))
}

/// What tells git and a worktree where they are.
pub fn repair(now: &Path) -> String {
    format!("to correct that: git worktree repair {}", shell_quote(now))
}

/// A refusal to touch what is not the worktree that should be there.
pub fn in_the_way(path: &Path) -> Error {
    Error::new(format!(
        "'{}' is in the way: it is not a worktree of this repository",
        path.display()
    ))
    .with_hint(format!("move it away: mv {0} {0}.old", shell_quote(path)))
}

/// Settings for git in our worktrees: no submodules, nothing that would live on in the background with our lock.
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

/// A refusal to touch a worktree with changes of the user's.
pub fn dirty(path: &Path, paths: &[String]) -> Error {
    Error::new(format!(
        "the worktree '{}' holds changes of yours",
        path.display()
    ))
    .with_cause(first_of(paths))
    .with_exit(Exit::Stopped)
}

/// The first of some paths, in quotes, and how many more there are.
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

/// Whether two paths are one; a symbolic link at their end is not what it points to.
pub fn same_path(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    a == b || matches!((real(a), real(b)), (Some(a), Some(b)) if a == b)
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
                all.push(Registered {
                    path,
                    head: None,
                    branch: None,
                    locked: None,
                });
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
