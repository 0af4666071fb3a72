// SPDX-License-Identifier: GPL-2.0-or-later
//! No program that a series brings is started, whatever settings and `PATH` are: each attack is run through the real program,
//! and each program that must not run leaves a line in `$TOP/ran`.

use crate::raw_server::{Server, reply};
use crate::sandbox::{PROGRAM, Sandbox, lines};
use snapbox::{assert_data_eq, str};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Hooks that git may run in a worktree that is checked out, or that `git am` works in.
const HOOKS: [&str; 6] = [
    "post-index-change",
    "post-checkout",
    "reference-transaction",
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
];

/// A program that notes that it ran, and passes on what it reads.
fn program(sandbox: &Sandbox, word: &str) -> String {
    format!(
        "#!/bin/sh\necho {word} $0 >> {}/ran\ncat\n",
        sandbox.top().display()
    )
}

fn write_program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What ran: the first word of each line.
fn ran(sandbox: &Sandbox) -> Vec<String> {
    let text = fs::read_to_string(sandbox.top().join("ran")).unwrap_or_default();
    let mut words: Vec<String> = text
        .lines()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect();
    words.sort();
    words.dedup();
    words
}

/// A series `x-tempt`, a commit for each of `patches`, which writes files: text, and programs where it begins with `#!`.
fn series(sandbox: &Sandbox, file: &str, version: u32, patches: &[&[(&str, &str)]]) -> PathBuf {
    let work = sandbox.top().join("author");
    let quiet = [
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ];
    let git = |dir: &Path, args: &[&str]| sandbox.git_at(dir, &[&quiet[..], args].concat());
    let plain = |path: &Path| path.display().to_string();
    git(
        &sandbox.repo(),
        &["worktree", "add", "-q", "--detach", &plain(&work), "main"],
    );
    for files in patches {
        for (path, text) in *files {
            let path = work.join(path);
            match text.starts_with("#!") {
                true => write_program(&path, text),
                false => fs::write(path, text).unwrap(),
            }
        }
        git(&work, &["-c", "filter.x.required=false", "add", "-A"]);
        git(&work, &["commit", "-q", "-m", "x: Tempt"]);
    }
    let number = format!("-v{version}");
    let mbox = git(&work, &["format-patch", "--stdout", &number, "main..HEAD"]);
    git(
        &sandbox.repo(),
        &["worktree", "remove", "--force", &plain(&work)],
    );
    let path = sandbox.top().join(file);
    fs::write(&path, mbox + "\n").unwrap();
    path
}

/// Runs a command of ours at a place, with a `PATH` and more of the environment.
fn run(sandbox: &Sandbox, dir: &Path, env: &[(&str, &str)], args: &[&str]) -> Output {
    sandbox
        .command(PROGRAM, dir)
        .envs(env.iter().copied())
        .args(args)
        .output()
        .unwrap()
}

fn text(done: &Output) -> String {
    String::from_utf8_lossy(&[&done.stdout[..], &done.stderr].concat()).into_owned()
}

fn worktree(sandbox: &Sandbox) -> PathBuf {
    sandbox.repo().join(".git/patman/worktrees/x-tempt")
}

#[test]
fn no_entry_of_path_leads_into_the_tree() {
    let sandbox = Sandbox::new();
    let bad = program(&sandbox, "bad");
    let names = [
        "git",
        "sh",
        "less",
        "cat",
        "make",
        "bin/git",
        "bin/sh",
        "own-editor",
    ];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, bad.as_str())).collect();
    series(&sandbox, "in.mbox", 1, &[&files]);
    let usual = std::env::var("PATH").unwrap();
    let path = format!(":.:bin:{usual}:");
    let started = run(
        &sandbox,
        &sandbox.repo(),
        &[("PATH", &path)],
        &["review", "start", "../in.mbox"],
    );
    assert!(started.status.success(), "{}", text(&started));
    let there = worktree(&sandbox);
    assert!(there.join("git").exists());
    let env = [("PATH", path.as_str()), ("SHELL", "sh")];
    for line in [
        "review list",
        "review show",
        "review log",
        "review diff",
        "review exec -- sh -c true",
        "review exec -- git status",
        "review shell",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let done = run(&sandbox, &there, &env, &args);
        assert!(done.status.success(), "{line}: {}", text(&done));
    }
    let editor = [("PATH", path.as_str()), ("GIT_EDITOR", "own-editor")];
    assert!(
        !run(&sandbox, &there, &editor, &["review", "open"])
            .status
            .success()
    );
    let absent = run(&sandbox, &there, &env, &["review", "exec", "--", "make"]);
    drop(absent);
    assert_eq!(ran(&sandbox), [] as [String; 0]);
    let seen = run(
        &sandbox,
        &there,
        &env,
        &[
            "review",
            "exec",
            "--",
            "sh",
            "-c",
            "echo \"PATH=$PATH\" > ../../../seen",
        ],
    );
    assert!(seen.status.success(), "{}", text(&seen));
    let seen = fs::read_to_string(sandbox.repo().join(".git/seen")).unwrap();
    let wanted: Vec<&str> = usual
        .split(':')
        .filter(|dir| dir.starts_with('/'))
        .collect();
    assert_eq!(seen.trim_end(), format!("PATH={}", wanted.join(":")));
}

