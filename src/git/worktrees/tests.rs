// SPDX-License-Identifier: GPL-2.0-or-later
//! Worktrees as read from the files, compared with what git lists.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
use super::*;
use crate::git::discover::Environment;

fn git(dir: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    Git::at(dir).args(identity).args(args).ok().unwrap();
}

/// `git worktree list`, one line per field, without the position of HEAD.
fn listed_by_git(top: &Path) -> String {
    let list = ["worktree", "list", "--porcelain", "-z"];
    let fields = Git::at(top).args(list).ok().unwrap().stdout;
    let fields = String::from_utf8(fields).unwrap();
    let fields = fields.split('\0').filter(|field| {
        !field.is_empty() && !field.starts_with("HEAD 0") && !field.starts_with("prunable")
    });
    fields.map(|field| format!("{field}\0")).collect()
}

/// The same from the files.
fn read_from_files(top: &Path) -> String {
    let repo = Repo::discover(top, &Environment::default()).unwrap();
    let mut text = String::new();
    for record in repo.worktree_records().unwrap() {
        let top = record.top.as_ref().unwrap().display();
        text += &format!("worktree {top}\0");
        match record.head() {
            Ok(Head::Branch(name)) => {
                if let Some(id) = repo.find_ref(&name).unwrap() {
                    text += &format!("HEAD {id}\0");
                }
                text += &format!("branch {name}\0");
            }
            Ok(Head::Detached(id)) => text += &format!("HEAD {id}\0detached\0"),
            Err(_) => {}
        }
        text += &match record.locked().unwrap().as_deref() {
            None => String::new(),
            Some("") => "locked\0".to_owned(),
            Some(why) => format!("locked {why}\0"),
        };
    }
    text
}

#[test]
fn the_files_have_the_worktrees_that_git_lists() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap().join("a b");
    std::fs::create_dir(&top).unwrap();
    git(&top, &["init", "-q", "-b", "main"]);
    let same = |worktrees: usize| {
        let files = read_from_files(&top);
        assert_eq!(files, listed_by_git(&top));
        assert_eq!(files.matches("worktree /").count(), worktrees);
    };
    same(1);
    git(&top, &["commit", "-q", "--allow-empty", "-m", "Begin"]);
    let add = |args: &[&str]| git(&top, &[&["worktree", "add", "-q"], args].concat());
    add(&["-b", "other", "../z"]);
    add(&["--detach", "../new\nline"]);
    add(&["--lock", "--reason", "on a\nstick", "-b", "third", "../c"]);
    add(&["--lock", "-b", "fourth", "../d"]);
    add(&["-b", "sixth", "../damaged"]);
    add(&["-b", "seventh", "../linked"]);
    git(&top, &["pack-refs", "--all"]);
    git(&top, &["update-ref", "--no-deref", "HEAD", "other"]);
    std::fs::remove_dir_all(top.join("../z")).unwrap();
    let record = |path: &str| top.join(".git/worktrees").join(path);
    std::fs::write(record("damaged/HEAD"), "none\n").unwrap();
    std::fs::remove_file(record("linked/HEAD")).unwrap();
    std::os::unix::fs::symlink("refs/heads/seventh", record("linked/HEAD")).unwrap();
    std::fs::create_dir(record("being-made")).unwrap();
    same(7);
    git(&top, &["symbolic-ref", "HEAD", "refs/heads/none"]);
    same(7);
}

#[test]
fn a_relative_gitdir_starts_at_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    let record = top.join("r/.git/worktrees/x");
    std::fs::create_dir_all(&record).unwrap();
    // The worktree may have been deleted.
    assert_eq!(
        top_of(&record, b"../../../../x/.git\n"),
        Some(top.join("x"))
    );
    assert_eq!(
        top_of(&record, b"/none/x/.git\n"),
        Some(PathBuf::from("/none/x"))
    );
}
