// SPDX-License-Identifier: GPL-2.0-or-later
//! The review lock: one process at a time works on one series in one repository.
//!
//! It is `flock` on `<common dir>/patman/locks/<name>.lock`, which the Python patman takes too, and dies with its
//! holders. The file is never removed: whoever waits on it must wait on the same file.

use crate::error::{Context, Error, Result};
use crate::series::SeriesName;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A held review lock, which is given back when dropped.
#[derive(Debug)]
pub struct ReviewLock {
    file: File,
}

impl ReviewLock {
    /// Takes the lock of `name` in the directory `dir`, without waiting.
    pub fn take(dir: &Path, name: &SeriesName) -> Result<ReviewLock> {
        let path = dir.join(format!("{name}.lock"));
        std::fs::create_dir_all(dir).context(|| format!("cannot make '{}'", dir.display()))?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.context(|| format!("cannot open the lock '{}'", path.display()))?;
        // Called through the trait: std has methods of similar names.
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) => Ok(ReviewLock { file }),
            Err(why) if why.kind() == ErrorKind::WouldBlock => {
                Err(Error::new(format!("another process is working on the series '{name}'"))
                    .with_hint("wait until it has finished, then run the command again"))
            }
            Err(why) => Err(Error::new(format!("cannot lock '{}'", path.display())).with_cause(why)),
        }
    }

    /// Removes the locks of refs of the series that a killed git has left.
    ///
    /// Each git of ours that changes them holds the review lock too, so that nobody of ours is at work on them. Others,
    /// such as `git pack-refs`, hold them for a moment: what is older than a second was left behind.
    pub fn clear_refs(&self, common_dir: &Path, name: &SeriesName) -> Result<()> {
        let refs = common_dir.join("refs");
        let own = [refs.join("patman").join(name.as_str()), refs.join("patman").join("kept").join(name.as_str())];
        let own = own.iter().flat_map(std::fs::read_dir).flatten().flatten();
        let mut locks: Vec<PathBuf> = own.map(|entry| entry.path()).collect();
        locks.push(refs.join("heads").join(format!("{name}.lock")));
        for lock in locks.iter().filter(|path| path.extension().is_some_and(|end| end == "lock")) {
            while lock.exists() {
                let age = lock.metadata().and_then(|it| it.modified()).ok().and_then(|then| then.elapsed().ok());
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

/// How old the lock of a ref must be to be one that was left behind.
const STALE: Duration = Duration::from_secs(1);

impl AsRef<File> for ReviewLock {
    fn as_ref(&self) -> &File {
        &self.file
    }
}
