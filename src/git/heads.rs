// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads what each worktree of a repository has checked out, and which operation git has in
//! progress there. It reads only git's own files (gitrepository-layout(5)). A worktree on an
//! unmounted medium counts.

use super::{Oid, Repo};
use crate::error::{Error, Result, WithContext};
use crate::git::overrides::{Overrides, Place, main_worktree};
use crate::git::run::Git;
use crate::presence;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One worktree, or a bare repository.
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

    fn read(id: String, git_dir: PathBuf, top: Option<PathBuf>) -> Result<WorktreeHead> {
        let file = git_dir.join("HEAD");
        let cannot = || format!("cannot read '{}'", file.display());
        let text = match file
            .symlink_metadata()
            .context(cannot)?
            .file_type()
            .is_symlink()
        {
            true => format!(
                "ref: {}",
                std::fs::read_link(&file).context(cannot)?.display()
            ),
            false => std::fs::read_to_string(&file).context(cannot)?,
        };
        let head = Head::parse(&text)
            .ok_or_else(|| Error::new(cannot()).with_cause("git cannot have written it"))?;
        let busy = busy(&git_dir, &head);
        Ok(WorktreeHead {
            id,
            git_dir,
            top,
            head,
            busy,
        })
    }
}

/// The operation in progress in the worktree whose HEAD and index are in `git_dir`, as the end of a
/// sentence. A bisection does not count, since it creates no commits.
pub fn under_way(git_dir: &Path) -> Option<&'static str> {
    let is_rebase = ["rebase-merge", "rebase-apply/rebasing"];
    if is_rebase.iter().any(|state| git_dir.join(state).exists()) {
        return Some("being rebased");
    }
    // Whatever branch it is about.
    let any = Head::Branch(String::new());
    busy(git_dir, &any)
        .iter()
        .map(|(what, _)| *what)
        .find(|what| what.starts_with("in a "))
}

/// The operations that git has in progress.
fn busy(dir: &Path, head: &Head) -> Vec<(&'static str, String)> {
    let mut busy = Vec::new();
    let text = |path: &str| {
        std::fs::read_to_string(dir.join(path))
            .ok()
            .map(|text| text.trim().to_owned())
    };
    let full = |name: &str| match name.starts_with("refs/") {
        true => name.to_owned(),
        false => format!("refs/heads/{name}"),
    };
    for path in ["rebase-merge/head-name", "rebase-apply/head-name"] {
        busy.extend(text(path).map(|name| ("being rebased", full(&name))));
    }
    // Three lines each: the ref, and what it was and will be.
    let others = text("rebase-merge/update-refs").unwrap_or_default();
    busy.extend(
        others
            .lines()
            .filter(|line| line.starts_with("refs/"))
            .map(|name| ("being rebased", name.to_owned())),
    );
    busy.extend(
        text("BISECT_START")
            .filter(|_| presence::may_exist(&dir.join("BISECT_LOG")))
            .map(|name| ("being bisected", full(&name))),
    );
    if let Head::Branch(name) = head {
        let states = [
            ("rebase-apply/applying", "in a 'git am'"),
            ("MERGE_HEAD", "in a merge"),
            ("CHERRY_PICK_HEAD", "in a cherry-pick"),
            ("REVERT_HEAD", "in a revert"),
            ("sequencer/todo", "in a cherry-pick or revert"),
        ];
        busy.extend(
            states
                .iter()
                .find(|(path, _)| presence::may_exist(&dir.join(path)))
                .map(|(_, word)| (*word, name.clone())),
        );
    }
    busy
}

impl Repo {
    /// All worktrees, the main one, or the bare repository, first.
    pub fn seats(&self) -> Result<Vec<WorktreeHead>> {
        let common = self.common_dir();
        let main = match self.git_dir() == common {
            true => self.work_tree().or(self.main_worktree()),
            false => self.main_worktree(),
        };
        let mut all = vec![WorktreeHead::read(
            String::new(),
            common.to_owned(),
            main.map(Path::to_owned),
        )?];
        for entry in presence::entries(&common.join("worktrees"))? {
            let dir = entry.path();
            let Some(id) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            // A worktree without a `gitdir` file is being created or removed. A file that may not be read belongs to another
            // user: git writes it with the umask alone, also in a shared repository, and skips it too.
            let link = dir.join("gitdir");
            let link = match std::fs::read(&link) {
                Ok(link) => link,
                Err(why) if presence::is_absent(&why) => continue,
                Err(why) if why.kind() == ErrorKind::PermissionDenied => continue,
                Err(why) => {
                    return Err(why).context(|| format!("cannot read '{}'", link.display()));
                }
            };
            let link = dir.join(OsStr::from_bytes(link.trim_ascii_end()));
            if let Ok(seat) = WorktreeHead::read(id, dir, link.parent().map(Path::to_owned)) {
                all.push(seat);
            }
        }
        all[1..].sort_by(|a, b| a.id.cmp(&b.id));
        Ok(all)
    }

    /// git's name of the worktree that the command was started in; empty for the main one.
    pub fn own_seat(&self) -> String {
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
            "the symbolic ref '{name}' leads nowhere"
        )))
    }

    /// The tree of a commit.
    pub fn tree_of(&self, commit: Oid) -> Result<Oid> {
        self.subject_and_tree(commit).map(|(_, tree)| tree)
    }
}
