// SPDX-License-Identifier: GPL-2.0-or-later
//! Method three, like `git am -3`: builds a tree of the blobs that the `index` lines name, applies the patch to
//! it, and merges.
//!
//! A result counts only if two merges agree: `git merge-tree`, which finds renames in whole trees as git does,
//! and libgit2's merge of the affected paths, which merges lines like `git am` up to git 2.49 (they use
//! different diff algorithms). If they differ, if git is older than 2.38, or if attributes may select another
//! merge driver, the patch is left to `git am -3`.

use super::tree::{self, FileOutcome};
use super::{fallback, path};
use crate::diff::{ContentChange, FilePatch, Sure};
use crate::error::Result;
use crate::git::Oid;
use crate::git::commits::Signature;
use crate::git::objects::{MODE_FILE, MODE_GITLINK, MODE_LINK, MODE_TYPE, Objects, TreeEntry};
use crate::git::trees::{TreeEditError, canonical};
use std::collections::{BTreeMap, BTreeSet};

/// The tree `ours` with the patch merged in; none if git or the user must do it.
pub fn apply(
    objects: &Objects,
    ours: Oid,
    diff: &[u8],
    files: &[FilePatch<'_>],
) -> Result<Option<Oid>> {
    objects.flush()?;
    let Some(entries) = fake_ancestor(objects, ours, files)? else {
        return Ok(None);
    };
    let all_here = entries
        .keys()
        .map(|path| objects.entry(ours, path))
        .collect::<Result<Option<Vec<_>>>>()?
        .is_some();
    let ancestor = match objects.tree_with(entries) {
        Ok(tree) => tree,
        Err(TreeEditError::Clash(_)) => return Ok(None),
        Err(TreeEditError::Failed(error)) => return Err(error),
    };
    let by_us = !fallback::has_whitespace_rules(objects);
    let theirs = match if by_us {
        tree::apply(objects, ancestor, files)
    } else {
        Ok(FileOutcome::Unsure)
    } {
        Ok(FileOutcome::Unsure) => fallback::apply(objects, ancestor, diff, Some(files))?,
        Ok(outcome) => outcome,
        // A missing blob: git reports that the repository lacks what the merge needs.
        Err(_) => return Ok(None),
    };
    let FileOutcome::Done { tree: theirs, .. } = theirs else {
        return Ok(None);
    };
    let mut paths = fallback::touched(objects, ours, files)?;
    if !merges_plainly(objects, ours, &paths)? {
        return Ok(None);
    }
    let Some(merged) = merge_tree(objects, ancestor, ours, theirs)? else {
        return Ok(None);
    };
    paths.extend(objects.changed_paths(ours, merged)?);
    if !all_here {
        paths.extend(objects.renamed_paths(ancestor, ours)?);
    }
    let part =
        |tree: Oid| -> Result<Oid> { Ok(objects.tree_with(present(objects, tree, &paths)?)?) };
    let agreed = objects
        .merge_trees(ancestor, part(ours)?, theirs)
        .ok()
        .flatten()
        == Some(part(merged)?);
    Ok(Some(merged).filter(|_| agreed))
}

/// The files that the patch was made on; none if it does not name a blob for each.
pub(super) fn fake_ancestor(
    objects: &Objects,
    ours: Oid,
    files: &[FilePatch<'_>],
) -> Result<Option<BTreeMap<Vec<u8>, TreeEntry>>> {
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
        let Some(id) = id.filter(|_| path::is_safe(file.name(), file.old_mode)) else {
            return Ok(None);
        };
        let mode = canonical(if file.old_mode & MODE_TYPE == 0 {
            MODE_FILE | file.old_mode
        } else {
            file.old_mode
        });
        entries.insert(file.name().to_vec(), TreeEntry { mode, id });
    }
    Ok(Some(entries))
}

/// The commit that the only hunk of a submodule's patch removes, if the `index` line agrees.
fn submodule(file: &FilePatch<'_>) -> Option<Oid> {
    let ContentChange::Text(hunks) = &file.change else {
        return None;
    };
    let [hunk] = &hunks[..] else { return None };
    let hex = hunk.text.strip_prefix(b"-Subproject commit ")?.get(..40)?;
    let whole = hunk.old_start == 1 && hunk.old_lines == 1 && hunk.text.get(59) == Some(&b'\n');
    let id = Oid::from_str(std::str::from_utf8(hex).ok()?).ok()?;
    (whole && hex.starts_with(&file.old_id)).then_some(id)
}

/// Whether no attributes file that may apply to these paths selects a merge driver.
fn merges_plainly(objects: &Objects, tree: Oid, paths: &BTreeSet<Vec<u8>>) -> Result<bool> {
    let directories = paths
        .iter()
        .map(|path| memchr::memrchr(b'/', path).map_or(&[][..], |slash| &path[..=slash]));
    for directory in directories.chain([&[][..]]).collect::<BTreeSet<_>>() {
        let Some(entry) = objects.entry(tree, &[directory, b".gitattributes"].concat())? else {
            continue;
        };
        if entry.mode & MODE_TYPE != MODE_FILE {
            continue;
        }
        if names_a_merge(&objects.blob(entry.id)?) {
            return merges_plainly_by_git(objects, tree, paths);
        }
    }
    Ok(true)
}

/// Asks git, which reads attributes from a tree since 2.40; with an older git the answer is unknown, which
/// counts as no.
fn merges_plainly_by_git(objects: &Objects, tree: Oid, paths: &BTreeSet<Vec<u8>>) -> Result<bool> {
    let input = paths
        .iter()
        .flat_map(|path| [path, &b"\0"[..]].concat())
        .collect();
    let tree = tree.to_string();
    let done = objects
        .git()
        .args(["check-attr", "-z", "--stdin", "--source", &tree, "merge"])
        .input(input)
        .run()?;
    // For each path: the path, the attribute, its value.
    let values = done.stdout.split(|&byte| byte == 0).skip(2).step_by(3);
    Ok(done.status.success()
        && values.clone().count() == paths.len()
        && values.into_iter().all(|v| v == b"unspecified"))
}

/// Whether an attributes file sets `merge` or `binary` for any path, even through a macro.
fn names_a_merge(attributes: &[u8]) -> bool {
    let names = |word: &[u8]| {
        let word = word
            .strip_prefix(b"-")
            .or_else(|| word.strip_prefix(b"!"))
            .unwrap_or(word);
        word == b"merge"
            || word == b"binary"
            || word.starts_with(b"merge=")
            || word.starts_with(b"binary=")
    };
    // The first word is the pattern. The rest of a quoted pattern is no attribute either, but may be taken for
    // one.
    let words = |line: &[u8]| {
        line.split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .skip(1)
            .any(names)
    };
    attributes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii_start().starts_with(b"#"))
        .any(words)
}

