// SPDX-License-Identifier: GPL-2.0-or-later
//! Decides which worktrees may be kept, and which commits a pooled worktree is suitable for.

use super::PooledWorktree;
use crate::error::{Result, WithContext};
use crate::git::{Oid, Repo};
use crate::settings::Settings;
use crate::worktree::{Tree, admin};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Whether all files match the index, the index matches HEAD, and all other files are ignored.
pub(super) fn is_clean(repo: &Repo, tree: &Path, record: &Path) -> Result<bool> {
    let worktree = Tree::new(tree, record);
    if !has_plain_names(record)?
        || has_settings_of_its_own(repo, record)?
        || !worktree.changes()?.paths.is_empty()
    {
        return Ok(false);
    }
    // Files that git was configured to skip, and submodules.
    let listed = worktree
        .git()
        .args(["ls-files", "-v", "-s", "-z"])
        .ok()?
        .stdout;
    Ok(listed
        .split(|&byte| byte == 0)
        .filter(|entry| !entry.is_empty())
        .all(|entry| {
            let path = entry
                .splitn(2, |&byte| byte == b'\t')
                .nth(1)
                .unwrap_or_default();
            let is_empty = || {
                let dir = tree.join(OsStr::from_bytes(path));
                std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none())
            };
            entry.starts_with(b"H ") && (!entry.starts_with(b"H 160000 ") || is_empty())
        }))
}

/// Whether the configuration or sparse checkout of the worktree differs from that of a new one.
fn has_settings_of_its_own(repo: &Repo, record: &Path) -> Result<bool> {
    let fresh = tempfile::tempdir().context(|| "cannot create a temporary directory")?;
    admin::copy_sparse(repo.common_dir(), fresh.path())?;
    let read = |dir: &Path, file: &str| std::fs::read(dir.join(file)).ok();
    Ok(admin::SPARSE
        .iter()
        .any(|file| read(record, file) != read(fresh.path(), file)))
}

/// Settings, and attributes outside the tree, that decide what git writes into files.
pub(super) fn shape(repo: &Repo, record: &Path) -> Result<Vec<u8>> {
    let common = repo.common_dir();
    let settings = Settings::read_by(Tree::new(common, record).git(), common)?;
    let mut shape = settings.checkout_shape().into_bytes();
    let mut files = vec![
        common.join("info/attributes"),
        PathBuf::from("/etc/gitattributes"),
    ];
    files.extend(settings.attributes_file()?);
    files.extend(admin::SPARSE.iter().map(|file| record.join(file)));
    for file in files {
        let text = std::fs::read(&file).unwrap_or_default();
        shape.extend_from_slice(format!("file of {} bytes\n", text.len()).as_bytes());
        shape.extend_from_slice(&text);
    }
    Ok(shape)
}

/// Whether the commit has the same attributes in its tree: git does not rewrite files that do not differ.
pub(super) fn has_attributes_of(repo: &Repo, kept: &PooledWorktree, head: Oid) -> bool {
    let git = repo
        .git()
        .env("GIT_INDEX_FILE", kept.path.join(".git/index"));
    let done = git
        .args([
            "--no-optional-locks",
            "diff-index",
            "--cached",
            "--quiet",
            &head.to_string(),
        ])
        .args(["--", ":(glob)**/.gitattributes"])
        .run();
    done.is_ok_and(|done| done.status.success())
}

/// Whether git's record of a worktree has no operation in progress: no merge, no bisection, no lock, no
/// submodules.
fn has_plain_names(record: &Path) -> Result<bool> {
    const PLAIN: [&str; 10] = [
        "HEAD",
        "ORIG_HEAD",
        "FETCH_HEAD",
        "COMMIT_EDITMSG",
        "commondir",
        "gitdir",
        "index",
        "logs",
        "info",
        "config.worktree",
    ];
    let is_empty =
        |dir: PathBuf| std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    let entries =
        std::fs::read_dir(record).context(|| format!("cannot read '{}'", record.display()))?;
    for entry in entries {
        let entry = entry.context(|| format!("cannot read '{}'", record.display()))?;
        let is_plain = entry
            .file_name()
            .to_str()
            .is_some_and(|name| PLAIN.contains(&name));
        let is_unused = || entry.file_name() == "refs" && is_empty(entry.path());
        if !is_plain && !is_unused() {
            return Ok(false);
        }
    }
    Ok(record.join("index").is_file())
}
