// SPDX-License-Identifier: GPL-2.0-or-later
//! Worktrees that are removed while clean are kept for the next series.

use crate::sandbox::{Sandbox, lines};
use crate::scene::NAME;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

fn worktrees(sandbox: &Sandbox) -> PathBuf {
    sandbox.repo().join(".git/patman/worktrees")
}

/// What is kept, the oldest first.
fn pool(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs::read_dir(worktrees(sandbox).join(".pool"))
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// A second series, which changes another file.
fn other(sandbox: &Sandbox) {
    let text = lines("two", 40).replace("two 9\n", "two nine\n");
    sandbox.series(
        "other.mbox",
        1,
        "two: Spell nine",
        &[("two: Spell nine", "src/two.c", &text)],
    );
}

/// The worktree of a series as a new one would be: as its branch, and with no more than one record of git's each.
fn is_sound(sandbox: &Sandbox, name: &str) {
    let tree = worktrees(sandbox).join(name);
    assert_eq!(
        sandbox.git_at(&tree, &["status", "--porcelain", "--branch"]),
        format!("## {name}")
    );
    let listed = sandbox.git(&["worktree", "list", "--porcelain"]);
    assert_eq!(listed.matches("worktree ").count(), 2, "{listed}");
    assert!(
        !listed.contains("locked") && !listed.contains("prunable"),
        "{listed}"
    );
    sandbox.git(&["fsck"]);
    let records = fs::read_dir(sandbox.repo().join(".git/worktrees"))
        .unwrap()
        .count();
    let left = fs::read_dir(worktrees(sandbox))
        .unwrap()
        .flatten()
        .filter(|one| one.file_name() != ".pool")
        .count();
    assert_eq!((records, left), (1, 1));
}

fn inode(path: &Path) -> u64 {
    path.metadata().unwrap().ino()
}

#[test]
fn a_clean_worktree_is_kept_and_becomes_that_of_another_series() {
    let sandbox = Sandbox::new().mailed(1);
    other(&sandbox);
    let before = sandbox.checkout();
    sandbox.expect("review start ../v1.mbox", 0);
    let tree = worktrees(&sandbox).join(NAME);
    let untouched = inode(&tree.join(".gitignore"));
    fs::write(tree.join("one.o"), "built\n").unwrap();
    sandbox.expect("review remove one", 0);
    assert!(!tree.exists());
    assert_eq!(pool(&sandbox).len(), 1);
    assert_eq!(
        sandbox
            .git(&["worktree", "list", "--porcelain"])
            .matches("worktree ")
            .count(),
        1
    );
    assert_eq!(sandbox.git(&["worktree", "prune", "-v", "-n"]), "");
    assert!(!sandbox.repo().join(".git/worktrees").exists());
    sandbox.expect("review start ../other.mbox", 0);
    is_sound(&sandbox, "two-spell-nine");
    let tree = worktrees(&sandbox).join("two-spell-nine");
    assert_eq!(inode(&tree.join(".gitignore")), untouched);
    assert_eq!(
        fs::read_to_string(tree.join("src/one.c")).unwrap(),
        lines("one", 40)
    );
    assert!(
        fs::read_to_string(tree.join("src/two.c"))
            .unwrap()
            .contains("two nine\n")
    );
    assert_eq!(fs::read_to_string(tree.join("one.o")).unwrap(), "built\n");
    assert!(pool(&sandbox).is_empty());
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn the_pool_is_shown_and_emptied_by_prune() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.expect("review remove one", 0);
    assert_eq!(pool(&sandbox).len(), 1);
    let session = sandbox.session(&["review prune -n", "review prune", "review prune"]);
    let (_, size) = session.split_once(" (").unwrap();
    let (size, _) = size.split_once(')').unwrap();
    assert!(size.ends_with(" bytes"), "{size}");
    assert_data_eq!(
        session.replace(size, "[SIZE]"),
        str![[r#"
$ git patman review prune -n
! would prune pooled worktree of 'one-spell-numbers' ([SIZE])
= 0
$ git patman review prune
! pruned pooled worktree of 'one-spell-numbers' ([SIZE])
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    assert!(pool(&sandbox).is_empty());
}

#[test]
fn the_oldest_is_deleted_when_there_is_one_too_many_and_0_keeps_none() {
    let sandbox = Sandbox::new().mailed(1);
    let removals = |count: u32| {
        for number in 0..count {
            sandbox.expect(&format!("review start --name s{number} ../v1.mbox"), 0);
        }
        for number in 0..count {
            sandbox.expect(&format!("review remove s{number}"), 0);
        }
        let series = |path: &PathBuf| fs::read_to_string(path.join(".git/series")).unwrap();
        pool(&sandbox).iter().map(series).collect::<Vec<_>>()
    };
    assert_eq!(removals(3), ["s1", "s2"]);
    sandbox.git(&["config", "patman.worktreePool", "1"]);
    assert_eq!(removals(1), ["s0"]);
    sandbox.git(&["config", "patman.worktreePool", "0"]);
    assert!(removals(1).is_empty());
    assert_eq!(fs::read_dir(worktrees(&sandbox)).unwrap().count(), 1);
}

#[test]
fn what_is_not_all_as_its_commit_is_deleted() {
    let sandbox = Sandbox::new().mailed(1);
    let tree = worktrees(&sandbox).join(NAME);
    let admin = sandbox.repo().join(".git/worktrees").join(NAME);
    let cases: [(&str, &dyn Fn()); 7] = [
        ("--force", &|| {
            fs::write(tree.join("src/one.c"), "mine\n").unwrap()
        }),
        ("--force", &|| {
            fs::write(tree.join("mine.txt"), "mine\n").unwrap()
        }),
        ("", &|| {
            drop(sandbox.git_at(&tree, &["update-index", "--assume-unchanged", "src/one.c"]))
        }),
        ("", &|| {
            drop(sandbox.git_at(&tree, &["update-index", "--skip-worktree", "src/one.c"]))
        }),
        ("", &|| {
            fs::write(admin.join("config.worktree"), "[core]\n\tautocrlf = true\n").unwrap()
        }),
        ("", &|| drop(sandbox.git_at(&tree, &["bisect", "start"]))),
        ("", &|| {
            fs::write(admin.join("info").join("sparse-checkout"), "/src/\n").unwrap()
        }),
    ];
    for (number, (option, change)) in cases.iter().enumerate() {
        sandbox.expect("review start ../v1.mbox", 0);
        fs::create_dir_all(admin.join("info")).unwrap();
        change();
        sandbox.expect(&format!("review remove {option} one"), 0);
        assert!(pool(&sandbox).is_empty() && !tree.exists(), "{number}");
    }
    // As it is, it would have been kept.
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.expect("review remove one", 0);
    assert_eq!(pool(&sandbox).len(), 1);
}

#[test]
fn a_worktree_with_a_submodule_checked_out_is_deleted() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "../sub"]);
    sandbox.git_at(
        &sandbox.top().join("sub"),
        &["commit", "-q", "--allow-empty", "-m", "Sub"],
    );
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        "../sub",
        "lib",
    ];
    sandbox.git(&["stash", "-q"]);
    sandbox.git(&add);
    sandbox.git(&["commit", "-q", "-m", "Add lib"]);
    sandbox.usual(1);
    let tree = worktrees(&sandbox).join(NAME);
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.git_at(
        &tree,
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "update",
            "-q",
            "--init",
        ],
    );
    sandbox.expect("review remove one", 0);
    assert!(pool(&sandbox).is_empty() && !tree.exists());
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.expect("review remove one", 0);
    assert_eq!(pool(&sandbox).len(), 1);
}

