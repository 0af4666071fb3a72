// SPDX-License-Identifier: GPL-2.0-or-later
//! A check that ran on a patch or a series: CHECKS in git-patman-json(5).

use super::json_object;
use crate::clock;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::review::exec::{CheckRun, CheckStatus, span};
use std::path::Path;

json_object! {
    /// A check.
    pub struct CheckRunJson<'a> from run: &'a CheckRun {
        series: &'a str = run.series.as_str(),
        version: u32 = run.version.get(),
        patch: Option<u32> = run.patch,
        commit: Option<&'a str> = run.commit.as_deref(),
        tree: Option<&'a str> = run.tree.as_deref(),
        check: &'a str = &run.check,
        command: &'a str = &run.command,
        result: &'static str = run.result.word(),
        status: Option<i32> = run.status,
        seconds: Option<f64> = run.seconds,
        output: Option<&'a Path> = run.output.as_deref(),
        dirty: bool = run.dirty,
        reason: Option<&'a str> = run.reason.as_deref(),
    }
}

/// The checks as a table.
pub fn table(runs: &[CheckRun]) -> Table {
    let mut table = Table::new(&[
        ("SERIES", Align::Flexible),
        ("VER", Align::Left),
        ("PATCH", Align::Right),
        ("CHECK", Align::Left),
        ("RESULT", Align::Left),
        ("TIME", Align::Right),
    ]);
    for run in runs {
        let patch = run
            .patch
            .map_or("all".to_owned(), |patch| patch.to_string());
        let time = run
            .seconds
            .map_or(String::new(), |seconds| clock::short_span(span(seconds)));
        table.row([
            Cell::new(run.series.as_str()),
            Cell::new(run.version.to_string()),
            Cell::new(patch),
            Cell::new(&run.check),
            Cell::painted(run.outcome(), paint(run.result)),
            Cell::painted(time, Paint::Dim),
        ]);
    }
    table
}

fn paint(result: CheckStatus) -> Paint {
    match result {
        CheckStatus::Passed | CheckStatus::Cached => Paint::Good,
        CheckStatus::Failed | CheckStatus::Timeout => Paint::Bad,
        CheckStatus::Interrupted => Paint::Attention,
        CheckStatus::Skipped => Paint::Dim,
    }
}
