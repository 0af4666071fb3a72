// SPDX-License-Identifier: GPL-2.0-or-later
//! Updates the rows of a version from its branch.
//!
//! The Patchwork state of a patch stays with it when it moves in the series; patman loses it. If the rows
//! agree with the branch, nothing is written.

use super::Author;
use super::add::{identify, not_marked, wrong_version};
use super::branch::branch_series::BranchSeries;
use super::branch::edits::{ChangeIdEdit, Edits, Rewritten};
use super::change::BranchChange;
use super::target::{SeriesTarget, TargetChoice};
use crate::db::patch::{self, NewPatch, PatchRow};
use crate::db::series::{self, Series};
use crate::db::version::{self, Details, Version};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::series::{PatchIdentity, SameName, match_patches};
use crate::text::count::patches;
use crate::text::shell_quote;

pub mod diff;

use diff::ScanDiff;

/// How a branch is scanned.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Whether to correct the tags of the branch.
    pub has_update: bool,
    /// Whether to add a Change-Id to commits without one.
    pub marks: bool,
    /// Whether to accept commits without a Change-Id.
    pub allows_unmarked: bool,
    /// The commit before the first patch.
    pub end: Option<String>,
}

/// A scan that is planned and has changed nothing yet.
#[derive(Debug)]
pub struct ScanPlan {
    /// The series.
    pub series: Series,
    /// The series and version that are scanned.
    pub target: SeriesTarget,
    version: Version,
    branch: BranchSeries,
    rewritten: Option<Rewritten>,
    /// The rows to write.
    pub changes: ScanChanges,
}

/// The differences between the rows and the branch.
#[derive(Debug)]
pub struct ScanChanges {
    /// The patches that differ.
    pub diff: ScanDiff,
    /// Whether the rows are numbered correctly.
    is_numbered: bool,
    /// The new title of the series, if it differs.
    pub title: Option<String>,
    /// The new title of the version, if it differs.
    pub version_title: Option<String>,
    /// Whether what we store beside patman's rows differs.
    has_details: bool,
}

impl ScanPlan {
    /// Whether the branch or the rows would change.
    pub fn has_changes(&self) -> bool {
        self.rewritten.is_some() || self.changes.has_rows() || self.changes.has_details
    }

    /// The number of patches of the branch.
    pub fn count(&self) -> usize {
        self.now().patches.len()
    }

    /// The branch as it will be.
    fn now(&self) -> &BranchSeries {
        self.rewritten
            .as_ref()
            .map_or(&self.branch, |rewritten| &rewritten.written)
    }
}

impl Author<'_> {
    /// Plans how to update the selected version from its branch. [`Author::scan`] does it.
    pub fn plan_scan(&mut self, chosen: &TargetChoice, options: &ScanOptions) -> Result<ScanPlan> {
        let (series, target) = self.own_series(chosen)?;
        let (_, version) = self.version(chosen)?;
        let branch = self.written(&target.branch(), options.end.as_deref())?;
        let rewritten = self.agreed(&version, &branch, &target, options)?;
        let now = rewritten
            .as_ref()
            .map_or(&branch, |rewritten| &rewritten.written);
        let changes = planned(&self.db, &series, &version, now)?;
        Ok(ScanPlan {
            series,
            target,
            version,
            branch,
            rewritten,
            changes,
        })
    }

    /// Updates a version from its branch as planned.
    pub fn scan(&mut self, plan: &ScanPlan) -> Result<()> {
        let (series, version, now) = (&plan.series, &plan.version, plan.now());
        let why = format!(
            "Scan {} {}: {}",
            series.name,
            plan.target.version,
            plan.changes.diff.summary()
        );
        let change = match &plan.rewritten {
            Some(new) => {
                BranchChange::rewritten(&plan.branch.range, &new.reworded, "series scan", why)
            }
            None => BranchChange {
                what: "series scan".to_owned(),
                why,
                ..BranchChange::default()
            },
        };
        let done = self.change(change, Some(series.id), |write| {
            let series = series::load(write, series.id)?.unwrap_or(series.clone());
            // The rows may have changed since the plan was made: patman may have written meanwhile.
            let changes = planned(write, &series, version, now)?;
            changes.write(write, &series, version, now)?;
            identify(write, series.id, &series.name, &now.range.commits)
        })?;
        if let Some(new) = &plan.rewritten {
            new.tell(self);
        }
        self.tell_backups(&done);
        Ok(())
    }

    /// The branch, with its tags corrected and Change-Ids added if that was requested; other problems are
    /// reported.
    fn agreed(
        &self,
        version: &Version,
        written: &BranchSeries,
        target: &SeriesTarget,
        options: &ScanOptions,
    ) -> Result<Option<Rewritten>> {
        let branch = target.branch();
        let mut edits = Edits::default();
        let said = written.tags.series.version;
        let wants_tag = said.is_some() || target.version.get() > 1;
        if wants_tag && said != Some(target.version.get()) {
            match (options.has_update, said) {
                (true, _) => edits.version = Some(target.version),
                (false, Some(said)) => {
                    return Err(wrong_version(target, said).with_hint(format!(
                        "correct the tag in the branch: git patman series -s {branch} scan -u",
                        branch = shell_quote(&branch)
                    )));
                }
                (false, None) => {}
            }
        }
        let link = version
            .link
            .as_deref()
            .filter(|link| written.link(target.version) != Some(*link));
        match (link, written.link(target.version)) {
            (Some(link), _) if options.has_update => {
                edits.link = Some((target.version, link.to_owned()))
            }
            (Some(link), Some(other)) => {
                self.events.warn(format!(
                    "Series-links of branch '{branch}' says {other}, the database {link}"
                ));
                self.events.hint(format!(
                    "correct the branch: git patman series -s {branch} scan -u",
                    branch = shell_quote(&branch)
                ));
                self.events.hint(format!(
                    "or the database: git patman series -s {branch} set-link {other}",
                    branch = shell_quote(&branch),
                    other = shell_quote(other)
                ));
            }
            _ => {}
        }
        let unmarked = written.unmarked().len();
        if unmarked > 0 && options.marks {
            edits.marks = ChangeIdEdit::Add;
        } else if unmarked > 0 && !options.allows_unmarked {
            return Err(not_marked(self.repo, written));
        }
        if edits == Edits::default() {
            return Ok(None);
        }
        self.rewrite(written, &edits)
    }
}

