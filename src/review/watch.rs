// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether anything in a listing has changed, according to the database and the times of a few files and directories.
//!
//! git writes each ref as a new file that is renamed into place, so that the time of its directory changes.

use super::Reviews;
use crate::error::Result;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most ref directories that are checked.
const MAX_WATCHED: usize = 5000;

/// A value that changes when anything in a listing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    database: i64,
    files: Vec<(u64, i64, i64, u64)>,
}

impl Reviews<'_> {
    /// The current stamp. No process is started for it.
    pub fn stamp(&self) -> Result<Stamp> {
        let common = self.repo.common_dir();
        let mut paths: Vec<PathBuf> = [
            "packed-refs",
            "HEAD",
            "reftable",
            "worktrees",
            "patman/worktrees",
        ]
        .map(|name| common.join(name))
        .into();
        paths.push(self.worktrees.dir().to_owned());
        for below in ["refs/heads", "refs/patman", "refs/remotes"] {
            directories(&common.join(below), &mut paths);
        }
        let stamp = |path: &PathBuf| match path.symlink_metadata() {
            Ok(meta) => (meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.size()),
            Err(_) => (0, 0, 0, 0),
        };
        Ok(Stamp {
            database: self.db.data_version()?,
            files: paths.iter().map(stamp).collect(),
        })
    }
}

/// A directory and its subdirectories.
fn directories(dir: &Path, found: &mut Vec<PathBuf>) {
    found.push(dir.to_owned());
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if found.len() < MAX_WATCHED && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            directories(&entry.path(), found);
        }
    }
}
