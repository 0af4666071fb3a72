// SPDX-License-Identifier: GPL-2.0-or-later
//! Rung three, as `git am -3`: a tree of the blobs that the `index` lines name, the patch on top of it, and a merge.
//!
//! Two merges must agree before one is believed: `git merge-tree`, which finds renames in whole trees as git does, and
//! libgit2's on the paths concerned, which merges lines as `git am` does up to git 2.49 (they differ in the algorithm that
//! compares lines). Where they do not agree, where git is older than 2.38, or where attributes may ask for another way to
//! merge, the patch is left to `git am -3`.

use super::tree::{self, Outcome};
use super::{fallback, path};
use crate::diff::{Change, FilePatch, Sure};
use crate::error::Result;
use crate::git::Oid;
use crate::git::commits::Signature;
use crate::git::objects::{Entry, MODE_FILE, MODE_GITLINK, MODE_LINK, MODE_TYPE, Objects};
use crate::git::trees::{Unedited, canonical};
use std::collections::{BTreeMap, BTreeSet};

/// The tree `ours` with the patch merged in; nothing when that is for git to do, or for the user.
pub fn apply(objects: &Objects, ours: Oid, diff: &[u8], files: &[FilePatch<'_>]) -> Result<Option<Oid>> {
    objects.settle()?;
    let Some(entries) = fake_ancestor(objects, ours, files)? else { return Ok(None) };
    let all_here = entries.keys().map(|path| objects.entry(ours, path)).collect::<Result<Option<Vec<_>>>>()?.is_some();
    let ancestor = match objects.tree_with(entries) {
        Ok(tree) => tree,
        Err(Unedited::Clash(_)) => return Ok(None),
        Err(Unedited::Failed(error)) => return Err(error),
    };
    let by_us = !fallback::has_whitespace_rules(objects);
    let theirs = match if by_us { tree::apply(objects, ancestor, files) } else { Ok(Outcome::Unsure) } {
        Ok(Outcome::Unsure) => fallback::apply(objects, ancestor, diff, Some(files))?,
        Ok(outcome) => outcome,
        // A blob that is not here: git says that the repository lacks what the merge needs.
        Err(_) => return Ok(None),
    };
    let Outcome::Done { tree: theirs, .. } = theirs else { return Ok(None) };
    let mut paths = fallback::touched(objects, ours, files)?;
    if !merges_plainly(objects, ours, &paths)? {
        return Ok(None);
    }
    let Some(merged) = merge_tree(objects, ancestor, ours, theirs)? else { return Ok(None) };
    paths.extend(objects.changed_paths(ours, merged)?);
    if !all_here {
        paths.extend(objects.renamed_paths(ancestor, ours)?);
    }
    let part = |tree: Oid| -> Result<Oid> { Ok(objects.tree_with(present(objects, tree, &paths)?)?) };
    let agreed = objects.merge_trees(ancestor, part(ours)?, theirs).ok().flatten() == Some(part(merged)?);
    Ok(Some(merged).filter(|_| agreed))
}

/// What the patch was made on, file by file; nothing when it does not say for each.
fn fake_ancestor(objects: &Objects, ours: Oid, files: &[FilePatch<'_>]) -> Result<Option<BTreeMap<Vec<u8>, Entry>>> {
    let mut entries = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_new != Sure::Yes) {
        let named = std::str::from_utf8(&file.old_id).ok();
        let id = if file.old_mode & MODE_TYPE == MODE_GITLINK {
            submodule(file).or_else(|| Oid::from_str(named.filter(|hex| hex.len() == 40)?).ok())
        } else if let Some(id) = named.and_then(|hex| objects.resolve_blob_prefix(hex)) {
            Some(id)
        } else if !file.has_lines {
            objects.entry(ours, file.name())?.map(|entry| entry.id)
        } else {
            None
        };
        let Some(id) = id.filter(|_| path::is_safe(file.name(), file.old_mode)) else { return Ok(None) };
        let mode = canonical(if file.old_mode & MODE_TYPE == 0 { MODE_FILE | file.old_mode } else { file.old_mode });
        entries.insert(file.name().to_vec(), Entry { mode, id });
    }
    Ok(Some(entries))
}

/// The commit that the only hunk of a submodule's patch takes away, where the `index` line agrees.
fn submodule(file: &FilePatch<'_>) -> Option<Oid> {
    let Change::Text(hunks) = &file.change else { return None };
    let [hunk] = &hunks[..] else { return None };
    let hex = hunk.text.strip_prefix(b"-Subproject commit ")?.get(..40)?;
    let whole = hunk.old_start == 1 && hunk.old_lines == 1 && hunk.text.get(59) == Some(&b'\n');
    let id = Oid::from_str(std::str::from_utf8(hex).ok()?).ok()?;
    (whole && hex.starts_with(&file.old_id)).then_some(id)
}

/// Whether no attributes file that could bear on these paths says how to merge.
fn merges_plainly(objects: &Objects, tree: Oid, paths: &BTreeSet<Vec<u8>>) -> Result<bool> {
    let directories = paths.iter().map(|path| memchr::memrchr(b'/', path).map_or(&[][..], |slash| &path[..=slash]));
    for directory in directories.chain([&[][..]]).collect::<BTreeSet<_>>() {
        let Some(entry) = objects.entry(tree, &[directory, b".gitattributes"].concat())? else { continue };
        if entry.mode & MODE_TYPE != MODE_FILE {
            continue;
        }
        let text = objects.blob(entry.id)?;
        if ["merge", "binary"].iter().any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn present(objects: &Objects, tree: Oid, paths: &BTreeSet<Vec<u8>>) -> Result<BTreeMap<Vec<u8>, Entry>> {
    let mut found = BTreeMap::new();
    for path in paths {
        let is_file = |entry: &Entry| matches!(entry.mode & MODE_TYPE, MODE_FILE | MODE_LINK | MODE_GITLINK);
        if let Some(entry) = objects.entry(tree, path)?.filter(is_file) {
            found.insert(path.clone(), entry);
        }
    }
    Ok(found)
}

/// Merges with `git merge-tree`, which takes commits; these have no names and are left for `git gc`.
fn merge_tree(objects: &Objects, ancestor: Oid, ours: Oid, theirs: Oid) -> Result<Option<Oid>> {
    let nobody = Signature::new("git-patman", "", 0, 0);
    let commit = |tree, parents: &[Oid]| objects.commit(tree, parents, &nobody, &nobody, b"merge\n");
    let base = commit(ancestor, &[])?;
    let (ours, theirs) = (commit(ours, &[base])?, commit(theirs, &[base])?);
    let git = objects.git().args(["-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "--no-messages"]);
    let done = git.args([ours.to_string(), theirs.to_string()]).run()?;
    Ok(if done.status.success() { Oid::from_str(&done.text()).ok() } else { None })
}