fn present(
    objects: &Objects,
    tree: Oid,
    paths: &BTreeSet<Vec<u8>>,
) -> Result<BTreeMap<Vec<u8>, TreeEntry>> {
    let mut found = BTreeMap::new();
    for path in paths {
        let is_file = |entry: &TreeEntry| {
            matches!(entry.mode & MODE_TYPE, MODE_FILE | MODE_LINK | MODE_GITLINK)
        };
        if let Some(entry) = objects.entry(tree, path)?.filter(is_file) {
            found.insert(path.clone(), entry);
        }
    }
    Ok(found)
}

/// Merges with `git merge-tree`, which requires commits; no ref leads to these, and `git gc` removes them.
fn merge_tree(objects: &Objects, ancestor: Oid, ours: Oid, theirs: Oid) -> Result<Option<Oid>> {
    let nobody = Signature::new("git-patman", "", 0, 0);
    let commit =
        |tree, parents: &[Oid]| objects.commit(tree, parents, &nobody, &nobody, b"merge\n");
    let base = commit(ancestor, &[])?;
    let (ours, theirs) = (commit(ours, &[base])?, commit(theirs, &[base])?);
    let git = objects.git().args([
        "-c",
        "merge.directoryRenames=false",
        "merge-tree",
        "--write-tree",
        "--no-messages",
    ]);
    let done = git.args([ours.to_string(), theirs.to_string()]).run()?;
    Ok(if done.status.success() {
        Oid::from_str(&done.text()).ok()
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::names_a_merge;

    #[test]
    fn only_the_attributes_that_merges_look_at_count() {
        for plain in [
            &b"/mergetools/* text eol=lf\n/doc/git-merge.adoc conflict-marker-size=32\n# merge\n"[..],
            b"binary text\n*.c diff=cpp merger\n",
        ] {
            assert!(!names_a_merge(plain));
        }
        for named in [
            &b"* text\n*.c\tmerge=union"[..],
            b"*.c -merge",
            b"*.png binary\n",
            b"[attr]own merge=own",
        ] {
            assert!(names_a_merge(named));
        }
    }
}
