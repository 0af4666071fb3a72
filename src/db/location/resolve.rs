// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the database: from the environment, the configuration, the top of the main worktree, or git's own
//! directory.
//!
//! Linked worktrees share the main worktree's database. A directory that the user named is never created
//! implicitly.

use super::{FILE, Location, Origin};
use crate::db::remains::has_remains;
use crate::error::{Error, Result};
use crate::presence;
use crate::text::shell_quote;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The inputs that determine the location of the database.
#[derive(Debug, Clone, Copy)]
pub struct LocationInputs<'a> {
    /// `PATMAN_DB_DIR`; empty counts as unset.
    pub env: Option<&'a OsStr>,
    /// `patman.dbDir`, with `~` expanded, and where it is set (`git config --show-origin`).
    pub config: Option<(&'a Path, &'a str)>,
    /// The top of the main worktree; none in a bare repository.
    pub main_worktree: Option<&'a Path>,
    /// The directory that all worktrees of the repository share (`git rev-parse --git-common-dir`).
    pub common_dir: Option<&'a Path>,
    /// The directory that the program runs in.
    pub cwd: &'a Path,
    /// The user's home directory.
    pub home: Option<&'a Path>,
}

impl LocationInputs<'_> {
    /// The directory that a relative path in a setting is relative to.
    fn base(&self) -> &Path {
        self.main_worktree.or(self.common_dir).unwrap_or(self.cwd)
    }

    /// The `info/exclude` file for a database in `dir`, if that is the top of the main worktree.
    fn exclude(&self, dir: &Path) -> Option<PathBuf> {
        self.main_worktree.filter(|top| is_same(top, dir))?;
        Some(self.common_dir?.join("info").join("exclude"))
    }
}

/// Finds the directory of the database.
pub fn resolve(places: &LocationInputs<'_>) -> Result<Location> {
    let mut location = chosen(places)?;
    let used = location.file();
    let top = places.main_worktree.map(|dir| dir.join(FILE));
    let inner = places.common_dir.map(|dir| dir.join("patman").join(FILE));
    let others = [top, inner].into_iter().flatten();
    location.unused = others
        .filter(|file| is_there(file))
        .find(|file| !is_same(file, &used));
    location.exclude = places.exclude(&location.dir);
    Ok(location)
}

/// The directory of the review database, from the option or otherwise the setting; `None` when neither is
/// given.
pub fn resolve_reviews(
    option: Option<&Path>,
    config: Option<(&Path, &str)>,
    places: &LocationInputs<'_>,
) -> Result<Option<Location>> {
    let mut location = if let Some(named) = option {
        let dir = places.cwd.join(expanded(named, places.home));
        named_dir(dir, Origin::ReviewOption, "or name another one")?
    } else if let Some((named, origin)) = config {
        let fix = "or change the setting: git config --edit (patman.reviewDbDir)";
        named_dir(
            places.base().join(named),
            Origin::ReviewConfig(origin.to_owned()),
            fix,
        )?
    } else {
        return Ok(None);
    };
    if let Ok(dir) = location.dir.canonicalize() {
        location.dir = dir;
    }
    location.exclude = places.exclude(&location.dir);
    Ok(Some(location))
}

fn chosen(places: &LocationInputs<'_>) -> Result<Location> {
    if let Some(named) = places.env.filter(|value| !value.is_empty()) {
        let dir = places.cwd.join(expanded(Path::new(named), places.home));
        let fix = "or unset PATMAN_DB_DIR";
        return named_dir(dir, Origin::Environment, fix);
    }
    if let Some((named, origin)) = places
        .config
        .filter(|(named, _)| !named.as_os_str().is_empty())
    {
        let fix = "or change the setting: git config --edit (patman.dbDir)";
        return named_dir(
            places.base().join(named),
            Origin::Config(origin.to_owned()),
            fix,
        );
    }
    if let Some(top) = places.main_worktree
        && presence::is_taken(&top.join(FILE))?
    {
        return Ok(Location::at(top, Origin::Worktree));
    }
    match places.common_dir.map(|common| common.join("patman")) {
        Some(inner) => match places.main_worktree {
            // If a database at the top was lost, no new one replaces it here.
            Some(top)
                if !presence::is_taken(&inner.join(FILE))? && has_remains(&top.join(FILE)) =>
            {
                Ok(Location::at(top, Origin::Worktree))
            }
            _ => Ok(Location::at(inner, Origin::CommonDir)),
        },
        None => Err(
            Error::new("there is no git repository here, so no place for the database").with_hint(
                "run in a repository, or set PATMAN_DB_DIR to the directory of the database",
            ),
        ),
    }
}

