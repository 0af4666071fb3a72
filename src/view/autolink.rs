// SPDX-License-Identifier: GPL-2.0-or-later
//! A version that was searched for on Patchwork: SERIES AUTOLINK-ALL in git-patman-json(5); and series that match it in
//! part.

use super::json_object;
use crate::author::patchwork::autolink::{LinkCandidate, LinkOutcome, LinkedVersion};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::series::VersionNumber;

/// Most candidates that are shown.
const MAX_CANDIDATES: usize = 20;

json_object! {
    /// The version and its link.
    pub struct AutolinkJson<'a> from linked: &'a LinkedVersion {
        series: &'a str = &linked.series,
        version: Option<u32> = linked.version.map(VersionNumber::get),
        link: Option<&'a str> = linked.link.as_deref(),
        outcome: &'static str = linked.outcome.word(),
        note: Option<&'a str> = linked.note.as_deref(),
    }
}

/// The versions as a table.
pub fn table(rows: &[LinkedVersion], dry_run: bool) -> Table {
    let mut table = Table::new(&[
        ("SERIES", Align::Left),
        ("VERSION", Align::Left),
        ("LINK", Align::Right),
        ("RESULT", Align::Left),
        ("", Align::Flexible),
    ]);
    for row in rows {
        let (word, paint) = match row.outcome {
            LinkOutcome::Linked if dry_run => ("would be linked", Paint::Good),
            LinkOutcome::Linked => ("linked", Paint::Good),
            LinkOutcome::Kept => ("already linked", Paint::Dim),
            LinkOutcome::Unsure => ("unsure", Paint::Attention),
            LinkOutcome::Missing => ("not found", Paint::Plain),
            LinkOutcome::Failed => ("failed", Paint::Bad),
        };
        table.row([
            Cell::new(&row.series),
            Cell::new(
                row.version
                    .map_or("-".to_owned(), |version| version.to_string()),
            ),
            Cell::new(row.link.as_deref().unwrap_or("-")),
            Cell::painted(word, paint),
            Cell::new(row.note.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

/// The candidates; with numbers to choose one by, if `numbered`.
pub fn candidates(found: &[LinkCandidate], numbered: bool) -> Table {
    let mut columns = vec![
        ("SERIES", Align::Left),
        ("DATE", Align::Optional),
        ("VERSION", Align::Left),
        ("PATCHES", Align::Right),
        ("TITLE", Align::Flexible),
        ("FROM", Align::Flexible),
        ("BUT", Align::Flexible),
    ];
    if numbered {
        columns.insert(0, ("", Align::Right));
    }
    let mut table = Table::new(&columns);
    for (at, LinkCandidate { summary, against }) in found.iter().take(MAX_CANDIDATES).enumerate() {
        let mut row = vec![
            Cell::new(summary.id.to_string()),
            Cell::new(summary.date.split('T').next().unwrap_or_default()),
            Cell::new(format!("v{}", summary.version)),
            Cell::new(summary.total.to_string()),
            Cell::new(summary.name.as_deref().unwrap_or_default()),
            Cell::new(summary.submitter.to_string()),
            Cell::new(against.join(", ")),
        ];
        if numbered {
            row.insert(0, Cell::new((at + 1).to_string()));
        }
        table.row(row);
    }
    table
}
