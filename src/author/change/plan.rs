// SPDX-License-Identifier: GPL-2.0-or-later
//! What a change does in git, with everything before and after: what is done, taken back, and kept for `git patman undo`.

use crate::git::Oid;
use crate::git::branch_config::Section;
use crate::git::heads::Head;
use crate::git::refs::RefChange;
use serde::{Deserialize, Serialize};

/// What a change does in git.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitPlan {
    /// The command.
    pub what: String,
    /// What it does.
    pub why: String,
    /// The refs that are changed, by their full names.
    pub refs: Vec<PlannedRef>,
    /// The refs that keep what those were.
    pub backups: Vec<BackupRef>,
    /// The worktrees whose HEAD or files are changed.
    pub heads: Vec<HeadChange>,
    /// The settings of branches that are changed.
    pub config: Vec<BranchSettings>,
    /// Commits before and after, where notes follow.
    pub commits: Vec<(String, String)>,
    /// Whether refs must go before others can come, for their names are in the way: `a` of `a/b`.
    pub deletes_first: bool,
}

/// A ref that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRef {
    /// Its full name.
    pub name: String,
    /// What it was; none: it was not there.
    pub old: Option<String>,
    /// What it is; none: it is gone.
    pub new: Option<String>,
}

/// A ref that keeps what another was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRef {
    /// The other one, for people.
    pub of: String,
    /// The full name of what keeps it.
    pub name: String,
    /// What it kept before.
    pub old: Option<String>,
    /// What it keeps.
    pub new: String,
}

/// A worktree whose HEAD is changed, or whose files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadChange {
    /// git's name of it; empty for the main one.
    pub seat: String,
    /// What stood in HEAD.
    pub old: String,
    /// What stands there.
    pub new: String,
    /// The commit before.
    pub from: Option<String>,
    /// The commit after.
    pub to: Option<String>,
    /// The trees before and after, where they differ.
    pub trees: Option<(String, String)>,
}

/// What kind of ref one is.
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

/// The object of that name.
pub fn oid(hex: &str) -> Option<Oid> {
    Oid::from_str(hex).ok()
}

impl PlannedRef {
    /// The change, as git is told of it.
    pub fn change(&self) -> RefChange {
        let id = |hex: &Option<String>| hex.as_deref().and_then(oid);
        RefChange {
            name: self.name.clone(),
            old: id(&self.old),
            new: id(&self.new),
        }
    }

    /// What kind of ref it is.
    pub fn kind(&self) -> RefKind {
        match &self.name {
            name if name.starts_with("refs/heads/") => RefKind::Branch,
            name if name.starts_with("refs/tags/") => RefKind::Tag,
            _ => RefKind::Other,
        }
    }

    /// The name of the branch or tag; another ref by its full one.
    pub fn short(&self) -> &str {
        let name = self.name.as_str();
        name.strip_prefix("refs/heads/")
            .or(name.strip_prefix("refs/tags/"))
            .unwrap_or(name)
    }

    /// `branch 'video'`, `tag 'video-22nov26'`.
    pub fn told(&self) -> String {
        match self.kind() {
            RefKind::Branch => format!("branch '{}'", self.short()),
            RefKind::Tag => format!("tag '{}'", self.short()),
            RefKind::Other => format!("'{}'", self.name),
        }
    }
}

impl BackupRef {
    /// The change, as git is told of it.
    pub fn change(&self) -> RefChange {
        RefChange {
            name: self.name.clone(),
            old: self.old.as_deref().and_then(oid),
            new: oid(&self.new),
        }
    }
}

impl BranchSettings {
    /// Whether what is there now is what a change that was killed leaves: some of what was, and some of what is to be.
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
    /// What stood in HEAD, and what stands there.
    pub fn ends(&self) -> Option<(Head, Head)> {
        Some((Head::parse(&self.old)?, Head::parse(&self.new)?))
    }
}

impl GitPlan {
    /// Whether nothing is done in git.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty() && self.heads.is_empty() && self.config.is_empty()
    }

    /// Each branch that is moved or deleted, and the ref that keeps its tip.
    pub fn kept(&self) -> Vec<(String, String)> {
        self.backups
            .iter()
            .map(|backup| (backup.of.clone(), backup.name.clone()))
            .collect()
    }

    /// What reflogs say.
    pub fn reflog(&self) -> String {
        format!("patman: {}: {}", self.what, self.why).replace('\n', " ")
    }
}

impl GitPlan {
    /// The plan that takes this one back, which keeps no more than is kept.
    pub fn reversed(&self) -> GitPlan {
        let swap = |moved: &PlannedRef| PlannedRef {
            name: moved.name.clone(),
            old: moved.new.clone(),
            new: moved.old.clone(),
        };
        let head = |head: &HeadChange| HeadChange {
            seat: head.seat.clone(),
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
            why: format!("Take back: {}", self.why),
            refs: self.refs.iter().map(swap).collect(),
            backups: Vec::new(),
            heads: self.heads.iter().map(head).collect(),
            config: self.config.iter().map(settings).collect(),
            commits: Vec::new(),
            deletes_first: self.deletes_first,
        }
    }
}
