// SPDX-License-Identifier: GPL-2.0-or-later
//! The worktrees of a repository: where each is, what it has checked out, and which operation git
//! has in progress there.
//!
//! This is the only reader of git's records of worktrees (gitrepository-layout(5)), and agrees with
//! `git worktree list`. It starts no process. A worktree on an unmounted medium counts.

mod in_progress;

use super::{Oid, Repo};
use crate::error::{Error, Result, WithContext};
use crate::git::overrides::{Overrides, Place, main_worktree};
use crate::git::run::Git;
use crate::presence;
use in_progress::operations;
pub use in_progress::under_way;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// git's record of a worktree, or of a bare repository.
#[derive(Debug, Clone)]
pub struct WorktreeRecord {
    /// git's name of it; empty for the main one.
    pub id: String,
    /// The directory of its HEAD and index.
    pub git_dir: PathBuf,
    /// Its top directory, whether or not it exists; `None` in a bare repository.
    pub top: Option<PathBuf>,
}

impl WorktreeRecord {
    /// The content of its HEAD.
    ///
    /// # Errors
    /// If HEAD cannot be read, or it is neither a branch nor a commit.
    pub fn head(&self) -> Result<Head> {
        let file = self.git_dir.join("HEAD");
        let cannot = || format!("cannot read '{}'", file.display());
        let meta = file.symlink_metadata().context(cannot)?;
        let text = match meta.file_type().is_symlink() {
            true => format!(
                "ref: {}",
                std::fs::read_link(&file).context(cannot)?.display()
            ),
            false => std::fs::read_to_string(&file).context(cannot)?,
        };
        Head::parse(&text)
            .ok_or_else(|| Error::new(cannot()).with_cause("it is neither a branch nor a commit"))
    }

    /// Why the user, or git, has locked it; `None` if it is not locked.
    pub fn locked(&self) -> Result<Option<String>> {
        let file = self.git_dir.join("locked");
        // The main worktree cannot be locked.
        if self.id.is_empty() {
            return Ok(None);
        }
        let reason = presence::unless_absent(std::fs::read(&file))
            .context(|| format!("cannot read '{}'", file.display()))?;
        Ok(reason.map(|text| String::from_utf8_lossy(text.trim_ascii()).into_owned()))
    }
}

/// What a worktree, or a bare repository, has checked out.
#[derive(Debug, Clone)]
pub struct WorktreeHead {
    /// git's name of it; empty for the main one.
    pub id: String,
    /// The directory of its HEAD and index.
    pub git_dir: PathBuf,
    /// Its top directory, whether or not it exists; `None` in a bare repository.
    pub top: Option<PathBuf>,
    /// The content of its HEAD.
    pub head: Head,
    /// The operations that git has in progress, each with the full name of its branch.
    pub busy: Vec<(&'static str, String)>,
}

/// The content of a HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch, by its full name.
    Branch(String),
    /// A commit.
    Detached(Oid),
}

impl Head {
    /// The text as written in the file.
    pub fn text(&self) -> String {
        match self {
            Head::Branch(name) => format!("ref: {name}"),
            Head::Detached(id) => id.to_string(),
        }
    }

    /// Reads what [`Head::text`] writes.
    pub fn parse(text: &str) -> Option<Head> {
        match text.strip_prefix("ref:") {
            Some(name) => Some(Head::Branch(name.trim().to_owned())),
            None => Oid::from_str(text.trim()).ok().map(Head::Detached),
        }
    }

    /// The name to show to people.
    pub fn shown(&self) -> String {
        match self {
            Head::Branch(name) => name.strip_prefix("refs/heads/").unwrap_or(name).to_owned(),
            Head::Detached(id) => id.to_string(),
        }
    }
}

impl WorktreeHead {
    /// Its top directory, or its git directory, for people.
    pub fn shown(&self) -> String {
        self.top
            .as_ref()
            .unwrap_or(&self.git_dir)
            .display()
            .to_string()
    }

    /// Whether its files are there.
    pub fn is_there(&self) -> bool {
        self.top
            .as_ref()
            .is_some_and(|top| presence::is_dir(top).unwrap_or(true))
    }

    /// Runs `git` in this worktree, without recursing into submodules.
    pub fn git(&self) -> Git {
        let dir = self
            .top
            .as_ref()
            .filter(|top| top.is_dir())
            .unwrap_or(&self.git_dir);
        let git = || {
            let git = Git::at(dir)
                .args(["-c", "submodule.recurse=false"])
                .env("GIT_DIR", &self.git_dir);
            match &self.top {
                Some(top) => git.env("GIT_WORK_TREE", top),
                None => git,
            }
        };
        match self.review_worktree() {
            Some(place) => Overrides::read(git(), place).apply(git()),
            None => git(),
        }
    }

