// SPDX-License-Identifier: GPL-2.0-or-later
//! A home, a repository and a clock of its own for each test; nothing of the machine's shows through.

use crate::fake_patchwork::FakePatchwork;
use git2::Repository;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The time at which everything happens: 2026-01-01 12:00:00 UTC.
const NOW: &str = "1767268800";

/// The time of every commit: 2026-01-01 00:00:00 UTC.
pub const COMMIT_TIME: i64 = 1_767_225_600;

/// The repository that each sandbox starts with, as git has made it: directories and files with their contents.
static REPOSITORY: OnceLock<Vec<(PathBuf, Option<Vec<u8>>)>> = OnceLock::new();

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_git-patman");

pub struct Sandbox {
    top: TempDir,
    /// The server that the scene has started, if it has.
    pub(crate) patchwork: Option<FakePatchwork>,
}

impl Sandbox {
    /// A repository with one commit of a few files, on `main`, as its user works in it: with a file that is not added,
    /// and a change that is not committed.
    pub fn new() -> Self {
        let sandbox = Sandbox {
            top: tempfile::Builder::new()
                .prefix("patman-")
                .tempdir()
                .unwrap(),
            patchwork: None,
        };
        fs::create_dir_all(sandbox.home()).unwrap();
        sandbox.write_home(
            ".gitconfig",
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n",
        );
        match REPOSITORY.get() {
            Some(saved) => sandbox.restore(saved),
            None => {
                sandbox.init();
                REPOSITORY.get_or_init(|| sandbox.saved());
            }
        }
        sandbox.write("notes.txt", "mine\n");
        sandbox.append("src/two.c", "edited\n");
        sandbox
    }

    fn init(&self) {
        self.git_at(self.top.path(), &["init", "-q", "repo"]);
        self.write("src/one.c", &lines("one", 40));
        self.write("src/two.c", &lines("two", 40));
        self.write(".gitignore", "*.o\n");
        self.commit("Begin");
    }

