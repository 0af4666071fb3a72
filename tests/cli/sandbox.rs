// SPDX-License-Identifier: GPL-2.0-or-later
//! A home, a repository and a clock of its own for each test; nothing of the machine's shows through.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The time at which everything happens: 2026-01-01 12:00:00 UTC.
const NOW: &str = "1767268800";

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_git-patman");

pub struct Sandbox {
    top: TempDir,
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
        };
        fs::create_dir_all(sandbox.home()).unwrap();
        sandbox.write_home(
            ".gitconfig",
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n",
        );
        sandbox.git_at(sandbox.top.path(), &["init", "-q", "repo"]);
        sandbox.write("src/one.c", &lines("one", 40));
        sandbox.write("src/two.c", &lines("two", 40));
        sandbox.write(".gitignore", "*.o\n");
        sandbox.commit("Begin");
        sandbox.write("notes.txt", "mine\n");
        sandbox.append("src/two.c", "edited\n");
        sandbox
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
        for (name, value) in [
            ("PATH", path.as_str()),
            ("HOME", self.home().to_str().unwrap()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            (
                "GIT_CONFIG_GLOBAL",
                self.home().join(".gitconfig").to_str().unwrap(),
            ),
            ("GIT_AUTHOR_DATE", "1767225600 +0000"),
            ("GIT_COMMITTER_DATE", "1767225600 +0000"),
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

    /// The text with the sandbox's paths replaced.
    pub fn neutral(&self, text: &str) -> String {
        let real = self.top.path().canonicalize().unwrap();
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

    /// Commits made on a branch of their own, off `main`, as an mbox with cover letter, and the branch deleted again.
    pub fn series(
        &self,
        file: &str,
        version: u32,
        title: &str,
        patches: &[(&str, &str, &str)],
    ) -> PathBuf {
        let work = self.top.path().join("author");
        self.git(&[
            "worktree",
            "add",
            "-q",
            "--detach",
            work.to_str().unwrap(),
            "main",
        ]);
        for (subject, path, text) in patches {
            fs::write(work.join(path), text).unwrap();
            self.git_at(&work, &["add", "-A"]);
            self.git_at(
                &work,
                &[
                    "commit",
                    "-q",
                    "-m",
                    &format!("{subject}\n\nSigned-off-by: Ada <ada@example.com>"),
                ],
            );
        }
        let number = format!("-v{version}");
        let mut args = vec![
            "format-patch",
            "--stdout",
            "--cover-letter",
            "--thread",
            "--base=main",
        ];
        if version > 1 {
            args.push(&number);
        }
        let text = self.git_at(&work, &[args.as_slice(), &["main..HEAD"]].concat());
        self.git(&["worktree", "remove", "--force", work.to_str().unwrap()]);
        let text = text
            .replace("*** SUBJECT HERE ***", title)
            .replace("*** BLURB HERE ***", "This is why.");
        let path = self.top.path().join(file);
        fs::write(&path, text + "\n").unwrap();
        path
    }

    /// The usual series: two patches to `src/one.c`, in version `version`.
    pub fn usual(&self, version: u32) -> PathBuf {
        let first = lines("one", 40).replace("one 3\n", &format!("one three, v{version}\n"));
        let second = first.replace("one 20\n", "one twenty\n");
        self.series(
            &format!("v{version}.mbox"),
            version,
            "one: Spell numbers",
            &[
                ("one: Spell three", "src/one.c", &first),
                ("one: Spell twenty", "src/one.c", &second),
            ],
        )
    }
}

/// `count` lines, `<word> <number>`.
pub fn lines(word: &str, count: usize) -> String {
    (1..=count)
        .map(|number| format!("{word} {number}\n"))
        .collect()
}
