// SPDX-License-Identifier: GPL-2.0-or-later
//! Reviews where the repository, its settings or the surroundings are unusual: each does its work or refuses, and what is
//! the user's stays.

use crate::sandbox::{PROGRAM, Sandbox, lines};
use crate::scene::NAME;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Output;

fn said(done: &Output) -> String {
    format!(
        "{} {}",
        done.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&done.stderr)
    )
}

/// Runs a command that must refuse, with a hint.
fn refused(sandbox: &Sandbox, line: &str) -> String {
    let done = sandbox.patman(line);
    let text = said(&done);
    assert!(
        matches!(done.status.code(), Some(1 | 3)) && text.contains("hint: "),
        "{line}: {text}"
    );
    text
}

/// Whether the worktree is at that version, with nothing changed.
fn is_at(sandbox: &Sandbox, version: u32) -> bool {
    let tree = sandbox.worktree();
    let status = sandbox.git_at(&tree, &["status", "--porcelain", "--branch"]);
    let text = fs::read_to_string(tree.join("src/one.c")).unwrap();
    status == format!("## {NAME}") && text.contains(&format!("one three, v{version}"))
}

#[test]
fn a_file_in_the_place_of_the_worktree_stays() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::remove_dir_all(sandbox.worktree()).unwrap();
    fs::write(sandbox.worktree(), "mine\n").unwrap();
    for line in [
        "review start ../v2.mbox",
        "review start ../v1.mbox",
        "review remove --force one",
    ] {
        assert!(refused(&sandbox, line).contains("exists, but is not a worktree"));
        assert_eq!(fs::read_to_string(sandbox.worktree()).unwrap(), "mine\n");
    }
}

#[test]
fn a_link_in_the_place_of_the_worktree_is_not_followed() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::remove_dir_all(sandbox.worktree()).unwrap();
    let precious = sandbox.top().join("precious");
    sandbox.git_at(sandbox.top(), &["init", "-q", "precious"]);
    fs::write(precious.join("file"), "mine\n").unwrap();
    symlink(&precious, sandbox.worktree()).unwrap();
    for line in [
        "review start ../v2.mbox",
        "review remove --force one",
        "review prune",
        "review list",
    ] {
        sandbox.patman(line);
        assert_eq!(
            fs::read_to_string(precious.join("file")).unwrap(),
            "mine\n",
            "{line}"
        );
        assert_eq!(fs::read_dir(&precious).unwrap().count(), 2, "{line}");
    }
    assert!(
        refused(&sandbox, "review remove --force one").contains("exists, but is not a worktree")
    );
}

#[test]
fn a_link_to_another_worktree_of_the_users_is_not_taken_for_ours() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::remove_dir_all(sandbox.worktree()).unwrap();
    let other = sandbox.top().join("other");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "precious",
        other.to_str().unwrap(),
    ]);
    let before = sandbox.checkout();
    for target in [&other, &sandbox.repo()] {
        symlink(target, sandbox.worktree()).unwrap();
        for line in [
            "review start ../v2.mbox",
            "review start --force ../v2.mbox",
            "review remove --force one",
        ] {
            let text = refused(&sandbox, line);
            assert!(
                text.contains("exists, but is not a worktree") && text.contains(NAME),
                "{text}"
            );
        }
        fs::remove_file(sandbox.worktree()).unwrap();
    }
    assert_eq!(
        sandbox.git_at(&other, &["status", "--porcelain", "--branch"]),
        "## precious"
    );
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_worktree_without_its_git_file_never_leads_to_the_users_checkout() {
    let sandbox = Sandbox::new().mailed(2);
    // Inside the user's checkout, git would find that above the worktree.
    sandbox.git(&["config", "patman.worktreeDir", "reviews"]);
    sandbox.expect("review start ../v1.mbox", 0);
    let tree = sandbox.repo().join("reviews").join(NAME);
    fs::remove_file(tree.join(".git")).unwrap();
    let before = sandbox.checkout();
    for line in [
        "review start ../v2.mbox",
        "review start --force ../v2.mbox",
        "review remove --force one",
    ] {
        assert!(refused(&sandbox, line).contains("exists, but is not a worktree"));
        assert_eq!(sandbox.checkout(), before);
        assert!(tree.join("src/one.c").exists());
    }
}

