// SPDX-License-Identifier: GPL-2.0-or-later
//! The lock of a repository: one `git patman` at a time changes the user's series in it. It dies with its holders, which are
//! this process and the gits that it runs; its file is never removed. No series has a name that begins with a dot.

use crate::error::{Result, WithContext};
use crate::git::Repo;
use crate::git::file_lock::FileLock;
use crate::git::sharing;
use crate::output::Output;
use std::path::PathBuf;

/// Takes the lock, as soon as it is free.
pub fn take(repo: &Repo, out: &Output) -> Result<FileLock> {
    FileLock::wait(&file(repo)?, None, out)
}

/// Takes the lock if it is free within two seconds, in which what a killed process has left has ended.
pub fn take_soon(repo: &Repo) -> Result<Option<FileLock>> {
    FileLock::take_soon(&file(repo)?)
}

fn file(repo: &Repo) -> Result<PathBuf> {
    let dir = repo.common_dir().join("patman").join("locks");
    sharing::create_dir_all(&dir).context(|| format!("cannot make '{}'", dir.display()))?;
    Ok(dir.join(".rewrite.lock"))
}
