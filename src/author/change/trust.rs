// SPDX-License-Identifier: GPL-2.0-or-later
//! Checks that this program can have written a plan that was read from a database or a file. Databases are
//! copied, merged and shared: a record may only affect branches, tags and `branch.<name>.*`, and nothing that
//! its reader has not checked.

use super::backup::BACKUP;
use super::plan::{BackupRef, BranchSettings, GitPlan, PlannedRef};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::git::worktrees::Head;

impl GitPlan {
    /// Refuses a plan with anything that `Draft` never adds to one.
    pub fn check(&self, repo: &Repo) -> Result<()> {
        let odd = self
            .refs
            .iter()
            .find_map(|moved| odd_ref(repo, moved))
            .or_else(|| self.backups.iter().find_map(|one| odd_backup(repo, one)))
            .or_else(|| {
                let heads = self.heads.iter();
                heads
                    .flat_map(|head| [&head.old, &head.new])
                    .find_map(|head| odd_head(repo, head))
            })
            .or_else(|| self.config.iter().find_map(|one| odd_settings(repo, one)));
        match odd {
            None => Ok(()),
            Some(odd) => {
                Err(Error::new("the record was not written by git patman").with_cause(odd))
            }
        }
    }
}

fn odd_ref(repo: &Repo, moved: &PlannedRef) -> Option<String> {
    let name = &moved.name;
    let is_tag = name.starts_with("refs/tags/") && repo.is_ref_name(name);
    if !is_tag && !is_branch(repo, name) {
        return Some(format!("it changes '{name}'"));
    }
    let mut ids = moved.old.iter().chain(&moved.new);
    ids.find(|id| !is_id(id))
        .map(|id| format!("'{id}' is not the name of an object"))
}

fn odd_backup(repo: &Repo, backup: &BackupRef) -> Option<String> {
    let name = &backup.name;
    if !name.starts_with(BACKUP) || !repo.is_ref_name(name) {
        return Some(format!("it changes '{name}'"));
    }
    let mut ids = backup.old.iter().chain([&backup.new]);
    ids.find(|id| !is_id(id))
        .map(|id| format!("'{id}' is not the name of an object"))
}

fn odd_head(repo: &Repo, text: &str) -> Option<String> {
    match Head::parse(text) {
        Some(Head::Branch(name)) if is_branch(repo, &name) => None,
        Some(Head::Detached(_)) if is_id(text) => None,
        _ => Some(format!("it sets HEAD to '{text}'")),
    }
}

fn odd_settings(repo: &Repo, settings: &BranchSettings) -> Option<String> {
    let branch = &settings.branch;
    if !is_branch(repo, &format!("refs/heads/{branch}")) {
        return Some(format!("it changes settings of '{branch}'"));
    }
    // Settings that do not change are the user's own, whatever they are.
    let (old, new) = (&settings.old, &settings.new);
    let changed = old
        .iter()
        .filter(|one| !new.contains(one))
        .chain(new.iter().filter(|one| !old.contains(one)));
    let mut odd = changed.filter(|(name, value)| !is_setting(name, value));
    odd.next()
        .map(|(name, value)| format!("it sets 'branch.{branch}.{name}' to '{value}'"))
}

/// Whether a branch may have the setting: one variable of its own section that names no program.
fn is_setting(name: &str, value: &str) -> bool {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // `ext::<command>` and the like run a program; an option is not a remote.
    let is_remote = !value.contains("::") && !value.starts_with('-');
    let is_value = match name {
        "remote" | "pushremote" => is_remote && !value.chars().any(char::is_control),
        "merge" => !value.starts_with('-') && !value.chars().any(char::is_control),
        _ => !value.contains('\0'),
    };
    is_name && is_value
}

fn is_branch(repo: &Repo, name: &str) -> bool {
    name.strip_prefix("refs/heads/")
        .is_some_and(|short| short != "HEAD" && !short.starts_with('-'))
        && repo.is_ref_name(name)
}

fn is_id(hex: &str) -> bool {
    matches!(hex.len(), 40 | 64) && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}