/// The differences between the rows and the branch.
fn planned(
    db: &impl Read,
    series: &Series,
    version: &Version,
    written: &BranchSeries,
) -> Result<ScanChanges> {
    let rows = patch::list(db, version.id)?;
    let was = followed(&rows, written);
    let details = |at: usize, row: &PatchRow| {
        let new = written.patches[at].row();
        let old = (&row.patch_id, &row.author_name, &row.author_email);
        (old.0.as_deref(), old.1.as_deref(), old.2.as_deref())
            != (new.patch_id, new.author_name, new.author_email)
    };
    let has_details = was
        .iter()
        .enumerate()
        .any(|(at, was)| was.is_none_or(|was| details(at, &rows[was])))
        || details_of(version, written) != version.details;
    let is_numbered = rows
        .iter()
        .enumerate()
        .all(|(at, row)| row.seq as usize == at);
    let title = written
        .title()
        .filter(|title| series.desc.as_deref() != Some(*title))
        .map(str::to_owned);
    let first = written
        .patches
        .first()
        .map(|first| first.identity.subject.as_str());
    let own = written.title().or(first).filter(|own| !own.is_empty());
    let version_title = own
        .filter(|own| version.desc.as_deref() != Some(*own))
        .map(str::to_owned);
    Ok(ScanChanges {
        diff: ScanDiff::new(&rows, written, &was),
        is_numbered,
        title,
        version_title,
        has_details,
    })
}

/// Our own row of the version, beside patman's.
fn details_of(version: &Version, written: &BranchSeries) -> Details {
    let base = Some(written.range.base.to_string());
    Details {
        base,
        total: u32::try_from(written.patches.len()).ok(),
        ..version.details.clone()
    }
}

/// For each patch of the branch its index among the rows.
fn followed(rows: &[PatchRow], written: &BranchSeries) -> Vec<Option<usize>> {
    let old: Vec<PatchIdentity> = rows.iter().map(PatchRow::identity).collect();
    match_patches(&old, &written.identities(), SameName::InOrder)
}

impl ScanChanges {
    /// Whether rows that patman shares change.
    pub fn has_rows(&self) -> bool {
        self.has_patches() || self.title.is_some() || self.version_title.is_some()
    }

    /// Whether the rows of the patches change.
    fn has_patches(&self) -> bool {
        self.diff.has_changes() || !self.is_numbered
    }

    fn write(
        &self,
        write: &Write<'_>,
        series: &Series,
        version: &Version,
        written: &BranchSeries,
    ) -> Result<()> {
        if self.has_patches() || self.has_details {
            let rows = patch::list(write, version.id)?;
            let was = followed(&rows, written);
            let new: Vec<NewPatch<'_>> = (written.patches.iter().zip(was))
                .map(|(one, was)| match was.map(|at| &rows[at]) {
                    Some(row) => NewPatch {
                        patchwork_id: row.patchwork_id,
                        state: row.state.as_deref(),
                        comments: row.comments,
                        message_id: row.message_id.as_deref(),
                        ..one.row()
                    },
                    None => one.row(),
                })
                .collect();
            match self.has_patches() {
                true => patch::replace(write, version.id, &new)?,
                false => patch::describe(write, version.id, &new)?,
            }
            version::set_details(write, version.id, &details_of(version, written))?;
        }
        if let Some(title) = &self.title {
            series::set_desc(write, series.id, title)?;
        }
        if let Some(title) = &self.version_title {
            version::set_desc(write, version.id, title)?;
        }
        Ok(())
    }
}
