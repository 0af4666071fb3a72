// SPDX-License-Identifier: GPL-2.0-or-later
//! Tests changes in a real repository with a real database.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::{BranchChange, HeadMove, Tracking};
use crate::author::Author;
use crate::db::series::{self, NewSeries};
use crate::db::{Db, Location, OpenOptions, Origin, Read};
use crate::events::Collector;
use crate::git::Repo;
use crate::git::discover::Environment;
use crate::git::refs::RefChange;
use crate::git::run::Git;
use crate::settings::Settings;
use std::path::{Path, PathBuf};

struct TestRepo {
    _dir: tempfile::TempDir,
    top: PathBuf,
    events: Collector,
}

impl TestRepo {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir(&top).unwrap();
        let place = TestRepo {
            _dir: dir,
            top,
            events: Collector::default(),
        };
        place.git("init -q -b main");
        for (key, value) in [
            ("user.name", "Ada"),
            ("user.email", "ada@example.com"),
            ("core.hooksPath", "/none"),
        ] {
            place.git(&format!("config {key} {value}"));
        }
        place.commit("file", "Begin");
        place.git("switch -q -c video");
        place.commit("one", "First");
        place.commit("two", "Second");
        place
    }

    fn git(&self, line: &str) -> String {
        self.git_in(&self.top, line)
    }

    fn git_in(&self, dir: &Path, line: &str) -> String {
        Git::at(dir)
            .args(line.split_whitespace())
            .ok()
            .unwrap()
            .text()
    }

    fn commit(&self, file: &str, message: &str) {
        std::fs::write(self.top.join(file), file).unwrap();
        self.git("add -A");
        self.git(&format!("commit -q -m {message}"));
    }

    fn with<T>(&self, run: impl FnOnce(&mut Author<'_>) -> T) -> T {
        let repo = Repo::discover(&self.top, &Environment::default()).unwrap();
        let settings = Settings::read(&self.top).unwrap();
        let location = Location::at(self.top.join(".git/patman"), Origin::CommonDir);
        let db = Db::open(&location, &OpenOptions::default(), &self.events).unwrap();
        run(&mut Author::new(&repo, &settings, &self.events, db, false))
    }

    fn delete(&self, branch: &str) -> crate::error::Result<Vec<(String, String)>> {
        self.with(|author| {
            let tip = author.repo.commit_named(branch)?;
            let change = BranchChange {
                refs: vec![RefChange::delete(format!("refs/heads/{branch}"), tip)],
                what: "series dec".into(),
                ..BranchChange::default()
            };
            author
                .change(change, None, |_| Ok(()))
                .map(|changed| changed.backups)
        })
    }

    /// Appends a line to the messages of `video`.
    fn mark(&self, line: &str) -> crate::error::Result<Vec<(String, String)>> {
        self.with(|author| {
            let base = author.repo.commit_named("main")?;
            let tip = author.repo.commit_named("video")?;
            let commits = author.repo.commits_between(base, tip)?;
            let range = crate::author::branch::range::BranchRange {
                branch: "video".into(),
                tip,
                base,
                commits,
            };
            let reworded = author.reword_branch(&range, &mut |_, message| {
                Ok(Some([message, b"\n", line.as_bytes(), b"\n"].concat()))
            })?;
            let change =
                BranchChange::rewritten(&range, &reworded, "series mark", "Mark 2 commits");
            let new = NewSeries {
                name: line,
                desc: "d",
                ..NewSeries::default()
            };
            author
                .change(change, None, |write| series::insert(write, &new))
                .map(|changed| changed.backups)
        })
    }
}

