// SPDX-License-Identifier: GPL-2.0-or-later
//! Method two: `git apply --cached` on a temporary index that holds only the paths of a patch.

use super::tree::FileOutcome;
use crate::diff::FilePatch;
use crate::environment;
use crate::error::{Error, Result, WithContext};
use crate::git::Oid;
use crate::git::objects::{MODE_TREE, Objects, TreeEntry};
use crate::git::run::Git;
use crate::git::trees::{TreeEditError, TreeEdits};
use crate::invisible::shown;
use std::collections::BTreeSet;

/// Whether the user's settings make git fix or ignore white space in patches, which only git itself does.
pub fn has_whitespace_rules(objects: &Objects) -> bool {
    let strict = |value: &str| !matches!(value, "warn" | "nowarn");
    let ignored = |value: &str| !matches!(value, "no" | "false" | "never" | "none");
    objects
        .setting("apply.whitespace")
        .is_some_and(|value| strict(&value))
        || objects
            .setting("apply.ignorewhitespace")
            .is_some_and(|value| ignored(&value))
        || environment::git_config().any(|text| text.to_ascii_lowercase().contains("apply."))
}

/// Applies a patch to a tree with git. The index holds the paths of `files`, or all paths if the patch could
/// not be parsed.
pub fn apply(
    objects: &Objects,
    tree: Oid,
    diff: &[u8],
    files: Option<&[FilePatch<'_>]>,
) -> Result<FileOutcome> {
    objects.flush()?;
    let scratch = tempfile::tempdir().context(|| "cannot create a temporary directory")?;
    let index = scratch.path().join("index");
    let git = |args: &[&str]| -> Git { objects.git().env("GIT_INDEX_FILE", &index).args(args) };
    match files {
        Some(files) => {
            let mut entries = Vec::new();
            for path in touched(objects, tree, files)? {
                if let Some(entry) = objects
                    .entry(tree, &path)?
                    .filter(|entry| entry.mode != MODE_TREE)
                {
                    entries
                        .extend_from_slice(format!("{:o} {}\t", entry.mode, entry.id).as_bytes());
                    entries.extend_from_slice(&path);
                    entries.push(0);
                }
            }
            git(&["update-index", "-z", "--index-info"])
                .input(entries)
                .ok()?;
        }
        None => {
            git(&["read-tree"]).args([tree.to_string()]).ok()?;
        }
    }
    let before = listed(git(&["ls-files", "-s", "-z"]).ok()?.stdout)?;
    let done = git(&["apply", "--cached", "-v"])
        .input(diff.to_vec())
        .run()?;
    let said = String::from_utf8_lossy(&done.stderr);
    if !done.status.success() {
        let names = files
            .unwrap_or_default()
            .iter()
            .map(|file| shown(file.name()))
            .collect();
        let why = said
            .lines()
            .find_map(|line| line.strip_prefix("error: "))
            .unwrap_or("git refuses it");
        return Ok(FileOutcome::Refused {
            error: Error::new("patch does not apply").with_cause(why),
            files: names,
        });
    }
    let after = listed(git(&["ls-files", "-s", "-z"]).ok()?.stdout)?;
    let mut changes: TreeEdits = before.keys().map(|path| (path.clone(), None)).collect();
    changes.extend(after);
    match objects.edit(tree, &changes) {
        Ok(tree) => Ok(FileOutcome::Done {
            tree,
            exact: !said.contains(" succeeded at "),
        }),
        Err(clash @ TreeEditError::Clash(_)) => Ok(FileOutcome::Refused {
            error: clash.into(),
            files: Vec::new(),
        }),
        Err(TreeEditError::Failed(error)) => Err(error),
    }
}

/// Every path in the files, and each file or link in the tree at the path of one of their parent directories.
pub fn touched(objects: &Objects, tree: Oid, files: &[FilePatch<'_>]) -> Result<BTreeSet<Vec<u8>>> {
    let names = files
        .iter()
        .flat_map(|file| file.old_name.iter().chain(&file.new_name));
    let mut paths = BTreeSet::new();
    for name in names.filter(|name| super::path::is_safe(name, 0)) {
        for (slash, _) in name.iter().enumerate().filter(|(_, c)| **c == b'/') {
            match objects.entry(tree, &name[..slash])? {
                Some(TreeEntry {
                    mode: MODE_TREE, ..
                }) => {}
                Some(_) => {
                    paths.insert(name[..slash].to_vec());
                    break;
                }
                None => break,
            }
        }
        paths.insert(name.clone());
    }
    Ok(paths)
}

/// Parses the output of `git ls-files -s -z`.
fn listed(list: Vec<u8>) -> Result<TreeEdits> {
    let entry = |line: &[u8]| -> Option<(Vec<u8>, Option<TreeEntry>)> {
        let tab = memchr::memchr(b'\t', line)?;
        let mut words = std::str::from_utf8(&line[..tab]).ok()?.split(' ');
        let mode = u32::from_str_radix(words.next()?, 8).ok()?;
        let id = Oid::from_str(words.next()?).ok()?;
        Some((line[tab + 1..].to_vec(), Some(TreeEntry { mode, id })))
    };
    let lines = list.split(|&c| c == 0).filter(|line| !line.is_empty());
    lines
        .map(entry)
        .collect::<Option<_>>()
        .ok_or_else(|| Error::new("cannot parse the output of 'git ls-files'"))
}