    /// The location of this worktree, if it is a review worktree, which may hold a stranger's files.
    fn review_worktree(&self) -> Option<Place<'_>> {
        let top = self.top.as_deref()?;
        let common_dir = self.git_dir.parent()?.parent()?;
        (!self.id.is_empty() && top.starts_with(common_dir.join("patman"))).then_some(Place {
            common_dir,
            main_worktree: main_worktree(common_dir),
            worktree: top,
        })
    }

    fn read(record: WorktreeRecord) -> Result<WorktreeHead> {
        let head = record.head()?;
        let busy = operations(&record.git_dir, &head);
        let WorktreeRecord { id, git_dir, top } = record;
        Ok(WorktreeHead {
            id,
            git_dir,
            top,
            head,
            busy,
        })
    }
}

/// The records of the linked worktrees of a repository, sorted by their directories.
///
/// A record without a `gitdir` file is being created or removed. A file that may not be read belongs to another
/// user: git writes it with the umask alone, also in a shared repository. As in git, both are left out.
pub fn linked(common_dir: &Path) -> Result<Vec<WorktreeRecord>> {
    let mut all = Vec::new();
    for entry in presence::entries(&common_dir.join("worktrees"))? {
        let git_dir = entry.path();
        let Some(id) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        let link = git_dir.join("gitdir");
        match std::fs::read(&link) {
            Ok(link) => all.push(WorktreeRecord {
                id,
                top: top_of(&git_dir, &link),
                git_dir,
            }),
            Err(why) if presence::is_absent(&why) => {}
            Err(why) if why.kind() == ErrorKind::PermissionDenied => {}
            Err(why) => return Err(why).context(|| format!("cannot read '{}'", link.display())),
        }
    }
    all.sort_by(|a, b| a.top.cmp(&b.top));
    Ok(all)
}

/// The directory of the worktree whose `.git` the `gitdir` file of a record names.
fn top_of(git_dir: &Path, link: &[u8]) -> Option<PathBuf> {
    let link = Path::new(OsStr::from_bytes(link.trim_ascii_end()));
    let top = git_dir.join(link).parent()?.to_owned();
    if link.is_absolute() {
        return Some(top);
    }
    // The worktree itself may have been deleted.
    let parent = top.parent().and_then(|dir| dir.canonicalize().ok());
    Some(
        parent
            .zip(top.file_name())
            .map_or_else(|| top.clone(), |(dir, name)| dir.join(name)),
    )
}

impl Repo {
    /// git's records of all worktrees, the main one, or the bare repository, first.
    pub fn worktree_records(&self) -> Result<Vec<WorktreeRecord>> {
        let common = self.common_dir();
        let main = match self.git_dir() == common {
            true => self.work_tree().or(self.main_worktree()),
            false => self.main_worktree(),
        };
        let mut all = vec![WorktreeRecord {
            id: String::new(),
            git_dir: common.to_owned(),
            top: main.map(Path::to_owned),
        }];
        all.extend(linked(common)?);
        Ok(all)
    }

    /// What each worktree has checked out, the main one, or the bare repository, first. Linked worktrees whose HEAD cannot
    /// be read are left out.
    pub fn worktree_heads(&self) -> Result<Vec<WorktreeHead>> {
        let mut records = self.worktree_records()?.into_iter();
        let main = records.next().map(WorktreeHead::read);
        let linked = records.filter_map(|record| WorktreeHead::read(record).ok());
        main.into_iter().chain(linked.map(Ok)).collect()
    }

    /// git's name of the worktree that the command was started in; empty for the main one.
    pub fn own_worktree_id(&self) -> String {
        match self.git_dir() == self.common_dir() {
            true => String::new(),
            false => self
                .git_dir()
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }

    /// Follows symbolic refs from the ref with that full name to the last ref.
    pub fn real_ref(&self, name: &str) -> Result<String> {
        let mut name = name.to_owned();
        for _ in 0..5 {
            match self
                .libgit2()?
                .find_reference(&name)
                .ok()
                .and_then(|found| found.symbolic_target().ok().flatten().map(str::to_owned))
            {
                Some(target) => name = target,
                None => return Ok(name),
            }
        }
        Err(Error::new(format!(
            "the symbolic ref '{name}' has too many levels"
        )))
    }

    /// The tree of a commit.
    pub fn tree_of(&self, commit: Oid) -> Result<Oid> {
        self.subject_and_tree(commit).map(|(_, tree)| tree)
    }
}

#[cfg(test)]
mod tests;
