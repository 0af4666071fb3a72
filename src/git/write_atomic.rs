// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes a file completely, or leaves the old one, despite concurrent writers and killed runs.
//!
//! The data is first written to a temporary file. If a killed run leaves one behind, the next run
//! that writes to that directory removes it. It is readable only by the user, except in a shared
//! repository.

use super::sharing;
use std::fs::{self, File};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;
use std::time::Duration;
use tempfile::NamedTempFile;

/// What files begin with that are being written.
const ASIDE: &str = ".aside-";

/// How old a file that is being written may be.
const LONGEST_WRITE: Duration = Duration::from_secs(3600);

/// Writes `bytes` to `path`, whose directory is made if it is not there.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    in_directory(path, || publish(aside(path, bytes)?, path))
}

/// Writes `bytes` to `path`, whose directory is there; when this returns, a loss of power does not take it away.
pub fn write_durable(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = aside(path, bytes)?;
    file.as_file().sync_all()?;
    publish(file, path)?;
    File::open(directory(path))?.sync_all()
}

/// Does something in the directory of `path`, which is made first, and once more where another process has removed it
/// meanwhile.
pub fn in_directory<T>(path: &Path, work: impl Fn() -> Result<T>) -> Result<T> {
    let dir = directory(path);
    let both = || sharing::create_dir_all(dir).and_then(|()| work());
    for _ in 0..20 {
        match both() {
            Err(why) if why.kind() == ErrorKind::NotFound => {
                std::thread::sleep(Duration::from_millis(1))
            }
            done => return done,
        }
    }
    both()
}

fn directory(path: &Path) -> &Path {
    path.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn aside(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let dir = directory(path);
    sweep(dir);
    let mut file = tempfile::Builder::new().prefix(ASIDE).tempfile_in(dir)?;
    file.write_all(bytes)?;
    sharing::adjust(file.path());
    Ok(file)
}

fn publish(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if !entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(ASIDE.as_bytes())
        {
            continue;
        }
        let age = entry
            .metadata()
            .and_then(|about| about.modified())
            .ok()
            .and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > LONGEST_WRITE) {
            // Another process may have been faster.
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn a_directory_that_is_removed_meanwhile_is_made_again() {
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
    fn what_a_killed_run_has_left_is_taken_away_when_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join(".aside-old"), dir.path().join(".aside-new"));
        fs::write(&new, "").unwrap();
        fs::File::create(&old)
            .unwrap()
            .set_modified(SystemTime::now() - 2 * LONGEST_WRITE)
            .unwrap();
        let path = dir.path().join("file");
        write_atomic(&path, b"1").unwrap();
        write_atomic(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert!(!old.exists() && new.exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
