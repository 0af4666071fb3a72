// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the repository as git does, and its common directory and main worktree, on which all shared state hangs.
//!
//! libgit2 opens it. What libgit2 cannot open (sha256 object names, reftable) is still found, by the `git` program, so
//! that the database can be used there; only what needs objects is refused.
//!
//! Whether a repository is trusted is git's decision (`safe.directory`, `safe.bareRepository`):
//! libgit2 supports neither its patterns nor settings from the command line and the environment.
//! git is asked when it may refuse: if another user owns the files, or a bare repository was found
//! from inside it. A repository named by `GIT_DIR` is trusted, as in git.

use super::abbrev::Abbreviations;
use super::objects::Objects;
use super::run::Git;
use crate::environment;
use crate::error::{Error, Result, WithContext};
use crate::presence;
use crate::text::shell_quote;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A repository as it was found from one directory.
pub struct Repo {
    /// The opened repository, or why libgit2 cannot open it.
    pub(super) handle: Result<git2::Repository, String>,
    /// Directory of this worktree's HEAD and index.
    git_dir: PathBuf,
    /// Directory that all worktrees of the repository share.
    common_dir: PathBuf,
    /// Top of the worktree that the command was started in.
    work_tree: Option<PathBuf>,
    /// Top of the main worktree; a bare repository has none.
    main_worktree: Option<PathBuf>,
    /// How object names are abbreviated.
    pub(super) abbreviations: Abbreviations,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo")
            .field("git_dir", &self.git_dir)
            .finish_non_exhaustive()
    }
}

/// What the environment says about where the repository is.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `GIT_DIR`: the repository, without a search.
    pub git_dir: Option<OsString>,
    /// `GIT_WORK_TREE`: the top of the worktree.
    pub work_tree: Option<OsString>,
    /// `GIT_CEILING_DIRECTORIES`: where the search upward ends.
    pub ceilings: Option<OsString>,
    /// `GIT_DISCOVERY_ACROSS_FILESYSTEM`: whether the search may leave a file system.
    pub across_filesystems: bool,
}

impl Environment {
    /// Reads the variables of this process; an empty one counts as unset.
    pub fn of_process() -> Self {
        Environment {
            git_dir: environment::git_dir(),
            work_tree: environment::git_work_tree(),
            ceilings: environment::git_ceiling_directories(),
            across_filesystems: environment::git_discovers_across_filesystems(),
        }
    }
}

impl Repo {
    /// Finds the repository that holds `cwd`, an absolute path; outside of one the error has git's wording.
    pub fn discover(cwd: &Path, env: &Environment) -> Result<Repo> {
        let opened = match &env.git_dir {
            Some(dir) => git2::Repository::open_ext(
                cwd.join(dir),
                git2::RepositoryOpenFlags::NO_SEARCH,
                &[] as &[&str],
            ),
            None => {
                let mut flags = git2::RepositoryOpenFlags::empty();
                flags.set(git2::RepositoryOpenFlags::CROSS_FS, env.across_filesystems);
                let ceilings: Vec<PathBuf> = env
                    .ceilings
                    .iter()
                    .flat_map(std::env::split_paths)
                    .collect();
                git2::Repository::open_ext(cwd, flags, &ceilings)
            }
        };
        match opened {
            Ok(repo) if env.git_dir.is_none() && must_ask_git(&repo, cwd) => {
                Repo::found_by_git(cwd)
            }
            Ok(repo) => Repo::opened(repo, cwd, env),
            Err(why) if why.code() == git2::ErrorCode::NotFound => Err(match &env.git_dir {
                Some(dir) => {
                    Error::new(format!("not a git repository: '{}'", dir.to_string_lossy()))
                }
                None => Error::new("not a git repository (or any of the parent directories): .git"),
            }),
            Err(_) => Repo::found_by_git(cwd),
        }
    }

