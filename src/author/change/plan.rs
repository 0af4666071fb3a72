// SPDX-License-Identifier: GPL-2.0-or-later
//! The plan of a change in git, with all old and new values: for executing it, for undoing it, and for `git
//! patman undo`.

use crate::git::Oid;
use crate::git::branch_config::Section;
use crate::git::refs::RefChange;
use crate::git::worktrees::Head;
use serde::{Deserialize, Serialize};

/// The changes to make in git.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitPlan {
    /// The command.
    pub what: String,
    /// The reason, for reflogs.
    pub why: String,
    /// The refs that are changed, by their full names.
    pub refs: Vec<PlannedRef>,
    /// The backup refs of the old tips.
    pub backups: Vec<BackupRef>,
    /// The worktrees whose HEAD or files are changed.
    pub heads: Vec<HeadChange>,
    /// The settings of branches that are changed.
    pub config: Vec<BranchSettings>,
    /// Rewritten commits, old and new, for copying notes.
    pub commits: Vec<(String, String)>,
    /// Whether refs must be deleted before others can be created because their names conflict, such as `a` and `a/b`.
    pub deletes_first: bool,
}

/// A ref that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRef {
    /// Its full name.
    pub name: String,
    /// The old value; none if the ref did not exist.
    pub old: Option<String>,
    /// The new value; none if the ref is deleted.
    pub new: Option<String>,
}

/// A ref that backs up another ref.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRef {
    /// The ref that is backed up, as shown to the user.
    pub of: String,
    /// The full name of the backup ref.
    pub name: String,
    /// The old value of the backup ref.
    pub old: Option<String>,
    /// The new value of the backup ref.
    pub new: String,
}

/// A worktree whose HEAD or files change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadChange {
    /// git's name of the worktree; empty for the main one.
    #[serde(rename = "seat")]
    pub worktree: String,
    /// The old content of HEAD.
    pub old: String,
    /// The new content of HEAD.
    pub new: String,
    /// The old commit.
    pub from: Option<String>,
    /// The new commit.
    pub to: Option<String>,
    /// The old and new trees, if they differ.
    pub trees: Option<(String, String)>,
}

/// The kind of a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// Any other.
    Other,
}

/// The settings of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchSettings {
    /// The branch, by its short name.
    pub branch: String,
    /// Its settings before.
    pub old: Section,
    /// Its settings after.
    pub new: Section,
}

/// Parses an object id in hexadecimal.
pub fn oid(hex: &str) -> Option<Oid> {
    Oid::from_str(hex).ok()
}

impl PlannedRef {
    /// Returns the change in the form for a git ref transaction.
    pub fn change(&self) -> RefChange {
        let id = |hex: &Option<String>| hex.as_deref().and_then(oid);
        RefChange {
            name: self.name.clone(),
            old: id(&self.old),
            new: id(&self.new),
        }
    }

    /// Returns the kind of the ref.
    pub fn kind(&self) -> RefKind {
        match &self.name {
            name if name.starts_with("refs/heads/") => RefKind::Branch,
            name if name.starts_with("refs/tags/") => RefKind::Tag,
            _ => RefKind::Other,
        }
    }

    /// Returns the short name of a branch or tag, or the full name of another ref.
    pub fn short(&self) -> &str {
        let name = self.name.as_str();
        name.strip_prefix("refs/heads/")
            .or(name.strip_prefix("refs/tags/"))
            .unwrap_or(name)
    }

    /// Describes the ref: `branch 'video'`, `tag 'video-22nov26'`.
    pub fn told(&self) -> String {
        match self.kind() {
            RefKind::Branch => format!("branch '{}'", self.short()),
            RefKind::Tag => format!("tag '{}'", self.short()),
            RefKind::Other => format!("'{}'", self.name),
        }
    }
}

impl BackupRef {
    /// Returns the change in the form for a git ref transaction.
    pub fn change(&self) -> RefChange {
        RefChange {
            name: self.name.clone(),
            old: self.old.as_deref().and_then(oid),
            new: oid(&self.new),
        }
    }
}

impl BranchSettings {
    /// Whether the current settings are those that a killed change leaves: some of the old and some of the new.
    pub fn is_on_the_way(&self, now: &Section) -> bool {
        now.iter()
            .all(|one| self.old.contains(one) || self.new.contains(one))
            && self
                .old
                .iter()
                .filter(|one| self.new.contains(one))
                .all(|one| now.contains(one))
    }
}

impl HeadChange {
    /// Returns the old and the new HEAD.
    pub fn ends(&self) -> Option<(Head, Head)> {
        Some((Head::parse(&self.old)?, Head::parse(&self.new)?))
    }
}

impl GitPlan {
    /// Whether the plan changes nothing in git.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty() && self.heads.is_empty() && self.config.is_empty()
    }

    /// Returns each branch that is moved or deleted, with the backup ref of its tip.
    pub fn kept(&self) -> Vec<(String, String)> {
        self.backups
            .iter()
            .map(|backup| (backup.of.clone(), backup.name.clone()))
            .collect()
    }

    /// Returns the reflog message.
    pub fn reflog(&self) -> String {
        format!("patman: {}: {}", self.what, self.why).replace('\n', " ")
    }
}

impl GitPlan {
    /// Returns the plan that undoes this one; it adds no backup refs.
    pub fn reversed(&self) -> GitPlan {
        let swap = |moved: &PlannedRef| PlannedRef {
            name: moved.name.clone(),
            old: moved.new.clone(),
            new: moved.old.clone(),
        };
        let head = |head: &HeadChange| HeadChange {
            worktree: head.worktree.clone(),
            old: head.new.clone(),
            new: head.old.clone(),
            from: head.to.clone(),
            to: head.from.clone(),
            trees: head.trees.clone().map(|(from, to)| (to, from)),
        };
        let settings = |one: &BranchSettings| BranchSettings {
            branch: one.branch.clone(),
            old: one.new.clone(),
            new: one.old.clone(),
        };
        GitPlan {
            what: self.what.clone(),
            why: format!("Undo: {}", self.why),
            refs: self.refs.iter().map(swap).collect(),
            backups: Vec::new(),
            heads: self.heads.iter().map(head).collect(),
            config: self.config.iter().map(settings).collect(),
            commits: Vec::new(),
            deletes_first: self.deletes_first,
        }
    }
}
