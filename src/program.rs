// SPDX-License-Identifier: GPL-2.0-or-later
//! The only place that starts programs: each is found in the absolute directories of `PATH`, and started by its absolute path.
//!
//! An entry of `PATH` that is empty or relative means the current directory, which may hold a stranger's tree. Such entries
//! are ignored here, and taken out of the `PATH` that children see: git finds editors, filters and ssh there.

use crate::environment;
use rustix::fs::{Access, access};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where to search for programs when `PATH` is not set or has no absolute directory.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The absolute directories of `PATH`.
#[derive(Debug)]
struct SearchPath {
    dirs: Vec<PathBuf>,
    /// The `PATH` for child processes, if it differs from this process's own.
    cleaned: Option<OsString>,
}

impl SearchPath {
    fn new(path: Option<OsString>) -> SearchPath {
        let all: Vec<PathBuf> = path
            .as_deref()
            .map(|path| std::env::split_paths(path).collect())
            .unwrap_or_default();
        let count = all.len();
        let mut dirs: Vec<PathBuf> = all.into_iter().filter(|dir| dir.is_absolute()).collect();
        let is_clean = !dirs.is_empty() && dirs.len() == count;
        if dirs.is_empty() {
            dirs = std::env::split_paths(DEFAULT_PATH).collect();
        }
        let joined = || std::env::join_paths(&dirs).unwrap_or_else(|_| DEFAULT_PATH.into());
        SearchPath {
            cleaned: (!is_clean).then(joined),
            dirs,
        }
    }

    fn of_process() -> &'static SearchPath {
        static OF_PROCESS: OnceLock<SearchPath> = OnceLock::new();
        OF_PROCESS.get_or_init(|| SearchPath::new(environment::search_path()))
    }

    /// The absolute path of a program. A program that is not found gets a path that does not exist,
    /// so starting it fails with that error.
    fn find(&self, name: &OsStr) -> PathBuf {
        let is_program = |file: &PathBuf| file.is_file() && access(file, Access::EXEC_OK).is_ok();
        let found = self.dirs.iter().map(|dir| dir.join(name)).find(is_program);
        found.unwrap_or_else(|| Path::new("/usr/bin").join(name))
    }

    fn command(&self, name: &OsStr) -> Command {
        // A path with a slash is not searched for; the caller decides whether it may be relative.
        let mut command = match name.as_bytes().contains(&b'/') {
            true => Command::new(name),
            false => Command::new(self.find(name)),
        };
        if let Some(path) = &self.cleaned {
            command.env("PATH", path);
        }
        command
    }
}

/// Creates a command for the program `name`, found in the absolute directories of `PATH`. A name
/// that contains a slash is used as it is.
pub fn command(name: impl AsRef<OsStr>) -> Command {
    SearchPath::of_process().command(name.as_ref())
}

/// Creates a command that runs `line` in the shell.
pub fn shell(line: impl AsRef<OsStr>) -> Command {
    let mut command = command("sh");
    command.arg("-c").arg(line);
    command
}

/// The absolute path at which the program `name` is started, or `name` itself if it has a slash in it.
pub fn find(name: impl AsRef<OsStr>) -> PathBuf {
    PathBuf::from(command(name).get_program())
}

/// Shells, whose option -e is no text of a script.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "fish", "source", "."];

/// Interpreters: their first argument is the program.
const INTERPRETERS: [&str; 18] = [
    "sh", "bash", "dash", "zsh", "ksh", "fish", "source", ".", "python", "perl", "ruby", "node",
    "php", "lua", "awk", "gawk", "tclsh", "Rscript",
];

/// Commands that start the command which follows them.
const PREFIXES: [&str; 9] = [
    "exec", "env", "nice", "nohup", "time", "command", "eval", "setsid", "timeout",
];

/// Whether a command line starts a program by a relative path, which then depends on the directory that it is run in. It is
/// judged by its words alone: when in doubt it does.
pub fn is_relative(line: &str) -> bool {
    let is_separator = |c: char| matches!(c, ';' | '&' | '|' | '(' | ')' | '{' | '}' | '\n' | '`');
    line.split(is_separator).any(starts_relative)
}

