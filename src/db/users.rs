// SPDX-License-Identifier: GPL-2.0-or-later
//! Who has the database open, as far as `/proc` tells: processes of other users are not seen.

use crate::git::file_lock::Holder;
use std::path::Path;

/// Other processes that have the file open.
pub(super) fn of(path: &Path) -> Vec<Holder> {
    let (Ok(path), Ok(processes)) = (path.canonicalize(), Path::new("/proc").read_dir()) else {
        return Vec::new();
    };
    let numbers = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut users: Vec<u32> = numbers
        .filter(|&pid| pid != std::process::id() && has_open(pid, &path))
        .collect();
    users.sort_unstable();
    users.into_iter().map(Holder::of).collect()
}

fn has_open(pid: u32, path: &Path) -> bool {
    let Ok(files) = Path::new("/proc")
        .join(pid.to_string())
        .join("fd")
        .read_dir()
    else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.path().read_link().is_ok_and(|open| open == path))
}
