// SPDX-License-Identifier: GPL-2.0-or-later
//! The note of the operation in progress, which separates leftovers of a killed run from changes by the user.

use super::Tree;
use crate::error::{Result, WithContext};
use crate::git::{Oid, sharing};

/// The operation that a killed run had begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KilledOperation {
    /// Files, index and branch were being moved from one commit to another.
    Move {
        /// The commit before.
        from: Oid,
        /// The commit after.
        to: Oid,
    },
    /// `git am` was running.
    Am,
}

/// The note of the operation in progress, in git's record of the worktree.
const NOTE: &str = "patman-work";

impl Tree {
    /// Writes a note of the operation to begin; if killed before [`Tree::done`], the note remains.
    pub fn begin(&self, work: KilledOperation) -> Result<()> {
        let text = match work {
            KilledOperation::Move { from, to } => format!("move {from} {to}\n"),
            KilledOperation::Am => "am\n".to_owned(),
        };
        let note = self.admin.join(NOTE);
        sharing::write(&note, text.as_bytes())
            .context(|| format!("cannot write '{}'", note.display()))
    }

    /// Removes the note of [`Tree::begin`].
    pub fn done(&self) -> Result<()> {
        let note = self.admin.join(NOTE);
        std::fs::remove_file(&note).context(|| format!("cannot remove '{}'", note.display()))
    }

    /// The operation that a killed run had begun. An incomplete note was written before anything was done.
    pub fn interrupted(&self) -> Option<KilledOperation> {
        let text = std::fs::read_to_string(self.admin.join(NOTE)).ok()?;
        if text == "am\n" {
            return Some(KilledOperation::Am);
        }
        let (from, to) = text
            .strip_prefix("move ")?
            .strip_suffix('\n')?
            .split_once(' ')?;
        Some(KilledOperation::Move {
            from: Oid::from_str(from).ok()?,
            to: Oid::from_str(to).ok()?,
        })
    }

    /// Removes the locks of a killed git. The caller holds the review lock, which every git process of patman
    /// holds too, and knows from the note that one was killed.
    pub fn unlock(&self) -> Result<()> {
        // The locks of index, HEAD, REBASE_HEAD...
        let entries = std::fs::read_dir(&self.admin)
            .context(|| format!("cannot read '{}'", self.admin.display()))?;
        for lock in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "lock"))
        {
            std::fs::remove_file(&lock)
                .context(|| format!("cannot remove '{}'", lock.display()))?;
        }
        Ok(())
    }
}
