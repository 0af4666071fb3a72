// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the repository, its settings and its database are found, from everywhere that git finds them.

use crate::sandbox::{PROGRAM, Sandbox};
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::Path;

fn db_path(sandbox: &Sandbox, dir: &Path, env: &[(&str, &str)], args: &[&str]) -> String {
    let mut command = sandbox.command(PROGRAM, dir);
    command
        .envs(env.iter().copied())
        .args(args)
        .args(["db", "path"]);
    let done = command.output().unwrap();
    sandbox
        .show("db path", &done)
        .lines()
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_place_of_a_repository_has_one_database() {
    let sandbox = Sandbox::new();
    let linked = sandbox.top().join("linked");
    sandbox.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        linked.to_str().unwrap(),
    ]);
    let usual = "$REPO/.git/patman/.patman.db\n= 0";
    for dir in [
        sandbox.repo(),
        sandbox.repo().join("src"),
        sandbox.repo().join(".git"),
        linked.clone(),
        linked.join("src"),
    ] {
        assert_eq!(
            db_path(&sandbox, &dir, &[], &[]),
            usual,
            "{}",
            dir.display()
        );
    }
    let repo = sandbox.repo();
    assert_eq!(
        db_path(&sandbox, sandbox.top(), &[], &["-C", "repo", "-C", "src"]),
        usual
    );
    let git_dir = repo.join(".git");
    assert_eq!(
        db_path(
            &sandbox,
            sandbox.top(),
            &[("GIT_DIR", git_dir.to_str().unwrap())],
            &[]
        ),
        usual
    );
    let both = [("GIT_DIR", "repo/.git"), ("GIT_WORK_TREE", "repo")];
    assert_eq!(db_path(&sandbox, sandbox.top(), &both, &[]), usual);
    assert_eq!(
        db_path(&sandbox, &linked, &[("GIT_DIR", ".git")], &[]),
        usual
    );
}

#[test]
fn a_bare_repository_and_its_worktrees_have_one_database() {
    let sandbox = Sandbox::new();
    sandbox.git_at(
        sandbox.top(),
        &["clone", "-q", "--bare", "repo", "bare.git"],
    );
    let bare = sandbox.top().join("bare.git");
    let linked = sandbox.top().join("linked");
    sandbox.git_at(
        &bare,
        &[
            "worktree",
            "add",
            "-q",
            "--detach",
            linked.to_str().unwrap(),
        ],
    );
    for dir in [&bare, &linked] {
        assert_eq!(
            db_path(&sandbox, dir, &[], &[]),
            "$TOP/bare.git/patman/.patman.db\n= 0"
        );
    }
    sandbox.usual(1);
    let done = sandbox.patman_at(&bare, "review start ../v1.mbox --base main");
    assert!(
        done.status.success(),
        "{}",
        sandbox.show("review start", &done)
    );
    assert!(
        bare.join("patman/worktrees/one-spell-numbers/src/one.c")
            .exists()
    );
}