#[test]
fn an_ignored_file_that_is_in_the_way_gives_way_to_one_of_the_series() {
    let sandbox = Sandbox::new().mailed(1);
    for (number, path) in ["built.o", "built.o/in", "src/sub/deep.c"]
        .iter()
        .enumerate()
    {
        // A file for a file, a directory for a file, a file for a directory.
        let work = sandbox.top().join("work");
        sandbox.git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            work.to_str().unwrap(),
            "main",
        ]);
        let target = if number == 2 {
            "built.o/deep.c"
        } else {
            "built.o"
        };
        fs::create_dir_all(work.join(target).parent().unwrap()).unwrap();
        fs::write(work.join(target), "tracked\n").unwrap();
        sandbox.git_at(&work, &["add", "-f", target]);
        sandbox.git_at(&work, &["commit", "-q", "-m", &format!("way {number}")]);
        let mail = sandbox.git_at(
            &work,
            &["format-patch", "--stdout", "--base=main", "main..HEAD"],
        );
        fs::write(sandbox.top().join("way.mbox"), mail + "\n").unwrap();
        sandbox.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
        sandbox.expect("review start ../v1.mbox", 0);
        let in_the_way =
            worktrees(&sandbox)
                .join(NAME)
                .join(if number == 2 { "built.o" } else { path });
        fs::create_dir_all(in_the_way.parent().unwrap()).unwrap();
        fs::write(&in_the_way, "built\n").unwrap();
        sandbox.expect("review remove one", 0);
        assert_eq!(pool(&sandbox).len(), 1, "{number}");
        sandbox.expect(&format!("review start --name way-{number} ../way.mbox"), 0);
        assert!(pool(&sandbox).is_empty());
        is_sound(&sandbox, &format!("way-{number}"));
        let tree = worktrees(&sandbox).join(format!("way-{number}"));
        assert_eq!(fs::read_to_string(tree.join(target)).unwrap(), "tracked\n");
        sandbox.expect(&format!("review remove way-{number}"), 0);
        sandbox.expect("review prune", 0);
    }
}

