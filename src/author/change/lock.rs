// SPDX-License-Identifier: GPL-2.0-or-later
//! The lock of a repository: one `git patman` at a time changes the user's series in it. It dies with its holders, which are
//! this process and the gits that it runs; its file is never removed. No series has a name that begins with a dot.

use crate::error::{Context, Result};
use crate::git::Repo;
use crate::output::Output;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
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
    let (file, path) = open(repo)?;
    for _ in 0..20 {
        if try_take(&file, &path)? {
            return Ok(Lock { file });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    out.note(format!(
        "waiting for another git patman, which holds '{}'",
        path.display()
    ));
    fs2::FileExt::lock_exclusive(&file).context(|| cannot(&path))?;
    Ok(Lock { file })
}

/// Takes the lock if it is free within two seconds, in which what a killed process has left has ended.
pub fn take_soon(repo: &Repo) -> Result<Option<Lock>> {
    let (file, path) = open(repo)?;
    for _ in 0..40 {
        if try_take(&file, &path)? {
            return Ok(Some(Lock { file }));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(try_take(&file, &path)?.then_some(Lock { file }))
}

fn open(repo: &Repo) -> Result<(File, PathBuf)> {
    let dir = repo.common_dir().join("patman").join("locks");
    let path = dir.join(".rewrite.lock");
    std::fs::create_dir_all(&dir).context(|| format!("cannot make '{}'", dir.display()))?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = file.context(|| format!("cannot open the lock '{}'", path.display()))?;
    Ok((file, path))
}

fn try_take(file: &File, path: &Path) -> Result<bool> {
    // Called through the trait: std has methods of similar names.
    match fs2::FileExt::try_lock_exclusive(file) {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(why) => Err(why).context(|| cannot(path)),
    }
}

fn cannot(path: &Path) -> String {
    format!("cannot lock '{}'", path.display())
}
