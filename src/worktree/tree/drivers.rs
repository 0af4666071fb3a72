// SPDX-License-Identifier: GPL-2.0-or-later
//! Refuses to check out a commit whose files select a driver inside the tree: a filter, merge or diff driver
//! that the user has configured with a relative path, which starts a file of the worktree. Patman's own git
//! would not start it, but the user's git, which reads the same worktree, would.

use super::Tree;
use crate::error::{Error, Result, WithContext};
use crate::git::Oid;
use crate::git::overrides::Driver;
use crate::text::shell_quote;
use std::collections::BTreeSet;

impl Tree {
    /// Fails if files of the commit select a driver that is configured with a relative path.
    pub fn refuse_drivers(&self, commit: Oid) -> Result<()> {
        let drivers = self.overrides().drivers();
        if drivers.is_empty() {
            return Ok(());
        }
        let selected = self.selected_drivers(commit)?;
        let is_selected = |driver: &&Driver| {
            selected.contains(&(driver.attribute.to_owned(), driver.name.clone()))
        };
        match drivers.iter().find(is_selected) {
            None => Ok(()),
            Some(driver) => Err(Error::new(format!(
                "'{}' is set to '{}', a relative path",
                driver.key, driver.program
            ))
            .with_cause("files of the series select it, and would decide which program runs")
            .with_hint(format!(
                "set an absolute path: git config {} <command>",
                shell_quote(&driver.key)
            ))),
        }
    }

    /// The attributes that select drivers, with their values, for all files of a commit.
    fn selected_drivers(&self, commit: Oid) -> Result<BTreeSet<(String, String)>> {
        let scratch = tempfile::tempdir().context(|| "cannot create a temporary directory")?;
        let index = scratch.path().join("index");
        let git = || self.git().env("GIT_INDEX_FILE", &index);
        git().args(["read-tree", &commit.to_string()]).ok()?;
        let files = git().args(["ls-files", "-z"]).ok()?.stdout;
        let listing = git()
            .args(["check-attr", "--cached", "-z", "--stdin"])
            .args(["filter", "merge", "diff"])
            .input(files)
            .ok()?
            .stdout;
        // For each path and attribute: the path, the attribute, its value.
        let fields: Vec<&[u8]> = listing.split(|&byte| byte == 0).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(fields
            .chunks_exact(3)
            .map(|field| (text(field[1]), text(field[2])))
            .collect())
    }
}
