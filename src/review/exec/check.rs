// SPDX-License-Identifier: GPL-2.0-or-later
//! A check to run: a check that the user configured, or a command line.

use crate::error::{Error, Result};
use crate::program;
use crate::settings::NamedCheck;
use crate::text::shell_quote;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredCheck {
    /// Its name, which is also part of file names.
    pub name: String,
    /// Whether it runs at each patch, not only at the last.
    pub each_patch: bool,
    /// How long it may take.
    pub timeout: Option<Duration>,
    words: Words,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Words {
    /// A line for a shell.
    Line(String),
    /// A program and its arguments.
    List(Vec<OsString>),
}

impl ConfiguredCheck {
    /// A check that the user configured.
    pub fn named(name: &str, set: NamedCheck) -> Result<ConfiguredCheck> {
        let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        if name.is_empty()
            || name.len() > 100
            || name.starts_with(['.', '-'])
            || !name.chars().all(is_fit)
        {
            return Err(
                Error::usage(format!("'{name}' cannot be the name of a check"))
                    .with_hint("use letters, digits, '-', '_', '+' and '.'"),
            );
        }
        let NamedCheck {
            command,
            each_patch,
            timeout,
        } = set;
        Ok(ConfiguredCheck {
            name: name.to_owned(),
            each_patch,
            timeout,
            words: Words::Line(command),
        })
    }

    /// A program with its arguments, named after the program.
    pub fn of_words(words: &[OsString]) -> ConfiguredCheck {
        let program = words
            .first()
            .map(|word| Path::new(word).file_name().unwrap_or(word))
            .unwrap_or_default();
        let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        let name: String = program
            .to_string_lossy()
            .chars()
            .filter(|&c| is_fit(c))
            .take(40)
            .collect();
        let name = name.trim_start_matches(['.', '-']);
        let name = if name.is_empty() { "command" } else { name };
        ConfiguredCheck {
            name: name.to_owned(),
            each_patch: false,
            timeout: None,
            words: Words::List(words.to_vec()),
        }
    }

    /// The command line, as it would be given to a shell.
    pub fn line(&self) -> String {
        match &self.words {
            Words::Line(line) => line.clone(),
            Words::List(words) => words.iter().map(shell_quote).collect::<Vec<_>>().join(" "),
        }
    }

    /// The command, to start in the directory of a worktree.
    pub(super) fn command(&self) -> Command {
        match &self.words {
            Words::Line(line) => program::shell(line),
            Words::List(words) => {
                let mut command = program::command(self.name_of_program());
                command.args(words.iter().skip(1));
                command
            }
        }
    }

    /// The program that is started.
    pub(super) fn program(&self) -> String {
        self.name_of_program().to_string_lossy().into_owned()
    }

    fn name_of_program(&self) -> &OsStr {
        match &self.words {
            Words::Line(_) => OsStr::new("sh"),
            Words::List(words) => words.first().map(OsString::as_os_str).unwrap_or_default(),
        }
    }

    /// The stem of its file names: two command lines of one program have separate files.
    pub(super) fn file_stem(&self) -> String {
        match &self.words {
            Words::Line(_) => self.name.clone(),
            Words::List(_) => {
                let digest = sha1_smol::Sha1::from(self.line()).digest().to_string();
                format!("{}-{}", self.name, &digest[..8])
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn words(words: &[&str]) -> ConfiguredCheck {
        ConfiguredCheck::of_words(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_list_of_words_is_told_as_a_shell_has_it() {
        assert_eq!(words(&["make", "-j4", "W=1"]).line(), "make -j4 W=1");
        assert_eq!(
            words(&["sh", "-c", "echo 'a' $b", ""]).line(),
            r"sh -c 'echo '\''a'\'' $b' ''"
        );
        let odd = ConfiguredCheck::of_words(&[
            OsString::from("x"),
            OsStr::from_bytes(b"\xff\n").to_owned(),
        ]);
        assert_eq!(odd.line(), r"x $'\xff\x0a'");
    }

    #[test]
    fn files_are_named_for_the_program_and_its_arguments() {
        assert_eq!(words(&["/usr/bin/make"]).name, "make");
        assert_eq!(words(&["./-../ "]).name, "command");
        assert_ne!(
            words(&["make", "a"]).file_stem(),
            words(&["make", "b"]).file_stem()
        );
        let set = NamedCheck {
            command: "make".into(),
            each_patch: true,
            timeout: None,
        };
        assert_eq!(
            ConfiguredCheck::named("build", set.clone())
                .unwrap()
                .file_stem(),
            "build"
        );
        for bad in ["", "../x", "a/b", ".x", "a b", "-x"] {
            assert!(ConfiguredCheck::named(bad, set.clone()).is_err(), "{bad}");
        }
    }
}