#[test]
fn outside_a_repository_it_says_what_git_says() {
    let sandbox = Sandbox::new();
    let session = |line: &str| sandbox.show(line, &sandbox.patman_at(sandbox.top(), line));
    assert_data_eq!(
        session("review list"),
        str![[r#"
$ git patman review list
! error: not a git repository (or any of the parent directories): .git
= 1

"#]]
    );
    assert_data_eq!(
        session("db path"),
        str![[r#"
$ git patman db path
! error: not a git repository (or any of the parent directories): .git
= 1

"#]]
    );
    assert_data_eq!(
        session("--version"),
        str![[r#"
$ git patman --version
git-patman 0.1.0
= 0

"#]]
    );
    let ceiling = sandbox.top().to_str().unwrap().to_owned();
    let below = sandbox.repo().join("src");
    assert!(
        db_path(
            &sandbox,
            &below,
            &[("GIT_CEILING_DIRECTORIES", &ceiling)],
            &[]
        )
        .ends_with("= 0")
    );
    let repo = sandbox.repo();
    let stopped = db_path(
        &sandbox,
        &below,
        &[("GIT_CEILING_DIRECTORIES", repo.to_str().unwrap())],
        &[],
    );
    assert!(stopped.contains("not a git repository"), "{stopped}");
    let wrong = db_path(&sandbox, &repo, &[("GIT_DIR", "nowhere")], &[]);
    assert_eq!(wrong, "! error: not a git repository: 'nowhere'\n= 1");
}

#[test]
fn the_environment_wins_over_settings_and_settings_over_places() {
    let sandbox = Sandbox::new();
    let top = sandbox.top().join("env");
    fs::create_dir(&top).unwrap();
    fs::create_dir(sandbox.repo().join("set")).unwrap();
    fs::create_dir(sandbox.home().join("tilde")).unwrap();
    let origin = |env: &[(&str, &str)], args: &[&str]| {
        let mut command = sandbox.command(PROGRAM, &sandbox.repo().join("src"));
        command
            .envs(env.iter().copied())
            .args(args)
            .args(["db", "path", "--show-origin"]);
        let done = command.output().unwrap();
        sandbox.neutral(&String::from_utf8_lossy(
            &[done.stdout, done.stderr].concat(),
        ))
    };
    sandbox.write(".patman.db", "");
    assert_eq!(
        origin(&[], &[]),
        "top of the main worktree\t$REPO/.patman.db\n"
    );
    sandbox.git(&["config", "patman.dbDir", "set"]);
    assert!(
        origin(&[], &[]).contains("$REPO/set/.patman.db\n"),
        "{}",
        origin(&[], &[])
    );
    sandbox.git(&["config", "patman.dbDir", "~/tilde"]);
    assert!(origin(&[], &[]).contains("$HOME/tilde/.patman.db\n"));
    let count = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "patman.dbdir"),
        ("GIT_CONFIG_VALUE_0", "set"),
    ];
    assert!(
        origin(&count, &[]).contains("patman.dbDir in command line\t$REPO/set/.patman.db\n"),
        "{}",
        origin(&count, &[])
    );
    let env = [("PATMAN_DB_DIR", top.to_str().unwrap())];
    assert!(
        origin(&env, &[]).starts_with("PATMAN_DB_DIR\t$TOP/env/.patman.db\n"),
        "{}",
        origin(&env, &[])
    );
    assert!(origin(&[("PATMAN_DB_DIR", "")], &[]).contains("tilde"));
    sandbox.git(&["config", "patman.dbDir", "absent"]);
    assert_data_eq!(
        sandbox.session(&["db path", "review list"]),
        str![[r#"
$ git patman db path
! error: cannot use the directory '$REPO/absent' of the database (patman.dbDir in file:.git/config): it does not exist
! hint: make it: mkdir -p $REPO/absent
! hint: or change the setting: git config --edit (patman.dbDir)
= 1
$ git patman review list
! error: cannot use the directory '$REPO/absent' of the database (patman.dbDir in file:.git/config): it does not exist
! hint: make it: mkdir -p $REPO/absent
! hint: or change the setting: git config --edit (patman.dbDir)
= 1

"#]]
    );
}

#[test]
fn the_database_works_outside_any_repository_where_the_environment_names_it() {
    let sandbox = Sandbox::new();
    let dir = sandbox.top().join("env");
    fs::create_dir(&dir).unwrap();
    for line in ["db migrate", "db status", "db check"] {
        let mut command = sandbox.command(PROGRAM, sandbox.top());
        let done = command
            .env("PATMAN_DB_DIR", &dir)
            .args(line.split(' '))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", sandbox.show(line, &done));
    }
    assert!(dir.join(".patman.db").exists());
}

#[test]
fn a_setting_of_a_wrong_type_is_named_with_its_file() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "patman.lockTimeout", "soon"]);
    assert_data_eq!(
        sandbox.session(&["review list"]),
        str![[r#"
$ git patman review list
! error: bad value 'soon' for 'patman.lockTimeout' in file:.git/config: it must be a number
= 1

"#]]
    );
}

#[test]
fn a_repository_of_another_format_keeps_its_database_and_refuses_reviews_clearly() {
    let sandbox = Sandbox::new();
    sandbox.git_at(
        sandbox.top(),
        &["init", "-q", "--object-format=sha256", "other"],
    );
    let other = sandbox.top().join("other");
    let show = |line: &str| sandbox.show(line, &sandbox.patman_at(&other, line));
    assert!(show("db migrate").contains("= 0"), "{}", show("db migrate"));
    sandbox.usual(1);
    let refused = show("review start ../v1.mbox");
    assert!(
        refused.contains("reviews do not support the format of the repository")
            && refused.ends_with("= 1\n"),
        "{refused}"
    );
}

#[test]
fn what_only_reads_makes_no_database() {
    let sandbox = Sandbox::new();
    sandbox.git(&["update-ref", "refs/remotes/us/main", "main"]);
    sandbox.git(&["branch", "-q", "video", "us/main"]);
    sandbox.git(&["stash", "-q", "-u"]);
    sandbox.git(&["switch", "-q", "video"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "video: Begin"]);
    let reading = [
        ("series ls", 0),
        ("series ls --json", 0),
        ("series summary", 0),
        ("series progress", 0),
        ("series find x", 0),
        ("series info", 1),
        ("series patches", 1),
        ("series get-link", 1),
        ("series status", 1),
        ("series show-notes", 1),
        ("series open", 1),
        ("series -n add -M -1", 0),
        ("series -n inc", 1),
        ("workflow list", 0),
        ("workflow todo-list", 0),
        ("upstream ls", 0),
        ("upstream default", 1),
        ("patchwork ls", 0),
        ("status", 1),
        ("undo", 1),
        ("undo --list", 0),
    ];
    for (line, code) in reading {
        let done = sandbox.patman(line);
        assert_eq!(
            done.status.code(),
            Some(code),
            "{}",
            sandbox.show(line, &done)
        );
        assert!(
            !sandbox.repo().join(".git/patman/.patman.db").exists(),
            "{line}"
        );
    }
    sandbox.expect("series add -M -1", 0);
    assert!(sandbox.repo().join(".git/patman/.patman.db").exists());
}