#[test]
fn a_locked_worktree_is_moved_on_and_not_removed() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    sandbox.git(&[
        "worktree",
        "lock",
        "--reason",
        "mine",
        sandbox.worktree().to_str().unwrap(),
    ]);
    assert!(refused(&sandbox, "review remove one").contains("is locked: mine"));
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
}

#[test]
fn a_worktree_that_git_has_moved_goes_on_and_is_removed_there() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let moved = sandbox.top().join("moved");
    sandbox.git(&[
        "worktree",
        "move",
        sandbox.worktree().to_str().unwrap(),
        moved.to_str().unwrap(),
    ]);
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(moved.join("src/one.c").exists() && !sandbox.worktree().exists());
    fs::write(moved.join("mine.txt"), "mine\n").unwrap();
    assert!(refused(&sandbox, "review remove one").contains("has uncommitted changes"));
    sandbox.expect("review remove --force one", 0);
    assert!(!moved.exists());
    let kept = sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/patman/kept"]);
    assert_eq!(sandbox.git(&["show", &format!("{kept}:mine.txt")]), "mine");
}

#[test]
fn a_branch_that_was_renamed_stays_checked_out() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    sandbox.git(&["branch", "-m", NAME, "precious"]);
    let before = sandbox.git(&["rev-parse", "precious"]);
    assert!(refused(&sandbox, "review start ../v2.mbox").contains("but on 'precious'"));
    assert_eq!(sandbox.git(&["rev-parse", "precious"]), before);
    assert_eq!(
        sandbox.git_at(&sandbox.worktree(), &["status", "--porcelain"]),
        ""
    );
}

#[test]
fn a_branch_that_was_deleted_is_made_again() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::remove_dir_all(sandbox.worktree()).unwrap();
    sandbox.git(&["worktree", "prune"]);
    sandbox.git(&["branch", "-D", NAME]);
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(is_at(&sandbox, 1));
}

#[test]
fn refs_that_were_deleted_by_hand_do_not_lose_the_worktree() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::write(sandbox.worktree().join("mine.txt"), "mine\n").unwrap();
    for name in sandbox
        .git(&["for-each-ref", "--format=%(refname)", "refs/patman"])
        .lines()
    {
        sandbox.git(&["update-ref", "-d", name]);
    }
    refused(&sandbox, "review start ../v2.mbox");
    assert_eq!(
        fs::read_to_string(sandbox.worktree().join("mine.txt")).unwrap(),
        "mine\n"
    );
    sandbox.expect("review start --force ../v2.mbox", 0);
    assert!(!sandbox.worktree().join("mine.txt").exists());
    assert!(is_at(&sandbox, 2));
    let kept = sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/patman/kept"]);
    assert_eq!(sandbox.git(&["show", &format!("{kept}:mine.txt")]), "mine");
}

#[test]
fn a_database_that_was_deleted_is_filled_again_by_the_next_start() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    for file in [".patman.db", ".patman.db-wal", ".patman.db-shm"] {
        fs::remove_file(sandbox.repo().join(".git/patman").join(file)).ok();
    }
    sandbox.patman("db migrate");
    assert!(
        refused(&sandbox, &format!("review remove {NAME}")).contains("though it has refs here")
    );
    // Its branch is still there: these refs are in use.
    assert!(
        sandbox
            .expect("review prune", 0)
            .contains("nothing to prune")
    );
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(is_at(&sandbox, 1));
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
    assert_eq!(
        sandbox.git(&["branch", "--list", "one*"]).lines().count(),
        1
    );
}

#[test]
fn a_database_from_before_the_last_version_is_caught_up() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let db = sandbox.repo().join(".git/patman/.patman.db");
    fs::copy(&db, sandbox.top().join("old.db")).unwrap();
    sandbox.expect("review start ../v2.mbox", 0);
    fs::remove_file(sandbox.repo().join(".git/patman/.patman.db-wal")).ok();
    fs::remove_file(sandbox.repo().join(".git/patman/.patman.db-shm")).ok();
    fs::copy(sandbox.top().join("old.db"), &db).unwrap();
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
    sandbox.expect("db check", 0);
}

