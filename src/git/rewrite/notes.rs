// SPDX-License-Identifier: GPL-2.0-or-later
//! Carries notes over to commits that were rewritten, by `git notes copy`, as `git rebase` does: `notes.rewriteMode` and
//! `notes.rewrite.rebase` are heeded. Where no `notes.rewriteRef` is set, git would leave all notes behind; here those that
//! `git log` shows are carried over, since nobody who rewords a commit means to lose them.

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::settings::Settings;

impl Repo {
    /// Gives each commit that is new the notes of the one that it was made from.
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
