// SPDX-License-Identifier: GPL-2.0-or-later
//! Which repositories are trusted is git's decision: each case is compared with what git itself does there.

use crate::sandbox::{PROGRAM, Sandbox};
use snapbox::{assert_data_eq, str};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};

/// Somebody else: nobody.
const OTHER: u32 = 65534;

fn text(done: &Output) -> String {
    String::from_utf8_lossy(&[&done.stdout[..], &done.stderr].concat()).into_owned()
}

/// A command that runs git or the program, as `git -c ... patman ...` does, with an environment.
fn command(sandbox: &Sandbox, program: &str, dir: &Path, env: &[(&str, &str)]) -> Command {
    let mut command = sandbox.command(program, dir);
    for (name, value) in env {
        match value.is_empty() {
            true => command.env_remove(name),
            false => command.env(name, value),
        };
    }
    command
}

/// Whether git takes the directory for a repository; the program must say the same.
fn is_trusted(sandbox: &Sandbox, dir: &Path, env: &[(&str, &str)]) -> bool {
    let by_git = command(sandbox, "git", dir, env)
        .args(["rev-parse", "--git-dir"])
        .output()
        .unwrap();
    for line in ["db path", "review list", "upstream ls"] {
        let ours = command(sandbox, PROGRAM, dir, env)
            .args(line.split(' '))
            .output()
            .unwrap();
        assert_eq!(
            ours.status.success(),
            by_git.status.success(),
            "{line} {env:?}: {}\n{}",
            text(&ours),
            text(&by_git)
        );
    }
    by_git.status.success()
}

#[test]
fn a_bare_repository_inside_a_clone_is_refused_where_git_refuses_it() {
    let sandbox = Sandbox::new();
    let inner = sandbox.repo().join("inner");
    sandbox.git(&["init", "-q", "--bare", "inner"]);
    sandbox.git_at(&inner, &["config", "core.bare", "false"]);
    sandbox.git_at(&inner, &["config", "core.worktree", ".."]);
    let ran = sandbox.top().join("ran");
    let tool = inner.join("hooks/post-index-change");
    fs::create_dir_all(tool.parent().unwrap()).unwrap();
    fs::write(&tool, format!("#!/bin/sh\necho ran >> {}\n", ran.display())).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.git_at(
        &inner,
        &["config", "core.fsmonitor", "hooks/post-index-change"],
    );
    let explicit = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "safe.bareRepository"),
        ("GIT_CONFIG_VALUE_0", "explicit"),
    ];
    assert!(is_trusted(&sandbox, &inner, &[]));
    assert!(!is_trusted(&sandbox, &inner, &explicit));
    assert!(!is_trusted(&sandbox, &inner.join("refs"), &explicit));
    // git's own directories are no bare repositories to it, and one that is named is trusted.
    assert!(is_trusted(
        &sandbox,
        &sandbox.repo().join(".git"),
        &explicit
    ));
    assert!(is_trusted(&sandbox, &sandbox.repo().join("src"), &explicit));
    let named = [&explicit[..], &[("GIT_DIR", inner.to_str().unwrap())]].concat();
    assert!(is_trusted(&sandbox, &sandbox.repo(), &named));
    sandbox.git(&["config", "--global", "safe.bareRepository", "explicit"]);
    assert!(!is_trusted(&sandbox, &inner, &[]));
    fs::remove_file(&ran).unwrap_or_default();
    let done = sandbox.patman_at(&inner, "review list");
    assert_data_eq!(
        sandbox.show("review list", &done),
        str![[r#"
$ git patman review list
! error: cannot use bare repository '$REPO/inner' (safe.bareRepository is 'explicit')
! hint: to use it anyway: git --git-dir=$REPO/inner patman ...
= 1

"#]]
    );
    for line in [
        "review list",
        "series ls",
        "status",
        "review start ../../in.mbox",
        "db status",
    ] {
        drop(sandbox.patman_at(&inner, line));
    }
    assert!(!ran.exists());
}

/// Gives all of a directory to somebody else.
fn give_away(dir: &Path) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            give_away(&path);
        } else {
            std::os::unix::fs::lchown(&path, Some(OTHER), None).unwrap();
        }
    }
    std::os::unix::fs::lchown(dir, Some(OTHER), None).unwrap();
}

