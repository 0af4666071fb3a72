// SPDX-License-Identifier: GPL-2.0-or-later
//! git's own record of a linked worktree, `<common dir>/worktrees/<id>/` (gitrepository-layout(5)).
//!
//! It is completed elsewhere and renamed into place, and renamed away before it is deleted. Every git command
//! that reads worktrees reads all of these directories, and dies ("failed to read .../commondir") on a record
//! that is half written, whether `git worktree add` is still running or was killed.

use crate::error::{Error, Result, WithContext};
use crate::git::run::Git;
use crate::git::sharing;
use crate::git::worktrees;
use crate::presence;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The lock reason of a worktree whose files are not all written; git uses the same word.
pub const UNFINISHED: &str = "initializing";

/// Files that are copied from the repository's record into that of a worktree.
pub(super) const SPARSE: [&str; 2] = ["info/sparse-checkout", "config.worktree"];

/// Creates the record of a worktree at `path` in the directory `made`, on the file system of the repository,
/// locked as unfinished. `head` is the content of its HEAD. Nothing is created at `path`.
pub fn make(common_dir: &Path, path: &Path, head: &str, made: &Path) -> Result<()> {
    let failed = || format!("cannot record the worktree '{}'", path.display());
    if let Some(dir) = made.parent() {
        sharing::create_dir_all(dir).context(failed)?;
    }
    sharing::create_dir(made).context(failed)?;
    let link = path.join(".git");
    let write = |file: &str, bytes: &[u8]| sharing::write(&made.join(file), bytes).context(failed);
    write("HEAD", format!("{head}\n").as_bytes())?;
    write("commondir", b"../..\n")?;
    write("gitdir", &[link.as_os_str().as_bytes(), b"\n"].concat())?;
    write("locked", UNFINISHED.as_bytes())?;
    copy_sparse(common_dir, made)
}

/// Moves the record at `made` to git's other records, and returns its path. `id` is git's name for it; a number
/// is appended if that is taken.
pub fn place(common_dir: &Path, made: &Path, id: &str) -> Result<PathBuf> {
    let all = common_dir.join("worktrees");
    let failed = || format!("cannot record the worktree '{id}'");
    sharing::create_dir_all(&all).context(failed)?;
    for number in 0..1000 {
        let numbered = if number == 0 {
            id.to_owned()
        } else {
            format!("{id}{number}")
        };
        let place = all.join(numbered);
        if place.symlink_metadata().is_ok() {
            continue;
        }
        match std::fs::rename(made, &place) {
            Err(why)
                if matches!(
                    why.kind(),
                    ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists
                ) => {}
            done => return done.context(failed).map(|()| place),
        }
    }
    Err(Error::new(failed()).with_cause(format!("'{}' has too many records", all.display())))
}

/// Copies the same files as `git worktree add`, so that a sparse checkout is sparse in its worktrees too.
pub(super) fn copy_sparse(common_dir: &Path, made: &Path) -> Result<()> {
    let copy = |file: &str| -> Result<bool> {
        let (from, to) = (common_dir.join(file), made.join(file));
        if !presence::is_file(&from)? {
            return Ok(false);
        }
        to.parent()
            .map_or(Ok(()), sharing::create_dir_all)
            .context(|| format!("cannot create '{}'", to.display()))?;
        std::fs::copy(&from, &to).context(|| format!("cannot copy '{}'", from.display()))?;
        sharing::adjust(&to);
        Ok(true)
    };
    let [sparse, config] = SPARSE;
    copy(sparse)?;
    if copy(config)? {
        for key in ["core.bare", "core.worktree"] {
            // Status 5: the key was not set.
            let done = Git::at(made)
                .args(["config", "--file", config, "--unset-all", key])
                .run()?;
            if !matches!(done.status.code(), Some(0 | 5)) {
                return Err(Error::new(format!(
                    "cannot unset '{key}' in '{}'",
                    made.display()
                )));
            }
        }
    }
    Ok(())
}

/// The directory that records the worktree at `path`.
pub fn of(common_dir: &Path, path: &Path) -> Option<PathBuf> {
    let records = worktrees::linked(common_dir).ok()?;
    let record = records.into_iter().find(|record| {
        let top = record.top.as_deref();
        top.is_some_and(|top| super::same_path(top, path))
    });
    record.map(|record| record.git_dir)
}

/// The directory that the `.git` of a worktree names, if `path` is a worktree.
pub fn named_by(path: &Path) -> Option<PathBuf> {
    let link = path.join(".git");
    let is_file = link.symlink_metadata().ok()?.is_file();
    let text = is_file.then(|| std::fs::read(&link).ok())??;
    Some(path.join(path_in(text.strip_prefix(b"gitdir: ")?)))
}

/// The common directory of the worktree that `admin` records.
pub fn common_dir(admin: &Path) -> PathBuf {
    let link = std::fs::read(admin.join("commondir")).unwrap_or_default();
    let dir = admin.join(path_in(&link));
    dir.canonicalize().unwrap_or(dir)
}

/// Marks the worktree as finished.
pub fn finish(admin: &Path) -> Result<()> {
    let lock = admin.join("locked");
    std::fs::remove_file(&lock).context(|| format!("cannot remove '{}'", lock.display()))
}

/// Removes the record in one step; the remains to delete are at `trash`.
pub fn remove(admin: &Path, trash: &Path) -> Result<()> {
    std::fs::rename(admin, trash).context(|| format!("cannot remove '{}'", admin.display()))?;
    // Like git, remove the directory with its last record; another record may have been added meanwhile.
    admin.parent().map(std::fs::remove_dir).and_then(Result::ok);
    Ok(())
}

fn path_in(line: &[u8]) -> PathBuf {
    let end = line
        .iter()
        .rposition(|&byte| byte != b'\n')
        .map_or(0, |at| at + 1);
    PathBuf::from(std::ffi::OsString::from_vec(
        OsStr::from_bytes(&line[..end]).as_bytes().to_vec(),
    ))
}
