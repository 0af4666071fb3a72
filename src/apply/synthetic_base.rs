// SPDX-License-Identifier: GPL-2.0-or-later
//! Builds trees before and after a patch whose base is missing, so that git can show it as a commit.
//!
//! It prefers the blobs that the `index` lines name. If they are missing, the files are built from the hunks,
//! with filler lines that keep the hunks apart, and the hunk headings before them.

use super::path;
use super::three_way::fake_ancestor;
use super::tree::{self, FileOutcome};
use crate::diff::{self, ContentChange, FilePatch, Hunk, Sure};
use crate::error::Result;
use crate::git::Oid;
use crate::git::objects::{MODE_GITLINK, MODE_TYPE, Objects, TreeEntry};
use crate::git::trees::{TreeEdits, canonical};

/// Number of lines between two hunks: more than twice the context of a diff.
const GAP: usize = 8;

/// A tree like `tree` to which the patch applies, and the tree with the patch; none if the patch does not show
/// enough.
pub fn synthetic_base(objects: &Objects, tree: Oid, diff: &[u8]) -> Result<Option<(Oid, Oid)>> {
    let Ok(files) = diff::parse(diff) else {
        return Ok(None);
    };
    if let Some(before) = of_blobs(objects, tree, &files)?
        && let Ok(FileOutcome::Done { tree: after, .. }) = tree::apply(objects, before, &files)
    {
        return Ok(Some((before, after)));
    }
    let (mut before, mut after) = (TreeEdits::new(), TreeEdits::new());
    for file in &files {
        if !make_up(objects, file, &mut before, &mut after)? {
            return Ok(None);
        }
    }
    let Some(before) = edited(objects, tree, &before)? else {
        return Ok(None);
    };
    Ok(edited(objects, before, &after)?.map(|after| (before, after)))
}

/// The tree with the files that the patch was made on.
fn of_blobs(objects: &Objects, tree: Oid, files: &[FilePatch<'_>]) -> Result<Option<Oid>> {
    let Some(entries) = fake_ancestor(objects, tree, files)? else {
        return Ok(None);
    };
    if entries
        .values()
        .any(|entry| entry.mode != MODE_GITLINK && !objects.has(entry.id))
    {
        return Ok(None);
    }
    let mut changes: TreeEdits = files
        .iter()
        .filter_map(|file| Some((file.new_name.clone()?, None)))
        .collect();
    changes.extend(entries.into_iter().map(|(path, entry)| (path, Some(entry))));
    edited(objects, tree, &changes)
}

/// The tree with changes, or a tree of these changes alone if they conflict with a file of the tree.
fn edited(objects: &Objects, tree: Oid, changes: &TreeEdits) -> Result<Option<Oid>> {
    if let Ok(tree) = objects.edit(tree, changes) {
        return Ok(Some(tree));
    }
    let present = changes
        .iter()
        .filter_map(|(path, entry)| Some((path.clone(), (*entry)?)));
    Ok(objects.tree_with(present).ok())
}

/// Builds one file before and after the patch; false if the patch does not show it.
fn make_up(
    objects: &Objects,
    file: &FilePatch<'_>,
    before: &mut TreeEdits,
    after: &mut TreeEdits,
) -> Result<bool> {
    let ContentChange::Text(hunks) = &file.change else {
        return Ok(false);
    };
    let mode = |mode: u32, other: u32| {
        canonical(
            [mode, other, 0o100_644]
                .into_iter()
                .find(|&mode| mode != 0)
                .unwrap_or(0),
        )
    };
    let (old_mode, new_mode) = (
        mode(file.old_mode, file.new_mode),
        mode(file.new_mode, file.old_mode),
    );
    let is_safe =
        |name: &Option<Vec<u8>>, mode| name.as_ref().is_none_or(|name| path::is_safe(name, mode));
    let is_module = [old_mode, new_mode]
        .iter()
        .any(|mode| mode & MODE_TYPE == MODE_GITLINK);
    if is_module || !is_safe(&file.old_name, old_mode) || !is_safe(&file.new_name, new_mode) {
        return Ok(false);
    }
    let (old, new) = contents(file, hunks);
    if let Some(name) = file.old_name.clone().filter(|_| file.is_new != Sure::Yes) {
        let entry = TreeEntry {
            mode: old_mode,
            id: objects.write_blob(&old)?,
        };
        before.insert(name.clone(), Some(entry));
        if file.new_name.as_ref() != Some(&name) && !file.is_copy {
            after.insert(name, None);
        }
    }
    if let Some(name) = file
        .new_name
        .clone()
        .filter(|_| file.is_delete != Sure::Yes)
    {
        before.entry(name.clone()).or_insert(None);
        after.insert(
            name,
            Some(TreeEntry {
                mode: new_mode,
                id: objects.write_blob(&new)?,
            }),
        );
    }
    Ok(true)
}

/// The contents of a file before and after, as far as the hunks show them.
fn contents(file: &FilePatch<'_>, hunks: &[Hunk<'_>]) -> (Vec<u8>, Vec<u8>) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for (at, hunk) in hunks.iter().enumerate() {
        let mut between = Vec::new();
        if at > 0 {
            (0..GAP).for_each(|line| between.extend(format!("\t{at}.{line}\n").into_bytes()));
        }
        if !hunk.heading.is_empty() {
            between.extend([hunk.heading, b"\n"].concat());
        }
        let sides = hunk.sides();
        old.extend([&between[..], &sides.old.concat()].concat());
        new.extend([&between[..], &sides.new.concat()].concat());
    }
    if hunks.is_empty() && file.old_name.is_some() {
        // Only its name or mode changes: any contents will do that are the same on both sides, and unique to
        // this file.
        old = [file.name(), b"\n"].concat();
        new.clone_from(&old);
    }
    (old, new)
}