#[test]
#[ignore = "needs root, to give files away"]
fn a_repository_of_somebody_else_is_trusted_where_git_trusts_it() {
    let sandbox = Sandbox::new();
    assert_eq!(
        fs::metadata(sandbox.top()).unwrap().uid(),
        0,
        "only root can give files away"
    );
    sandbox.usual(1);
    let linked = sandbox.top().join("linked");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        linked.to_str().unwrap(),
    ]);
    give_away(&sandbox.repo());
    let (repo, top) = (sandbox.repo(), sandbox.top().canonicalize().unwrap());
    let exact = repo.canonicalize().unwrap().display().to_string();
    let pattern = format!("{}/*", top.display());
    assert!(!is_trusted(&sandbox, &repo, &[]));
    let counted = |value: &str| {
        let env = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "safe.directory"),
            ("GIT_CONFIG_VALUE_0", value),
        ];
        [
            repo.clone(),
            repo.join("src"),
            repo.join(".git"),
            linked.clone(),
        ]
        .map(|dir| is_trusted(&sandbox, &dir, &env))
    };
    assert_eq!(counted("*"), [true; 4]);
    assert_eq!(counted(&pattern), [true; 4]);
    assert!(counted(&exact)[0] && counted(&exact)[1]);
    assert!(!counted("/none/*")[0]);
    assert!(!counted("")[0]);
    let parameters = format!("'safe.directory'='{pattern}'");
    assert!(is_trusted(
        &sandbox,
        &repo,
        &[("GIT_CONFIG_PARAMETERS", &parameters)]
    ));
    let file = sandbox.top().join("config");
    fs::write(&file, format!("[safe]\n\tdirectory = {pattern}\n")).unwrap();
    let file = file.to_str().unwrap();
    assert!(is_trusted(&sandbox, &repo, &[("GIT_CONFIG_GLOBAL", file)]));
    let system = [("GIT_CONFIG_NOSYSTEM", ""), ("GIT_CONFIG_SYSTEM", file)];
    assert!(is_trusted(&sandbox, &repo, &system));
    assert!(!is_trusted(&sandbox, &repo, &[("GIT_CONFIG_SYSTEM", file)]));
    // Settings of a file that is not read do not count, nor do those of the repository.
    sandbox.write_home(".gitconfig", "[safe]\n\tdirectory = *\n");
    assert!(is_trusted(&sandbox, &repo, &[("GIT_CONFIG_GLOBAL", "")]));
    assert!(!is_trusted(
        &sandbox,
        &repo,
        &[("GIT_CONFIG_GLOBAL", "/dev/null")]
    ));
    fs::write(
        repo.join(".git/config"),
        "[core]\n\trepositoryformatversion = 0\n[safe]\n\tdirectory = *\n",
    )
    .unwrap();
    assert!(!is_trusted(
        &sandbox,
        &repo,
        &[("GIT_CONFIG_GLOBAL", "/dev/null")]
    ));
    // A repository that `GIT_DIR` names is trusted.
    let named = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_DIR", ".git")];
    assert!(is_trusted(&sandbox, &repo, &named));
    let refused = command(
        &sandbox,
        PROGRAM,
        &repo,
        &[("GIT_CONFIG_GLOBAL", "/dev/null")],
    )
    .args(["review", "list"])
    .output()
    .unwrap();
    assert_data_eq!(
        sandbox.show("review list", &refused),
        str![[r#"
$ git patman review list
! error: detected dubious ownership in repository at '$REPO'
! hint: to trust it: git config --global --add safe.directory $REPO
= 1

"#]]
    );
}

#[test]
#[ignore = "needs root, to give files away"]
fn a_trusted_repository_of_somebody_else_can_be_reviewed_in() {
    let sandbox = Sandbox::new();
    assert_eq!(
        fs::metadata(sandbox.top()).unwrap().uid(),
        0,
        "only root can give files away"
    );
    sandbox.usual(1);
    give_away(&sandbox.repo());
    let pattern = format!("{}/*", sandbox.top().canonicalize().unwrap().display());
    sandbox.git(&["config", "--global", "safe.directory", &pattern]);
    for line in [
        "review start ../v1.mbox",
        "review list",
        "review show one",
        "review check ../v1.mbox",
        "review remove one",
    ] {
        let done = sandbox.patman(line);
        assert!(done.status.success(), "{line}: {}", text(&done));
    }
}
