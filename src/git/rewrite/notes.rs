// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies notes to rewritten commits with `git notes copy`, as `git rebase` does, and honours
//! `notes.rewriteMode` and `notes.rewrite.rebase`. If `notes.rewriteRef` is not set, git would drop
//! all notes; here the notes that `git log` shows are copied, since nobody who rewords a commit
//! means to lose them.

use crate::error::Result;
use crate::git::{Oid, Repo};

impl Repo {
    /// Copies notes from each old commit to its rewritten commit: those of the ref `notes`, or without it, those that git
    /// is set up to copy.
    pub fn carry_notes(&self, notes: Option<&str>, commits: &[(Oid, Oid)]) -> Result<()> {
        let pairs: Vec<_> = commits.iter().filter(|(old, new)| old != new).collect();
        if pairs.is_empty() {
            return Ok(());
        }
        let mut git = self.git();
        if let Some(notes) = notes {
            if self.find_ref(notes)?.is_none() {
                return Ok(());
            }
            git = git.env("GIT_NOTES_REWRITE_REF", notes);
        }
        let lines: String = pairs
            .iter()
            .map(|(old, new)| format!("{old} {new}\n"))
            .collect();
        git.args(["notes", "copy", "--stdin", "--for-rewrite=rebase"])
            .input(lines.into_bytes())
            .ok()
            .map(drop)
    }
}