#[test]
fn hooks_and_the_monitor_are_those_of_the_main_worktree() {
    let sandbox = Sandbox::new();
    let (bad, own) = (program(&sandbox, "bad"), program(&sandbox, "own"));
    let paths: Vec<String> = HOOKS
        .iter()
        .map(|hook| format!(".githooks/{hook}"))
        .collect();
    let mut files: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), bad.as_str()))
        .collect();
    files.push(("monitor", &bad));
    series(&sandbox, "in.mbox", 1, &[&files]);
    files.push(("more", "more\n"));
    series(&sandbox, "in2.mbox", 2, &[&files]);
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    sandbox.git(&["config", "core.fsmonitor", "./monitor"]);
    let there = worktree(&sandbox);
    let session = |dir: &Path, lines: &[&str]| {
        for line in lines {
            let args: Vec<&str> = line.split(' ').collect();
            let done = run(&sandbox, dir, &[], &args);
            assert!(done.status.success(), "{line}: {}", text(&done));
        }
    };
    session(
        &sandbox.repo(),
        &[
            "review start ../in.mbox",
            "review show x-tempt",
            "review exec --each-patch x-tempt -- true",
            "review start ../in2.mbox",
            "review compare x-tempt",
        ],
    );
    session(
        &there,
        &["review list", "review show", "review log", "review diff"],
    );
    session(
        &sandbox.repo(),
        &["review remove x-tempt", "review start ../in2.mbox"],
    );
    fs::write(there.join("edit"), "mine\n").unwrap();
    session(&sandbox.repo(), &["review remove --force x-tempt"]);
    assert_eq!(ran(&sandbox), [] as [String; 0]);
    // The user's own hook of that path runs, from the main worktree.
    write_program(&sandbox.repo().join(".githooks/post-index-change"), &own);
    session(&sandbox.repo(), &["review start ../in2.mbox"]);
    assert_eq!(ran(&sandbox), ["own"]);
}

/// A series whose second patch does not apply, so that `git am` works in the worktree, where the first has put programs, and
/// whose third selects a filter.
fn stopping(sandbox: &Sandbox) -> PathBuf {
    let bad = program(sandbox, "bad");
    let paths: Vec<String> = HOOKS
        .iter()
        .map(|hook| format!(".githooks/{hook}"))
        .collect();
    let mut first: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path.as_str(), bad.as_str()))
        .collect();
    first.extend([("monitor", bad.as_str()), ("filter", &bad)]);
    let changed = lines("one", 40).replace("one 20\n", "one twenty\n");
    let attributes = "*.c filter=x\n";
    let more = changed.replace("one 30\n", "one thirty\n");
    series(
        sandbox,
        "in.mbox",
        1,
        &[
            &first,
            &[("src/one.c", &changed)],
            &[(".gitattributes", attributes), ("src/one.c", &more)],
        ],
    );
    sandbox.git(&["stash", "-q"]);
    sandbox.write(
        "src/one.c",
        &lines("one", 40).replace("one 20\n", "one XX\n"),
    );
    sandbox.git(&["commit", "-q", "-a", "-m", "Move on"]);
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    sandbox.git(&["config", "core.fsmonitor", "./monitor"]);
    let there = worktree(sandbox);
    let stopped = sandbox.patman("review start --base main ../in.mbox");
    assert_eq!(stopped.status.code(), Some(3), "{}", text(&stopped));
    assert!(there.join("monitor").exists());
    fs::write(there.join("src/one.c"), changed).unwrap();
    let quiet = [
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ];
    sandbox.git_at(&there, &[&quiet[..], &["add", "src/one.c"]].concat());
    there
}

#[test]
fn git_am_runs_no_hook_of_the_series() {
    let sandbox = Sandbox::new();
    stopping(&sandbox);
    let done = sandbox.patman("review continue x-tempt");
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!(ran(&sandbox), [] as [String; 0]);
}

