// SPDX-License-Identifier: GPL-2.0-or-later
//! A database that a repository ships, or that a patch adds, is neither used nor changed, and what is in one does not act.

use crate::completion::answers;
use crate::sandbox::{PROGRAM, Sandbox};
use crate::scene::fixture;
use rusqlite::Connection;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

/// A database as a stranger makes it: current, with an upstream on his server.
fn hostile(sandbox: &Sandbox) -> PathBuf {
    let dir = sandbox.top().join("stranger");
    fs::create_dir(&dir).unwrap();
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command.env("PATMAN_DB_DIR", &dir);
    let done = command
        .args(["upstream", "add", "us", "https://stranger.example/x.git"])
        .output()
        .unwrap();
    assert!(done.status.success());
    dir.join(".patman.db")
}

/// A repository whose commit has files that begin like a database.
fn shipped(files: &[(&str, &[u8])]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, bytes) in files {
        fs::write(sandbox.repo().join(name), bytes).unwrap();
        sandbox.git(&["add", "-f", name]);
    }
    sandbox.git(&["commit", "-q", "-m", "Ship it"]);
    sandbox
}

fn with_dir(sandbox: &Sandbox, dir: &str, line: &str) -> Output {
    let mut command = sandbox.command(PROGRAM, &sandbox.repo());
    command.env("PATMAN_DB_DIR", dir);
    command.args(line.split(' ')).output().unwrap()
}

#[test]
fn a_database_that_the_repository_ships_is_refused_and_not_touched() {
    let sandbox = Sandbox::new();
    let file = sandbox.repo().join(".patman.db");
    fs::copy(hostile(&sandbox), &file).unwrap();
    let bytes = fs::read(&file).unwrap();
    sandbox.git(&["add", "-f", ".patman.db"]);
    assert_data_eq!(
        sandbox.session(&["upstream ls"]),
        str![[r#"
$ git patman upstream ls
! error: refusing to use the database '$REPO/.patman.db': the index tracks '.patman.db'
! hint: to use one in git's own directory: mkdir -p $REPO/.git/patman && git config patman.dbDir $REPO/.git/patman
! hint: or, if the file is yours, stop tracking it: git rm --cached --ignore-unmatch :/.patman.db
= 1

"#]]
    );
    sandbox.git(&["commit", "-q", "-m", "Ship it"]);
    sandbox.git(&["rm", "-q", "--cached", ".patman.db"]);
    for line in [
        "upstream ls",
        "review list",
        "series ls",
        "db status",
        "db migrate",
        "db path",
    ] {
        let done = sandbox.patman(line);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains("HEAD tracks '.patman.db'"), "{line}: {said}");
        assert!(!done.status.success() && done.stdout.is_empty(), "{line}");
    }
    assert!(
        answers(&sandbox, &["git-patman", "upstream", "delete", ""])
            .iter()
            .all(|one| one != "us")
    );
    // Seen from a linked worktree, it is the same.
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked", "HEAD^"]);
    let done = sandbox.patman_at(&sandbox.top().join("linked"), "upstream ls");
    assert!(String::from_utf8_lossy(&done.stderr).contains("HEAD tracks '.patman.db'"));
    assert_eq!(fs::read(&file).unwrap(), bytes);
    assert!(!sandbox.repo().join(".patman.db-wal").exists());
    // Both ways out work.
    let other = sandbox.repo().join(".git/patman");
    fs::create_dir_all(&other).unwrap();
    sandbox.git(&["config", "patman.dbDir", other.to_str().unwrap()]);
    sandbox.expect("upstream ls", 0);
    sandbox.git(&["config", "--unset", "patman.dbDir"]);
    sandbox.git(&["commit", "-q", "-m", "It is mine"]);
    let done = sandbox.patman("upstream ls");
    assert!(String::from_utf8_lossy(&done.stdout).contains("stranger.example"));
}

#[test]
fn a_file_beside_the_database_that_the_repository_ships_is_refused() {
    for name in [
        ".patman.db-wal",
        ".patman.db-shm",
        ".patman.db-journal",
        ".patman.db.lock",
        ".Patman.DB",
    ] {
        let sandbox = shipped(&[(name, b"x")]);
        fs::copy(fixture("patman-v09.db"), sandbox.repo().join(".patman.db")).unwrap();
        let done = sandbox.patman("db migrate");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains(&format!("HEAD tracks '{name}'")), "{said}");
        assert_eq!(
            fs::read(sandbox.repo().join(".patman.db")).unwrap(),
            fs::read(fixture("patman-v09.db")).unwrap()
        );
    }
}