#[test]
fn files_that_the_new_series_does_not_ignore_are_not_left_as_changes() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.series(
        "ignore.mbox",
        1,
        "Ignore less",
        &[("Ignore less", ".gitignore", "*.obj\n")],
    );
    sandbox.expect("review start ../v1.mbox", 0);
    let tree = worktrees(&sandbox).join(NAME);
    fs::create_dir_all(tree.join("build")).unwrap();
    fs::write(tree.join("build/one.o"), "built\n").unwrap();
    sandbox.expect("review remove one", 0);
    sandbox.expect("review start ../ignore.mbox", 0);
    is_sound(&sandbox, "ignore-less");
    assert!(pool(&sandbox).is_empty());
}

#[test]
fn settings_and_attributes_that_have_changed_since_ask_for_a_new_one() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.series(
        "attr.mbox",
        1,
        "attr: crlf",
        &[("attr: crlf", ".gitattributes", "*.c text eol=crlf\n")],
    );
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.expect("review remove one", 0);
    let crlf = |name: &str| {
        fs::read(worktrees(&sandbox).join(name).join("src/two.c"))
            .unwrap()
            .contains(&b'\r')
    };
    sandbox.expect("review start ../attr.mbox", 0);
    assert!(crlf("attr-crlf") && pool(&sandbox).len() == 1);
    sandbox.expect("review remove attr", 0);
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(!crlf(NAME) && pool(&sandbox).len() == 1);
    sandbox.expect("review remove one", 0);
    sandbox.git(&["config", "core.autocrlf", "true"]);
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(crlf(NAME) && pool(&sandbox).len() == 2);
    sandbox.expect("review remove one", 0);
    sandbox.git(&["config", "--unset", "core.autocrlf"]);
    fs::create_dir_all(sandbox.repo().join(".git/info")).unwrap();
    fs::write(sandbox.repo().join(".git/info/attributes"), "*.c -text\n").unwrap();
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(!crlf(NAME) && pool(&sandbox).len() == 2);
    sandbox.expect("review remove one", 0);
    sandbox.expect("review start ../v1.mbox", 0);
    assert_eq!(pool(&sandbox).len(), 1);
    is_sound(&sandbox, NAME);
}

#[test]
fn what_was_edited_or_damaged_in_the_pool_is_not_in_the_next_worktree() {
    let sandbox = Sandbox::new().mailed(1);
    type Damage = fn(&Path);
    let damages: [Damage; 5] = [
        |kept| fs::write(kept.join("src/two.c"), "edited\n").unwrap(),
        |kept| fs::remove_dir_all(kept.join("src")).unwrap(),
        |kept| fs::write(kept.join("left.txt"), "left\n").unwrap(),
        |kept| fs::write(kept.join(".git/index"), "no index").unwrap(),
        |kept| fs::remove_file(kept.join(".git/index")).unwrap(),
    ];
    for damage in damages {
        sandbox.expect("review start ../v1.mbox", 0);
        is_sound(&sandbox, NAME);
        sandbox.expect("review remove one", 0);
        damage(pool(&sandbox).last().unwrap());
    }
    sandbox.expect("review start ../v1.mbox", 0);
    is_sound(&sandbox, NAME);
}

