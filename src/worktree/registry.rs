// SPDX-License-Identifier: GPL-2.0-or-later
//! The worktrees that git has registered, read from its files (gitrepository-layout(5)): the result of
//! `git worktree list`, without starting git. Unusual cases are left to git.

use super::Registered;
use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::presence;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// All worktrees, the main one first; none if git must be asked.
pub(super) fn read(repo: &Repo) -> Result<Option<Vec<Registered>>> {
    let common = repo.common_dir();
    let main = common
        .parent()
        .filter(|_| common.file_name() == Some(OsStr::new(".git")));
    let (Some(main), Ok(real)) = (
        main.filter(|main| repo.main_worktree() == Some(*main)),
        common.canonicalize(),
    ) else {
        return Ok(None);
    };
    if real != common {
        return Ok(None);
    }
    let mut all = Vec::new();
    // What cannot be read is left to git.
    let Ok(entries) = presence::entries(&common.join("worktrees")) else {
        return Ok(None);
    };
    for entry in entries {
        let Some(one) = linked(repo, &entry.path())? else {
            return Ok(None);
        };
        all.push(one);
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    let Some(first) = registered(repo, common, main.to_owned())? else {
        return Ok(None);
    };
    all.insert(0, first);
    Ok(Some(all))
}

fn linked(repo: &Repo, dir: &Path) -> Result<Option<Registered>> {
    let Ok(link) = std::fs::read(dir.join("gitdir")) else {
        return Ok(None);
    };
    let path = PathBuf::from(OsStr::from_bytes(link.trim_ascii_end()));
    let top = path
        .parent()
        .filter(|_| path.is_absolute() && path.file_name() == Some(OsStr::new(".git")));
    let Some(mut one) = top.map_or(Ok(None), |top| registered(repo, dir, top.to_owned()))? else {
        return Ok(None);
    };
    let lock = dir.join("locked");
    one.locked = match std::fs::read(&lock) {
        Ok(why) => Some(String::from_utf8_lossy(why.trim_ascii()).into_owned()),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => None,
        Err(_) => return Ok(None),
    };
    Ok(Some(one))
}

/// The worktree at `path`, whose HEAD is in the directory `dir`.
fn registered(repo: &Repo, dir: &Path, path: PathBuf) -> Result<Option<Registered>> {
    let file = dir.join("HEAD");
    let is_plain = file.symlink_metadata().is_ok_and(|meta| meta.is_file());
    let Some(text) = std::fs::read_to_string(&file).ok().filter(|_| is_plain) else {
        return Ok(None);
    };
    let text = text.trim_end();
    let Some(name) = text.strip_prefix("ref: ") else {
        let Ok(id) = Oid::from_str(text) else {
            return Ok(None);
        };
        return Ok(Some(Registered {
            path,
            head: Some(id),
            branch: None,
            locked: None,
        }));
    };
    if !name.starts_with("refs/heads/") {
        return Ok(None);
    }
    // A branch without a commit has the null object name, as git prints it.
    let head = repo.find_ref(name)?.unwrap_or(Oid::ZERO_SHA1);
    Ok(Some(Registered {
        path,
        head: Some(head),
        branch: Some(name.to_owned()),
        locked: None,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;
    use crate::git::discover::Environment;
    use crate::git::run::Git;

    fn git(dir: &Path, args: &[&str]) {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        Git::at(dir).args(identity).args(args).ok().unwrap();
    }

    fn both(top: &Path) -> (Vec<Registered>, Vec<Registered>) {
        let repo = Repo::discover(top, &Environment::default()).unwrap();
        let listed = repo
            .git()
            .args(["worktree", "list", "--porcelain", "-z"])
            .ok()
            .unwrap()
            .stdout;
        (
            read(&repo).unwrap().unwrap(),
            super::super::parse_list(&listed),
        )
    }

    #[test]
    fn the_files_say_what_git_says() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap().join("a b");
        std::fs::create_dir(&top).unwrap();
        git(&top, &["init", "-q", "-b", "main"]);
        let (ours, gits) = both(&top);
        assert_eq!(ours, gits);
        git(&top, &["commit", "-q", "--allow-empty", "-m", "Begin"]);
        git(&top, &["worktree", "add", "-q", "-b", "other", "../z"]);
        git(&top, &["worktree", "add", "-q", "--detach", "../new\nline"]);
        git(
            &top,
            &[
                "worktree",
                "add",
                "-q",
                "--lock",
                "--reason",
                "on a\nstick",
                "-b",
                "third",
                "../c",
            ],
        );
        git(
            &top,
            &["worktree", "add", "-q", "--lock", "-b", "fourth", "../d"],
        );
        git(&top, &["pack-refs", "--all"]);
        git(&top, &["update-ref", "--no-deref", "HEAD", "other"]);
        std::fs::remove_dir_all(top.join("../z")).unwrap();
        let (ours, gits) = both(&top);
        assert_eq!(ours.len(), 5);
        assert_eq!(ours, gits);
        git(&top, &["symbolic-ref", "HEAD", "refs/heads/none"]);
        let (ours, gits) = both(&top);
        assert_eq!(ours, gits);
    }
}