#[test]
fn a_rewrite_of_a_checked_out_branch_leaves_index_and_files() {
    let place = TestRepo::new();
    std::fs::write(place.top.join("one"), "edited").unwrap();
    std::fs::write(place.top.join("new"), "staged").unwrap();
    place.git("add new");
    let index = std::fs::read(place.top.join(".git/index")).unwrap();
    let old = place.git("rev-parse video");
    assert_eq!(
        place.mark("x").unwrap(),
        [("video".to_owned(), "refs/patman/backup/video".to_owned())]
    );
    assert_eq!(std::fs::read(place.top.join(".git/index")).unwrap(), index);
    assert_eq!(place.git("status --porcelain"), "A  new\n M one");
    assert_ne!(place.git("rev-parse video"), old);
    assert_eq!(place.git("rev-parse refs/patman/backup/video"), old);
    assert_eq!(
        place.git("rev-parse video^{tree}"),
        place.git(&format!("rev-parse {old}^{{tree}}"))
    );
    assert_eq!(
        place.git("log -g -1 --format=%gs video"),
        "patman: series mark: Mark 2 commits"
    );
    assert_eq!(
        place.git("log -g -1 --format=%gs HEAD"),
        "patman: series mark: Mark 2 commits"
    );
    assert!(!place.top.join(".git/patman/rewrite.json").exists());
}

#[test]
fn a_symbolic_branch_moves_what_it_is_and_does_not_go() {
    let place = TestRepo::new();
    place.git("branch -m video real");
    place.git("symbolic-ref refs/heads/video refs/heads/real");
    place.git("symbolic-ref HEAD refs/heads/real");
    let old = place.git("rev-parse real");
    assert_eq!(
        place.mark("x").unwrap(),
        [("real".to_owned(), "refs/patman/backup/real".to_owned())]
    );
    assert_eq!(
        place.git("symbolic-ref refs/heads/video"),
        "refs/heads/real"
    );
    assert_ne!(place.git("rev-parse real"), old);
    let why = place.delete("video").unwrap_err();
    assert!(
        why.to_string()
            .contains("is a symbolic ref: it is another name of 'real'"),
        "{why}"
    );
}

