// SPDX-License-Identifier: GPL-2.0-or-later
//! A cache of search results in branches, valid until they move: `<common git dir>/patman/merged`.
//!
//! It is text: a line `=<tip> <branch>` for each branch, and below it a line `<patch> <commit>` for each patch that was
//! searched for, with `-` if it was not found. It can be deleted at any time, and invalid lines are ignored.

use super::Branch;
use crate::git::Oid;
use crate::git::write_atomic::write_atomic;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The results for each branch, at its tip.
#[derive(Debug, Default)]
pub(super) struct MergedCache {
    path: PathBuf,
    branches: BTreeMap<String, (Oid, HashMap<Oid, Option<Oid>>)>,
    has_changed: bool,
}

impl MergedCache {
    /// Reads the cache file.
    pub(super) fn read(common_dir: &Path) -> MergedCache {
        let path = common_dir.join("patman").join("merged");
        let mut cache = MergedCache {
            path,
            ..MergedCache::default()
        };
        let text = std::fs::read_to_string(&cache.path).unwrap_or_default();
        let mut found = None;
        for line in text.lines() {
            let Some((id, rest)) = line.split_once(' ') else {
                continue;
            };
            match (
                id.strip_prefix('='),
                Oid::from_str(id.trim_start_matches('=')),
            ) {
                (_, Err(_)) => {}
                (Some(_), Ok(tip)) => {
                    let entry = cache
                        .branches
                        .entry(rest.to_owned())
                        .or_insert((tip, HashMap::new()));
                    found = Some(&mut entry.1);
                }
                (None, Ok(patch)) => {
                    if let Some(found) = found.as_mut() {
                        found.insert(patch, Oid::from_str(rest).ok());
                    }
                }
            }
        }
        cache
    }

    /// The commit of a patch in a branch, if it is cached for the current tip.
    pub(super) fn find(&self, branch: &Branch, patch: Oid) -> Option<Option<Oid>> {
        let (tip, found) = self.branches.get(&branch.name)?;
        found.get(&patch).copied().filter(|_| *tip == branch.tip)
    }

    /// The cached result for the previous tip of the branch, and that tip.
    pub(super) fn before(&self, branch: &Branch, patch: Oid) -> Option<(Oid, Option<Oid>)> {
        let (tip, found) = self.branches.get(&branch.name)?;
        Some((*tip, *found.get(&patch)?))
    }

    /// Adds a result.
    pub(super) fn put(&mut self, branch: &Branch, patch: Oid, commit: Option<Oid>) {
        if branch.name.contains(char::is_control) {
            return;
        }
        let entry = self
            .branches
            .entry(branch.name.clone())
            .or_insert((branch.tip, HashMap::new()));
        if entry.0 != branch.tip {
            *entry = (branch.tip, HashMap::new());
        }
        entry.1.insert(patch, commit);
        self.has_changed = true;
    }

    /// Writes the cache atomically. If that fails, the next run searches again.
    pub(super) fn write(&self) {
        if self.has_changed {
            drop(self.try_write());
        }
    }

    fn try_write(&self) -> std::io::Result<()> {
        let mut text = String::new();
        for (name, (tip, found)) in &self.branches {
            text.push_str(&format!("={tip} {name}\n"));
            for (patch, commit) in found {
                text.push_str(&format!(
                    "{patch} {}\n",
                    commit.map_or("-".to_owned(), |id| id.to_string())
                ));
            }
        }
        write_atomic(&self.path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_found_is_known_until_the_branch_moves() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("patman")).unwrap();
        let id = |digit: char| Oid::from_str(&digit.to_string().repeat(40)).unwrap();
        let branch = |tip| Branch {
            name: "origin/next".to_owned(),
            tip,
        };
        let mut cache = MergedCache::read(dir.path());
        cache.put(&branch(id('1')), id('a'), Some(id('b')));
        cache.put(&branch(id('1')), id('c'), None);
        cache.write();
        std::fs::OpenOptions::new()
            .append(true)
            .open(dir.path().join("patman/merged"))
            .unwrap()
            .write_all(b"nonsense\n= x\n")
            .unwrap();
        let mut cache = MergedCache::read(dir.path());
        assert_eq!(cache.find(&branch(id('1')), id('a')), Some(Some(id('b'))));
        assert_eq!(cache.find(&branch(id('1')), id('c')), Some(None));
        assert_eq!(cache.find(&branch(id('1')), id('d')), None);
        assert_eq!(cache.find(&branch(id('2')), id('a')), None);
        assert_eq!(
            cache.before(&branch(id('2')), id('a')),
            Some((id('1'), Some(id('b'))))
        );
        cache.put(&branch(id('2')), id('c'), None);
        assert_eq!(cache.find(&branch(id('2')), id('a')), None);
    }
}