#[test]
fn a_link_in_a_clone_does_not_lead_to_the_database_of_another_repository() {
    let sandbox = Sandbox::new();
    sandbox.patman("upstream add us https://example.com/us.git");
    let upstream = sandbox.top().join("upstream");
    sandbox.git(&["clone", "-q", ".", upstream.to_str().unwrap()]);
    symlink(
        "../repo/.git/patman/.patman.db",
        upstream.join(".patman.db"),
    )
    .unwrap();
    sandbox.git_at(&upstream, &["add", "-f", ".patman.db"]);
    sandbox.git_at(&upstream, &["commit", "-q", "-m", "Ship a link"]);
    let clone = sandbox.top().join("clone");
    sandbox.git_at(&upstream, &["clone", "-q", ".", clone.to_str().unwrap()]);
    let done = sandbox.patman_at(&clone, "upstream delete us");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("HEAD tracks '.patman.db'"), "{said}");
    assert!(
        String::from_utf8_lossy(&sandbox.patman("upstream ls").stdout)
            .contains("example.com/us.git")
    );
    // One's own link is followed, as before.
    sandbox.git_at(&clone, &["rm", "-q", "--cached", ".patman.db"]);
    sandbox.git_at(&clone, &["commit", "-q", "-m", "It is mine"]);
    let done = sandbox.patman_at(&clone, "upstream ls");
    assert!(String::from_utf8_lossy(&done.stdout).contains("example.com/us.git"));
}

#[test]
fn a_lock_that_is_a_link_makes_no_file_elsewhere() {
    let sandbox = Sandbox::new();
    let (file, outside) = (
        sandbox.repo().join(".patman.db"),
        sandbox.top().join("outside"),
    );
    fs::copy(fixture("patman-v09.db"), &file).unwrap();
    symlink(&outside, sandbox.repo().join(".patman.db.lock")).unwrap();
    assert_data_eq!(
        sandbox.session(&["db migrate"]),
        str![[r#"
$ git patman db migrate
! error: cannot open the lock file '$REPO/.patman.db.lock': it is a symbolic link to '$TOP/outside'
! hint: remove the link: rm $REPO/.patman.db.lock
= 1

"#]]
    );
    assert!(outside.symlink_metadata().is_err());
    let locks = sandbox.repo().join(".git/patman/locks");
    fs::create_dir_all(&locks).unwrap();
    fs::remove_file(&file).unwrap();
    symlink(&outside, locks.join("one-spell-numbers.lock")).unwrap();
    sandbox.usual(1);
    let done = sandbox.patman("review start ../v1.mbox");
    assert!(!done.status.success() && outside.symlink_metadata().is_err());
}

#[test]
fn ones_own_database_is_used_and_looked_at_again_only_when_head_or_index_change() {
    let sandbox = Sandbox::new();
    let (file, known) = (
        sandbox.repo().join(".patman.db"),
        sandbox.repo().join(".git/patman/untracked"),
    );
    fs::copy(fixture("patman-v16.db"), &file).unwrap();
    sandbox.expect("series ls", 0);
    let first = fs::read(&known).unwrap();
    sandbox.expect("series ls", 0);
    assert_eq!(fs::read(&known).unwrap(), first);
    sandbox.commit("Go on");
    sandbox.expect("series ls", 0);
    assert_ne!(fs::read(&known).unwrap(), first);
    // A commit that moves HEAD and leaves the index alone.
    let id = sandbox.git(&["hash-object", "-w", ".gitignore"]);
    let tree = format!("100644 blob {id}\t.patman.db-wal\n");
    fs::write(sandbox.top().join("tree"), tree).unwrap();
    let script = "git update-ref HEAD $(git commit-tree -m x -p HEAD $(git mktree <../tree))";
    assert!(
        sandbox
            .command("sh", &sandbox.repo())
            .args(["-c", script])
            .status()
            .unwrap()
            .success()
    );
    let done = sandbox.patman("series ls");
    assert!(String::from_utf8_lossy(&done.stderr).contains("HEAD tracks '.patman.db-wal'"));
}

#[test]
fn a_completion_leaves_no_trace_of_its_look() {
    let sandbox = Sandbox::new();
    fs::copy(hostile(&sandbox), sandbox.repo().join(".patman.db")).unwrap();
    assert!(
        answers(&sandbox, &["git-patman", "upstream", "delete", "u"]).contains(&"us".to_owned())
    );
    assert!(!sandbox.repo().join(".git/patman/untracked").exists());
}

#[test]
fn a_patch_that_adds_a_database_is_refused() {
    for name in [
        ".patman.db",
        ".PATMAN.DB-wal",
        ".patman.db.lock",
        ".patman.dbold.v9",
        ".pat\u{200c}man.db",
    ] {
        let sandbox = Sandbox::new();
        sandbox.series(
            "v1.mbox",
            1,
            "Help you",
            &[
                ("one: Help", "src/one.c", "help\n"),
                ("one: Help more", name, "x\n"),
            ],
        );
        for line in ["review start ../v1.mbox", "review check ../v1.mbox"] {
            let done = sandbox.patman(line);
            let said = [done.stdout, done.stderr].concat();
            let said = String::from_utf8_lossy(&said).to_lowercase();
            assert!(
                said.contains("refusing patch 2, which touches '.pat"),
                "{line} {name}: {said}"
            );
            assert!(!done.status.success(), "{line}");
        }
        assert_eq!(sandbox.git(&["branch", "--list"]), "* main");
    }
}

#[test]
fn a_patch_that_adds_a_database_is_refused_behind_one_that_does_not_apply() {
    let sandbox = Sandbox::new();
    let mbox = sandbox.series(
        "v1.mbox",
        1,
        "Help you",
        &[
            ("one: Help", "src/one.c", "help\n"),
            ("one: Help more", ".patman.db", "x\n"),
        ],
    );
    let text = fs::read_to_string(&mbox)
        .unwrap()
        .replace("-one 20\n", "-two 20\n");
    fs::write(&mbox, text).unwrap();
    let done = sandbox.patman("review start ../v1.mbox");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        said.contains("refusing patch 2, which touches '.patman.db'"),
        "{said}"
    );
    assert!(!sandbox.repo().join(".git/patman/worktrees").exists());
}

/// Replaces tables by views that never end.
fn with_views(file: &Path, names: &[&str]) {
    let conn = Connection::open(file).unwrap();
    for name in names {
        let columns: Vec<String> = conn
            .prepare(&format!("SELECT name FROM pragma_table_info('{name}')"))
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(|name| name.unwrap())
            .collect();
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("n AS \"{column}\""))
            .collect();
        conn.execute_batch(&format!(
            "DROP TABLE {name}; CREATE VIEW {name} AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT 1 FROM c)
             SELECT {} FROM c",
            columns.join(", ")
        ))
        .unwrap();
    }
}

