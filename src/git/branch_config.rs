// SPDX-License-Identifier: GPL-2.0-or-later
//! The settings of a branch (`branch.<name>.*`) in the repository's own configuration, read and replaced as a whole, by
//! `git config`, so that comments and other sections stay.

use super::Repo;
use super::run::Git;
use crate::error::{Result, WithContext};

/// The settings of one branch, the remote first, then by their names: the variable and its value.
pub type Section = Vec<(String, String)>;

/// Puts settings in their order; several values of one stay in theirs.
pub fn sort(section: &mut Section) {
    section.sort_by_key(|(name, _)| (name != "remote", name.clone()));
}

impl Repo {
    fn own_config(&self) -> Git {
        self.git()
            .args(["config", "--file"])
            .args([self.common_dir().join("config")])
    }

    /// The settings of a branch, given by its short name.
    pub fn branch_section(&self, branch: &str) -> Result<Section> {
        let done = self
            .own_config()
            .args(["--list", "-z"])
            .ok()
            .context(|| "cannot read the repository's settings")?;
        let text = String::from_utf8_lossy(&done.stdout);
        let prefix = format!("branch.{branch}.");
        let entries = text.split('\0').filter_map(|entry| {
            let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            let variable = key
                .strip_prefix(&prefix)
                .filter(|rest| !rest.contains('.') && !rest.is_empty())?;
            Some((variable.to_owned(), value.to_owned()))
        });
        let mut section: Section = entries.collect();
        sort(&mut section);
        Ok(section)
    }

    /// Replaces the settings of a branch. A kill between leaves some of them.
    pub fn set_branch_section(&self, branch: &str, section: &Section) -> Result<()> {
        let now = self.branch_section(branch)?;
        if now == *section {
            return Ok(());
        }
        let failed = || format!("cannot change the settings of branch '{branch}'");
        if section.is_empty() {
            let section = format!("branch.{branch}");
            return self
                .own_config()
                .args(["--remove-section", &section])
                .ok()
                .context(failed)
                .map(drop);
        }
        let key = |variable: &str| format!("branch.{branch}.{variable}");
        let values = |of: &Section, name: &str| -> Vec<String> {
            of.iter()
                .filter(|(one, _)| one == name)
                .map(|(_, value)| value.clone())
                .collect()
        };
        let mut names: Vec<&String> = now.iter().chain(section).map(|(name, _)| name).collect();
        names.sort_by_key(|name| (*name != "remote", *name));
        names.dedup();
        for name in names {
            let (old, new) = (values(&now, name), values(section, name));
            if old == new {
                continue;
            }
            if !old.is_empty() && new.len() != 1 {
                self.own_config()
                    .args(["--unset-all", &key(name)])
                    .ok()
                    .context(failed)?;
            }
            match new.as_slice() {
                [one] => {
                    self.own_config()
                        .args(["--replace-all", &key(name), one])
                        .ok()
                        .context(failed)?;
                }
                all => {
                    for value in all {
                        self.own_config()
                            .args(["--add", &key(name), value])
                            .ok()
                            .context(failed)?;
                    }
                }
            }
        }
        Ok(())
    }
}
