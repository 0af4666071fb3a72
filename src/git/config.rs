// SPDX-License-Identifier: GPL-2.0-or-later
//! Git configuration as git sees it: every file and include, `git -c k=v` and `GIT_CONFIG_COUNT` too.
//!
//! It is read by one `git config --list`, since libgit2 sees neither the command line's nor the environment's values.

use super::run::Git;
use crate::error::{Error, Result, WithContext};
use std::path::{Path, PathBuf};

/// One value and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Section and variable in lower case, the subsection as written: `patman.dbdir`, `branch.Main.remote`.
    pub key: String,
    /// The value; none for a key written without `=`, which is true as a bool.
    pub value: Option<String>,
    /// Where it was set, as git shows it: `file:.git/config`, `command line`.
    pub origin: String,
}

/// All values in force in one directory, in order of precedence: the last one wins.
#[derive(Debug, Clone, Default)]
pub struct Config {
    entries: Vec<ConfigEntry>,
}

impl Config {
    /// Reads the configuration in force in `cwd`, in a repository or outside.
    pub fn read(cwd: &Path) -> Result<Config> {
        Self::read_by(Git::here(cwd))
    }

    /// Reads the configuration that `git` sees where it is set up to run.
    pub fn read_by(git: Git) -> Result<Config> {
        let done = git.args(["config", "--list", "-z", "--show-origin"]).ok()?;
        Ok(Config::parse(&done.stdout))
    }

    /// All values, in the order of precedence.
    pub fn entries(&self) -> &[ConfigEntry] {
        &self.entries
    }

    /// Reads the output of `git config --list -z --show-origin`: origin, NUL, key, newline, value, NUL.
    #[doc(hidden)]
    pub fn parse(listing: &[u8]) -> Config {
        let mut fields = listing
            .split(|&byte| byte == 0)
            .map(String::from_utf8_lossy);
        let mut entries = Vec::new();
        while let (Some(origin), Some(pair)) = (fields.next(), fields.next()) {
            let (key, value) = match pair.split_once('\n') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (pair.into_owned(), None),
            };
            entries.push(ConfigEntry {
                key,
                value,
                origin: origin.trim_end_matches(':').to_owned(),
            });
        }
        Config { entries }
    }

    /// The value in force of `key`, given as `section.name` or `section.sub.name`, any case.
    pub fn entry(&self, key: &str) -> Option<&ConfigEntry> {
        let wanted = canonical(key);
        self.entries.iter().rev().find(|entry| entry.key == wanted)
    }

    /// Whether anything is set in `section.sub`.
    pub fn has_section(&self, section: &str) -> bool {
        let wanted = canonical(&format!("{section}.x"));
        let wanted = wanted.trim_end_matches('x');
        self.entries.iter().any(|entry| {
            entry
                .key
                .strip_prefix(wanted)
                .is_some_and(|name| !name.is_empty() && !name.contains('.'))
        })
    }

    /// The names `<name>` of all keys `<prefix>.<name>.<variable>`, in the order in which they are set first.
    pub fn names_below(&self, prefix: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in &self.entries {
            let rest = entry
                .key
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('.'));
            if let Some((name, _)) = rest.and_then(|rest| rest.rsplit_once('.'))
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// The value in force as text; a key without `=` is an error, as in git.
    pub fn text(&self, key: &str) -> Result<Option<&str>> {
        match self.entry(key) {
            None => Ok(None),
            Some(ConfigEntry {
                value: Some(value), ..
            }) => Ok(Some(value)),
            Some(entry) => {
                Err(Error::new(format!("missing value for '{key}'")).with_cause(&entry.origin))
            }
        }
    }

    /// The value in force as git reads a bool.
    pub fn bool(&self, key: &str) -> Result<Option<bool>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        let Some(value) = &entry.value else {
            return Ok(Some(true));
        };
        match value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(Some(true)),
            "false" | "no" | "off" | "" => Ok(Some(false)),
            number => match number.parse::<i64>() {
                Ok(number) => Ok(Some(number != 0)),
                Err(_) => Err(bad(key, value, entry, "a boolean (true or false)")),
            },
        }
    }

    /// The value in force as a number that is not negative, with git's suffixes k, m and g.
    pub fn number(&self, key: &str) -> Result<Option<u64>> {
        let Some(entry) = self.entry(key) else {
            return Ok(None);
        };
        let value = entry.value.as_deref().unwrap_or_default();
        let (digits, unit) = match value.char_indices().last() {
            Some((at, 'k' | 'K')) => (&value[..at], 1 << 10),
            Some((at, 'm' | 'M')) => (&value[..at], 1 << 20),
            Some((at, 'g' | 'G')) => (&value[..at], 1 << 30),
            _ => (value, 1_u64),
        };
        let number = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(unit));
        number
            .map(Some)
            .ok_or_else(|| bad(key, value, entry, "a number"))
    }

    /// The value in force as git reads a path: `~/` is the home directory, `~user/` and `%(prefix)/` are left to git.
    pub fn path(&self, key: &str, cwd: &Path) -> Result<Option<PathBuf>> {
        let Some(value) = self.text(key)? else {
            return Ok(None);
        };
        if value.is_empty() {
            return Ok(None);
        }
        if !value.starts_with('~') && !value.starts_with("%(") {
            return Ok(Some(PathBuf::from(value)));
        }
        let done = Git::here(cwd)
            .args(["config", "--type=path", "--get", key])
            .ok()
            .context(|| format!("cannot expand '{value}', the value of '{key}'"))?;
        Ok(Some(PathBuf::from(done.text())))
    }
}

