// SPDX-License-Identifier: GPL-2.0-or-later
//! Applies one patch to one tree: reads the old files, checks them, and writes the new ones.
//!
//! The rules are those of `git apply --index` on a clean checkout. All files are checked against the tree
//! before the patch, except that a plain change of a file which the same patch has already created or changed
//! starts from that result; renames and copies always read the old tree. All old names are removed before any
//! new one is added, so that files can be swapped or become directories.

use super::place::{HunkError, place};
use super::refused::{Bytes, Refused};
use super::{binary, path};
use crate::diff::{ContentChange, FilePatch, Sure};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::objects::{MODE_FILE, MODE_GITLINK, MODE_LINK, MODE_TYPE, Objects, TreeEntry};
use crate::git::trees::{TreeEditError, TreeEdits, canonical};
use crate::invisible::shown;
use std::collections::{HashMap, HashSet};

/// Maximum number of files whose errors one message lists.
const MAX_REASONS: usize = 3;

/// The result of a patch.
pub enum FileOutcome {
    /// It applies.
    Done {
        /// The tree with the patch.
        tree: Oid,
        /// Whether every hunk was at its given line.
        exact: bool,
    },
    /// git would refuse it.
    Refused {
        /// The error, in git's words.
        error: Error,
        /// The files that do not apply.
        files: Vec<String>,
    },
    /// git must be asked.
    Unsure,
}

/// Applies the files of a patch to a tree.
pub fn apply(objects: &Objects, tree: Oid, files: &[FilePatch<'_>]) -> Result<FileOutcome> {
    let mut patcher = Patcher::new(objects, tree, files);
    let (mut reasons, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        match patcher.check(file) {
            Ok(()) => {}
            Err(Refused::Unsure) => return Ok(FileOutcome::Unsure),
            Err(Refused::Failed(error)) => return Err(error),
            Err(Refused::NoFit(error)) => {
                reasons.push(error.to_string());
                refused.push(shown(file.name()));
            }
        }
    }
    if reasons.is_empty() {
        match patcher.write() {
            Ok(tree) => {
                return Ok(FileOutcome::Done {
                    tree,
                    exact: patcher.exact,
                });
            }
            Err(Refused::Unsure) => return Ok(FileOutcome::Unsure),
            Err(Refused::Failed(error)) => return Err(error),
            Err(Refused::NoFit(error)) => reasons.push(error.to_string()),
        }
    }
    let more = reasons.len().saturating_sub(MAX_REASONS);
    reasons.truncate(MAX_REASONS);
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    Ok(FileOutcome::Refused {
        error: Error::new(reasons.join("; ")),
        files: refused,
    })
}

/// The state of a path after an earlier file of the patch.
#[derive(Clone)]
enum Fate {
    WillGo,
    Gone,
    Made { mode: u32, bytes: Bytes },
}

/// A checked file: the path to remove and the file to add.
struct Checked {
    goes: Option<Vec<u8>>,
    comes: Option<(Vec<u8>, u32, Bytes)>,
}

struct Patcher<'o> {
    objects: &'o Objects,
    tree: Oid,
    fates: HashMap<Vec<u8>, Fate>,
    links_gone: HashSet<Vec<u8>>,
    links_kept: HashSet<Vec<u8>>,
    checked: Vec<Checked>,
    exact: bool,
}

