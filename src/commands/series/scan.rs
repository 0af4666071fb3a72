// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series scan`: updates the database from the branch.

use super::SeriesOption;
use crate::author::Author;
use crate::author::scan::diff::{ScanChange, ScanDiff, ScanLine};
use crate::author::scan::{ScanOptions, ScanPlan};
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::{Output, Verbosity};
use crate::text::count::patches;
use crate::text::escape_controls;
use clap::Args;

/// Update the database from the branch of a series
///
/// Shows the patches that were added ('+'), removed ('-'), renamed ('~') or moved ('>'), and with -v also those
/// that did not change. Each patch keeps its state on Patchwork. Run this after a rebase. Undo this with 'git
/// patman undo'.
#[derive(Debug, Args)]
pub struct Scan {
    /// Rewrite the branch if the tags Series-version and Series-links do not match the database
    #[arg(short, long)]
    update: bool,
    #[command(flatten)]
    marks: super::MarkOptions,
    #[command(flatten)]
    end: super::SeriesEnd,
}

impl Scan {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let options = ScanOptions {
            has_update: self.update,
            marks: self.marks.mark,
            allows_unmarked: self.marks.allow_unmarked,
            end: self.end.upstream.clone(),
        };
        let plan = author.plan_scan(&which.chosen(), &options)?;
        out.data(diff_text(out, &plan.changes.diff))?;
        if plan.has_changes() {
            author.scan(&plan)?;
        }
        tell(out, &plan, author.dry_run);
        Ok(())
    }
}

fn tell(out: &Output, plan: &ScanPlan, dry_run: bool) {
    let what = format!("'{}' {}", plan.series.name, plan.target.version);
    if !plan.changes.has_rows() {
        return out.note(format!(
            "series {what} is as its branch is: {}",
            patches(plan.count())
        ));
    }
    let (scanned, is) = match dry_run {
        true => ("would scan", "would be"),
        false => ("scanned", "is now"),
    };
    out.note(format!(
        "{scanned} series {what}: {}",
        plan.changes.diff.summary()
    ));
    if let Some(title) = &plan.changes.title {
        out.note(format!(
            "its title {is} '{title}', not '{}'",
            plan.series.desc.as_deref().unwrap_or_default()
        ));
    }
    if let Some(title) = &plan.changes.version_title
        && plan.changes.title.as_ref() != Some(title)
    {
        out.note(format!(
            "the title of {} {is} '{title}'",
            plan.target.version
        ));
    }
}

/// The patches that differ, a line each; with -v all patches.
fn diff_text(out: &Output, diff: &ScanDiff) -> String {
    let last = diff.lines.iter().map(|line| line.number).max();
    let width = last.unwrap_or_default().to_string().len();
    let shows_all = out.verbosity() >= Verbosity::Verbose;
    diff.lines
        .iter()
        .filter(|line| shows_all || line.change != ScanChange::Same)
        .map(|line| line_text(out, line, width))
        .collect()
}

fn line_text(out: &Output, line: &ScanLine, width: usize) -> String {
    let was = |old: &str| format!("'{}'", escape_controls(old));
    let (sign, paint, note) = match &line.change {
        ScanChange::Same => (' ', Paint::Plain, String::new()),
        ScanChange::Added => ('+', Paint::Good, String::new()),
        ScanChange::Removed => ('-', Paint::Bad, String::new()),
        ScanChange::Moved(from, None) => ('>', Paint::Attention, format!(" (was {from})")),
        ScanChange::Moved(from, Some(old)) => {
            let note = format!(" (was {from}, {})", was(old));
            ('>', Paint::Attention, note)
        }
        ScanChange::Renamed(old) => ('~', Paint::Attention, format!(" (was {})", was(old))),
        ScanChange::Marked => ('~', Paint::Attention, " (another Change-Id)".to_owned()),
    };
    let subject = escape_controls(&line.subject);
    let text = format!("{sign} {:>width$} {subject}{note}", line.number);
    out.paint(paint, &text) + "\n"
}
