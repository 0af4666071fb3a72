// SPDX-License-Identifier: GPL-2.0-or-later
//! The review lock: one process at a time works on one series in one repository.
//!
//! It is `flock` on `<common dir>/patman/locks/<name>.lock`, which the Python patman takes too, and dies with its
//! holders. The file is never removed: whoever waits on it must wait on the same file.

use crate::error::{Context, Error, Result};
use crate::series::SeriesName;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

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
}

impl AsRef<File> for ReviewLock {
    fn as_ref(&self) -> &File {
        &self.file
    }
}