    fn opened(repo: git2::Repository, cwd: &Path, env: &Environment) -> Result<Repo> {
        let git_dir = clean(repo.path());
        let common_dir = clean(repo.commondir());
        let work_tree = match &env.work_tree {
            Some(dir) => Some(cwd.join(dir)),
            None if env.git_dir.is_some()
                && !repo.is_bare()
                && repo.workdir().is_some()
                && !has_core_worktree(&repo) =>
            {
                Some(cwd.to_owned())
            }
            None => repo.workdir().map(clean),
        };
        let main_worktree = if git_dir == common_dir {
            repo.workdir().map(clean)
        } else {
            open_unchecked(&common_dir)
                .ok()
                .and_then(|main| main.workdir().map(clean))
        };
        Ok(Repo {
            handle: Ok(repo),
            git_dir,
            common_dir,
            work_tree,
            main_worktree,
            abbreviations: Abbreviations::default(),
        })
    }

    /// Asks git for what libgit2 cannot open, or must not decide. A refusal of git's (foreign owner, broken repository) is
    /// passed on.
    fn found_by_git(cwd: &Path) -> Result<Repo> {
        let ask = |what: &[&str]| {
            Git::here(cwd)
                .args(["rev-parse", "--path-format=absolute"])
                .args(what)
                .run()
        };
        let dirs = ask(&["--is-inside-work-tree", "--git-dir", "--git-common-dir"])?;
        if !dirs.status.success() {
            return Err(refusal(&String::from_utf8_lossy(&dirs.stderr)));
        }
        let text = dirs.text();
        let unclear = || Error::new("cannot parse the output of 'git rev-parse'");
        let (is_inside, dirs) = text.split_once('\n').ok_or_else(unclear)?;
        let (git_dir, common_dir) = dirs
            .split_once('\n')
            .map(|(dir, common)| (PathBuf::from(dir), PathBuf::from(common)))
            .ok_or_else(unclear)?;
        let work_tree = match is_inside {
            "true" => Some(PathBuf::from(ask(&["--show-toplevel"])?.text())),
            _ => None,
        };
        let main_worktree = (common_dir.file_name().is_some_and(|name| name == ".git"))
            .then(|| common_dir.parent().map(Path::to_owned));
        Ok(Repo {
            handle: open_unchecked(&git_dir).map_err(|why| why.message().to_owned()),
            git_dir,
            common_dir,
            work_tree,
            main_worktree: main_worktree.flatten(),
            abbreviations: Abbreviations::default(),
        })
    }

    /// Directory of this worktree's HEAD and index.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Directory that all worktrees of the repository share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Top of the worktree that the command was started in; none in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// Top of the main worktree; none if the repository is bare.
    pub fn main_worktree(&self) -> Option<&Path> {
        self.main_worktree.as_deref()
    }

    /// The `git` program on this repository, whatever the environment says.
    pub fn git(&self) -> Git {
        // Not this worktree's directory, since this worktree may be about to be removed.
        Git::at(&self.common_dir).args(["--git-dir".as_ref(), self.common_dir.as_os_str()])
    }

    /// The objects of the repository.
    pub fn objects(&self) -> Result<Objects> {
        self.libgit2()?;
        Objects::open(&self.git_dir)
    }

    /// The objects of the repository, with new objects written to a temporary directory; see [`Objects::temporary`].
    pub fn temporary_objects(&self) -> Result<Objects> {
        self.libgit2()?;
        Objects::temporary(&self.git_dir)
    }

    /// The same repository, opened once more, for another thread.
    pub fn reopen(&self) -> Result<Repo> {
        self.libgit2()?;
        let handle = open_unchecked(&self.git_dir)
            .context(|| format!("cannot open the repository '{}'", self.git_dir.display()))?;
        Ok(Repo {
            handle: Ok(handle),
            git_dir: self.git_dir.clone(),
            common_dir: self.common_dir.clone(),
            work_tree: self.work_tree.clone(),
            main_worktree: self.main_worktree.clone(),
            abbreviations: self.abbreviations.reopened(),
        })
    }

