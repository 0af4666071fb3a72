// SPDX-License-Identifier: GPL-2.0-or-later
//! What 'start' and 'continue' report of a review that was applied.

use crate::output::count::patches;
use crate::output::shell_quote;
use crate::review::Reviews;
use crate::review::report::{ReviewReport, ReviewState};
use crate::review::resolve_base;

/// Reports the result, the worktree and the next command.
pub(super) fn tell(reviews: &Reviews<'_>, report: &ReviewReport) {
    let out = reviews.out;
    let done = report
        .patches
        .iter()
        .filter(|patch| patch.commit.is_some())
        .count();
    let there = report.patches.len() - done;
    let already = if there > 0 {
        format!(", {there} already in the base")
    } else {
        String::new()
    };
    if report.is_old {
        out.note(format!(
            "{} {} is already applied",
            report.series, report.version
        ));
    } else {
        let how = resolve_base::how(report.patches.iter().map(|patch| patch.how));
        let how = if how.is_empty() {
            how
        } else {
            format!(" ({how})")
        };
        out.note(format!(
            "{} {}: {} applied{how}{already}: {}",
            report.series,
            report.version,
            patches(done),
            report.title
        ));
    }
    if report.state == ReviewState::Partial {
        let missing: Vec<String> = report.missing.iter().map(u32::to_string).collect();
        out.warn(format!(
            "the series is not complete: missing {}",
            missing.join(", ")
        ));
    }
    let Some(path) = &report.worktree else { return };
    out.note(format!("worktree: {}", path.display()));
    out.hint(format!(
        "to go there: cd \"$(git patman review path {})\"",
        shell_quote(&report.series)
    ));
}
