// SPDX-License-Identifier: GPL-2.0-or-later
//! `review exec`: commands in worktrees and at each patch; what is kept of them, and what is left of them.

use crate::sandbox::{PROGRAM, Sandbox, lines};
use crate::scene::NAME;
use snapbox::{assert_data_eq, str};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

/// The arguments as a list, since commands hold blanks.
fn exec(sandbox: &Sandbox, options: &str, command: &[&str]) -> Output {
    let mut words: Vec<&str> = ["review", "exec"]
        .into_iter()
        .chain(options.split_whitespace())
        .collect();
    if !command.is_empty() {
        words.push("--");
    }
    words.extend(command);
    sandbox
        .command(PROGRAM, &sandbox.repo())
        .args(words)
        .output()
        .unwrap()
}

fn sh(sandbox: &Sandbox, options: &str, script: &str) -> Output {
    exec(sandbox, options, &["sh", "-c", script])
}

/// What came, with times and the digests in names of files replaced.
fn show(sandbox: &Sandbox, done: &Output) -> String {
    let text = sandbox.show("review exec", done);
    let text: String = text
        .lines()
        .skip(1)
        .map(|line| line.to_owned() + "\n")
        .collect();
    let mut out = String::new();
    let mut rest = text.as_str();
    // Times: digits, a dot, a digit, a blank and an s.
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out += &rest[..at];
        let word: String = rest[at..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let behind = &rest[at + word.len()..];
        if word.contains('.') && behind.starts_with(" s") {
            out += "N"
        } else {
            out += &word
        }
        rest = behind;
    }
    out += rest;
    let mut text = out;
    while let Some(at) = text.find("-sh-") {
        text.replace_range(at..at + 12, "-sh=DIGEST");
    }
    text
}