#[test]
fn commits_on_a_detached_head_are_refused_and_kept() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let tree = sandbox.worktree();
    sandbox.git_at(&tree, &["checkout", "-q", "--detach"]);
    sandbox.git_at(&tree, &["commit", "-q", "--allow-empty", "-m", "mine"]);
    let mine = sandbox.git_at(&tree, &["rev-parse", "HEAD"]);
    refused(&sandbox, "review start ../v2.mbox");
    refused(&sandbox, "review remove one");
    assert_eq!(sandbox.git_at(&tree, &["rev-parse", "HEAD"]), mine);
    sandbox.expect("review remove --force one", 0);
    assert!(
        sandbox
            .git(&["for-each-ref", "refs/patman/kept"])
            .contains(&mine)
    );
}

#[test]
fn a_repository_inside_the_worktree_is_never_deleted() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let nested = sandbox.worktree().join("nested");
    sandbox.git_at(&sandbox.worktree(), &["init", "-q", "nested"]);
    fs::write(nested.join("file"), "mine\n").unwrap();
    for line in ["review start ../v2.mbox", "review remove one"] {
        refused(&sandbox, line);
    }
    sandbox.git_at(&nested, &["add", "-A"]);
    sandbox.git_at(&nested, &["commit", "-q", "-m", "mine"]);
    for line in [
        "review remove --force one",
        "review start --force ../v2.mbox",
    ] {
        assert!(refused(&sandbox, line).contains("has another repository"));
        assert_eq!(fs::read_to_string(nested.join("file")).unwrap(), "mine\n");
    }
}

#[test]
fn changes_in_a_submodule_are_changes() {
    let sandbox = Sandbox::new();
    sandbox.git_at(sandbox.top(), &["init", "-q", "sub"]);
    let sub = sandbox.top().join("sub");
    fs::write(sub.join("file"), "sub\n").unwrap();
    sandbox.git_at(&sub, &["add", "-A"]);
    sandbox.git_at(&sub, &["commit", "-q", "-m", "sub"]);
    let url = sub.to_str().unwrap().to_owned();
    sandbox.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        &url,
        "sub",
    ]);
    sandbox.git(&["commit", "-q", "-m", "Add sub", "sub", ".gitmodules"]);
    sandbox.git(&["config", "submodule.recurse", "true"]);
    sandbox.usual(1);
    sandbox.usual(2);
    let before = sandbox.checkout();
    sandbox.expect("review start ../v1.mbox", 0);
    let tree = sandbox.worktree();
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
    fs::write(tree.join("sub/file"), "mine\n").unwrap();
    assert!(refused(&sandbox, "review start ../v2.mbox").contains("'sub'"));
    assert!(refused(&sandbox, "review remove one").contains("/sub' has changes: 'file'"));
    assert_eq!(fs::read_to_string(tree.join("sub/file")).unwrap(), "mine\n");
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn the_directory_of_worktrees_may_change_between_two_versions() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    sandbox.git(&["config", "patman.worktreeDir", "../elsewhere"]);
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2), "it stays where it was made");
    sandbox.expect("review remove one", 0);
    assert!(!sandbox.worktree().exists());
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(
        sandbox
            .top()
            .join("elsewhere")
            .join(NAME)
            .join("src/one.c")
            .exists()
    );
    let absolute = sandbox.top().join("absolute");
    sandbox.git(&["config", "patman.worktreeDir", absolute.to_str().unwrap()]);
    sandbox.expect("review remove one", 0);
    let left = fs::read_dir(sandbox.top().join("elsewhere"))
        .unwrap()
        .flatten();
    assert_eq!(left.filter(|entry| entry.file_name() != ".pool").count(), 0);
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(absolute.join(NAME).join("src/one.c").exists());
}

/// Runs a whole review under a setting, with the user's checkout compared.
fn lives_with(settings: &[(&str, &str)]) {
    let sandbox = Sandbox::new().mailed(2);
    for (key, value) in settings {
        sandbox.git(&["config", key, value]);
    }
    let before = sandbox.checkout();
    sandbox.expect("review start ../v1.mbox", 0);
    assert!(is_at(&sandbox, 1), "{settings:?}");
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2), "{settings:?}");
    fs::write(sandbox.worktree().join("mine.txt"), "mine\n").unwrap();
    refused(&sandbox, "review remove one");
    sandbox.expect("review remove --force one", 0);
    assert!(
        sandbox
            .git(&["for-each-ref", "refs/patman/kept"])
            .contains("kept"),
        "{settings:?}"
    );
    assert_eq!(sandbox.checkout(), before, "{settings:?}");
}