#[test]
fn a_hook_that_refuses_leaves_everything() {
    let place = TestRepo::new();
    place.mark("x").unwrap();
    let (tip, hooks) = (place.git("rev-parse video"), place.top.join("hooks"));
    std::fs::create_dir(&hooks).unwrap();
    let hook = hooks.join("reference-transaction");
    std::fs::write(&hook, "#!/bin/sh\ntest \"$1\" != prepared\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    place.git(&format!("config core.hooksPath {}", hooks.display()));
    let why = place.mark("y").unwrap_err();
    assert!(why.to_string().contains("aborted by hook"), "{why}");
    assert_eq!(place.git("rev-parse video"), tip);
    place.with(|author| assert!(series::find(&author.db, "y").unwrap().is_none()));
    assert!(!place.top.join(".git/patman/rewrite.json").exists());
}

#[test]
fn backups_of_a_branch_and_of_one_below_its_name_are_kept_beside_each_other() {
    let place = TestRepo::new();
    let main = place.git("rev-parse main");
    for (name, kept) in [
        ("a", "a"),
        ("a/b", "a.b"),
        ("a/b/c", "a.b.c"),
        ("d/e", "d/e"),
        ("d", "d.2"),
    ] {
        place.git(&format!("branch {name} main"));
        let kept = format!("refs/patman/backup/{kept}");
        assert_eq!(
            place.delete(name).unwrap(),
            [(name.to_owned(), kept.clone())]
        );
        assert_eq!(place.git(&format!("rev-parse {kept}")), main);
    }
    place.git("pack-refs --all");
    place.git("branch a video");
    assert_eq!(place.delete("a").unwrap()[0].1, "refs/patman/backup/a.2");
    assert_eq!(place.git("rev-parse refs/patman/backup/a"), main);
}

#[test]
fn a_branch_that_is_checked_out_elsewhere_is_moved_with_the_same_tree_and_not_deleted() {
    let place = TestRepo::new();
    let other = place.top.parent().unwrap().join("other");
    place.git("switch -q main");
    place.git(&format!("worktree add -q {} video", other.display()));
    place.git(&format!("worktree lock {}", other.display()));
    std::fs::write(other.join("one"), "edited").unwrap();
    place.mark("x").unwrap();
    assert_eq!(place.git_in(&other, "status --porcelain"), " M one");
    let why = place.delete("video").unwrap_err();
    assert!(
        why.to_string().contains("is checked out at") && why.to_string().contains("other"),
        "{why}"
    );
    std::fs::rename(&other, other.with_extension("away")).unwrap();
    let why = place.delete("video").unwrap_err();
    assert!(why.to_string().contains("which is not there"), "{why}");
}

#[test]
fn rows_that_cannot_be_written_leave_the_branch() {
    let place = TestRepo::new();
    place.mark("x").unwrap();
    let tip = place.git("rev-parse video");
    assert!(
        place
            .mark("x")
            .unwrap_err()
            .to_string()
            .contains("already exists")
    );
    assert_eq!(place.git("rev-parse video"), tip);
}

#[test]
fn refs_that_cannot_be_moved_leave_the_rows() {
    let place = TestRepo::new();
    std::fs::write(place.top.join(".git/refs/heads/video.lock"), "").unwrap();
    let tip = place.git("rev-parse video");
    let why = place.mark("x").unwrap_err();
    assert!(
        why.to_string().contains("refs/heads/video.lock' exists"),
        "{why}"
    );
    assert_eq!(place.git("rev-parse video"), tip);
    assert!(!place.top.join(".git/patman/rewrite.json").exists());
    place.with(|author| assert!(series::find(&author.db, "x").unwrap().is_none()));
}

#[test]
fn a_branch_is_renamed_below_its_own_name_with_head_and_settings() {
    let place = TestRepo::new();
    place.git("branch --set-upstream-to main video");
    place.git("config branch.video.description words");
    let tip = place.git("rev-parse video");
    place.with(|author| {
        let id = author.repo.commit_named("video").unwrap();
        let change = BranchChange {
            refs: vec![
                RefChange::delete("refs/heads/video", id),
                RefChange::set("refs/heads/video/new", None, id),
            ],
            head: Some(HeadMove::Renamed(vec![(
                "video".into(),
                "video/new".into(),
            )])),
            tracking: vec![Tracking::Rename {
                from: "video".into(),
                to: "video/new".into(),
            }],
            what: "series rename".into(),
            why: "Rename".into(),
            ..BranchChange::default()
        };
        author.change(change, None, |_| Ok(())).unwrap();
    });
    assert_eq!(place.git("symbolic-ref HEAD"), "refs/heads/video/new");
    assert_eq!(place.git("rev-parse HEAD"), tip);
    assert_eq!(place.git("config branch.video/new.description"), "words");
    assert_eq!(place.git("rev-parse --abbrev-ref @{u}"), "main");
    assert_eq!(place.git("status --porcelain"), "");
}

#[test]
fn a_step_that_begins_with_a_checkout_is_finished_from_its_journal_alone() {
    let place = TestRepo::new();
    place.with(|author| {
        let change = BranchChange {
            head: Some(HeadMove::Branch("main".into())),
            what: "series dec".into(),
            ..BranchChange::default()
        };
        let draft = super::Draft::of(author.repo, &change).unwrap();
        let plan = author.plan(draft).unwrap();
        let step = super::step::ChangeStep {
            token: "token".into(),
            database: author.db.path().display().to_string(),
            mark: super::StepRecord::New,
            when: 1,
            names: Vec::new(),
            plan,
            rows: Vec::new(),
        };
        super::journal::write(author.repo, &step).unwrap();
        std::fs::remove_file(place.top.join("two")).unwrap();
        author.recover();
    });
    assert_eq!(place.git("symbolic-ref HEAD"), "refs/heads/main");
    assert_eq!(place.git("status --porcelain"), "");
    assert!(!place.top.join("one").exists());
    assert!(!place.top.join(".git/patman/rewrite.json").exists());
}

#[test]
fn a_checkout_that_fails_half_way_is_taken_back_wherever_it_was_and_edits_stay() {
    let place = TestRepo::new();
    std::fs::write(place.top.join("one"), "changed").unwrap();
    place.git("rm -q two");
    place.git("add -A");
    place.git("commit -q -m Third");
    let (from, to) = (
        place.git("rev-parse HEAD~^{tree}"),
        place.git("rev-parse HEAD^{tree}"),
    );
    place.git("reset -q --hard HEAD~");
    for reached in 0..5 {
        std::fs::write(place.top.join("file"), "an edit").unwrap();
        match reached {
            1 => std::fs::remove_file(place.top.join("one")).unwrap(),
            2 => std::fs::write(place.top.join("one"), "chan").unwrap(),
            3 => {
                std::fs::write(place.top.join("one"), "changed").unwrap();
                std::fs::remove_file(place.top.join("two")).unwrap();
            }
            4 => drop(place.git(&format!("read-tree -m -u {from} {to}"))),
            _ => {}
        }
        place.with(|author| {
            let lock = super::lock::take(author.repo, author.events).unwrap();
            let worktree = author.repo.worktree_heads().unwrap().remove(0);
            super::resume_checkout::take_back(&worktree, &to, &from, &lock).unwrap();
        });
        assert_eq!(place.git("status --porcelain"), " M file", "{reached}");
        assert_eq!(
            std::fs::read_to_string(place.top.join("one")).unwrap(),
            "one"
        );
        assert_eq!(
            std::fs::read_to_string(place.top.join("two")).unwrap(),
            "two"
        );
    }
}

#[test]
fn a_head_that_cannot_be_moved_leaves_the_files_and_its_lock_is_named() {
    let place = TestRepo::new();
    std::fs::write(place.top.join(".git/HEAD.lock"), "").unwrap();
    let why = place.with(|author| {
        let change = BranchChange {
            head: Some(HeadMove::Branch("main".into())),
            what: "series dec".into(),
            ..BranchChange::default()
        };
        author.change(change, None, |_| Ok(())).unwrap_err()
    });
    let hint = format!("rm {}", place.top.join(".git/HEAD.lock").display());
    assert!(
        why.hints().iter().any(|one| one.ends_with(&hint)),
        "{:?}",
        why.hints()
    );
    assert_eq!(place.git("status --porcelain"), "");
    assert_eq!(place.git("symbolic-ref HEAD"), "refs/heads/video");
    assert!(!place.top.join(".git/patman/rewrite.json").exists());
}

#[test]
fn a_checkout_that_was_killed_half_way_is_finished_and_edits_stay() {
    let place = TestRepo::new();
    std::fs::write(place.top.join("big"), "a line\n".repeat(1000)).unwrap();
    std::fs::write(place.top.join("one"), "changed").unwrap();
    place.git("rm -q two");
    place.git("add -A");
    place.git("commit -q -m Third");
    let (from, to) = (
        place.git("rev-parse HEAD~^{tree}"),
        place.git("rev-parse HEAD^{tree}"),
    );
    place.git("reset -q --hard HEAD~");
    // As git leaves it: one file is complete, one partial, one deleted, and the index is unchanged; there is
    // also an edit.
    std::fs::write(place.top.join("one"), "changed").unwrap();
    std::fs::write(place.top.join("big"), "a line\n".repeat(300)).unwrap();
    std::fs::remove_file(place.top.join("two")).unwrap();
    std::fs::write(place.top.join("file"), "an edit").unwrap();
    place.with(|author| {
        let lock = super::lock::take(author.repo, author.events).unwrap();
        let worktree = author.repo.worktree_heads().unwrap().remove(0);
        super::resume_checkout::settle(&worktree, &from, &to, &lock).unwrap();
    });
    place.git(&format!("read-tree -m -u {from} {to}"));
    assert_eq!(place.git("write-tree"), to);
    assert_eq!(place.git("diff-files --name-only"), "file");
    assert_eq!(std::fs::read(place.top.join("big")).unwrap().len(), 7000);
}