    /// The repository as opened by libgit2.
    pub(super) fn libgit2(&self) -> Result<&git2::Repository> {
        self.handle.as_ref().map_err(|why| {
            Error::new(format!("reviews do not support the format of the repository '{}'", self.git_dir.display()))
                .with_cause(why)
                .with_hint("sha256 object names and the reftable format are not supported; use a clone in the default format")
        })
    }
}

/// Opens the repository at a directory, whoever owns it: the caller has had git decide, or only reads.
pub(super) fn open_unchecked(dir: &Path) -> Result<git2::Repository, git2::Error> {
    match git2::Repository::open(dir) {
        // Opened as bare, it is not checked.
        Err(why) if why.code() == git2::ErrorCode::Owner => git2::Repository::open_bare(dir)
            .or_else(|_| git2::Repository::open_bare(dir.join(".git"))),
        opened => opened,
    }
}

/// Whether git's rules of trust may refuse a repository that was found from `cwd`: what git looks at belongs to somebody else,
/// or it is a bare repository that is entered, which `safe.bareRepository` may forbid. Directories that git makes itself below
/// a `.git` are not bare repositories to it.
fn must_ask_git(repo: &git2::Repository, cwd: &Path) -> bool {
    let git_dir = clean(repo.path());
    let top = git_dir
        .parent()
        .filter(|_| git_dir.file_name() == Some(OsStr::new(".git")));
    let link = repo.workdir().map(|top| top.join(".git"));
    let mut looked_at = [
        Some(git_dir.as_path()),
        top,
        repo.workdir(),
        link.as_deref(),
    ]
    .into_iter()
    .flatten();
    looked_at.any(is_foreign) || is_entered_bare(&git_dir, cwd)
}

/// Whether a file that is there belongs to another user than this process.
fn is_foreign(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|meta| meta.uid() != rustix::process::geteuid().as_raw())
}

fn is_entered_bare(git_dir: &Path, cwd: &Path) -> bool {
    let is_gits_own = git_dir.file_name() == Some(OsStr::new(".git"))
        || ["/.git/worktrees/", "/.git/modules/"]
            .iter()
            .any(|part| git_dir.to_string_lossy().contains(part));
    !is_gits_own && cwd.canonicalize().is_ok_and(|cwd| cwd.starts_with(git_dir))
}

fn has_core_worktree(repo: &git2::Repository) -> bool {
    repo.config()
        .is_ok_and(|config| config.get_path("core.worktree").is_ok())
}

/// libgit2 ends directories with a slash.
fn clean(path: &Path) -> PathBuf {
    path.components().collect()
}

fn refusal(said: &str) -> Error {
    let mut lines = said
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    let first = lines
        .next()
        .unwrap_or("git cannot open the repository")
        .trim_start_matches("fatal: ");
    // git explains a foreign owner in several lines; the line with the command becomes the hint.
    let command = said
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("git config "));
    let error = Error::new(first);
    match command {
        Some(command) => error.with_hint(format!("to trust it: {command}")),
        None => match first.split('\'').nth(1) {
            Some(dir) if first.contains("safe.bareRepository") => error.with_hint(format!(
                "to use it anyway: git --git-dir={} patman ...",
                shell_quote(dir)
            )),
            _ => error,
        },
    }
}

/// The absolute directory that relative arguments are meant from: the process's own, then `-C` as git takes it.
pub fn starting_directory(change: &[PathBuf]) -> Result<PathBuf> {
    let here = std::env::current_dir().context(|| "cannot find the current directory")?;
    let dir = change.iter().fold(here, |dir, next| dir.join(next));
    if change.is_empty() || presence::is_dir(&dir)? {
        return Ok(dir);
    }
    Err(Error::new(format!(
        "cannot change to '{}': no such directory",
        dir.display()
    )))
}
