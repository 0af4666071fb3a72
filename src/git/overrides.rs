// SPDX-License-Identifier: GPL-2.0-or-later
//! The settings to override in every git command that runs in a worktree with a stranger's tree.
//!
//! git starts programs by itself: hooks, the file system monitor, filters, merge drivers, signers,
//! ssh, credential helpers. A program set by a relative path is looked up in the worktree, where
//! the author of a series controls the files. So the file system monitor is off, a relative
//! `core.hooksPath` is resolved from the top of the user's main worktree, and every other program
//! given by a relative path is replaced by a no-op. Programs found through `PATH` stay.

use super::config::{Config, ConfigEntry};
use super::run::Git;
use crate::environment;
use crate::program::is_relative;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A path without hooks.
const NO_HOOKS: &str = "/dev/null";

/// A relative program that files select by an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// The attribute: `filter`, `merge` or `diff`.
    pub attribute: &'static str,
    /// Its value.
    pub name: String,
    /// The setting that names the program.
    pub key: String,
    /// The program.
    pub program: String,
}

/// The overrides for one worktree.
#[derive(Debug, Clone)]
pub struct Overrides {
    settings: Vec<(String, OsString)>,
    unset: Vec<&'static str>,
    drivers: Vec<Driver>,
}

/// The worktree that git works in.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Directory that all worktrees of the repository share.
    pub common_dir: &'a Path,
    /// Top of the user's main worktree; none if the repository is bare.
    pub main_worktree: Option<&'a Path>,
    /// Top of the worktree.
    pub worktree: &'a Path,
}

/// The top of the main worktree of the repository with that common directory; none if it is bare.
pub fn main_worktree(common_dir: &Path) -> Option<&Path> {
    common_dir
        .parent()
        .filter(|_| common_dir.file_name() == Some(OsStr::new(".git")))
}

impl Overrides {
    /// The overrides for that worktree, given the configuration in force.
    pub fn new(config: &Config, place: Place<'_>) -> Overrides {
        let mut overrides = Overrides {
            settings: vec![
                ("core.fsmonitor".to_owned(), "false".into()),
                ("log.showSignature".to_owned(), "false".into()),
            ],
            unset: Vec::new(),
            drivers: Vec::new(),
        };
        let hooks = config
            .entry("core.hooksPath")
            .and_then(|entry| hooks_path(entry.value.as_deref().unwrap_or_default(), place));
        if let Some(hooks) = hooks {
            overrides.set("core.hooksPath", hooks);
        }
        for entry in config.entries() {
            overrides.replace(entry);
        }
        overrides.replace_helpers(config);
        overrides.unset = environment::programs()
            .filter(|(_, program)| is_relative(program))
            .map(|(name, _)| name)
            .collect();
        overrides
    }

    /// The same, with the configuration that `git` sees where it is set up to run.
    pub fn read(git: Git, place: Place<'_>) -> Overrides {
        match Config::read_by(git) {
            Ok(config) => Overrides::new(&config, place),
            Err(_) => Overrides::strictest(),
        }
    }

    /// The overrides to use if the settings cannot be read.
    fn strictest() -> Overrides {
        Overrides {
            settings: vec![
                ("core.fsmonitor".to_owned(), "false".into()),
                ("core.hooksPath".to_owned(), NO_HOOKS.into()),
            ],
            unset: environment::PROGRAMS.to_vec(),
            drivers: Vec::new(),
        }
    }

    /// The relative programs that files may select.
    pub fn drivers(&self) -> &[Driver] {
        &self.drivers
    }

    /// Adds the overrides to a git command.
    pub fn apply(&self, git: Git) -> Git {
        let git = git.args(self.args());
        self.unset
            .iter()
            .fold(git, |git, name| git.env_remove(name))
    }

    /// The overrides as arguments of git, before the name of the command.
    pub fn args(&self) -> Vec<OsString> {
        let arg = |(key, value): &(String, OsString)| {
            let mut arg = OsString::from(format!("{key}="));
            arg.push(value);
            ["-c".into(), arg]
        };
        self.settings.iter().flat_map(arg).collect()
    }

    /// The environment variables to unset.
    pub fn unset(&self) -> &[&'static str] {
        &self.unset
    }

