// SPDX-License-Identifier: GPL-2.0-or-later
//! The lock of a repository: one `git patman` at a time changes the user's series in it. It dies with its holders, which are
//! this process and the gits that it runs; its file is never removed. No series has a name that begins with a dot.

use crate::error::{Context, Result};
use crate::git::Repo;
use crate::output::Output;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::time::Duration;

/// The lock, held.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl AsRef<File> for Lock {
    fn as_ref(&self) -> &File {
        &self.file
    }
}

/// Takes the lock, as soon as it is free.
pub fn take(repo: &Repo, out: &Output) -> Result<Lock> {
    let dir = repo.common_dir().join("patman").join("locks");
    let path = dir.join(".rewrite.lock");
    std::fs::create_dir_all(&dir).context(|| format!("cannot make '{}'", dir.display()))?;
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let file = file.context(|| format!("cannot open the lock '{}'", path.display()))?;
    let cannot = || format!("cannot lock '{}'", path.display());
    for _ in 0..20 {
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) => return Ok(Lock { file }),
            Err(why) if why.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(50)),
            Err(why) => return Err(why).context(cannot),
        }
    }
    out.note(format!("Waiting for another git patman, which holds '{}'", path.display()));
    fs2::FileExt::lock_exclusive(&file).context(cannot)?;
    Ok(Lock { file })
}
