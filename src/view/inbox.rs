// SPDX-License-Identifier: GPL-2.0-or-later
//! A series that has arrived: INBOX in git-patman-json(5).

use super::apply_check::{self, ApplyCheckJson};
use super::json_object;
use crate::clock;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table, cut};
use crate::output::terminal_width;
use crate::review::inbox::{Arrival, InboxState};
use crate::series::VersionNumber;

/// Maximum width of an author's name on a terminal, in cells.
const MAX_AUTHOR_WIDTH: usize = 16;

json_object! {
    /// A version of a series.
    pub struct ArrivalJson<'a> from arrival: &'a Arrival {
        id: &'a str = &arrival.id,
        message_id: Option<&'a str> = arrival.message_id.as_deref(),
        version: u32 = arrival.version.get(),
        title: &'a str = &arrival.title,
        author: &'a str = &arrival.author,
        date: Option<i64> = arrival.date,
        received: Option<u32> = arrival.received,
        total: u32 = arrival.total,
        state: Option<&'a str> = arrival.state.as_deref(),
        marks: Vec<&'static str> = arrival.marks.iter().map(|mark| mark.word()).collect(),
        series: Option<&'a str> = arrival.series.as_deref(),
        reviewed: Option<u32> = arrival.reviewed.map(VersionNumber::get),
        check: Option<ApplyCheckJson<'a>> = arrival.check.as_ref().map(ApplyCheckJson::from),
    }
}

/// The series as a table; with `has_checks`, a column shows whether they apply.
pub fn table(arrivals: &[Arrival], has_checks: bool) -> Table {
    let is_numbered = arrivals.iter().all(|arrival| arrival.number.is_some());
    // A number is short, but a Message-ID may be long.
    let id = match is_numbered {
        true => Align::Left,
        false => Align::Flexible,
    };
    let mut columns = vec![
        ("ID", id),
        ("VER", Align::Left),
        ("PATCHES", Align::Right),
        ("AGE", Align::Right),
        ("AUTHOR", Align::Flexible),
        ("TITLE", Align::Flexible),
    ];
    if has_checks {
        columns.push(("APPLIES", Align::Left));
    }
    columns.extend([("MARK", Align::Flexible), ("REVIEW", Align::Optional)]);
    let mut table = Table::new(&columns);
    let now = clock::now();
    for arrival in arrivals {
        table.row(cells(arrival, has_checks, now));
    }
    table
}

fn cells(arrival: &Arrival, has_checks: bool, now: i64) -> Vec<Cell> {
    let is_dim = [InboxState::Tracked, InboxState::Settled, InboxState::Older]
        .into_iter()
        .any(|state| arrival.is(state));
    let (paint, id_paint) = match is_dim {
        true => (Paint::Dim, Paint::Dim),
        false => (Paint::Plain, Paint::Commit),
    };
    let age = arrival
        .date
        .map_or(String::new(), |then| clock::short_age(then, now));
    let title = match arrival.title.as_str() {
        "" => "(no title yet)",
        title => title,
    };
    let mut cells = vec![
        Cell::painted(&arrival.id, id_paint),
        Cell::painted(arrival.version.to_string(), paint),
        Cell::painted(patches(arrival), paint),
        Cell::painted(age, Paint::Dim),
        Cell::painted(author(arrival), paint),
        Cell::painted(title, paint),
    ];
    if has_checks {
        let check = arrival.check.as_ref();
        cells.push(check.map_or(Cell::painted("-", paint), apply_check::cell));
    }
    cells.extend([mark(arrival), Cell::painted(review(arrival), Paint::Dim)]);
    cells
}

/// The sender, cut on a terminal, where the title is more important.
fn author(arrival: &Arrival) -> String {
    let author = match arrival.sender.name.as_str() {
        "" => &arrival.sender.email,
        name => name,
    };
    match terminal_width() {
        Some(_) => cut(author, MAX_AUTHOR_WIDTH),
        None => author.to_owned(),
    }
}

/// The review that it belongs to, and the newest version there.
fn review(arrival: &Arrival) -> String {
    let Some(name) = &arrival.series else {
        return String::new();
    };
    match arrival.reviewed {
        Some(version) => format!("{name} {version}"),
        None => name.clone(),
    }
}

fn patches(arrival: &Arrival) -> String {
    match arrival.received {
        Some(received) if received != arrival.total => format!("{received}/{}", arrival.total),
        _ => arrival.total.to_string(),
    }
}

fn mark(arrival: &Arrival) -> Cell {
    // For settled series the state is more informative.
    let mut words: Vec<&str> = arrival
        .marks
        .iter()
        .filter(|mark| **mark != InboxState::Settled)
        .map(|mark| words(*mark))
        .collect();
    words.extend(arrival.state.as_deref().filter(|state| *state != "new"));
    let paint = match arrival.marks.first() {
        Some(InboxState::Newer) => Paint::Good,
        Some(InboxState::Incomplete) => Paint::Attention,
        Some(InboxState::Tracked | InboxState::Older | InboxState::Settled) => Paint::Dim,
        Some(InboxState::Own) | None => Paint::Plain,
    };
    Cell::painted(words.join(", "), paint)
}

/// The state as people read it.
fn words(state: InboxState) -> &'static str {
    match state {
        InboxState::Newer => "new version",
        InboxState::Older => "older version",
        state => state.word(),
    }
}
