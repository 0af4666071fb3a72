// SPDX-License-Identifier: GPL-2.0-or-later
//! The review lock: one process at a time works on one series in one repository.
//!
//! It is a `flock` on `<common dir>/patman/locks/<name>.lock`, which the Python patman takes too, and ends with
//! its holders. The file is never removed: all processes must wait on the same file.

use crate::error::{Error, Result, WithContext};
use crate::git::file_lock::FileLock;
use crate::git::sharing;
use crate::series::SeriesName;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A held review lock, which is released when dropped.
#[derive(Debug)]
pub struct ReviewLock(FileLock);

impl ReviewLock {
    /// Takes the lock of the review `name` in the directory `dir`, without waiting.
    pub fn take(dir: &Path, name: &SeriesName) -> Result<ReviewLock> {
        let lock = FileLock::try_take(&file(dir, name)?)?;
        lock.map(ReviewLock).ok_or_else(|| busy(name))
    }

    /// Takes the lock `name` in the directory `dir`; none if it is not free within two seconds.
    pub fn take_soon(dir: &Path, name: &SeriesName) -> Result<Option<ReviewLock>> {
        Ok(FileLock::take_soon(&file(dir, name)?)?.map(ReviewLock))
    }

    /// Removes ref locks of the series that a killed git has left.
    ///
    /// Each git process of patman that changes these refs holds the review lock too, so none is running.
    /// Others, such as `git pack-refs`, hold them for a moment: a lock older than a second is stale.
    pub fn clear_refs(&self, common_dir: &Path, name: &SeriesName) -> Result<()> {
        let refs = common_dir.join("refs");
        let own = [
            refs.join("patman").join(name.as_str()),
            refs.join("patman").join("kept").join(name.as_str()),
        ];
        let mut locks: Vec<PathBuf> = own.iter().flat_map(|dir| locks_in(dir)).collect();
        locks.push(refs.join("heads").join(format!("{name}.lock")));
        for lock in &locks {
            while lock.exists() {
                let age = lock
                    .metadata()
                    .and_then(|it| it.modified())
                    .ok()
                    .and_then(|then| then.elapsed().ok());
                if age.is_none_or(|age| age < STALE) {
                    std::thread::sleep(Duration::from_millis(50));
                    continue;
                }
                match std::fs::remove_file(lock) {
                    Err(why) if why.kind() != ErrorKind::NotFound => {
                        return Err(why).context(|| format!("cannot remove '{}'", lock.display()));
                    }
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

fn file(dir: &Path, name: &SeriesName) -> Result<PathBuf> {
    sharing::create_dir_all(dir).context(|| format!("cannot create '{}'", dir.display()))?;
    Ok(dir.join(format!("{name}.lock")))
}

/// Series with locked refs, which a killed git may have left; usually there are none.
pub fn with_locked_refs(common_dir: &Path) -> Vec<SeriesName> {
    let patman = common_dir.join("refs").join("patman");
    let mut names: Vec<SeriesName> = Vec::new();
    for dir in [patman.join("kept"), patman] {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let locked = entries.filter(|entry| !locks_in(&entry.path()).is_empty());
        names.extend(locked.filter_map(|entry| SeriesName::new(entry.file_name().to_str()?).ok()));
    }
    names.sort();
    names.dedup();
    names
}

/// The locks of refs in a directory.
fn locks_in(dir: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "lock"))
        .collect()
}

/// The error for a series that another process is working on.
pub fn busy(name: &SeriesName) -> Error {
    Error::new(format!("another process is working on the series '{name}'"))
        .with_hint("wait until it has finished, then run the command again")
}

/// The minimum age of a stale ref lock.
const STALE: Duration = Duration::from_secs(1);

impl AsRef<File> for ReviewLock {
    fn as_ref(&self) -> &File {
        self.0.as_ref()
    }
}