#[test]
fn repositories_that_share_a_directory_of_worktrees_use_their_own() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.git(&[
        "config",
        "--global",
        "patman.worktreeDir",
        sandbox.top().join("reviews").to_str().unwrap(),
    ]);
    let pool = sandbox.top().join("reviews/.pool");
    let count = || {
        fs::read_dir(&pool)
            .unwrap()
            .flatten()
            .filter(|one| one.path().is_dir())
            .count()
    };
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.expect("review remove one", 0);
    assert_eq!(count(), 1);
    let clone = sandbox.top().join("clone");
    sandbox.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let done = sandbox.patman_at(&clone, "review start ../v1.mbox");
    assert!(done.status.success());
    assert_eq!(count(), 1);
    let tree = sandbox.top().join("reviews").join(NAME);
    assert_eq!(
        sandbox.git_at(
            &tree,
            &["rev-parse", "--path-format=absolute", "--git-common-dir"]
        ),
        clone.join(".git").to_str().unwrap()
    );
    assert!(
        sandbox
            .patman_at(&clone, "review remove one")
            .status
            .success()
    );
    assert_eq!(count(), 2);
    assert!(sandbox.patman_at(&clone, "review prune").status.success());
    assert_eq!(count(), 1);
    fs::remove_dir_all(sandbox.repo()).unwrap();
    let done = sandbox.patman_at(&clone, "review prune");
    assert!(String::from_utf8_lossy(&done.stderr).contains("its repository is gone"));
    assert_eq!(count(), 0);
}

#[test]
fn two_starts_at_once_take_two() {
    let sandbox = Sandbox::new().mailed(1);
    let names = ["a", "b", "c", "d"];
    for name in names {
        sandbox.expect(&format!("review start --name {name} ../v1.mbox"), 0);
    }
    sandbox.git(&["config", "patman.worktreePool", "3"]);
    for name in names {
        sandbox.expect(&format!("review remove {name}"), 0);
    }
    assert_eq!(pool(&sandbox).len(), 3);
    let start = |name: &&str| {
        let mut command = sandbox.command(crate::sandbox::PROGRAM, &sandbox.repo());
        command
            .args(["review", "start", "--name", name, "../v1.mbox"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let running: Vec<_> = names.iter().map(start).collect();
    for mut one in running {
        assert!(one.wait().unwrap().success());
    }
    assert!(pool(&sandbox).is_empty());
    let left = fs::read_dir(worktrees(&sandbox)).unwrap().count();
    assert_eq!(left, names.len() + 1);
    for name in names {
        let status = sandbox.git_at(
            &worktrees(&sandbox).join(name),
            &["status", "--porcelain", "--branch"],
        );
        assert_eq!(status, format!("## {name}"));
    }
}

#[test]
fn what_a_killed_start_has_taken_is_deleted_by_the_next_or_by_prune() {
    let sandbox = Sandbox::new().mailed(1);
    for line in ["review start ../v1.mbox", "review prune"] {
        sandbox.expect("review start ../v1.mbox", 0);
        sandbox.expect("review remove one", 0);
        let tree = worktrees(&sandbox).join(format!(".removed-1-2-{NAME}"));
        fs::rename(pool(&sandbox).remove(0), &tree).unwrap();
        let record = sandbox
            .repo()
            .join(format!(".git/patman/.removed-1-3-{NAME}"));
        fs::create_dir(&record).unwrap();
        fs::rename(tree.join(".git/index"), record.join("index")).unwrap();
        sandbox.expect(line, 0);
        assert!(!tree.exists() && !record.exists());
        sandbox.expect("review start ../v1.mbox", 0);
        is_sound(&sandbox, NAME);
    }
}

#[test]
fn a_worktree_that_appeared_when_its_start_was_killed_is_made_anew_unless_it_was_edited() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.expect("review remove one", 0);
    sandbox.expect("review start ../v1.mbox", 0);
    let lock = sandbox
        .repo()
        .join(".git/worktrees")
        .join(NAME)
        .join("locked");
    fs::write(&lock, "initializing").unwrap();
    let file = worktrees(&sandbox).join(NAME).join("src/one.c");
    fs::write(&file, "mine\n").unwrap();
    assert!(
        sandbox
            .expect("review start ../v1.mbox", 3)
            .contains("'src/one.c'")
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine\n");
    sandbox.git_at(
        &worktrees(&sandbox).join(NAME),
        &["checkout", "-q", "src/one.c"],
    );
    sandbox.expect("review start ../v1.mbox", 0);
    is_sound(&sandbox, NAME);
}
