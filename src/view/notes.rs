// SPDX-License-Identifier: GPL-2.0-or-later
//! The notes on versions: SERIES NOTES in git-patman-json(5).

use super::json_object;
use crate::db::version::Version;
use crate::output::Output;
use crate::output::colour::Paint;
use crate::series::VersionNumber;
use crate::text::escape_controls;

/// A version with its notes.
#[derive(Debug)]
pub struct VersionNotes {
    number: Option<VersionNumber>,
    notes: String,
}

json_object! {
    /// The notes on a version.
    pub struct NotesJson<'a> from noted: &'a VersionNotes {
        version: Option<u32> = noted.number.map(VersionNumber::get),
        notes: &'a str = &noted.notes,
    }
}

impl VersionNotes {
    /// The version, if it has notes.
    pub fn of(version: Version) -> Option<VersionNotes> {
        Some(VersionNotes {
            number: version.number,
            notes: version.notes?,
        })
    }
}

/// The notes as text; `has_headings` puts the number of its version above each.
pub fn text(out: &Output, all: &[VersionNotes], has_headings: bool) -> String {
    let mut text = String::new();
    for VersionNotes { number, notes } in all {
        if has_headings {
            let number = number.map_or("?".to_owned(), |number| number.to_string());
            let gap = if text.is_empty() { "" } else { "\n" };
            let heading = out.paint(Paint::Heading, &format!("--- {number} ---"));
            text.push_str(&format!("{gap}{heading}\n"));
        }
        notes
            .lines()
            .for_each(|line| text.push_str(&format!("{}\n", escaped(line))));
    }
    text
}

/// The line with control characters escaped, except tabs.
fn escaped(line: &str) -> String {
    line.split('\t')
        .map(escape_controls)
        .collect::<Vec<_>>()
        .join("\t")
}
