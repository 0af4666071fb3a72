// SPDX-License-Identifier: GPL-2.0-or-later
//! Replaces a file completely or not at all, despite concurrent writers and killed runs.
//!
//! The data is first written to a temporary file in the same directory. If a killed run leaves one
//! behind, a later run that writes to that directory removes it. A file is readable only by the user,
//! except in a shared repository.

use super::sharing;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use tempfile::NamedTempFile;

/// The prefix of the names of temporary files.
const TEMPORARY: &str = ".aside-";

/// A temporary file that is older belongs to a killed run.
const MAX_WRITE_TIME: Duration = Duration::from_secs(3600);

/// Writes `bytes` to `path`; the directory is created if it is missing.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    in_directory(path, || {
        remove_leftovers(directory(path));
        replace_file(path, bytes)
    })
}

/// Like [`write_atomic`], with these permissions.
pub fn write_atomic_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    in_directory(path, || {
        remove_leftovers(directory(path));
        let file = temporary_file(path, bytes)?;
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))?;
        publish(file, path)
    })
}

/// Like [`write_atomic`] for a directory that exists and may have many files: the caller removes leftovers of killed
/// runs from time to time.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    publish(temporary_file(path, bytes)?, path)
}

/// Like [`write_atomic`] for a directory that exists; the file survives a loss of power after this returns.
pub fn write_durable(path: &Path, bytes: &[u8]) -> Result<()> {
    remove_leftovers(directory(path));
    let file = temporary_file(path, bytes)?;
    file.as_file().sync_all()?;
    publish(file, path)?;
    File::open(directory(path))?.sync_all()
}

/// Does `work` in the directory of `path`, which is created first, and tries again if another process has removed the
/// directory meanwhile.
pub fn in_directory<T>(path: &Path, work: impl Fn() -> Result<T>) -> Result<T> {
    let create_and_work = || sharing::create_dir_all(directory(path)).and_then(|()| work());
    for _ in 0..20 {
        match create_and_work() {
            Err(why) if why.kind() == ErrorKind::NotFound => {
                std::thread::sleep(Duration::from_millis(1))
            }
            done => return done,
        }
    }
    create_and_work()
}

/// Removes temporary files of killed runs from a directory.
pub fn remove_leftovers(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) && is_old(&entry) {
            // Another process may have removed it.
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn is_old(entry: &fs::DirEntry) -> bool {
    let written = entry.metadata().and_then(|meta| meta.modified());
    let age = written.ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > MAX_WRITE_TIME)
}

fn directory(path: &Path) -> &Path {
    path.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn temporary_file(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(directory(path))?;
    file.write_all(bytes)?;
    sharing::adjust(file.path());
    Ok(file)
}

fn publish(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn a_directory_that_is_removed_meanwhile_is_created_again() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b");
        let tries = std::cell::Cell::new(0);
        let done = in_directory(&inner.join("file"), || {
            tries.set(tries.get() + 1);
            if tries.get() < 3 {
                fs::remove_dir_all(dir.path().join("a"))?;
            }
            fs::write(inner.join("file"), "x")
        });
        assert!(done.is_ok() && inner.join("file").exists());
        assert_eq!(tries.get(), 3);
    }

    #[test]
    fn old_temporary_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join(".aside-old"), dir.path().join(".aside-new"));
        fs::write(&new, "").unwrap();
        fs::File::create(&old)
            .unwrap()
            .set_modified(SystemTime::now() - 2 * MAX_WRITE_TIME)
            .unwrap();
        let path = dir.path().join("file");
        write_atomic(&path, b"1").unwrap();
        write_atomic(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert!(!old.exists() && new.exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
