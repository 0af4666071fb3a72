// SPDX-License-Identifier: GPL-2.0-or-later
//! Looks up and edits paths in trees, one directory at a time, and merges trees. Trees are read and
//! written as bytes: entries keep git's order, and only the named paths are read.

use super::objects::{MODE_FILE, MODE_TREE, MODE_TYPE, Objects, TreeEntry};
use crate::error::{Error, Result, WithContext};
use crate::invisible::shown;
use git2::{MergeOptions, ObjectType, Oid};
use std::collections::BTreeMap;

/// The edits to a tree: each path gets an entry, or is removed. All removals happen before any addition.
pub type TreeEdits = BTreeMap<Vec<u8>, Option<TreeEntry>>;

/// Why a tree was not changed.
#[derive(Debug)]
pub enum TreeEditError {
    /// The name of a file that conflicts with a directory that these edits do not remove, or the reverse.
    Clash(Vec<u8>),
    /// The trees cannot be read or written.
    Failed(Error),
}

impl From<Error> for TreeEditError {
    fn from(error: Error) -> Self {
        TreeEditError::Failed(error)
    }
}

impl From<TreeEditError> for Error {
    fn from(why: TreeEditError) -> Self {
        match why {
            TreeEditError::Clash(name) => Error::new(format!(
                "'{}' would be a file and a directory",
                shown(&name)
            )),
            TreeEditError::Failed(error) => error,
        }
    }
}

type Directory = BTreeMap<Vec<u8>, TreeEntry>;

