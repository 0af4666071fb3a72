// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether a series applies: CHECK in git-patman-json(5).

use super::json_object;
use crate::git::Repo;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::review::check::{ApplyCheck, ApplyStatus};
use crate::series::VersionNumber;

json_object! {
    /// The result for one series on one commit.
    pub struct ApplyCheckJson<'a> from check: &'a ApplyCheck {
        series: Option<&'a str> = check.series.as_deref(),
        source: &'a str = &check.source,
        title: &'a str = &check.title,
        version: Option<u32> = check.version.map(VersionNumber::get),
        onto: Option<&'a str> = check.onto.as_deref(),
        base: Option<&'a str> = check.base.as_deref(),
        base_why: Option<&'a str> = check.base_why.as_deref(),
        result: &'static str = check.result.word(),
        total: u32 = check.total,
        already: usize = check.already,
        patch: Option<u32> = check.patch,
        files: &'a [String] = &check.files,
        missing: &'a [u32] = &check.missing,
        reason: Option<&'a str> = check.reason.as_deref(),
        warnings: &'a [String] = &check.warnings,
    }
}

/// The results as a table.
pub fn table(repo: &Repo, checks: &[ApplyCheck]) -> Table {
    let mut table = Table::new(&[
        ("SERIES", Align::Flexible),
        ("VER", Align::Left),
        ("ONTO", Align::Left),
        ("RESULT", Align::Flexible),
    ]);
    for check in checks {
        let name = check
            .series
            .as_deref()
            .unwrap_or(if check.title.is_empty() {
                &check.source
            } else {
                &check.title
            });
        let base = check.base.as_ref().map(|base| repo.short_hex(base));
        table.row([
            Cell::new(name),
            Cell::new(
                check
                    .version
                    .map_or("-".to_owned(), |version| version.to_string()),
            ),
            Cell::painted(
                check
                    .onto
                    .clone()
                    .or(base)
                    .unwrap_or_else(|| "-".to_owned()),
                Paint::Commit,
            ),
            Cell::painted(result(check), paint(check.result)),
        ]);
    }
    table
}

fn paint(result: ApplyStatus) -> Paint {
    match result {
        ApplyStatus::Exact | ApplyStatus::Moved | ApplyStatus::ThreeWay => Paint::Good,
        ApplyStatus::Already => Paint::Dim,
        ApplyStatus::Incomplete => Paint::Attention,
        ApplyStatus::Conflict | ApplyStatus::Error => Paint::Bad,
    }
}

/// The text of the result.
fn result(check: &ApplyCheck) -> String {
    let some = |text: &str| match check.already {
        0 => text.to_owned(),
        count => format!("{text}, {count} of {} already applied", check.total),
    };
    let reason = check.reason.as_deref().unwrap_or_default();
    match check.result {
        ApplyStatus::Exact => some("exact"),
        ApplyStatus::Moved => some("moved"),
        ApplyStatus::ThreeWay => some("3-way"),
        ApplyStatus::Already => "already applied".to_owned(),
        ApplyStatus::Incomplete => {
            let missing: Vec<String> = check.missing.iter().take(20).map(u32::to_string).collect();
            let more = if check.missing.len() > 20 {
                ", ..."
            } else {
                ""
            };
            format!("incomplete: missing {}{more}", missing.join(", "))
        }
        ApplyStatus::Conflict => {
            let number = check.patch.unwrap_or_default();
            let where_to = if check.files.is_empty() {
                reason.to_owned()
            } else {
                check.files.join(", ")
            };
            some(&format!("conflict at patch {number}: {where_to}"))
        }
        ApplyStatus::Error => format!("error: {reason}"),
    }
}

/// The result in a word or two.
pub fn cell(check: &ApplyCheck) -> Cell {
    let text = match check.result {
        ApplyStatus::Exact => "exact".to_owned(),
        ApplyStatus::Moved => "moved".to_owned(),
        ApplyStatus::ThreeWay => "3-way".to_owned(),
        ApplyStatus::Already => "already".to_owned(),
        ApplyStatus::Conflict => format!("conflict at {}", check.patch.unwrap_or_default()),
        ApplyStatus::Incomplete => "incomplete".to_owned(),
        ApplyStatus::Error => "unknown".to_owned(),
    };
    Cell::painted(text, paint(check.result))
}
