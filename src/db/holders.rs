// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds the processes that have the database open, as far as `/proc` shows. The open files of other users'
//! processes are hidden, but their locks are not: a connection locks the file and, with a write-ahead log, the
//! shared memory.

use super::connect;
use crate::git::file_lock::Holder;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The suffix that `/proc` adds to the name of an open file that was deleted.
const DELETED: &str = " (deleted)";

/// Other processes that have the file, its log or its shared memory open, even if the file itself is gone.
pub(super) fn of(path: &Path) -> Vec<Holder> {
    let Some(path) = real(path) else {
        return Vec::new();
    };
    let files = ["", "-wal", "-shm"].map(|suffix| connect::beside(&path, suffix));
    let mut users = with_open_files(&files);
    if let Ok(table) = std::fs::read_to_string("/proc/locks") {
        let inodes = files.iter().filter_map(|file| file.metadata().ok());
        let inodes: Vec<u64> = inodes.map(|meta| meta.ino()).collect();
        users.extend(with_locks(&table, &inodes));
    }
    users.remove(&std::process::id());
    users.into_iter().map(Holder::of).collect()
}

/// The path of a file that may be gone, without symbolic links.
fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let dir = super::filesystem::parent(path).canonicalize().ok()?;
        Some(dir.join(path.file_name()?))
    })
}

fn with_open_files(files: &[PathBuf]) -> BTreeSet<u32> {
    let processes = Path::new("/proc")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|&pid| has_open(pid, files)).collect()
}

fn has_open(pid: u32, files: &[PathBuf]) -> bool {
    let Ok(open) = Path::new("/proc")
        .join(pid.to_string())
        .join("fd")
        .read_dir()
    else {
        return false;
    };
    open.flatten().any(|file| {
        file.path().read_link().is_ok_and(|open| {
            files
                .iter()
                .any(|file| open == *file || open == connect::beside(file, DELETED))
        })
    })
}

/// Reads lines like `1: POSIX  ADVISORY  READ  708 00:1b:1234 128 128`. The device is not compared: layered file
/// systems show a different one there.
fn with_locks(table: &str, inodes: &[u64]) -> BTreeSet<u32> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, _, pid, file, ..] = words.as_slice() else {
            return None;
        };
        let inode: u64 = file.rsplit(':').next()?.parse().ok()?;
        pid.parse().ok().filter(|_| inodes.contains(&inode))
    };
    table.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_other_users_are_seen() {
        let table = "1: POSIX  ADVISORY  READ 7 00:1b:5 128 128\n2: FLOCK  ADVISORY  WRITE 8 fd:01:5 0 EOF\n\
                     3: POSIX  ADVISORY  READ 9 fd:01:55 128 128\n";
        assert_eq!(with_locks(table, &[5]), BTreeSet::from([7]));
    }
}
