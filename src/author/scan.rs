// SPDX-License-Identifier: GPL-2.0-or-later
//! The rows of a version follow its branch.
//!
//! What a Patchwork said of a patch stays with it, wherever in the series it is by now; patman forgets it. Where the rows
//! are as the branch is, nothing is written.

use super::Author;
use super::add::{not_marked, wrong_version};
use super::branch::branch_series::BranchSeries;
use super::branch::edits::{ChangeIdEdit, Edits, Rewritten};
use super::change::BranchChange;
use super::target::{SeriesTarget, TargetChoice};
use crate::db::patch::{self, NewPatch, PatchRow};
use crate::db::series::{self, Series};
use crate::db::version::{self, Details, Version};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::output::count::patches;
use crate::output::shell_quote;
use crate::series::{PatchIdentity, SameName, match_patches};

pub mod diff;

use diff::ScanDiff;

/// How a branch is scanned.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Whether the tags of the branch are made to agree with what is known.
    pub has_update: bool,
    /// Whether commits without a Change-Id are given one.
    pub marks: bool,
    /// Whether commits without a Change-Id are taken.
    pub allows_unmarked: bool,
    /// The commit that the series begins behind.
    pub end: Option<String>,
}

/// What there is to do.
struct ScanPlan {
    diff: ScanDiff,
    /// Whether the rows are numbered as they should be.
    is_numbered: bool,
    /// The title of the series, where it is another.
    title: Option<String>,
    /// The title of the version, where it is another.
    version_title: Option<String>,
    /// Whether what we keep beside patman's rows is to be written.
    has_details: bool,
}

impl Author<'_> {
    /// Brings the version that is meant up to date with its branch.
    pub fn scan(&mut self, chosen: &TargetChoice, options: &ScanOptions) -> Result<()> {
        let (series, target) = self.own_series(chosen)?;
        let (_, version) = self.version(chosen)?;
        let written = self.written(&target.branch(), options.end.as_deref())?;
        let rewritten = self.agreed(&version, &written, &target, options)?;
        let now = rewritten
            .as_ref()
            .map_or(&written, |rewritten| &rewritten.written);
        let plan = planned(&self.db, &series, &version, now)?;
        let what = format!("'{}' {}", series.name, target.version);
        let is_verbose = self.out.verbosity() >= crate::output::Verbosity::Verbose;
        self.out.data(plan.diff.text(self.out, is_verbose))?;
        if rewritten.is_none() && !plan.has_rows() && !plan.has_details {
            self.out.note(format!(
                "series {what} is as its branch is: {}",
                patches(now.patches.len())
            ));
            return Ok(());
        }
        let why = format!(
            "Scan {} {}: {}",
            series.name,
            target.version,
            plan.diff.summary()
        );
        let change = match &rewritten {
            Some(new) => BranchChange::rewritten(&written.range, &new.reworded, "series scan", why),
            None => BranchChange {
                what: "series scan".to_owned(),
                why,
                ..BranchChange::default()
            },
        };
        let done = self.change(change, Some(series.id), |write| {
            let series = series::load(write, series.id)?.unwrap_or(series.clone());
            // The rows may be others than those that the plan was made with: patman may have written meanwhile.
            let plan = planned(write, &series, &version, now)?;
            plan.write(write, &series, &version, now)
        })?;
        if let Some(new) = &rewritten {
            new.tell(self);
        }
        self.tell_backups(&done);
        match plan.has_rows() {
            true => {
                let scanned = self.says("scanned", "would scan");
                self.out
                    .note(format!("{scanned} series {what}: {}", plan.diff.summary()));
            }
            false => self.out.note(format!(
                "series {what} is as its branch is: {}",
                patches(now.patches.len())
            )),
        }
        if let Some(title) = &plan.title {
            let is = self.says("is now", "would be");
            self.out.note(format!(
                "its title {is} '{title}', not '{}'",
                series.desc.as_deref().unwrap_or_default()
            ));
        }
        match (&plan.version_title, &plan.title) {
            (Some(of_version), title) if title.as_ref() != Some(of_version) => {
                let is = self.says("is now", "would be");
                self.out.note(format!(
                    "the title of {} {is} '{of_version}'",
                    target.version
                ));
            }
            _ => {}
        }
        Ok(())
    }

    /// The branch with its tags put right and its commits marked, as far as that was asked for; what is wrong otherwise is
    /// told.
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
                self.out.warn(format!(
                    "Series-links of branch '{branch}' says {other}, the database {link}"
                ));
                self.out.hint(format!(
                    "correct the branch: git patman series -s {branch} scan -u",
                    branch = shell_quote(&branch)
                ));
                self.out.hint(format!(
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
            return Err(not_marked(written));
        }
        if edits == Edits::default() {
            return Ok(None);
        }
        self.rewrite(written, &edits)
    }
}

/// What differs between the rows and the branch.
fn planned(
    db: &impl Read,
    series: &Series,
    version: &Version,
    written: &BranchSeries,
) -> Result<ScanPlan> {
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
    Ok(ScanPlan {
        diff: ScanDiff::new(&rows, written, &was),
        is_numbered,
        title,
        version_title,
        has_details,
    })
}

/// What is kept of the version beside patman's row.
fn details_of(version: &Version, written: &BranchSeries) -> Details {
    let base = Some(written.range.base.to_string());
    Details {
        base,
        total: u32::try_from(written.patches.len()).ok(),
        ..version.details.clone()
    }
}

/// Where each patch of the branch is among the rows.
fn followed(rows: &[PatchRow], written: &BranchSeries) -> Vec<Option<usize>> {
    let old: Vec<PatchIdentity> = rows.iter().map(PatchRow::identity).collect();
    match_patches(&old, &written.identities(), SameName::InOrder)
}

impl ScanPlan {
    /// Whether something is to be written that patman would write too.
    fn has_rows(&self) -> bool {
        self.has_patches() || self.title.is_some() || self.version_title.is_some()
    }

    /// Whether the rows of the patches are others.
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