    /// Options that keep `git log` and `git diff` from starting a relative program, where one is set.
    pub fn diff_options(&self) -> &'static [&'static str] {
        let is_diff = |(key, _): &(String, OsString)| key.starts_with("diff.");
        match self.settings.iter().any(is_diff) {
            true => &["--no-ext-diff", "--no-textconv"],
            false => &[],
        }
    }

    fn set(&mut self, key: impl Into<String>, value: impl Into<OsString>) {
        self.settings.push((key.into(), value.into()));
    }

    /// Replaces a program that is given by a relative path.
    fn replace(&mut self, entry: &ConfigEntry) {
        let Some(program) = entry.value.as_deref().filter(|value| is_relative(value)) else {
            return;
        };
        let (section, rest) = entry.key.split_once('.').unwrap_or_default();
        let (name, variable) = rest.rsplit_once('.').unwrap_or(("", rest));
        let attribute = match (section, variable) {
            ("filter", "clean" | "smudge" | "process") => Some("filter"),
            ("merge", "driver") => Some("merge"),
            ("diff", "command" | "textconv") => Some("diff"),
            _ => None,
        };
        if let Some(attribute) = attribute.filter(|_| !name.is_empty()) {
            self.drivers.push(Driver {
                attribute,
                name: name.to_owned(),
                key: entry.key.clone(),
                program: program.to_owned(),
            });
        }
        match (section, variable) {
            ("filter", "clean" | "smudge" | "process") => {
                for variable in ["clean", "smudge", "process"] {
                    self.set(format!("filter.{name}.{variable}"), "");
                }
                self.set(format!("filter.{name}.required"), "false");
            }
            ("hook", "command") => self.set(format!("hook.{name}.enabled"), "false"),
            ("diff", "textconv") | ("pager", _) | ("core", "pager") => {
                self.set(&entry.key, "cat");
            }
            ("merge", "driver")
            | ("diff", "command" | "external")
            | ("gpg", "program" | "defaultkeycommand")
            | ("remote", "uploadpack" | "receivepack")
            | ("sequence", "editor")
            | ("core", "sshcommand" | "askpass" | "gitproxy" | "alternaterefscommand" | "editor") => {
                self.set(&entry.key, "false")
            }
            _ => {}
        }
    }

    /// Drops credential helpers given by relative paths. An empty helper makes git forget the ones before it.
    fn replace_helpers(&mut self, config: &Config) {
        let is_helper = |key: &str| {
            key == "credential.helper"
                || (key.starts_with("credential.") && key.ends_with(".helper"))
        };
        let helpers: Vec<_> = config
            .entries()
            .iter()
            .filter(|entry| is_helper(&entry.key))
            .filter_map(|entry| Some((&entry.key, entry.value.as_deref()?)))
            .collect();
        if !helpers.iter().any(|(_, value)| is_relative_helper(value)) {
            return;
        }
        self.set("credential.helper", "");
        for (key, value) in helpers {
            if !is_relative_helper(value) {
                self.set(key.as_str(), value);
            }
        }
    }
}

/// A helper is a line for the shell behind `!`, an absolute path, or the end of the name of a git command.
fn is_relative_helper(value: &str) -> bool {
    match value.strip_prefix('!') {
        Some(line) => is_relative(line),
        None => value
            .split_whitespace()
            .next()
            .is_some_and(|name| !name.starts_with('/') && name.contains('/')),
    }
}

/// The value of `core.hooksPath` that takes the place of `value`; none where it may stay.
fn hooks_path(value: &str, place: Place<'_>) -> Option<PathBuf> {
    if value.starts_with('~') || value.starts_with("%(") {
        return None;
    }
    let absolute = match place.main_worktree {
        _ if value.is_empty() => None,
        _ if value.starts_with('/') => Some(PathBuf::from(value)),
        main => main.map(|top| top.join(value)),
    };
    let is_a_strangers = |path: &PathBuf| {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let path = real(path);
        path.starts_with(real(&place.common_dir.join("patman")))
            || path.starts_with(real(place.worktree))
    };
    let hooks = absolute.filter(|path| !is_a_strangers(path));
    Some(hooks.unwrap_or_else(|| NO_HOOKS.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overridden(config: &str) -> Vec<String> {
        let place = Place {
            common_dir: Path::new("/none/r/.git"),
            main_worktree: Some(Path::new("/none/r")),
            worktree: Path::new("/none/r/.git/patman/worktrees/x"),
        };
        let listing: String = config
            .lines()
            .map(|line| format!("file:a\0{}\0", line.replacen('=', "\n", 1)))
            .collect();
        let overrides = Overrides::new(&Config::parse(listing.as_bytes()), place);
        let args = overrides.args();
        args.iter()
            .skip(1)
            .step_by(2)
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect()
    }

    const ALWAYS: [&str; 2] = ["core.fsmonitor=false", "log.showSignature=false"];

    #[test]
    fn a_relative_hooks_path_starts_at_the_main_worktree() {
        for (path, wanted) in [
            (".githooks", "/none/r/.githooks"),
            ("/etc/hooks", "/etc/hooks"),
            ("", "/dev/null"),
            (".git/patman/worktrees/x/hooks", "/dev/null"),
            ("/none/r/.git/patman/worktrees/y/hooks", "/dev/null"),
        ] {
            let wanted = format!("core.hooksPath={wanted}");
            let found = overridden(&format!("core.hookspath={path}"));
            assert_eq!(found, [&ALWAYS[..], &[wanted.as_str()]].concat(), "{path}");
        }
        assert_eq!(overridden("core.hookspath=~/hooks"), ALWAYS);
    }

    #[test]
    fn programs_by_relative_paths_are_replaced() {
        let found = overridden(
            "filter.x.clean=./clean\nfilter.y.clean=git-lfs clean -- %f\nmerge.x.driver=tools/merge %A\n\
             gpg.ssh.program=./sign\ncore.sshcommand=ssh -i ./key",
        );
        let wanted = [
            "filter.x.clean=",
            "filter.x.smudge=",
            "filter.x.process=",
            "filter.x.required=false",
            "merge.x.driver=false",
            "gpg.ssh.program=false",
            "core.sshcommand=false",
        ];
        assert_eq!(found, [&ALWAYS[..], &wanted].concat());
    }

    #[test]
    fn the_other_credential_helpers_stay_in_their_order() {
        let found = overridden(
            "credential.helper=store\ncredential.https://h.helper=!./steal\ncredential.https://h.helper=!/bin/cat",
        );
        let wanted = [
            "credential.helper=",
            "credential.helper=store",
            "credential.https://h.helper=!/bin/cat",
        ];
        assert_eq!(found, [&ALWAYS[..], &wanted].concat());
        assert_eq!(overridden("credential.helper=cache --timeout=9"), ALWAYS);
    }
}
