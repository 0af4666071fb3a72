// SPDX-License-Identifier: GPL-2.0-or-later
//! Branches: what may be the name of one, and what is kept beside it of where it has been.

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
    /// What a ref was before, as far as its reflog tells, the newest first and each once.
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

    /// Whether the commits end here before the first one.
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

    /// Copies where the branch `old` has been for the branch `new`, which is not there yet. Returns whether it could, and
    /// there was anything: a reflog is worth no error.
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

    /// Takes a copied reflog away again; the branch must not be there.
    pub fn remove_reflog(&self, branch: &str) {
        // What is left of it is of no harm: git adds to it.
        drop(fs::remove_file(
            self.common_dir().join("logs/refs/heads").join(branch),
        ));
    }
}