/// The same for a line with one command.
fn starts_relative(line: &str) -> bool {
    let quotes = ['"', '\''];
    let mut expects = Expects::Program;
    for word in line
        .split_whitespace()
        .map(|word| word.trim_matches(quotes))
    {
        let is_absolute = word.starts_with(['/', '~', '$']);
        if ["./", "../"].iter().any(|dir| word.starts_with(dir)) || leads_to_worktree(word) {
            return true;
        }
        expects = match expects {
            Expects::Argument => Expects::Argument,
            // `NAME=value` before the command.
            Expects::Program if word.contains('=') && !word.contains('/') => Expects::Program,
            Expects::Program if word.contains('/') && !is_absolute => return true,
            Expects::Program => match word.rsplit('/').next().unwrap_or_default() {
                name if PREFIXES.contains(&name) => Expects::Program,
                name if INTERPRETERS
                    .contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
                    || name == "." =>
                {
                    Expects::Script {
                        is_shell: SHELLS.contains(&name),
                    }
                }
                _ => Expects::Argument,
            },
            // What follows is the text of a script.
            Expects::Script { .. } if word == "-c" => Expects::Program,
            Expects::Script { is_shell: false } if is_inline(word) => Expects::Argument,
            Expects::Script { .. } if word.starts_with('-') => expects,
            Expects::Script { .. } if is_absolute || word.is_empty() => Expects::Argument,
            Expects::Script { .. } => return true,
        };
    }
    false
}

/// What the next word of a command line is.
#[derive(Clone, Copy)]
enum Expects {
    Program,
    Script { is_shell: bool },
    Argument,
}

/// Whether an option of an interpreter is followed by the text of a script, or by the name of a module.
fn is_inline(word: &str) -> bool {
    word.len() < 5
        && word.starts_with('-')
        && !word.starts_with("--")
        && word.ends_with(['e', 'E', 'm'])
}

/// Whether a word asks for the directory that the command is run in.
fn leads_to_worktree(word: &str) -> bool {
    ["show-toplevel", "show-cdup", "PWD", "pwd", "GIT_WORK_TREE"]
        .iter()
        .any(|way| word.contains(way))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn entries_that_mean_the_current_directory_are_ignored() {
        for (path, dirs, cleaned) in [
            ("/a:/b", &["/a", "/b"][..], None),
            (":/a", &["/a"], Some("/a")),
            ("/a:", &["/a"], Some("/a")),
            ("/a::/b", &["/a", "/b"], Some("/a:/b")),
            (".:/a:bin:../b:~/c", &["/a"], Some("/a")),
            (
                "",
                &["/usr/local/bin", "/usr/bin", "/bin"],
                Some(DEFAULT_PATH),
            ),
            (
                ".",
                &["/usr/local/bin", "/usr/bin", "/bin"],
                Some(DEFAULT_PATH),
            ),
        ] {
            let search = SearchPath::new(Some(path.into()));
            let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
            assert_eq!(search.dirs, dirs, "{path}");
            assert_eq!(search.cleaned.as_deref(), cleaned.map(OsStr::new), "{path}");
        }
        let unset = SearchPath::new(None);
        assert_eq!(unset.cleaned.as_deref(), Some(OsStr::new(DEFAULT_PATH)));
    }

    #[test]
    fn only_an_executable_file_is_a_program() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("1"), dir.path().join("2"));
        std::fs::create_dir_all(first.join("tool")).unwrap();
        std::fs::create_dir(&second).unwrap();
        let search = SearchPath {
            dirs: vec![first, second.clone()],
            cleaned: None,
        };
        std::fs::write(second.join("tool"), "").unwrap();
        assert_eq!(search.find("tool".as_ref()), Path::new("/usr/bin/tool"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(second.join("tool"), mode).unwrap();
        assert_eq!(search.find("tool".as_ref()), second.join("tool"));
    }

    #[test]
    fn a_path_that_does_not_begin_at_the_root_is_relative() {
        for line in [
            "./x",
            "tools/x --a",
            "../x",
            "A=1 ./x",
            "A=1 tools/x",
            "cat | ./x",
            "cat && tools/x",
            "\"./x y\"",
            "sh x",
            "sh -e tools/x",
            "sh -c './x'",
            "sh -c 'cat; tools/x'",
            "/bin/bash x.sh",
            "python3.11 -u x.py",
            "env A=b tools/x",
            "exec tools/x",
            "\"$(git rev-parse --show-toplevel)\"/x",
            "$PWD/x",
            "`pwd`/x",
            "ssh -i ./key",
        ] {
            assert!(is_relative(line), "{line}");
        }
        for line in [
            "",
            "cat",
            "git-lfs smudge -- %f",
            "/usr/bin/x",
            "~/bin/x",
            "$HOME/bin/x",
            "sed s/a/b/",
            "A=1 cat",
            "perl -pe s/a/b/",
            "python3 -m nbstripout",
            "sh -c 'cat | sort'",
            "sh /opt/x.sh",
            "less -FRX",
            "vim -f",
        ] {
            assert!(!is_relative(line), "{line}");
        }
    }

    /// Every other file asks this one: a program that is found otherwise may be a stranger's.
    #[test]
    fn no_other_file_starts_a_program() {
        let mut dirs = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut starters = Vec::new();
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                // Code in a test module is started only by tests.
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                if code.contains("Command::new(") && !path.ends_with("tests.rs") {
                    starters.push(path);
                }
            }
        }
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/program.rs");
        assert_eq!(starters, [own]);
    }
}