fn results(done: &Output) -> Vec<(u64, String, String)> {
    let all: serde_json::Value = serde_json::from_slice(&done.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let one = |ran: &serde_json::Value| {
        (
            ran["patch"].as_u64().unwrap_or(0),
            text(&ran["check"]),
            text(&ran["result"]),
        )
    };
    all.as_array().unwrap().iter().map(one).collect()
}

fn words(done: &Output) -> String {
    results(done)
        .iter()
        .map(|(patch, _, word)| format!("{patch} {word}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn scratch(sandbox: &Sandbox) -> PathBuf {
    sandbox.repo().join(".git/patman/scratch").join(NAME)
}

fn output(sandbox: &Sandbox) -> PathBuf {
    sandbox
        .repo()
        .join(".git/patman/output")
        .join(NAME)
        .join("v1")
}

/// Whether a process is there, and not only waits for somebody to note that it has ended.
fn is_running(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

fn wait_until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_command_runs_in_the_worktree_and_passes_once() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let before = sandbox.checkout();
    let run = || {
        sh(
            &sandbox,
            "one",
            "grep -q 'one three' src/one.c && echo built > out.o && pwd",
        )
    };
    assert_data_eq!(
        show(&sandbox, &run()),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT   TIME
one-spell-numbers  v1     all  sh     passed  N s
= 0

"#]]
    );
    assert_data_eq!(
        show(&sandbox, &run()),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT   TIME
one-spell-numbers  v1     all  sh     cached  N s
= 0

"#]]
    );
    let worktree = sandbox.worktree();
    assert!(worktree.join("out.o").exists() && !scratch(&sandbox).exists());
    assert_eq!(
        words(&sh(&sandbox, "one --json --rerun", "true")),
        "0 passed"
    );
    assert_eq!(
        words(&sh(&sandbox, "one --json --rerun", "true")),
        "0 passed"
    );
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_series_stops_at_the_first_patch_that_fails() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let before = sandbox.checkout();
    let script =
        "echo looking; ! grep -q 'one twenty' src/one.c || { printf 'bad\\033[31m\\n'; exit 7; }";
    assert_data_eq!(
        show(&sandbox, &sh(&sandbox, "one --each-patch", script)),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT       TIME
one-spell-numbers  v1       1  sh     passed      N s
one-spell-numbers  v1       2  sh     failed (7)  N s
! one-spell-numbers v1 patch 2 sh: failed (7), N s
!     looking
!     bad/x1b[31m
!     full output: $REPO/.git/patman/output/one-spell-numbers/v1/0002-sh=DIGEST.log
= 1

"#]]
    );
    // What passed is not run again; what failed is.
    assert_eq!(
        words(&sh(&sandbox, "one --each-patch --json", script)),
        "1 cached, 2 failed"
    );
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", "exit 1")),
        "1 failed, 2 skipped"
    );
    assert_eq!(
        words(&sh(&sandbox, "one -p --json --keep-going", "exit 1")),
        "1 failed, 2 failed"
    );
    let worktree = sandbox.worktree();
    assert_eq!(
        sandbox.git_at(&worktree, &["status", "--porcelain", "--branch"]),
        format!("## {NAME}")
    );
    assert_eq!(sandbox.checkout(), before);
}

#[test]
fn a_command_is_told_what_it_runs_on() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let script = "env | grep ^PATMAN_ | sort; cat; git log -1 --format=%H; git status --porcelain --branch; echo \"$GIT_DIR\"; grep -c ^Subject: $PATMAN_MBOX";
    let run = |options: &str| {
        let mut command = sandbox.command(PROGRAM, &sandbox.repo());
        command
            .env("GIT_DIR", sandbox.repo().join(".git"))
            .env("PATMAN_PATCH", "77");
        let done = command
            .args(["review", "exec", "one"])
            .args(options.split_whitespace())
            .args(["--", "sh", "-c", script]);
        assert!(done.output().unwrap().status.success());
    };
    run("");
    run("--each-patch");
    let mut logs: Vec<PathBuf> = fs::read_dir(output(&sandbox))
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    logs.retain(|path| path.extension().is_some_and(|end| end == "log"));
    logs.sort();
    let all: Vec<String> = logs
        .iter()
        .map(|path| sandbox.neutral(&fs::read_to_string(path).unwrap()))
        .collect();
    assert_data_eq!(
        all.join("--\n"),
        str![[r#"
PATMAN_BASE=e7474796004d84990fa19b17c0cf89438d656ad4
PATMAN_HEAD=f5633d31fd18dbeb9ddea4ffd85af9514b732dc0
PATMAN_MBOX=$REPO/.git/patman/output/one-spell-numbers/v1/0001.mbox
PATMAN_PATCH=1
PATMAN_SERIES=one-spell-numbers
PATMAN_VERSION=1
f5633d31fd18dbeb9ddea4ffd85af9514b732dc0
## HEAD (no branch)

1
--
PATMAN_BASE=e7474796004d84990fa19b17c0cf89438d656ad4
PATMAN_HEAD=36a72748f300acd9bf2c67091a4b0836a157a9d8
PATMAN_MBOX=$REPO/.git/patman/output/one-spell-numbers/v1/0002.mbox
PATMAN_PATCH=2
PATMAN_SERIES=one-spell-numbers
PATMAN_VERSION=1
36a72748f300acd9bf2c67091a4b0836a157a9d8
## HEAD (no branch)

1
--
PATMAN_BASE=e7474796004d84990fa19b17c0cf89438d656ad4
PATMAN_HEAD=36a72748f300acd9bf2c67091a4b0836a157a9d8
PATMAN_MBOX=$REPO/.git/patman/output/one-spell-numbers/v1/series.mbox
PATMAN_SERIES=one-spell-numbers
PATMAN_VERSION=1
36a72748f300acd9bf2c67091a4b0836a157a9d8
## one-spell-numbers

3

"#]]
    );
    let mail = fs::read_to_string(output(&sandbox).join("0002.mbox")).unwrap();
    assert!(
        mail.contains("Subject: [PATCH 2/2] one: Spell twenty"),
        "{mail}"
    );
}

#[test]
fn a_dirty_worktree_is_told_and_nothing_of_it_is_kept() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    assert_eq!(
        words(&sh(&sandbox, "one --json", "test ! -e mine")),
        "0 passed"
    );
    fs::write(worktree.join("mine"), "mine").unwrap();
    assert_data_eq!(
        show(&sandbox, &sh(&sandbox, "one", "true")),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT          TIME
one-spell-numbers  v1     all  sh     passed, dirty  N s
= 0

"#]]
    );
    // Neither is what passed before believed, nor what is said now.
    assert_eq!(
        words(&sh(&sandbox, "one --json", "test ! -e mine")),
        "0 failed"
    );
    assert_eq!(
        words(&sh(&sandbox, "one --json", "test -e mine")),
        "0 passed"
    );
    fs::remove_file(worktree.join("mine")).unwrap();
    assert_eq!(
        words(&sh(&sandbox, "one --json", "test -e mine")),
        "0 failed"
    );
    assert_eq!(
        words(&sh(&sandbox, "one --json", "test ! -e mine")),
        "0 cached"
    );
}

#[test]
fn commits_of_the_users_are_checked_as_they_are() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let worktree = sandbox.worktree();
    sandbox.git_at(&worktree, &["commit", "-q", "--allow-empty", "-m", "Mine"]);
    let head = sandbox.git_at(&worktree, &["rev-parse", "HEAD"]);
    let done = sh(
        &sandbox,
        "one --json",
        "test \"$(git rev-parse HEAD)\" = $PATMAN_HEAD",
    );
    let all: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (
            all[0]["commit"].as_str().unwrap(),
            all[0]["result"].as_str().unwrap()
        ),
        (head.as_str(), "passed")
    );
    assert_eq!(all[0]["dirty"], false);
    sandbox.git_at(
        &worktree,
        &[
            "commit",
            "-q",
            "--amend",
            "--allow-empty",
            "-m",
            "Mine, said better",
        ],
    );
    assert_eq!(
        words(&sh(
            &sandbox,
            "one --json",
            "test \"$(git rev-parse HEAD)\" = $PATMAN_HEAD"
        )),
        "0 passed",
        "another message on the same tree is checked again"
    );
}

#[test]
fn a_patch_that_is_the_same_in_the_next_version_is_not_run_again() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", "true")),
        "1 passed, 2 passed"
    );
    let first = lines("one", 40).replace("one 3\n", "one three, v1\n");
    let second = first.replace("one 20\n", "one score\n");
    let patches = [
        ("one: Spell three", "src/one.c", &*first),
        ("one: Spell twenty", "src/one.c", &*second),
    ];
    sandbox.series("v2.mbox", 2, "one: Spell numbers", &patches);
    let mut start = sandbox.command(PROGRAM, &sandbox.repo());
    start
        .args(["review", "start", "../v2.mbox"])
        .env("GIT_COMMITTER_DATE", "1767225999 +0000");
    assert!(start.status().unwrap().success());
    let commits =
        |version: u32| sandbox.git(&["rev-list", &format!("main..refs/patman/{NAME}/v{version}")]);
    assert!(
        commits(2)
            .lines()
            .all(|commit| !commits(1).contains(commit))
    );
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", "true")),
        "1 cached, 2 passed"
    );
}

