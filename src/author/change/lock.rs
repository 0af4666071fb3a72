// SPDX-License-Identifier: GPL-2.0-or-later
//! The lock of a repository: only one `git patman` at a time changes the user's series in it. The lock ends with
//! its holders: this process and the git processes that it runs. Its file is never removed. No series name
//! begins with a dot.

use crate::error::{Result, WithContext};
use crate::events::Events;
use crate::git::Repo;
use crate::git::file_lock::FileLock;
use crate::git::sharing;
use std::path::PathBuf;

/// Takes the lock, waiting until it is free.
pub fn take(repo: &Repo, events: &dyn Events) -> Result<FileLock> {
    FileLock::wait(&file(repo)?, None, events)
}

/// Takes the lock if it is free within two seconds, the time that children of a killed process need to exit.
pub fn take_soon(repo: &Repo) -> Result<Option<FileLock>> {
    FileLock::take_soon(&file(repo)?)
}

fn file(repo: &Repo) -> Result<PathBuf> {
    let dir = repo.common_dir().join("patman").join("locks");
    sharing::create_dir_all(&dir).context(|| format!("cannot create '{}'", dir.display()))?;
    Ok(dir.join(".rewrite.lock"))
}
