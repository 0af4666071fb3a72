// SPDX-License-Identifier: GPL-2.0-or-later
//! Adds Change-Ids to the commits of a branch, or removes them, and updates the database.

use super::Author;
use super::add::listed;
use super::branch::branch_series::{BranchCommit, BranchSeries};
use super::branch::edits::{ChangeIdEdit, Edits};
use super::change::BranchChange;
use super::target::{TargetChoice, own};
use crate::db::series::{self, Series};
use crate::db::version::{self, Version};
use crate::db::{Write, patch};
use crate::error::{Error, Result};
use crate::series::{PatchIdentity, SameName, match_patches};
use crate::text::count::commits;

impl Author<'_> {
    /// Adds a Change-Id to each commit of a branch. Commits that already have one are an error unless `allows_marked`.
    pub fn mark(&mut self, chosen: &TargetChoice, allows_marked: bool) -> Result<()> {
        let target = self.target(chosen)?;
        let written = self.written(&target.branch(), None)?;
        let (marked, unmarked): (Vec<&BranchCommit>, Vec<&BranchCommit>) = written
            .patches
            .iter()
            .partition(|one| one.identity.change_id.is_some());
        let branch = &written.range.branch;
        if unmarked.is_empty() && allows_marked {
            self.events.notice(format!(
                "each commit of branch '{branch}' has a Change-Id: {}",
                commits(marked.len())
            ));
            return Ok(());
        }
        if !marked.is_empty() && !allows_marked {
            let error = Error::new(format!(
                "{} already have a Change-Id",
                counted(marked.len(), &written)
            ));
            return Err(listed(self.repo, error, &marked)
                .with_hint("leave them as they are, and mark the others, with -m"));
        }
        let told = format!(
            "{} {}",
            self.says("marked", "would mark"),
            counted(unmarked.len(), &written)
        );
        self.set_marks(chosen, &written, ChangeIdEdit::Add, "series mark", &told)
    }

    /// Removes the Change-Ids of a branch. Commits without one are an error unless `allows_unmarked`.
    pub fn unmark(&mut self, chosen: &TargetChoice, allows_unmarked: bool) -> Result<()> {
        let target = self.target(chosen)?;
        let written = self.written(&target.branch(), None)?;
        let unmarked = written.unmarked();
        let branch = &written.range.branch;
        let all = written.patches.len();
        if unmarked.len() == all && allows_unmarked {
            self.events.notice(format!(
                "no commit of branch '{branch}' has a Change-Id: {}",
                commits(all)
            ));
            return Ok(());
        }
        if !unmarked.is_empty() && !allows_unmarked {
            let error = Error::new(format!(
                "{} have no Change-Id",
                counted(unmarked.len(), &written)
            ));
            return Err(listed(self.repo, error, &unmarked)
                .with_hint("leave them as they are, and unmark the others, with -M"));
        }
        let told = format!(
            "{} {}",
            self.says("unmarked", "would unmark"),
            counted(all - unmarked.len(), &written)
        );
        self.set_marks(
            chosen,
            &written,
            ChangeIdEdit::Remove,
            "series unmark",
            &told,
        )
    }

    fn set_marks(
        &mut self,
        chosen: &TargetChoice,
        written: &BranchSeries,
        marks: ChangeIdEdit,
        what: &str,
        told: &str,
    ) -> Result<()> {
        let Some(new) = self.rewrite(
            written,
            &Edits {
                marks,
                ..Edits::default()
            },
        )?
        else {
            return Ok(());
        };
        let known = self.known(chosen)?;
        let verb = if matches!(marks, ChangeIdEdit::Remove) {
            "Unmark"
        } else {
            "Mark"
        };
        let why = format!("{verb} the commits of {}", written.range.branch);
        let change = BranchChange::rewritten(&written.range, &new.reworded, what, why);
        let series = known.as_ref().map(|(series, _)| series.id);
        let done = self.change(change, series, |write| match &known {
            Some((_, version)) => set_change_ids(write, version, written, &new.written),
            None => Ok(0),
        })?;
        self.events.notice(told);
        self.tell_backups(&done);
        if done.value > 0
            && let Some((series, version)) = &known
        {
            let number = version
                .number
                .map_or(String::new(), |number| format!(" {number}"));
            let follows = self.says("follows", "would follow");
            self.events.notice(format!(
                "the database {follows} the branch: series '{}'{number}",
                series.name
            ));
        }
        Ok(())
    }

    /// Returns the selected series and version if both are in the database.
    fn known(&self, chosen: &TargetChoice) -> Result<Option<(Series, Version)>> {
        let target = self.target(chosen)?;
        let Some(series) = series::find(&self.db, &target.name)? else {
            return Ok(None);
        };
        own(&series)?;
        Ok(version::find(&self.db, series.id, target.version)?.map(|version| (series, version)))
    }
}

/// Describes a number of commits of a branch.
fn counted(count: usize, written: &BranchSeries) -> String {
    let branch = &written.range.branch;
    match written.patches.len() {
        all if all == count => {
            format!(
                "{} of branch '{branch}'",
                if all == 1 {
                    commits(1)
                } else {
                    format!("all {}", commits(all))
                }
            )
        }
        all => format!("{count} of {} of branch '{branch}'", commits(all)),
    }
}

/// Updates the Change-Ids of the patch rows from their commits. Returns how many rows changed.
fn set_change_ids(
    write: &Write<'_>,
    version: &Version,
    before: &BranchSeries,
    now: &BranchSeries,
) -> Result<usize> {
    let rows = patch::list(write, version.id)?;
    let old: Vec<PatchIdentity> = rows.iter().map(patch::PatchRow::identity).collect();
    let found = match_patches(&old, &before.identities(), SameName::InOrder);
    let mut count = 0;
    for (one, was) in now.patches.iter().zip(found) {
        let Some(row) = was.map(|at| &rows[at]) else {
            continue;
        };
        if row.change_id != one.identity.change_id {
            patch::set_change_id(write, row.id, one.identity.change_id.as_deref())?;
            count += 1;
        }
    }
    Ok(count)
}