#[test]
fn settings_of_the_users_do_no_harm() {
    lives_with(&[
        ("submodule.recurse", "true"),
        ("commit.gpgsign", "true"),
        ("user.signingKey", "none"),
    ]);
    lives_with(&[
        ("core.autocrlf", "input"),
        ("merge.conflictStyle", "zdiff3"),
        ("am.threeWay", "false"),
    ]);
    lives_with(&[
        ("rerere.enabled", "true"),
        ("rerere.autoUpdate", "true"),
        ("core.fsmonitor", "/bin/false"),
    ]);
    lives_with(&[
        ("core.fsmonitor", "true"),
        ("core.untrackedCache", "true"),
        ("feature.manyFiles", "true"),
    ]);
    lives_with(&[
        ("core.logAllRefUpdates", "false"),
        ("status.showUntrackedFiles", "no"),
        ("core.splitIndex", "true"),
    ]);
    lives_with(&[
        ("core.repositoryFormatVersion", "1"),
        ("extensions.worktreeConfig", "true"),
    ]);
}

#[test]
fn line_ends_of_another_system_are_no_changes() {
    let sandbox = Sandbox::new().mailed(2);
    sandbox.git(&["config", "core.autocrlf", "true"]);
    sandbox.expect("review start ../v1.mbox", 0);
    let text = fs::read_to_string(sandbox.worktree().join("src/one.c")).unwrap();
    assert!(text.contains("one three, v1\r\n"));
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
    sandbox.expect("review remove one", 0);
}

#[test]
fn hooks_are_not_run_where_no_patch_conflicts() {
    let sandbox = Sandbox::new().mailed(2);
    let hooks = sandbox.top().join("hooks");
    fs::create_dir(&hooks).unwrap();
    for hook in [
        "applypatch-msg",
        "pre-applypatch",
        "post-applypatch",
        "pre-commit",
        "post-checkout",
        "post-index-change",
    ] {
        fs::write(
            hooks.join(hook),
            format!(
                "#!/bin/sh\ntouch {}/ran-{hook}\nexit 1\n",
                sandbox.top().display()
            ),
        )
        .unwrap();
        fs::set_permissions(hooks.join(hook), fs::Permissions::from_mode(0o755)).unwrap();
    }
    sandbox.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.expect("review start ../v2.mbox", 0);
    sandbox.expect("review remove one", 0);
    let ran = fs::read_dir(sandbox.top())
        .unwrap()
        .flatten()
        .map(|e| e.file_name().into_string().unwrap());
    let ran: Vec<String> = ran
        .filter(|name| name.starts_with("ran-") && name != "ran-post-index-change")
        .collect();
    assert_eq!(ran, [""; 0]);
}

