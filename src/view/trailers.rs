// SPDX-License-Identifier: GPL-2.0-or-later
//! The trailers from replies to a version: TRAILERS in git-patman-json(5).

use super::{each, json_object};
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::review::amend::Amended;

json_object! {
    /// A review with its trailers.
    pub struct TrailersJson<'a> from amended: &'a Amended {
        series: &'a str = amended.report.series.as_str(),
        version: u32 = amended.report.version.get(),
        head: Option<&'a str> = amended.report.head.as_deref(),
        kept: Option<&'a str> = amended.kept.as_deref(),
        added: usize = amended.added,
        trailers: Vec<TrailerJson<'a>> = each(&amended.trailers),
    }
}

json_object! {
    /// A trailer.
    pub struct TrailerJson<'a> from collected: &'a CollectedTrailer {
        patch: u32 = collected.patch,
        name: &'a str = &collected.trailer.name,
        value: &'a str = &collected.trailer.value,
        notes: &'a [String] = &collected.notes,
        from: &'a str = &collected.from,
        version: u32 = collected.version.get(),
        state: &'static str = collected.state.word(),
        why: Option<&'a str> = collected.why.as_deref(),
    }
}

/// The trailers as a table, in the order of the patches.
pub fn table(amended: &Amended) -> Table {
    let mut table = Table::new(&[
        ("PATCH", Align::Right),
        ("TRAILER", Align::Flexible),
        ("FROM", Align::Optional),
        ("STATE", Align::Flexible),
    ]);
    let mut in_order: Vec<&CollectedTrailer> = amended.trailers.iter().collect();
    in_order.sort_by_key(|one| one.patch);
    for one in in_order {
        table.row([
            Cell::new(one.patch.to_string()),
            Cell::new(one.text()),
            Cell::painted(&one.from, Paint::Dim),
            state(one, amended),
        ]);
    }
    table
}

fn state(one: &CollectedTrailer, amended: &Amended) -> Cell {
    let origin = if one.version == amended.report.version {
        String::new()
    } else {
        format!(", from {}", one.version)
    };
    match one.state {
        TrailerState::New if amended.kept.is_some() => {
            Cell::painted(format!("added{origin}"), Paint::Good)
        }
        TrailerState::New => Cell::painted(format!("new{origin}"), Paint::Good),
        TrailerState::Present => {
            let other = one.why.as_ref();
            let other = other.map_or(String::new(), |why| format!(": {why}"));
            Cell::painted(format!("already present{origin}{other}"), Paint::Dim)
        }
        TrailerState::Own => Cell::painted(format!("your own{origin}"), Paint::Dim),
        TrailerState::Objection => Cell::painted(format!("objection{origin}"), Paint::Attention),
        TrailerState::Unproved => Cell::painted(
            format!("unproved: {}", one.why.as_deref().unwrap_or_default()),
            Paint::Attention,
        ),
        TrailerState::Refused => Cell::painted(
            format!("refused: {}", one.why.as_deref().unwrap_or_default()),
            Paint::Bad,
        ),
    }
}