    /// What [`Sandbox::restore`] needs to make this repository again.
    fn saved(&self) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let mut saved = vec![(PathBuf::new(), None)];
        let mut at = 0;
        while let Some((dir, content)) = saved.get(at).cloned() {
            at += 1;
            if content.is_some() {
                continue;
            }
            for entry in fs::read_dir(self.repo().join(&dir)).unwrap() {
                let entry = entry.unwrap();
                let path = dir.join(entry.file_name());
                match entry.file_type().unwrap().is_dir() {
                    true => saved.push((path, None)),
                    // The hooks that git never runs.
                    false if path.extension().is_some_and(|ext| ext == "sample") => {}
                    false => saved.push((path, Some(fs::read(entry.path()).unwrap()))),
                }
            }
        }
        saved
    }

    fn restore(&self, saved: &[(PathBuf, Option<Vec<u8>>)]) {
        for (path, content) in saved {
            let to = self.repo().join(path);
            match content {
                None => fs::create_dir(&to).unwrap(),
                Some(bytes) => fs::write(&to, bytes).unwrap(),
            }
            if path.starts_with(".git/objects") && content.is_some() {
                fs::set_permissions(&to, fs::Permissions::from_mode(0o444)).unwrap();
            }
        }
        // The times of the files are others.
        let repo = Repository::open(self.repo()).unwrap();
        let mut index = repo.index().unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
    }

    pub fn home(&self) -> PathBuf {
        self.top.path().join("home")
    }

    pub fn top(&self) -> &Path {
        self.top.path()
    }

    pub fn repo(&self) -> PathBuf {
        self.top.path().join("repo")
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn append(&self, path: &str, text: &str) {
        let path = self.repo().join(path);
        fs::write(&path, fs::read_to_string(&path).unwrap() + text).unwrap();
    }

    pub fn write_home(&self, path: &str, text: &str) {
        fs::write(self.home().join(path), text).unwrap();
    }

    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub fn git(&self, args: &[&str]) -> String {
        self.git_at(&self.repo(), args)
    }

    pub fn git_at(&self, dir: &Path, args: &[&str]) -> String {
        let done = self.command("git", dir).args(args).output().unwrap();
        assert!(
            done.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// A command with the sandbox's surroundings, and nothing else.
    pub fn command(&self, program: &str, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(dir).env_clear();
        let bin = Path::new(PROGRAM).parent().unwrap().display().to_string();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
        let date = format!("{COMMIT_TIME} +0000");
        for (name, value) in [
            ("PATH", path.as_str()),
            ("HOME", self.home().to_str().unwrap()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            (
                "GIT_CONFIG_GLOBAL",
                self.home().join(".gitconfig").to_str().unwrap(),
            ),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_DATE", &date),
            ("GIT_TEST_DATE_NOW", NOW),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "dumb"),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Runs `git-patman` with words separated by blanks, in the repository.
    pub fn patman(&self, line: &str) -> Output {
        self.patman_at(&self.repo(), line)
    }

    pub fn patman_at(&self, dir: &Path, line: &str) -> Output {
        self.command(PROGRAM, dir)
            .args(line.split_whitespace())
            .output()
            .unwrap()
    }

    /// Runs a command, which must end with a status; returns what it printed, as [`Sandbox::show`] does.
    pub fn expect(&self, line: &str, status: i32) -> String {
        let done = self.patman(line);
        let text = self.show(line, &done);
        assert_eq!(done.status.code(), Some(status), "{text}");
        text
    }

    /// Runs the program with arguments that may be empty or have blanks; shown as a session.
    pub fn run(&self, args: &[&str]) -> String {
        let done = self
            .command(PROGRAM, &self.repo())
            .args(args)
            .output()
            .unwrap();
        let quoted = |arg: &&str| match arg.is_empty() || arg.contains(' ') {
            true => format!("'{arg}'"),
            false => (*arg).to_owned(),
        };
        let line: Vec<String> = args.iter().map(quoted).collect();
        self.show(&line.join(" "), &done)
    }

    /// What a command prints on a terminal of so many columns.
    pub fn on_terminal(&self, columns: u16, line: &str) -> String {
        let spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))";
        let done = self
            .command("python3", &self.repo())
            .args(["-c", spawn, PROGRAM])
            .args(line.split_whitespace())
            .env("COLUMNS", columns.to_string())
            .env("PAGER", "cat")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{error}");
        self.neutral(&String::from_utf8(done.stdout).unwrap().replace('\r', ""))
    }

    /// Runs commands as a session: each line that was typed, its output, standard error behind `!`, and the status.
    pub fn session(&self, lines: &[&str]) -> String {
        lines
            .iter()
            .map(|line| self.show(line, &self.patman(line)))
            .collect()
    }

    pub fn show(&self, line: &str, done: &Output) -> String {
        let mut text = format!("$ git patman {line}\n");
        text += &self.neutral(&String::from_utf8_lossy(&done.stdout));
        for line in self.neutral(&String::from_utf8_lossy(&done.stderr)).lines() {
            text += &format!("! {line}\n");
        }
        text + &format!("= {}\n", done.status.code().unwrap_or(-1))
    }

    /// The text with the sandbox's paths, and the address of its Patchwork, replaced.
    pub fn neutral(&self, text: &str) -> String {
        let real = self.top.path().canonicalize().unwrap();
        let text = match &self.patchwork {
            Some(server) => server.neutral(text),
            None => text.to_owned(),
        };
        text.replace(&self.repo().display().to_string(), "$REPO")
            .replace(&real.join("repo").display().to_string(), "$REPO")
            .replace(&self.home().display().to_string(), "$HOME")
            .replace(&self.top.path().display().to_string(), "$TOP")
    }

    /// What a review must never change: HEAD, index, files, stash, branch and configuration of the user's checkout.
    pub fn checkout(&self) -> String {
        let config = fs::read_to_string(self.repo().join(".git/config")).unwrap();
        let index = self.git(&["ls-files", "-s"]);
        let status = self.git(&["status", "--porcelain", "--branch"]);
        let diff = self.git(&["diff"]);
        let head = self.git(&["rev-parse", "HEAD", "main"]);
        [
            config,
            index,
            status,
            diff,
            head,
            self.git(&["stash", "list"]),
        ]
        .join("\n--\n")
    }
}

/// `count` lines, `<word> <number>`.
pub fn lines(word: &str, count: usize) -> String {
    (1..=count)
        .map(|number| format!("{word} {number}\n"))
        .collect()
}