#[test]
fn a_view_that_never_ends_hangs_neither_a_command_nor_a_completion() {
    for names in [
        &["series"][..],
        &["upstream"],
        &["schema_version"],
        &["gitpatman_schema"],
        &["gitpatman_series"],
    ] {
        let sandbox = Sandbox::new();
        let file = hostile(&sandbox);
        with_views(&file, names);
        fs::copy(&file, sandbox.repo().join(".patman.db")).unwrap();
        let begun = Instant::now();
        for line in ["upstream ls", "review list", "series ls"] {
            // Named by the user, the place is trusted, and what is there still does not act.
            for done in [sandbox.patman(line), with_dir(&sandbox, ".", line)] {
                let said = String::from_utf8_lossy(&done.stderr);
                assert!(
                    said.contains(&format!("its '{}' is a view, not a table", names[0])),
                    "{line}: {said}"
                );
            }
        }
        for words in [
            &["git-patman", "upstream", "delete", ""][..],
            &["git-patman", "review", "show", ""],
        ] {
            answers(&sandbox, words);
        }
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn triggers_in_a_database_do_not_run() {
    let sandbox = Sandbox::new();
    let file = sandbox.repo().join(".patman.db");
    fs::copy(hostile(&sandbox), &file).unwrap();
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch("CREATE TRIGGER t AFTER INSERT ON upstream BEGIN DELETE FROM upstream; END")
        .unwrap();
    drop(conn);
    sandbox.expect("upstream add ci https://example.com/ci.git", 0);
    let said = String::from_utf8(sandbox.patman("upstream ls").stdout).unwrap();
    assert!(
        said.contains("example.com/ci.git") && said.contains("stranger.example"),
        "{said}"
    );
}