fn named_dir(dir: PathBuf, origin: Origin, fix: &str) -> Result<Location> {
    let found = presence::stat(&dir).map_err(|why| {
        why.within(format!(
            "cannot use the directory '{}' of the database ({origin})",
            dir.display()
        ))
    })?;
    if found.is_some_and(|meta| meta.is_dir()) {
        return Ok(Location::at(dir, origin));
    }
    let shown = dir.display();
    let error = |what: &str| {
        Error::new(format!(
            "cannot use the directory '{shown}' of the database ({origin})"
        ))
        .with_cause(what)
    };
    Err(if presence::is_taken(&dir)? {
        error("it is not a directory").with_hint(format!("name a directory {fix}"))
    } else {
        error("it does not exist")
            .with_hint(format!("make it: mkdir -p {}", shell_quote(dir)))
            .with_hint(fix)
    })
}

fn expanded(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Whether the name exists, even if it is only a dangling symbolic link. A database that is not used is only
/// reported.
fn is_there(file: &Path) -> bool {
    presence::is_taken(file).unwrap_or(false)
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    struct Repo(tempfile::TempDir);

    impl Repo {
        fn new() -> Repo {
            let repo = Repo(tempfile::tempdir().unwrap());
            std::fs::create_dir_all(repo.top().join(".git")).unwrap();
            std::fs::create_dir_all(repo.0.path().join("home/db")).unwrap();
            repo
        }
        fn top(&self) -> PathBuf {
            self.0.path().join("top")
        }
        fn resolve(&self, env: Option<&str>, config: Option<&str>) -> Result<Location> {
            let (top, common, home) = (
                self.top(),
                self.top().join(".git"),
                self.0.path().join("home"),
            );
            resolve(&LocationInputs {
                env: env.map(OsStr::new),
                config: config.map(|dir| (Path::new(dir), "file:.git/config")),
                main_worktree: Some(&top),
                common_dir: Some(&common),
                cwd: self.0.path(),
                home: Some(&home),
            })
        }
    }

    #[test]
    fn the_environment_comes_first_then_the_setting_then_the_worktree() {
        let repo = Repo::new();
        let inner = repo.top().join(".git/patman");
        let location = repo.resolve(Some(""), None).unwrap();
        assert_eq!(
            (location.dir.clone(), location.origin),
            (inner.clone(), Origin::CommonDir)
        );
        std::fs::write(repo.top().join(FILE), "").unwrap();
        let location = repo.resolve(None, None).unwrap();
        assert_eq!(
            (&location.dir, &location.origin, location.is_exposed()),
            (&repo.top(), &Origin::Worktree, true)
        );
        let location = repo.resolve(None, Some("../home")).unwrap();
        assert_eq!(location.origin, Origin::Config("file:.git/config".into()));
        assert_eq!(location.unused, Some(repo.top().join(FILE)));
        let location = repo.resolve(Some("~/db"), Some("../home")).unwrap();
        assert_eq!(
            (location.dir, location.origin),
            (repo.0.path().join("home/db"), Origin::Environment)
        );
        assert_eq!(
            repo.resolve(Some("home"), None).unwrap().dir,
            repo.0.path().join("home")
        );
    }

    #[test]
    fn the_database_that_is_not_used_is_reported() {
        let repo = Repo::new();
        let inner = repo.top().join(".git/patman");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join(FILE), "").unwrap();
        std::fs::write(repo.top().join(FILE), "").unwrap();
        let location = repo.resolve(None, None).unwrap();
        assert_eq!(
            (location.origin, location.unused),
            (Origin::Worktree, Some(inner.join(FILE)))
        );
    }

    #[test]
    fn a_directory_that_was_named_must_exist() {
        let repo = Repo::new();
        std::fs::write(repo.0.path().join("file"), "").unwrap();
        let missing = repo.resolve(Some("missing"), None).unwrap_err();
        assert!(
            missing
                .to_string()
                .contains("PATMAN_DB_DIR): it does not exist"),
            "{missing}"
        );
        assert!(missing.hints()[0].starts_with("make it: mkdir -p "));
        assert!(
            repo.resolve(Some("file"), None)
                .unwrap_err()
                .to_string()
                .ends_with("it is not a directory")
        );
        assert!(
            repo.resolve(None, Some("missing"))
                .unwrap_err()
                .to_string()
                .contains("patman.dbDir")
        );
        assert!(!repo.0.path().join("missing").exists());
    }

    #[test]
    fn a_database_at_the_top_is_excluded_once() {
        let repo = Repo::new();
        let exclude = repo.top().join(".git/info/exclude");
        std::fs::create_dir_all(exclude.parent().unwrap()).unwrap();
        std::fs::write(&exclude, "*.o").unwrap();
        std::fs::write(repo.top().join(FILE), "").unwrap();
        let location = repo.resolve(None, None).unwrap();
        location.hide().unwrap();
        location.hide().unwrap();
        assert_eq!(
            std::fs::read_to_string(exclude).unwrap(),
            "*.o\n/.patman.db*\n"
        );
    }
}
