// SPDX-License-Identifier: GPL-2.0-or-later
//! A change that can be undone: UNDO in git-patman-json(5).

use super::{each, json_object};
use crate::author::change::PlannedRef;
use crate::author::undo::{Direction, UndoEntry};
use crate::clock;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};

/// A change, and whether a commit to which it would set a branch is gone.
#[derive(Debug)]
pub struct UndoLine {
    /// The change.
    pub entry: UndoEntry,
    /// Whether such a commit is gone.
    pub is_tip_gone: bool,
}

json_object! {
    /// A change.
    pub struct UndoJson<'a> from line: &'a UndoLine {
        command: &'a str = &line.entry.record.what,
        summary: &'a str = &line.entry.record.why,
        when: i64 = line.entry.record.finished,
        undone: Option<i64> = line.entry.record.undone,
        names: &'a [String] = &line.entry.record.names,
        refs: Vec<MovedRefJson<'a>> = each(&line.entry.plan.refs),
        tip_gone: bool = line.is_tip_gone,
    }
}

json_object! {
    /// A ref that the change has updated.
    pub struct MovedRefJson<'a> from moved: &'a PlannedRef {
        name: &'a str = &moved.name,
        old: Option<&'a str> = moved.old.as_deref(),
        new: Option<&'a str> = moved.new.as_deref(),
    }
}

/// The changes as a table.
pub fn table(lines: &[UndoLine]) -> Table {
    let now = clock::now();
    let mut table = Table::new(&[
        ("AGE", Align::Right),
        ("COMMAND", Align::Left),
        ("SERIES", Align::Optional),
        ("STATE", Align::Left),
        ("WHAT", Align::Flexible),
    ]);
    for line in lines {
        let record = &line.entry.record;
        table.row([
            Cell::painted(clock::short_age(record.finished, now), Paint::Dim),
            Cell::new(&record.what),
            Cell::new(record.names.join(" ")),
            Cell::new(state(line)),
            Cell::new(&record.why),
        ]);
    }
    table
}

/// Whether the change was undone, and whether that can be reversed.
fn state(line: &UndoLine) -> &'static str {
    match (line.entry.next(), line.is_tip_gone) {
        (Direction::Back, false) => "",
        (Direction::Back, true) => "old tip gone",
        (Direction::Forth, false) => "undone",
        (Direction::Forth, true) => "undone, tip gone",
    }
}