impl<'o> Patcher<'o> {
    fn new(objects: &'o Objects, tree: Oid, files: &[FilePatch<'_>]) -> Self {
        let is_link = |mode: u32| mode & MODE_TYPE == MODE_LINK;
        let mut patcher = Patcher {
            objects,
            tree,
            fates: HashMap::new(),
            links_gone: HashSet::new(),
            links_kept: HashSet::new(),
            checked: Vec::new(),
            exact: true,
        };
        for file in files {
            if let Some(old) = file.old_name.as_ref() {
                if is_link(file.old_mode) && (file.is_rename || file.is_delete != Sure::No) {
                    patcher.links_gone.insert(old.clone());
                }
                if file.new_name.is_none() || file.is_rename {
                    patcher.fates.insert(old.clone(), Fate::WillGo);
                }
            }
            if let Some(new) = file.new_name.as_ref().filter(|_| is_link(file.new_mode)) {
                patcher.links_kept.insert(new.clone());
            }
        }
        patcher
    }

    fn check(&mut self, file: &FilePatch<'_>) -> Result<(), Refused> {
        let mut file = file.clone();
        let (earlier, entry) = self.check_old(&mut file)?;
        self.check_new(&mut file)?;
        let old = match (&earlier, entry) {
            (Some(bytes), _) => bytes.clone(),
            (None, Some(entry)) if entry.mode == MODE_GITLINK => {
                Bytes::new(format!("Subproject commit {}\n", entry.id).into_bytes())
            }
            (None, Some(entry)) => Bytes::new(self.objects.blob(entry.id)?),
            (None, None) => Bytes::new(Vec::new()),
        };
        let proven = entry.filter(|entry| earlier.is_none() && is_named(entry.id, &file.old_id));
        let new = self.contents(&file, old, proven.is_some())?;
        if file.is_delete == Sure::Yes && !new.is_empty() {
            return Err(Refused::new(format!(
                "removal patch leaves file contents: {}",
                shown(file.name())
            )));
        }
        self.note(file, new);
        Ok(())
    }

    /// Checks the file to read, and sets what follows from its mode. Returns the result of an earlier part of
    /// the patch, or the entry of the tree.
    fn check_old(
        &self,
        file: &mut FilePatch<'_>,
    ) -> Result<(Option<Bytes>, Option<TreeEntry>), Refused> {
        let Some(old) = file.old_name.clone() else {
            return Ok((None, None));
        };
        let name = shown(&old);
        let fate = self
            .fates
            .get(&old)
            .filter(|_| !file.is_rename && !file.is_copy);
        let (mode, earlier, entry) = match fate {
            Some(Fate::Gone) => {
                return Err(Refused::new(format!(
                    "path {name} has been renamed/deleted"
                )));
            }
            Some(Fate::Made { mode, bytes }) => (*mode, Some(bytes.clone()), None),
            Some(Fate::WillGo) | None => match self.file(&old)? {
                Some(entry) => (canonical(entry.mode), None, Some(entry)),
                None if file.is_new == Sure::Guess => {
                    (file.is_new, file.is_delete, file.old_name) = (Sure::Yes, Sure::No, None);
                    return Ok((None, None));
                }
                None => return Err(Refused::new(format!("{name}: does not exist in index"))),
            },
        };
        if file.is_new == Sure::Guess {
            file.is_new = Sure::No;
        }
        if file.old_mode == 0 {
            file.old_mode = mode;
        }
        if (mode ^ file.old_mode) & MODE_TYPE != 0 {
            return Err(Refused::new(format!("{name}: wrong type")));
        }
        if file.new_mode == 0 && file.is_delete == Sure::No {
            file.new_mode = mode;
        }
        Ok((earlier, entry))
    }

    /// Checks the file to write: nothing else is at its path, its mode fits, and its path is safe.
    fn check_new(&self, file: &mut FilePatch<'_>) -> Result<(), Refused> {
        if let Some(new) = &file.new_name {
            let name = shown(new);
            if file.is_new == Sure::Yes || file.is_rename || file.is_copy {
                let goes = matches!(self.fates.get(new), Some(Fate::WillGo | Fate::Gone));
                if !goes && self.file(new)?.is_some() {
                    return Err(Refused::new(format!("{name}: already exists in index")));
                }
                if file.new_mode == 0 {
                    file.new_mode = if file.is_new == Sure::Yes {
                        0o100644
                    } else {
                        file.old_mode
                    };
                }
            }
            if file.new_mode == 0 {
                file.new_mode = file.old_mode;
            }
            if file.old_name.is_some() && (file.old_mode ^ file.new_mode) & MODE_TYPE != 0 {
                let (old, new) = (file.old_mode, file.new_mode);
                return Err(Refused::new(format!(
                    "new mode ({new:o}) of {name} does not match old mode ({old:o})"
                )));
            }
        }
        let old = file
            .old_name
            .as_ref()
            .filter(|_| !file.is_copy)
            .map(|name| (name, file.old_mode));
        let new = file.new_name.as_ref().map(|name| (name, file.new_mode));
        for (name, mode) in old.into_iter().chain(new) {
            if !path::is_safe(name, mode) {
                return Err(Refused::new(format!("invalid path '{}'", shown(name))));
            }
            if !matches!(mode & MODE_TYPE, MODE_FILE | MODE_LINK | MODE_GITLINK) {
                return Err(Refused::new(format!(
                    "{}: mode {mode:o} is not one of a file",
                    shown(name)
                )));
            }
        }
        match &file.new_name {
            Some(new) if self.is_beyond_link(new)? => Err(Refused::new(format!(
                "affected file '{}' is beyond a symbolic link",
                shown(new)
            ))),
            _ => Ok(()),
        }
    }

    fn is_beyond_link(&self, path: &[u8]) -> Result<bool> {
        for (slash, _) in path.iter().enumerate().filter(|(_, c)| **c == b'/') {
            let above = &path[..slash];
            let gone = self.links_gone.contains(above);
            let is_link = |entry: TreeEntry| entry.mode == MODE_LINK;
            if self.links_kept.contains(above) || (!gone && self.file(above)?.is_some_and(is_link))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The tree's entry at a path, unless it is a directory.
    fn file(&self, path: &[u8]) -> Result<Option<TreeEntry>> {
        let entry = self.objects.entry(self.tree, path)?;
        Ok(entry
            .filter(|entry| matches!(entry.mode & MODE_TYPE, MODE_FILE | MODE_LINK | MODE_GITLINK)))
    }

    /// The contents after the change. If the old contents match the `index` line, the new contents must match
    /// it too; if they do not, git is asked.
    fn contents(
        &mut self,
        file: &FilePatch<'_>,
        old: Bytes,
        proven: bool,
    ) -> Result<Bytes, Refused> {
        let hunks = match &file.change {
            ContentChange::Binary(data) => {
                return binary::apply(self.objects, &old, file, data.as_ref());
            }
            ContentChange::Text(hunks) if hunks.is_empty() => return Ok(old),
            ContentChange::Text(hunks) => hunks,
        };
        let (new, exact) = place(&old, hunks).map_err(|why| match why {
            HunkError::NoPlace(hunk) => {
                let line = hunks[hunk].old_start;
                Refused::new(format!(
                    "patch does not apply: {}:{line}",
                    shown(file.name())
                ))
            }
            HunkError::TooMuchWork => Refused::new(format!(
                "the patch to '{}' is too large",
                shown(file.name())
            )),
        })?;
        self.exact &= exact;
        let promised = file.is_delete == Sure::Yes || file.new_mode & MODE_TYPE == MODE_GITLINK;
        if proven
            && !promised
            && !file.new_id.is_empty()
            && !is_named(Objects::blob_id(&new)?, &file.new_id)
        {
            return Err(Refused::Unsure);
        }
        Ok(Bytes::new(new))
    }

    /// Records a checked file, for later files and for writing.
    fn note(&mut self, file: FilePatch<'_>, bytes: Bytes) {
        let FilePatch {
            old_name,
            new_name,
            new_mode: mode,
            is_new,
            is_delete,
            is_rename,
            is_copy,
            ..
        } = file;
        if let Some(new) = &new_name {
            self.fates.insert(
                new.clone(),
                Fate::Made {
                    mode,
                    bytes: bytes.clone(),
                },
            );
        }
        if let Some(old) = old_name
            .as_ref()
            .filter(|_| new_name.is_none() || is_rename)
        {
            self.fates.insert(old.clone(), Fate::Gone);
        }
        let goes = old_name.filter(|_| is_delete == Sure::Yes || !(is_new == Sure::Yes || is_copy));
        let comes = new_name
            .filter(|_| is_delete != Sure::Yes)
            .map(|new| (new, mode, bytes));
        self.checked.push(Checked { goes, comes });
    }

    /// Writes blobs and trees.
    fn write(&self) -> Result<Oid, Refused> {
        let mut changes = TreeEdits::new();
        changes.extend(
            self.checked
                .iter()
                .filter_map(|checked| Some((checked.goes.clone()?, None))),
        );
        for (name, mode, bytes) in self
            .checked
            .iter()
            .filter_map(|checked| checked.comes.as_ref())
        {
            let corrupt =
                |what: &str| Refused::new(format!("corrupt patch for {what} {}", shown(name)));
            let id = match mode & MODE_TYPE {
                MODE_GITLINK => commit_named(bytes).ok_or_else(|| corrupt("submodule"))?,
                MODE_LINK if bytes.is_empty() || bytes.contains(&0) => {
                    return Err(corrupt("symbolic link"));
                }
                _ => self.objects.write_blob(bytes)?,
            };
            changes.insert(
                name.clone(),
                Some(TreeEntry {
                    mode: canonical(*mode),
                    id,
                }),
            );
        }
        self.objects
            .edit(self.tree, &changes)
            .map_err(|why| match why {
                TreeEditError::Failed(error) => Refused::Failed(error),
                clash @ TreeEditError::Clash(_) => Refused::NoFit(clash.into()),
            })
    }
}

/// Whether `hex`, in full or abbreviated, is the name of the object.
fn is_named(id: Oid, hex: &[u8]) -> bool {
    hex.len() >= 4 && id.to_string().as_bytes().starts_with(hex)
}

/// Parses the commit from the text of a submodule.
fn commit_named(bytes: &[u8]) -> Option<Oid> {
    let hex = bytes.strip_prefix(b"Subproject commit ")?.get(..40)?;
    Oid::from_str(std::str::from_utf8(hex).ok()?).ok()
}
