// SPDX-License-Identifier: GPL-2.0-or-later
//! Branches: which names are valid, and their reflogs.

use super::Oid;
use super::discover::Repo;
use super::sharing;
use crate::error::Result;
use std::fs;

/// Whether git allows the name for a branch.
pub fn is_branch_name(name: &str) -> bool {
    name != "HEAD" && !name.starts_with('-') && git2::Branch::name_is_valid(name).unwrap_or(false)
}

impl Repo {
    /// The earlier values of a ref in its reflog, newest first and each once.
    pub fn earlier_states(&self, full: &str) -> Vec<Oid> {
        let Some(log) = self.libgit2().ok().and_then(|repo| repo.reflog(full).ok()) else {
            return Vec::new();
        };
        let mut states: Vec<Oid> = Vec::new();
        for id in log
            .iter()
            .flat_map(|entry| [entry.id_new(), entry.id_old()])
        {
            if !id.is_zero() && !states.contains(&id) {
                states.push(id);
            }
        }
        states
    }

    /// Whether the history is cut off before the root commit.
    pub fn is_shallow(&self) -> bool {
        self.libgit2().is_ok_and(|repo| repo.is_shallow())
    }

    /// Whether the branch `new` was made by giving `old` that name, as git's reflog says.
    pub fn was_renamed(&self, old: &str, new: &str) -> Result<bool> {
        let Ok(log) = self.libgit2()?.reflog(&format!("refs/heads/{new}")) else {
            return Ok(false);
        };
        let wanted = format!("refs/heads/{old} to refs/heads/{new}");
        Ok(log.iter().any(|entry| {
            entry
                .message()
                .ok()
                .flatten()
                .is_some_and(|said| said.ends_with(&wanted))
        }))
    }

    /// Copies the reflog of the branch `old` to the branch `new`, which does not exist yet. Returns
    /// whether a reflog was copied; a failure is not worth an error.
    pub fn copy_reflog(&self, old: &str, new: &str) -> bool {
        let logs = self.common_dir().join("logs/refs/heads");
        let (from, to) = (logs.join(old), logs.join(new));
        let has_place = to
            .parent()
            .is_some_and(|dir| sharing::create_dir_all(dir).is_ok());
        let is_copied = from.is_file() && has_place && fs::copy(&from, &to).is_ok();
        sharing::adjust(&to);
        is_copied
    }

    /// Removes a copied reflog; the branch must not exist.
    pub fn remove_reflog(&self, branch: &str) {
        // A leftover reflog does no harm: git appends to it.
        drop(fs::remove_file(
            self.common_dir().join("logs/refs/heads").join(branch),
        ));
    }
}
