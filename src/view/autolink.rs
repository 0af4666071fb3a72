// SPDX-License-Identifier: GPL-2.0-or-later
//! A version that was searched for on Patchwork: SERIES AUTOLINK-ALL in git-patman-json(5).

use super::json_object;
use crate::author::patchwork::autolink::{LinkOutcome, LinkedVersion};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::series::VersionNumber;

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
