// SPDX-License-Identifier: GPL-2.0-or-later
//! Copies notes to rewritten commits with `git notes copy`, as `git rebase` does, and honours
//! `notes.rewriteMode` and `notes.rewrite.rebase`. If `notes.rewriteRef` is not set, git would drop
//! all notes; here the notes that `git log` shows are copied, since nobody who rewords a commit
//! means to lose them.

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::settings::Settings;

impl Repo {
    /// Copies notes from each old commit to its rewritten commit.
    pub fn carry_notes(&self, settings: &Settings, commits: &[(Oid, Oid)]) -> Result<()> {
        let pairs: Vec<_> = commits.iter().filter(|(old, new)| old != new).collect();
        let own = settings.notes_rewrite_refs();
        let shown = settings.notes_ref();
        if pairs.is_empty() {
            return Ok(());
        }
        let mut git = self.git();
        if own.is_none() {
            if self.find_ref(&shown)?.is_none() {
                return Ok(());
            }
            git = git.env("GIT_NOTES_REWRITE_REF", &shown);
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
