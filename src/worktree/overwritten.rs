// SPDX-License-Identifier: GPL-2.0-or-later
//! Ignored files that a commit would overwrite: git treats ignored files as expendable, without asking.

use super::Tree;
use super::index::IndexCopy;
use crate::error::Result;
use crate::git::Oid;
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl Tree {
    /// Files without an index entry that writing the files of `commit` would overwrite or delete. Files that
    /// match the commit are left out.
    pub(super) fn overwritten(
        &self,
        commit: Oid,
        index: Option<&IndexCopy>,
    ) -> Result<Vec<Vec<u8>>> {
        // Paths that are in the commit and not in the index.
        let new = self
            .git_with(index)
            .args(["diff-index", "--cached", "--no-renames", "--diff-filter=D"])
            .args(["--name-only", "-z", &commit.to_string(), "--"])
            .ok()?
            .stdout;
        let mut found = BTreeSet::new();
        let (mut same_place, mut other_place) = (Vec::new(), Vec::new());
        for path in new.split(|&byte| byte == 0).filter(|path| !path.is_empty()) {
            match self.in_the_way(path) {
                Some(InTheWay::File) => same_place.push(path.to_vec()),
                Some(InTheWay::Directory) => other_place.extend(self.files_below(path)),
                Some(InTheWay::Parent(parent)) => other_place.push(parent),
                None => {}
            }
        }
        found.extend(self.differing_from(commit, &same_place)?);
        if !other_place.is_empty() {
            let listed = self.git_with(index).args(["ls-files", "-z"]).ok()?.stdout;
            let tracked: HashSet<&[u8]> = listed.split(|&byte| byte == 0).collect();
            other_place.retain(|path| !tracked.contains(path.as_slice()));
            found.extend(other_place);
        }
        Ok(found.into_iter().collect())
    }

    fn in_the_way(&self, path: &[u8]) -> Option<InTheWay> {
        let about = |path: &[u8]| self.path().join(OsStr::from_bytes(path)).symlink_metadata();
        match about(path) {
            Ok(about) if about.is_dir() => return Some(InTheWay::Directory),
            Ok(_) => return Some(InTheWay::File),
            Err(_) => {}
        }
        let parents = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (at, _) in parents {
            match about(&path[..at]) {
                Ok(about) if !about.is_dir() => return Some(InTheWay::Parent(path[..at].to_vec())),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        None
    }

    /// The files among `paths` that differ from the commit.
    fn differing_from(&self, commit: Oid, paths: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let index = IndexCopy::empty()?;
        let wanted: HashSet<&[u8]> = paths.iter().map(Vec::as_slice).collect();
        let listed = self
            .git()
            .args(["ls-tree", "-r", "-z", "--full-tree", &commit.to_string()])
            .ok()?
            .stdout;
        let is_wanted = |line: &[u8]| {
            let at = line.iter().position(|&byte| byte == b'\t').unwrap_or(0);
            line.get(at + 1..).is_some_and(|path| wanted.contains(path))
        };
        let listed = listed
            .split_inclusive(|&byte| byte == 0)
            .filter(|line| is_wanted(line.strip_suffix(b"\0").unwrap_or(line)))
            .collect::<Vec<_>>()
            .concat();
        index
            .git(self)
            .args(["update-index", "-z", "--index-info"])
            .input(listed)
            .ok()?;
        index
            .git(self)
            .args(["update-index", "-q", "--refresh"])
            .run()?;
        let differing = index
            .git(self)
            .args(["diff-files", "--name-only", "-z"])
            .ok()?;
        Ok(differing
            .stdout
            .split(|&byte| byte == 0)
            .filter(|path| !path.is_empty())
            .map(<[u8]>::to_vec)
            .collect())
    }

    fn files_below(&self, path: &[u8]) -> Vec<Vec<u8>> {
        let mut dirs = vec![path.to_vec()];
        let mut files = Vec::new();
        while let Some(dir) = dirs.pop() {
            let entries = std::fs::read_dir(self.path().join(OsStr::from_bytes(&dir)));
            for entry in entries.into_iter().flatten().flatten() {
                let path = [&dir, b"/".as_slice(), entry.file_name().as_bytes()].concat();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => dirs.push(path),
                    _ => files.push(path),
                }
            }
        }
        files
    }
}

/// What exists where a file of a commit would be written.
enum InTheWay {
    File,
    Directory,
    /// A file in the place of one of its directories.
    Parent(Vec<u8>),
}

/// Paths for display.
pub(super) fn shown(paths: &[Vec<u8>]) -> Vec<String> {
    paths
        .iter()
        .map(|path| Path::new(OsStr::from_bytes(path)).display().to_string())
        .collect()
}
