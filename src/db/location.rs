// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the database is, and how it is hidden from git.

mod resolve;

pub use resolve::{LocationInputs, resolve, resolve_reviews};

use super::connect;
use super::remains::{self, FileState};
use crate::error::{Result, WithContext};
use crate::git::sharing;
use crate::presence;
use std::io::Write;
use std::path::PathBuf;

/// The file name of the database, the same as in patman.
pub(super) const FILE: &str = ".patman.db";

/// The line of `info/exclude` that keeps a database, its log, lock and backups out of `git status` and `git
/// clean -fd`.
const EXCLUDE: &str = "/.patman.db*";

/// What determined the location of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `PATMAN_DB_DIR`.
    Environment,
    /// `patman.dbDir`, and where that is set.
    Config(String),
    /// `patman.reviewDbDir`, and where that is set.
    ReviewConfig(String),
    /// `--review-db-dir`.
    ReviewOption,
    /// A database at the top of the main worktree.
    Worktree,
    /// Nothing: git's own directory is the default.
    CommonDir,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Environment => f.write_str("PATMAN_DB_DIR"),
            Origin::Config(origin) => write!(f, "patman.dbDir in {origin}"),
            Origin::ReviewConfig(origin) => write!(f, "patman.reviewDbDir in {origin}"),
            Origin::ReviewOption => f.write_str("--review-db-dir"),
            Origin::Worktree => f.write_str("top of the main worktree"),
            Origin::CommonDir => f.write_str("git directory"),
        }
    }
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The directory of the database.
    pub dir: PathBuf,
    /// What determined it.
    pub origin: Origin,
    /// Another database of this repository, which is not used.
    pub unused: Option<PathBuf>,
    /// The `info/exclude` file that hides a database at the top of the worktree.
    exclude: Option<PathBuf>,
}

impl Location {
    /// The database in this directory.
    pub fn at(dir: impl Into<PathBuf>, origin: Origin) -> Location {
        Location {
            dir: dir.into(),
            origin,
            unused: None,
            exclude: None,
        }
    }

    /// The file of the database.
    pub fn file(&self) -> PathBuf {
        self.dir.join(FILE)
    }

    /// The file that is locked while the database is migrated.
    pub fn lock_file(&self) -> PathBuf {
        connect::beside(&self.file(), ".lock")
    }

    /// Whether there is no database; a lost database is an error.
    pub fn is_absent(&self) -> Result<bool> {
        Ok(remains::unless_lost(&self.file())? == FileState::Absent)
    }

    /// Whether the database is at the top of a worktree, where `git clean -x` deletes it.
    pub fn is_exposed(&self) -> bool {
        self.exclude.is_some()
    }

    /// Creates the directory inside git's own directory; users never create it by hand.
    pub(super) fn make_dir(&self) -> Result<()> {
        if self.origin == Origin::CommonDir && !presence::is_dir(&self.dir)? {
            sharing::create_dir_all(&self.dir).context(|| {
                format!(
                    "cannot create the directory '{}' for the database",
                    self.dir.display()
                )
            })?;
        }
        Ok(())
    }

    /// Hides a database at the top of a worktree from `git status`, once.
    pub(super) fn hide(&self) -> std::io::Result<()> {
        let Some(exclude) = &self.exclude else {
            return Ok(());
        };
        let text = std::fs::read(exclude).or_else(|why| match why.kind() {
            std::io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(why),
        })?;
        if text
            .split(|&byte| byte == b'\n')
            .any(|line| line.trim_ascii() == EXCLUDE.as_bytes())
        {
            return Ok(());
        }
        sharing::create_dir_all(super::filesystem::parent(exclude))?;
        let start = if text.is_empty() || text.ends_with(b"\n") {
            ""
        } else {
            "\n"
        };
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(exclude)?;
        sharing::adjust(exclude);
        file.write_all(format!("{start}{EXCLUDE}\n").as_bytes())
    }
}