#[test]
fn a_sparse_checkout_stays_sparse() {
    let sandbox = Sandbox::new().mailed(2);
    sandbox.git(&["stash", "-q", "-u"]);
    sandbox.write("doc/big.txt", "big\n");
    sandbox.commit("Add doc");
    sandbox.git(&["sparse-checkout", "set", "src"]);
    let before = sandbox.checkout();
    sandbox.expect("review start --base main ../v1.mbox", 0);
    assert!(is_at(&sandbox, 1));
    assert!(!sandbox.worktree().join("doc").exists());
    sandbox.expect("review start --base main ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_repository_may_have_any_name() {
    let sandbox = Sandbox::new().mailed(2);
    for name in [
        "with blanks".as_bytes(),
        b"with\nnewline",
        b"not-utf8-\xff\xfe",
    ] {
        let repo = sandbox.top().join(std::ffi::OsStr::from_bytes(name));
        sandbox
            .command("git", sandbox.top())
            .args(["clone", "-q", "repo"])
            .arg(&repo)
            .status()
            .unwrap();
        let run = |line: &str| {
            let done = sandbox.patman_at(&repo, line);
            assert!(done.status.success(), "{name:?}: {line}: {}", said(&done));
        };
        run("review start ../v1.mbox");
        run("review start ../v2.mbox");
        let tree = repo.join(".git/patman/worktrees").join(NAME);
        assert_eq!(
            sandbox.git_at(&tree, &["status", "--porcelain"]),
            "",
            "{name:?}"
        );
        run("review show one");
        run("review list");
        run("review remove one");
        assert!(!tree.exists());
        run("review prune");
    }
}

fn run_with(sandbox: &Sandbox, dir: &Path, env: &[(&str, &Path)], line: &str) {
    let mut command = sandbox.command(PROGRAM, dir);
    let done = command
        .envs(env.iter().copied())
        .args(line.split_whitespace())
        .output()
        .unwrap();
    assert!(done.status.success(), "{env:?}: {line}: {}", said(&done));
}

#[test]
fn the_environment_of_a_hook_does_not_lead_astray() {
    let sandbox = Sandbox::new().mailed(2);
    let before = sandbox.checkout();
    let git = sandbox.repo().join(".git");
    let index = git.join("index");
    let hook = [
        ("GIT_DIR", git.as_path()),
        ("GIT_INDEX_FILE", index.as_path()),
        ("GIT_PREFIX", Path::new("src/")),
        ("GIT_EXEC_PATH", Path::new("/usr/lib/git-core")),
    ];
    let hook = if Path::new("/usr/lib/git-core").is_dir() {
        &hook[..]
    } else {
        &hook[..3]
    };
    run_with(&sandbox, &sandbox.repo(), hook, "review start ../v1.mbox");
    assert!(is_at(&sandbox, 1));
    let repo = sandbox.repo();
    let env = [
        ("GIT_DIR", git.as_path()),
        ("GIT_WORK_TREE", repo.as_path()),
    ];
    run_with(&sandbox, sandbox.top(), &env, "review start v2.mbox");
    assert!(is_at(&sandbox, 2));
    run_with(&sandbox, sandbox.top(), &env, "review remove one");
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_review_may_be_run_from_the_worktree_of_another_and_remove_its_own() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let text = lines("two", 40).replace("two 3\n", "two three\n");
    sandbox.git(&["stash", "-q"]);
    sandbox.series(
        "two.mbox",
        1,
        "two: Spell numbers",
        &[("two: Spell three", "src/two.c", &text)],
    );
    sandbox.git(&["stash", "pop", "-q"]);
    let before = sandbox.checkout();
    let done = sandbox.patman_at(
        &sandbox.worktree(),
        &format!("review start {}/two.mbox", sandbox.top().display()),
    );
    assert!(done.status.success(), "{}", said(&done));
    assert!(is_at(&sandbox, 1));
    let other = sandbox.worktree().with_file_name("two-spell-numbers");
    assert_eq!(sandbox.git_at(&other, &["status", "--porcelain"]), "");
    let done = sandbox.patman_at(&other, "review remove --purge two");
    assert!(done.status.success(), "{}", said(&done));
    assert!(!other.exists() && is_at(&sandbox, 1));
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn bare_repositories_only_where_they_are_named_are_no_hindrance() {
    let sandbox = Sandbox::new().mailed(2);
    sandbox.git(&["config", "--global", "safe.bareRepository", "explicit"]);
    sandbox.expect("review start ../v1.mbox", 0);
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
    sandbox.expect("review remove one", 0);
}

#[test]
fn ignored_files_stay_from_version_to_version() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::create_dir(sandbox.worktree().join("build")).unwrap();
    fs::write(sandbox.worktree().join("build/one.o"), "built").unwrap();
    sandbox.expect("review start ../v2.mbox", 0);
    assert_eq!(
        fs::read_to_string(sandbox.worktree().join("build/one.o")).unwrap(),
        "built"
    );
}

#[test]
fn a_file_that_the_user_deleted_stays_deleted() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    fs::remove_file(sandbox.worktree().join("src/one.c")).unwrap();
    assert!(refused(&sandbox, "review start ../v2.mbox").contains("'src/one.c'"));
    assert!(!sandbox.worktree().join("src/one.c").exists());
}

#[test]
fn files_that_were_only_touched_are_no_changes() {
    let sandbox = Sandbox::new().mailed(2).started(1);
    let file = sandbox.worktree().join("src/one.c");
    let text = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::write(&file, text).unwrap();
    sandbox.expect("review start ../v2.mbox", 0);
    assert!(is_at(&sandbox, 2));
}
