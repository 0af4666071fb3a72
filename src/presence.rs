// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether a path exists. Absent is only what the system says does not exist (ENOENT, ENOTDIR): what may not be looked at
//! (EACCES), and whatever else fails, is an error, never an absence.
//!
//! `Path::exists`, `is_file`, `is_dir` and `.ok()` on what the file system answers take the one for the other.

use crate::error::{Result, WithContext};
use std::fs::{DirEntry, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Whether the error means that the path does not exist.
pub fn is_absent(why: &io::Error) -> bool {
    matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Returns the same result, with `None` for a path that does not exist.
pub fn unless_absent<T>(answer: io::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(why) if is_absent(&why) => Ok(None),
        Err(why) => Err(why),
    }
}

/// The metadata of the path, following symbolic links; `None` if it leads nowhere.
pub fn stat(path: &Path) -> Result<Option<Metadata>> {
    unless_absent(path.metadata()).context(|| cannot_access(path))
}

/// The metadata of the path itself, which may be a symbolic link.
pub fn lstat(path: &Path) -> Result<Option<Metadata>> {
    unless_absent(path.symlink_metadata()).context(|| cannot_access(path))
}

/// Whether something has this name, be it a symbolic link that leads nowhere.
pub fn is_taken(path: &Path) -> Result<bool> {
    Ok(lstat(path)?.is_some())
}

/// Whether the path leads to something.
pub fn exists(path: &Path) -> Result<bool> {
    Ok(stat(path)?.is_some())
}

/// Whether the path may lead to something: what may not be looked at counts as there, so that nobody takes its place or
/// forgets it, and whoever goes on to use it says what is wrong. What no path can be, such as a text that is longer, does not.
pub fn may_exist(path: &Path) -> bool {
    let too_long = Some(rustix::io::Errno::NAMETOOLONG.raw_os_error());
    match unless_absent(path.metadata()) {
        Ok(found) => found.is_some(),
        Err(why) => why.kind() != ErrorKind::InvalidInput && why.raw_os_error() != too_long,
    }
}

/// Whether the path leads to a directory.
pub fn is_dir(path: &Path) -> Result<bool> {
    Ok(stat(path)?.is_some_and(|meta| meta.is_dir()))
}

/// Whether the path leads to a regular file.
pub fn is_file(path: &Path) -> Result<bool> {
    Ok(stat(path)?.is_some_and(|meta| meta.is_file()))
}

/// The entries of a directory; empty if the directory does not exist.
pub fn entries(dir: &Path) -> Result<Vec<DirEntry>> {
    let read = || -> io::Result<Vec<DirEntry>> {
        let found = unless_absent(dir.read_dir())?;
        found.into_iter().flatten().collect()
    };
    read().context(|| format!("cannot read the directory '{}'", dir.display()))
}

fn cannot_access(path: &Path) -> String {
    format!("cannot access '{}'", path.display())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_what_does_not_exist_is_absent() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("loop"), at("loop")).unwrap();
        for absent in ["none", "none/none", "file/none"] {
            assert!(!exists(&at(absent)).unwrap() && !is_taken(&at(absent)).unwrap());
            assert_eq!(entries(&at(absent)).unwrap().len(), 0);
        }
        assert!(is_file(&at("file")).unwrap() && is_dir(dir.path()).unwrap());
        assert!(!exists(&at("dangling")).unwrap() && is_taken(&at("dangling")).unwrap());
        assert!(may_exist(&at("loop")) && !may_exist(&at("none")));
        assert!(!may_exist(&at(&"long".repeat(100))) && !may_exist(&at("a\0b")));
        // As with EACCES, the system answers with an error, which does not mean that the path is absent.
        let why = exists(&at("loop")).unwrap_err();
        assert!(why.to_string().starts_with("cannot access '"), "{why}");
        assert_eq!(entries(dir.path()).unwrap().len(), 3);
    }
}