#[test]
fn what_git_am_makes_selects_no_relative_filter() {
    let sandbox = Sandbox::new();
    let there = stopping(&sandbox);
    sandbox.git(&["config", "filter.x.clean", "./filter"]);
    sandbox.git(&["config", "filter.x.smudge", "./filter"]);
    assert_data_eq!(
        sandbox.session(&["review continue x-tempt"]),
        str![[r#"
$ git patman review continue x-tempt
! error: 'filter.x.clean' is set to './filter', a relative path: files of the series select it, and would decide which program runs
! hint: set an absolute path: git config filter.x.clean <command>
! hint: to abort it, and start again: git patman review abort x-tempt
= 1

"#]]
    );
    assert!(there.join(".gitattributes").exists());
    assert_eq!(ran(&sandbox), [] as [String; 0]);
    let absolute = sandbox.top().join("own-filter").display().to_string();
    write_program(Path::new(&absolute), "#!/bin/sh\ncat\n");
    sandbox.git(&["config", "filter.x.clean", &absolute]);
    sandbox.git(&["config", "filter.x.smudge", &absolute]);
    let done = sandbox.patman("review continue x-tempt");
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!(ran(&sandbox), [] as [String; 0]);
}

#[test]
fn files_of_a_series_select_no_relative_driver() {
    for (key, attribute) in [
        ("filter.x.clean", "*.c filter=x\n"),
        ("filter.x.process", "[attr]own filter=x\n*.c own\n"),
        ("merge.x.driver", "*.c merge=x\n"),
        ("diff.x.textconv", "*.c diff=x\n"),
    ] {
        let sandbox = Sandbox::new();
        let bad = program(&sandbox, "bad");
        let files = [(".gitattributes", attribute), ("tool", bad.as_str())];
        series(&sandbox, "in.mbox", 1, &[&files]);
        series(&sandbox, "plain.mbox", 1, &[&files[1..]]);
        sandbox.git(&["config", key, "./tool"]);
        let done = sandbox.patman("review start ../in.mbox");
        let said = text(&done);
        assert_eq!(done.status.code(), Some(1), "{said}");
        let wanted = format!("'{key}' is set to './tool', a relative path");
        assert!(said.contains(&wanted), "{said}");
        assert_eq!(ran(&sandbox), [] as [String; 0]);
        // One that nothing selects is in nobody's way, nor is one with an absolute path.
        sandbox.git(&["config", key, "cat"]);
        let done = sandbox.patman("review start ../in.mbox");
        assert!(done.status.success(), "{}", text(&done));
        sandbox.git(&["config", key, "./tool"]);
        let done = sandbox.patman("review remove --force --purge x-tempt");
        assert!(done.status.success(), "{}", text(&done));
        let done = sandbox.patman("review start ../plain.mbox");
        assert!(done.status.success(), "{key}: {}", text(&done));
        assert_eq!(ran(&sandbox), [] as [String; 0]);
    }
}

#[test]
fn editor_shell_pager_and_drivers_are_no_files_of_the_tree() {
    let sandbox = Sandbox::new();
    let bad = program(&sandbox, "bad");
    let files = [(".gitattributes", "*.c diff=x\n"), ("tool", bad.as_str())];
    series(&sandbox, "in.mbox", 1, &[&files]);
    let done = sandbox.patman("review start ../in.mbox");
    assert!(done.status.success(), "{}", text(&done));
    let there = worktree(&sandbox);
    for key in [
        "core.pager",
        "pager.log",
        "diff.x.textconv",
        "diff.x.command",
        "diff.external",
        "gpg.program",
    ] {
        sandbox.git(&["config", key, "./tool"]);
    }
    sandbox.git(&["config", "log.showSignature", "true"]);
    fs::write(there.join("src/one.c"), "edited\n").unwrap();
    for args in [
        &["review", "log", "--", "-p"][..],
        &["review", "diff"],
        &["review", "list"],
        &["review", "open"],
        &["review", "shell"],
    ] {
        let env = [
            ("GIT_EDITOR", "./tool"),
            ("SHELL", "./tool"),
            ("GIT_EXTERNAL_DIFF", "./tool"),
        ];
        let done = run(&sandbox, &there, &env, args);
        let is_refused = args[1] == "open" || args[1] == "shell";
        assert_eq!(
            done.status.success(),
            !is_refused,
            "{args:?}: {}",
            text(&done)
        );
    }
    assert_eq!(ran(&sandbox), [] as [String; 0]);
    sandbox.git(&["config", "patman.editor", "./tool -x"]);
    assert_data_eq!(
        sandbox.session(&["review open x-tempt"]),
        str![[r#"
$ git patman review open x-tempt
! error: the editor './tool -x' is a relative path: it would be looked up among the files of the series
! hint: to set another: git config patman.editor <command>
= 1

"#]]
    );
}

#[test]
fn a_credential_helper_is_that_of_the_main_worktree() {
    let sandbox = Sandbox::new();
    let (bad, own) = (program(&sandbox, "bad"), program(&sandbox, "own"));
    series(&sandbox, "in.mbox", 1, &[&[("tool", bad.as_str())]]);
    let done = sandbox.patman("review start ../in.mbox");
    assert!(done.status.success(), "{}", text(&done));
    write_program(&sandbox.repo().join("tool"), &own);
    let server = Server::start(|_| reply(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", ""));
    sandbox.git(&["config", "credential.helper", "!./tool"]);
    sandbox.git(&["config", "patman.patchworkUrl", &server.url]);
    let there = worktree(&sandbox);
    let done = run(&sandbox, &there, &[], &["review", "start", "100"]);
    assert!(!done.status.success());
    assert_eq!(ran(&sandbox), ["own"], "{}", text(&done));
}