#[test]
fn checks_are_set_by_name() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    assert_data_eq!(
        show(&sandbox, &exec(&sandbox, "one", &[])),
        str![[r#"
! error: specify a command, or configure a check
! hint: to run a command: git patman review exec <name> -- make
! hint: to configure a check: git config patman.check.build.command make
= 2

"#]]
    );
    for (key, value) in [
        (
            "patman.check.build.command",
            "grep -q 'one three' src/one.c && echo $PATMAN_PATCH",
        ),
        ("patman.check.build.each-patch", "true"),
        (
            "patman.check.style.command",
            "! grep -q 'one twenty' src/one.c",
        ),
        ("patman.check.slow.command", "sleep 100"),
        ("patman.check.slow.timeout", "1s"),
    ] {
        sandbox.git(&["config", key, value]);
    }
    assert_data_eq!(
        show(&sandbox, &exec(&sandbox, "one --keep-going", &[])),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT       TIME
one-spell-numbers  v1       1  build  passed      N s
one-spell-numbers  v1       2  build  passed      N s
one-spell-numbers  v1     all  style  failed (1)  N s
one-spell-numbers  v1     all  slow   timeout     N s
! one-spell-numbers v1 style: failed (1), N s
!     full output: $REPO/.git/patman/output/one-spell-numbers/v1/series-style.log
! one-spell-numbers v1 slow: timeout, N s: it took longer than N s
!     full output: $REPO/.git/patman/output/one-spell-numbers/v1/series-slow.log
= 1

"#]]
    );
    let chosen = exec(&sandbox, "one --json --check style --check build", &[]);
    let names: Vec<String> = results(&chosen)
        .into_iter()
        .map(|(patch, check, word)| format!("{patch} {check} {word}"))
        .collect();
    assert_eq!(
        names,
        ["1 build cached", "2 build cached", "0 style failed"]
    );
    assert_eq!(
        words(&exec(&sandbox, "one --json -p --check style", &[])),
        "1 passed, 2 failed"
    );
    assert_data_eq!(
        show(&sandbox, &exec(&sandbox, "one --check none", &[])),
        str![[r#"
! error: there is no check 'none'
! hint: configured checks: build, style, slow
= 2

"#]]
    );
    sandbox.git(&["config", "patman.check.slow.timeout", "soon"]);
    assert_data_eq!(
        show(&sandbox, &exec(&sandbox, "one --check slow", &[])),
        str![[r#"
! error: bad value 'soon' for 'patman.check.slow.timeout': it must be a time, as in '90s', '10m' or '2h'
= 1

"#]]
    );
    assert_eq!(
        exec(&sandbox, "one --check slow", &["true"]).status.code(),
        Some(2)
    );
    assert_eq!(
        exec(&sandbox, "one --timeout soon", &["true"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn what_takes_too_long_is_ended_with_all_that_it_started() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let pids = sandbox.top().join("pids");
    let script = format!(
        "trap '' TERM; sleep 100 & echo $! >{}; echo waiting; wait",
        pids.display()
    );
    let done = sh(&sandbox, "one --timeout 1s", &script);
    assert_data_eq!(
        show(&sandbox, &done),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT    TIME
one-spell-numbers  v1     all  sh     timeout  N s
! one-spell-numbers v1 sh: timeout, N s: it took longer than N s
!     waiting
!     full output: $REPO/.git/patman/output/one-spell-numbers/v1/series-sh=DIGEST.log
= 1

"#]]
    );
    let pid = fs::read_to_string(&pids).unwrap();
    assert!(!pid.is_empty() && !is_running(&pid), "{pid}");
    assert_eq!(
        words(&sh(&sandbox, "one --timeout 0 --json", "true")),
        "0 passed"
    );
}

#[test]
fn many_series_run_side_by_side_and_stop_each_for_itself() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let text = lines("two", 40).replace("two 7\n", "two seven\n");
    sandbox.series(
        "two.mbox",
        1,
        "two: Spell",
        &[("two: Spell seven", "src/two.c", &text)],
    );
    sandbox.patman("review start ../two.mbox");
    // Each waits for the other, so that they pass only side by side.
    let script = format!(
        "touch {0}/$PATMAN_SERIES-$PATMAN_PATCH; n=0; while [ $(ls {0} | wc -l) -lt 2 ]; do n=$((n+1)); [ $n -lt 400 ] || exit 1; sleep 0.05; done; [ $PATMAN_SERIES = two-spell-seven ] || [ $PATMAN_SERIES = two-spell ]",
        sandbox.top().join("met").display()
    );
    fs::create_dir(sandbox.top().join("met")).unwrap();
    let done = sh(&sandbox, "--all --each-patch --json -j 2", &script);
    assert_eq!(words(&done), "1 failed, 2 skipped, 1 passed");
    assert_eq!(done.status.code(), Some(1));
    let done = sh(&sandbox, "two one two --json -j 1", "true");
    assert_eq!(words(&done), "0 passed, 0 passed");
    assert_eq!(done.status.code(), Some(0));
}

#[test]
fn build_products_stay_in_the_scratch_worktree_and_all_else_is_the_commit() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    sandbox.git(&["config", "patman.worktreePool", "0"]);
    let script = "test ! -e junk && git diff --quiet HEAD && git rev-parse HEAD >>built.o && echo x >>src/one.c && mkdir junk && git init -q junk && touch junk/x";
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", script)),
        "1 passed, 2 passed"
    );
    assert_eq!(
        words(&sh(&sandbox, "one -p --json --rerun", script)),
        "1 passed, 2 passed"
    );
    let built = fs::read_to_string(scratch(&sandbox).join("built.o")).unwrap();
    let commits = sandbox.git(&[
        "rev-list",
        "--reverse",
        &format!("main..refs/patman/{NAME}/v1"),
    ]);
    assert_eq!(built, format!("{commits}\n{commits}\n"));
    // Taken away with the review.
    sandbox.expect("review remove one", 0);
    assert!(!scratch(&sandbox).exists() && !output(&sandbox).exists());
    assert_eq!(
        sandbox
            .git(&["worktree", "list", "--porcelain"])
            .matches("worktree ")
            .count(),
        1
    );
    // A review without a worktree is checked all the same, and its scratch worktree pruned.
    assert_eq!(
        words(&sh(&sandbox, "one --json --rerun", "test -d src")),
        "0 passed"
    );
    assert_data_eq!(
        sandbox.session(&["review prune -n", "review prune", "review prune"]),
        str![[r#"
$ git patman review prune -n
! would prune scratch worktree of 'one-spell-numbers': its review is not here
= 0
$ git patman review prune
! pruned scratch worktree of 'one-spell-numbers': its review is not here
= 0
$ git patman review prune
! nothing to prune
= 0

"#]]
    );
    assert!(!scratch(&sandbox).exists());
    assert_eq!(
        sandbox
            .git(&["worktree", "list", "--porcelain"])
            .matches("worktree ")
            .count(),
        1
    );
}

#[test]
fn scratch_worktrees_are_where_the_worktrees_are() {
    let sandbox = Sandbox::new().mailed(1);
    sandbox.git(&["config", "patman.worktreeDir", "../trees"]);
    sandbox.patman("review start ../v1.mbox");
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", "pwd")),
        "1 passed, 2 passed"
    );
    let tree = sandbox.top().join("trees/.scratch").join(NAME);
    assert!(tree.join("src/one.c").exists());
    // Deleted by hand, it is made again; half-made too.
    fs::remove_dir_all(&tree).unwrap();
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", "test -e src/two.c")),
        "1 passed, 2 passed"
    );
    fs::write(
        sandbox
            .repo()
            .join(format!(".git/worktrees/{NAME}-scratch/locked")),
        "initializing",
    )
    .unwrap();
    fs::remove_file(tree.join("src/one.c")).unwrap();
    assert_eq!(
        words(&sh(&sandbox, "one -p --json", "test -e src/one.c")),
        "1 passed, 2 passed"
    );
    sandbox.patman("review remove one");
    assert!(!tree.exists());
    assert_eq!(
        sandbox
            .git(&["worktree", "list", "--porcelain"])
            .matches("worktree ")
            .count(),
        1
    );
}

/// Starts a run that does not end by itself, and waits until its command has told its process.
fn endless(sandbox: &Sandbox, pids: &Path) -> (std::process::Child, String) {
    let script = format!("sleep 1000 & echo $! >{}; wait", pids.display());
    let child = sandbox
        .command(PROGRAM, &sandbox.repo())
        .args([
            "review",
            "exec",
            "one",
            "--each-patch",
            "--",
            "sh",
            "-c",
            &script,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the command has not begun", || {
        fs::read_to_string(pids).is_ok_and(|text| text.ends_with('\n'))
    });
    let pid = fs::read_to_string(pids).unwrap();
    assert!(is_running(&pid));
    (child, pid)
}

#[test]
fn a_run_that_is_killed_leaves_nothing_running_and_can_be_run_again() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let (mut child, pid) = endless(&sandbox, &sandbox.top().join("pids"));
    // Meanwhile nobody else works there, nor takes it away.
    assert_data_eq!(
        show(&sandbox, &sh(&sandbox, "one -p", "true")),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT                                       TIME
one-spell-numbers  v1       1  sh     failed
one-spell-numbers  v1       2  sh     skipped (an earlier check could not be run)
! one-spell-numbers v1 patch 1 sh: failed: another process is running checks on the patches of 'one-spell-numbers'
= 1

"#]]
    );
    assert_data_eq!(
        sandbox.session(&["review remove one"]),
        str![[r#"
$ git patman review remove one
! error: another process is running checks on the patches of 'one-spell-numbers'
! hint: wait until it has finished, then run the command again
= 1

"#]]
    );
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the command still runs", || !is_running(&pid));
    // The lock is held until nothing runs there any more.
    wait_until("the lock is still held", || {
        words(&sh(&sandbox, "one -p --json", "true")) != "1 failed, 2 skipped"
    });
    assert_eq!(
        words(&sh(&sandbox, "one -p --json --rerun", "true")),
        "1 passed, 2 passed"
    );
}

#[test]
fn an_interrupted_run_ends_its_command_and_says_how_far_it_came() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let (child, pid) = endless(&sandbox, &sandbox.top().join("pids"));
    assert!(
        sandbox
            .command("kill", &sandbox.repo())
            .args(["-s", "TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let done = child.wait_with_output().unwrap();
    assert_data_eq!(
        show(&sandbox, &done),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT                  TIME
one-spell-numbers  v1       1  sh     interrupted            N s
one-spell-numbers  v1       2  sh     skipped (interrupted)
! one-spell-numbers v1 patch 1 sh: interrupted, N s
!     full output: $REPO/.git/patman/output/one-spell-numbers/v1/0001-sh=DIGEST.log
= -1

"#]]
    );
    assert!(!is_running(&pid));
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    assert_data_eq!(
        show(&sandbox, &exec(&sandbox, "one", &["./no such program"])),
        str![[r#"
SERIES             VER  PATCH  CHECK          RESULT   TIME
one-spell-numbers  v1     all  nosuchprogram  failed  N s
! one-spell-numbers v1 nosuchprogram: failed, N s: cannot start './no such program': No such file or directory (os error 2)
!     full output: $REPO/.git/patman/output/one-spell-numbers/v1/series-nosuchprogram-99aa195b.log
= 1

"#]]
    );
    assert_data_eq!(
        show(&sandbox, &exec(&sandbox, "", &["true"])),
        str![[r#"
! error: name a review, or run this in its worktree
! hint: git patman review list
! hint: to run on all reviews: --all
= 2

"#]]
    );
    assert_eq!(exec(&sandbox, "nothing", &["true"]).status.code(), Some(1));
}

#[test]
fn a_review_that_waits_for_the_user_is_refused_and_the_others_run() {
    let sandbox = Sandbox::new().mailed(1).started(1);
    let text = lines("one", 40).replace("one 3\n", "one drei\n");
    sandbox.series(
        "other.mbox",
        1,
        "one: Spell in German",
        &[("one: Spell drei", "src/one.c", &text)],
    );
    sandbox.append("src/one.c", "");
    sandbox.git(&["stash", "-q"]);
    sandbox.write(
        "src/one.c",
        &lines("one", 40).replace("one 3\n", "one three, v0\n"),
    );
    sandbox.git(&["commit", "-qam", "Move on"]);
    sandbox.git(&["stash", "pop", "-q"]);
    sandbox.expect("review start --base main ../other.mbox", 3);
    assert_data_eq!(
        show(&sandbox, &sh(&sandbox, "--all", "true")),
        str![[r#"
SERIES             VER  PATCH  CHECK  RESULT   TIME
one-spell-numbers  v1     all  sh     passed  N s
! error: 'one-spell-in-german' has an unresolved conflict
! hint: to continue it: git patman review continue one-spell-in-german
= 1

"#]]
    );
}
