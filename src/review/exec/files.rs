// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of checks: `<common dir>/patman/output/<series>/v<N>/`, with the output of each and the mails it read.

use crate::error::{Result, WithContext};
use crate::git::sharing;
use crate::git::write_atomic::{in_directory, write_atomic};
use crate::presence;
use crate::series::{SeriesName, VersionNumber};
use crate::worktree::delete;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How many bytes at the end of a file are searched for its last lines.
const END: u64 = 8 << 10;

/// The directory of one series.
fn directory(common_dir: &Path, name: &SeriesName) -> PathBuf {
    top(common_dir).join(name.as_str())
}

fn top(common_dir: &Path) -> PathBuf {
    common_dir.join("patman").join("output")
}

/// The prefix of the names of files about one patch, or about the whole series.
pub(super) fn of_patch(patch: Option<u32>) -> String {
    patch.map_or("series".to_owned(), |number| format!("{number:04}"))
}

/// The directory of one version.
pub(super) fn of_version(common_dir: &Path, name: &SeriesName, version: VersionNumber) -> PathBuf {
    directory(common_dir, name).join(version.to_string())
}

/// Replaces a file with a new empty one; processes that read the old file can continue.
pub(super) fn open_anew(path: &Path) -> Result<File> {
    let open = || {
        match std::fs::remove_file(path) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        // Append, so that the output of a command and its children is not overwritten.
        let file = File::options().append(true).create(true).open(path)?;
        sharing::adjust(path);
        Ok(file)
    };
    in_directory(path, open).context(|| format!("cannot write '{}'", path.display()))
}

/// Writes a file atomically, or leaves the old one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic(path, bytes).context(|| format!("cannot write '{}'", path.display()))
}

/// The last lines of a file, at most `count`, as far as they are near its end.
pub fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// Removes the files of a series. Returns whether there were any.
pub(in crate::review) fn remove_output(common_dir: &Path, name: &SeriesName) -> Result<bool> {
    let dir = directory(common_dir, name);
    if !presence::is_taken(&dir)? {
        return Ok(false);
    }
    delete(&dir).map(|()| true)
}

/// The series that have check files.
pub(in crate::review) fn series_with_output(common_dir: &Path) -> Vec<SeriesName> {
    let entries = std::fs::read_dir(top(common_dir))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<SeriesName> = entries
        .filter_map(|entry| SeriesName::new(entry.file_name().to_str()?).ok())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    #[test]
    fn the_last_lines_of_a_long_file_are_read_without_its_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        assert_eq!(last_lines(&path, 3), [""; 0], "there is no such file");
        std::fs::write(&path, "one\ntwo\nthree").unwrap();
        assert_eq!(last_lines(&path, 2), ["two", "three"]);
        assert_eq!(last_lines(&path, 9).len(), 3);
        let long = "é".repeat(1 << 20).into_bytes();
        std::fs::write(&path, [long.as_slice(), b"\nlast\xff\n"].concat()).unwrap();
        let lines = last_lines(&path, 9);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].len() < 10_000 && lines[1].starts_with("last"));
    }

    #[test]
    fn only_directories_that_are_named_as_series_can_be_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        let name = SeriesName::new("one").unwrap();
        let log = of_version(dir.path(), &name, VersionNumber::FIRST).join(of_patch(Some(7)));
        assert!(log.ends_with("patman/output/one/v1/0007"));
        write(&log, b"x").unwrap();
        std::fs::create_dir(top(dir.path()).join("-odd")).unwrap();
        assert_eq!(series_with_output(dir.path()), std::slice::from_ref(&name));
        assert!(remove_output(dir.path(), &name).unwrap());
        assert!(!remove_output(dir.path(), &name).unwrap());
    }

    #[test]
    fn a_log_that_is_being_read_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/log");
        write(&path, b"old").unwrap();
        let mut reader = File::open(&path).unwrap();
        drop(open_anew(&path).unwrap());
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(
            (text.as_str(), std::fs::read(&path).unwrap().len()),
            ("old", 0)
        );
    }
}
