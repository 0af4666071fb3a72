// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of checks: `<common dir>/patman/output/<series>/v<N>/`, with what each printed and the mails it was given.

use crate::error::{Context, Result};
use crate::git::sharing;
use crate::git::write_atomic::{in_directory, write_atomic};
use crate::presence;
use crate::series::{SeriesName, VersionNumber};
use crate::worktree::delete;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How much of the end of a file is looked at for its last lines.
const END: u64 = 8 << 10;

/// The directory of one series.
fn directory(common_dir: &Path, name: &SeriesName) -> PathBuf {
    top(common_dir).join(name.as_str())
}

fn top(common_dir: &Path) -> PathBuf {
    common_dir.join("patman").join("output")
}

/// How files about one patch, or about the whole series, begin.
pub(super) fn of_patch(patch: Option<u32>) -> String {
    patch.map_or("series".to_owned(), |number| format!("{number:04}"))
}

/// The directory of one version.
pub(super) fn of_version(common_dir: &Path, name: &SeriesName, version: VersionNumber) -> PathBuf {
    directory(common_dir, name).join(version.to_string())
}

/// Opens a file of that name anew; who reads the one before keeps it.
pub(super) fn open_anew(path: &Path) -> Result<File> {
    let open = || {
        match std::fs::remove_file(path) {
            Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        // All that a command and its children print is added at the end, whichever of them is faster.
        let file = File::options().append(true).create(true).open(path)?;
        sharing::adjust(path);
        Ok(file)
    };
    in_directory(path, open).context(|| format!("cannot write '{}'", path.display()))
}

/// Writes a file whole, or leaves the one before.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic(path, bytes).context(|| format!("cannot write '{}'", path.display()))
}

/// The last lines of a file, `count` at most, as far as they are near its end.
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

/// Takes the files of a series away. Says whether there were any.
pub(in crate::review) fn remove_output(common_dir: &Path, name: &SeriesName) -> Result<bool> {
    let dir = directory(common_dir, name);
    if !presence::is_taken(&dir)? {
        return Ok(false);
    }
    delete(&dir).map(|()| true)
}

/// The series that have such files.
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