fn bad(key: &str, value: &str, entry: &ConfigEntry, wanted: &str) -> Error {
    Error::new(format!(
        "bad value '{value}' for '{key}' in {}",
        entry.origin
    ))
    .with_cause(format!("it must be {wanted}"))
}

/// Section and variable are compared without regard to case, the subsection with.
fn canonical(key: &str) -> String {
    match (key.find('.'), key.rfind('.')) {
        (Some(first), Some(last)) if first < last => {
            format!(
                "{}{}{}",
                key[..first].to_ascii_lowercase(),
                &key[first..last],
                key[last..].to_ascii_lowercase()
            )
        }
        _ => key.to_ascii_lowercase(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(
            b"file:a\0patman.dbdir\n/one\0file:b\0patman.dbdir\n/two\0file:b\0branch.Main.remote\nx\ny\0command line:\0patman.flag\0file:c\0patman.size\n2k\0",
        )
    }

    #[test]
    fn the_last_value_wins_and_subsections_keep_their_case() {
        let config = config();
        assert_eq!(config.text("patman.dbDir").unwrap(), Some("/two"));
        assert_eq!(config.text("Branch.Main.Remote").unwrap(), Some("x\ny"));
        assert_eq!(config.text("branch.main.remote").unwrap(), None);
    }

    #[test]
    fn names_between_a_prefix_and_a_variable_are_listed_once() {
        let config = Config::parse(
            b"file:a\0patman.check.Build.command\nmake\0file:a\0patman.check.a.b.command\nx\0file:a\0patman.check.Build.each-patch\0file:a\0patman.check\n1\0",
        );
        assert_eq!(config.names_below("patman.check"), ["Build", "a.b"]);
        assert_eq!(
            config.bool("patman.check.Build.each-patch").unwrap(),
            Some(true)
        );
    }

    #[test]
    fn values_are_typed_as_git_does() {
        let config = config();
        assert_eq!(config.bool("patman.flag").unwrap(), Some(true));
        assert_eq!(config.number("patman.size").unwrap(), Some(2048));
        assert!(
            config
                .text("patman.flag")
                .unwrap_err()
                .to_string()
                .contains("missing value")
        );
        assert!(
            config
                .bool("patman.dbdir")
                .unwrap_err()
                .to_string()
                .contains("in file:b")
        );
    }
}
