// SPDX-License-Identifier: GPL-2.0-or-later
//! Runs the `git` program with a list of arguments and a clean environment, and reports its error messages.

use crate::error::{Error, Result, WithContext};
use crate::program;
use crate::text::shell_quote;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

/// Variables that tie git to one repository, index or object store; a command in another directory must not see them
/// (the list of `git rev-parse --local-env-vars`, less the configuration given with `git -c`).
const LOCAL_ENV: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
];

/// Takes from a command's environment what ties git to one repository, for a command in another directory.
pub fn forget_repository(command: &mut Command) {
    LOCAL_ENV.iter().for_each(|name| {
        command.env_remove(name);
    });
}

/// One run of the `git` program.
#[derive(Debug)]
pub struct Git {
    command: Command,
    words: Vec<OsString>,
    input: Option<Vec<u8>>,
    held: Option<File>,
}

/// The result of a run of git.
#[derive(Debug)]
pub struct GitOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

impl GitOutput {
    /// Standard output as text without the last newline; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout)
            .trim_end_matches('\n')
            .to_owned()
    }
}

impl Git {
    /// `git` in the directory `dir`, whatever repository the environment names.
    pub fn at(dir: &Path) -> Self {
        let mut git = Git::here(dir);
        forget_repository(&mut git.command);
        git
    }

    /// `git` in the directory `dir`, on the repository that the environment names, as the user would run it.
    pub fn here(dir: &Path) -> Self {
        let mut command = git_in(dir);
        command.env("LC_ALL", "C");
        Git {
            command,
            words: Vec::new(),
            input: None,
            held: None,
        }
    }

    /// `git` in the directory `dir`, as the user would run it and for the user to see: with a pager where `paged`.
    pub fn shown(dir: &Path, paged: bool) -> Command {
        let mut command = git_in(dir);
        if !paged {
            command.arg("--no-pager");
        }
        command
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        for arg in args {
            self.words.push(arg.as_ref().to_owned());
            self.command.arg(arg);
        }
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the standard input.
    #[must_use]
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// Hands the file behind a lock to git as its standard input, so that the lock is held until git has ended, even if
    /// this process is killed before. A git that is given input has it as its standard output, and must not write there.
    pub fn holding(mut self, lock: &impl AsRef<File>) -> Result<Self> {
        self.held = Some(
            lock.as_ref()
                .try_clone()
                .context(|| "cannot share a lock with git")?,
        );
        Ok(self)
    }

    /// Runs to the end, whatever its status; fails only if git cannot be started.
    pub fn run(mut self) -> Result<GitOutput> {
        let name = self.name();
        let (stdin, stdout) = match (&self.input, self.held.take()) {
            (Some(_), Some(lock)) => (Stdio::piped(), Stdio::from(lock)),
            (Some(_), None) => (Stdio::piped(), Stdio::piped()),
            (None, Some(lock)) => (Stdio::from(lock), Stdio::piped()),
            (None, None) => (Stdio::null(), Stdio::piped()),
        };
        self.command
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .context(|| "cannot start the git program")?;
        let feeder = self
            .input
            .take()
            .zip(child.stdin.take())
            .map(|(bytes, mut pipe)| {
                // git may close its input early, and then says itself why.
                std::thread::spawn(move || drop(pipe.write_all(&bytes)))
            });
        let Output {
            status,
            stdout,
            stderr,
        } = child
            .wait_with_output()
            .context(|| format!("cannot read the output of '{name}'"))?;
        if let Some(feeder) = feeder {
            feeder
                .join()
                .map_err(|_| Error::new(format!("cannot write to '{name}'")))?;
        }
        Ok(GitOutput {
            status,
            stdout,
            stderr,
        })
    }

    /// Runs to the end; an exit status that is not 0 is an error with git's own words.
    pub fn ok(self) -> Result<GitOutput> {
        let name = self.name();
        let done = self.run()?;
        if done.status.success() {
            Ok(done)
        } else {
            Err(failure(&name, &done))
        }
    }

    fn name(&self) -> String {
        let mut words = self.words.iter();
        let mut name = String::from("git");
        while let Some(word) = words.next() {
            if word == "-c" || word == "-C" || word == "--git-dir" {
                words.next();
                continue;
            }
            name.push(' ');
            name.push_str(&word.to_string_lossy());
            break;
        }
        name
    }
}

/// The `git` program in a directory. No path that HFS+ or NTFS takes for `.git` gets into an index or a worktree by it,
/// whatever the settings say: a series is reviewed by people with other machines.
fn git_in(dir: &Path) -> Command {
    let mut command = program::command("git");
    command
        .current_dir(dir)
        .args(["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]);
    command
}

fn failure(name: &str, done: &GitOutput) -> Error {
    let said = String::from_utf8_lossy(&done.stderr);
    let mut lines = said
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let why = lines
        .clone()
        .find(|line| line.starts_with("fatal: ") || line.starts_with("error: "))
        .or_else(|| lines.next_back())
        .map_or_else(
            || done.status.to_string(),
            |line| {
                line.trim_start_matches("fatal: ")
                    .trim_start_matches("error: ")
                    .to_owned()
            },
        );
    let error = Error::new(format!("'{name}' failed"));
    // git reports a lock in several lines; this line contains the lock's path.
    let lock = said.lines().find_map(|line| {
        line.split_once("Unable to create '")?
            .1
            .split_once("': File exists")
    });
    match lock {
        Some((lock, _)) => error
            .with_cause(format!(
                "'{lock}' exists: another git process is running, or was killed"
            ))
            .with_hint(format!(
                "if no git process is running there: rm {}",
                shell_quote(lock)
            )),
        None => error.with_cause(why),
    }
}