impl Objects {
    /// The entry at `path` in a tree.
    pub fn entry(&self, tree: Oid, path: &[u8]) -> Result<Option<TreeEntry>> {
        let mut at = TreeEntry {
            mode: MODE_TREE,
            id: tree,
        };
        for name in path.split(|&c| c == b'/') {
            if at.mode != MODE_TREE {
                return Ok(None);
            }
            let bytes = self.tree(at.id)?;
            match entries(&bytes).find(|entry| !matches!(entry, Some((found, _)) if *found != name))
            {
                Some(Some((_, entry))) => at = entry,
                Some(None) => return Err(damaged(at.id)),
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// Returns the tree with these edits applied.
    pub fn edit(&self, tree: Oid, changes: &TreeEdits) -> Result<Oid, TreeEditError> {
        let changes: Vec<(&[u8], Option<TreeEntry>)> =
            changes.iter().map(|(path, to)| (&path[..], *to)).collect();
        match self.edit_directory(Some(tree), &changes)? {
            Some(tree) => Ok(tree),
            None => Ok(self.write(ObjectType::Tree, &[])?),
        }
    }

    /// Creates a tree with only these paths.
    pub fn tree_with(
        &self,
        paths: impl IntoIterator<Item = (Vec<u8>, TreeEntry)>,
    ) -> Result<Oid, TreeEditError> {
        let empty = self.write(ObjectType::Tree, &[])?;
        self.edit(
            empty,
            &paths
                .into_iter()
                .map(|(path, entry)| (path, Some(entry)))
                .collect(),
        )
    }

    /// Edits one directory, and removes it if it becomes empty. The paths are sorted by bytes.
    fn edit_directory(
        &self,
        tree: Option<Oid>,
        changes: &[(&[u8], Option<TreeEntry>)],
    ) -> Result<Option<Oid>, TreeEditError> {
        let mut directory = match tree {
            Some(tree) => self.directory(tree)?,
            None => Directory::new(),
        };
        let mut groups: BTreeMap<&[u8], EditGroup> = BTreeMap::new();
        for (path, to) in changes {
            match memchr::memchr(b'/', path) {
                Some(slash) => groups
                    .entry(&path[..slash])
                    .or_default()
                    .below
                    .push((&path[slash + 1..], *to)),
                None => groups.entry(path).or_default().here = Some(*to),
            }
        }
        for (name, EditGroup { here, below }) in groups {
            let was = directory.remove(name);
            let was_tree = was.filter(|entry| entry.mode == MODE_TREE);
            let stays = was.filter(|entry| entry.mode != MODE_TREE && here.is_none());
            let file = here.flatten().or(stays);
            let under = match was_tree {
                Some(tree) if below.is_empty() => Some(tree.id),
                _ if file.is_some()
                    && below.iter().all(|(_, to)| to.is_none())
                    && was_tree.is_none() =>
                {
                    None
                }
                _ => self.edit_directory(was_tree.map(|tree| tree.id), &below)?,
            };
            let entry = match (file, under) {
                (Some(_), Some(_)) => return Err(TreeEditError::Clash(name.to_vec())),
                (None, Some(id)) => TreeEntry {
                    mode: MODE_TREE,
                    id,
                },
                (Some(file), None) => file,
                (None, None) => continue,
            };
            directory.insert(name.to_vec(), entry);
        }
        if directory.is_empty() {
            Ok(None)
        } else {
            Ok(Some(self.write_directory(directory)?))
        }
    }

    fn directory(&self, tree: Oid) -> Result<Directory> {
        let bytes = self.tree(tree)?;
        let all: Option<Directory> = entries(&bytes)
            .map(|e| e.map(|(name, entry)| (name.to_vec(), entry)))
            .collect();
        all.ok_or_else(|| damaged(tree))
    }

    fn write_directory(&self, directory: Directory) -> Result<Oid> {
        let mut sorted: Vec<(Vec<u8>, Vec<u8>, TreeEntry)> = directory
            .into_iter()
            .map(|(name, entry)| {
                let slash: &[u8] = if entry.mode == MODE_TREE { b"/" } else { b"" };
                ([&name[..], slash].concat(), name, entry)
            })
            .collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut bytes = Vec::new();
        for (_, name, TreeEntry { mode, id }) in sorted {
            bytes.extend_from_slice(format!("{:o} ", canonical(mode)).as_bytes());
            bytes.extend_from_slice(&name);
            bytes.push(0);
            bytes.extend_from_slice(id.as_bytes());
        }
        self.write(ObjectType::Tree, &bytes)
    }

    /// Merges two trees as `git merge` does with its first strategies; nothing when there is a conflict.
    pub fn merge_trees(&self, ancestor: Oid, ours: Oid, theirs: Oid) -> Result<Option<Oid>> {
        let tree = |id| {
            self.repository()
                .find_tree(id)
                .context(|| format!("cannot read tree '{id}'"))
        };
        let mut options = MergeOptions::new();
        options.find_renames(true);
        let merged = self.repository().merge_trees(
            &tree(ancestor)?,
            &tree(ours)?,
            &tree(theirs)?,
            Some(&options),
        );
        let mut index = merged.context(|| "cannot merge")?;
        if index.has_conflicts() {
            return Ok(None);
        }
        index
            .write_tree_to(self.repository())
            .map(Some)
            .context(|| "cannot write the merged tree")
    }

    /// The entries in a tree that are missing from another tree (or from none), with their paths:
    /// files, links and submodules.
    pub fn added_entries(&self, old: Option<Oid>, new: Oid) -> Result<Vec<(Vec<u8>, TreeEntry)>> {
        let mut found = Vec::new();
        let mut pending = vec![(Vec::new(), old, new)];
        while let Some((above, old, new)) = pending.pop() {
            let before = old.map_or_else(|| Ok(Directory::new()), |old| self.directory(old))?;
            for (name, entry) in self.directory(new)? {
                let was = before.get(&name);
                if was.is_some_and(|was| (was.mode, was.id) == (entry.mode, entry.id)) {
                    continue;
                }
                let path = [&above[..], &name].concat();
                if entry.mode == MODE_TREE {
                    let was = was.filter(|was| was.mode == MODE_TREE).map(|was| was.id);
                    pending.push(([&path[..], b"/"].concat(), was, entry.id));
                } else {
                    found.push((path, entry));
                }
            }
        }
        Ok(found)
    }

    /// The paths of files that differ between two trees.
    pub fn changed_paths(&self, old: Oid, new: Oid) -> Result<Vec<Vec<u8>>> {
        self.diff_paths(&["--no-renames"], old, new)
    }

    /// The new paths of files that were renamed between two trees, as far as a merge looks for them.
    pub fn renamed_paths(&self, old: Oid, new: Oid) -> Result<Vec<Vec<u8>>> {
        self.diff_paths(&["-M", "-l7000", "--diff-filter=R"], old, new)
    }

    fn diff_paths(&self, options: &[&str], old: Oid, new: Oid) -> Result<Vec<Vec<u8>>> {
        let git = self
            .git()
            .args(["diff-tree", "-r", "-z", "--name-only"])
            .args(options);
        let done = git.args([old.to_string(), new.to_string()]).ok()?;
        Ok(done
            .stdout
            .split(|&c| c == 0)
            .filter(|path| !path.is_empty())
            .map(<[u8]>::to_vec)
            .collect())
    }
}

#[derive(Default)]
struct EditGroup<'a> {
    here: Option<Option<TreeEntry>>,
    below: Vec<(&'a [u8], Option<TreeEntry>)>,
}

/// The mode as git's index keeps it: a file is executable by its owner or not, and nothing else.
pub fn canonical(mode: u32) -> u32 {
    match mode & MODE_TYPE {
        MODE_FILE if mode & 0o100 != 0 => 0o100755,
        MODE_FILE => 0o100644,
        kind => kind,
    }
}

/// The entries of a tree's bytes; `None` where they are damaged.
pub(super) fn entries(bytes: &[u8]) -> impl Iterator<Item = Option<(&[u8], TreeEntry)>> {
    raw_entries(bytes).map(|entry| entry.and_then(|raw| Some((raw.name, raw.parse()?))))
}

/// A tree entry with only its name parsed.
pub(super) struct RawEntry<'a> {
    pub(super) name: &'a [u8],
    mode: &'a [u8],
    id: &'a [u8],
}

impl RawEntry<'_> {
    pub(super) fn parse(&self) -> Option<TreeEntry> {
        let mode = u32::from_str_radix(std::str::from_utf8(self.mode).ok()?, 8).ok()?;
        Some(TreeEntry {
            mode,
            id: Oid::from_bytes(self.id).ok()?,
        })
    }
}

/// The entries of a tree's bytes, for callers that need only a few of them; `None` where they are damaged.
pub(super) fn raw_entries(mut bytes: &[u8]) -> impl Iterator<Item = Option<RawEntry<'_>>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let entry = raw_entry(bytes);
        bytes = entry.as_ref().map_or(&[], |(_, rest)| rest);
        Some(entry.map(|(entry, _)| entry))
    })
}

fn raw_entry(bytes: &[u8]) -> Option<(RawEntry<'_>, &[u8])> {
    // A mode has five or six digits.
    let space = bytes.iter().take(8).position(|&byte| byte == b' ')?;
    let nul = space + memchr::memchr(b'\0', &bytes[space..])?;
    let id = bytes.get(nul + 1..nul + 21)?;
    Some((
        RawEntry {
            name: &bytes[space + 1..nul],
            mode: &bytes[..space],
            id,
        },
        &bytes[nul + 21..],
    ))
}

fn damaged(tree: Oid) -> Error {
    Error::new(format!("tree '{tree}' is damaged"))
}
