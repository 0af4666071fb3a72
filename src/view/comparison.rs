// SPDX-License-Identifier: GPL-2.0-or-later
//! Two versions compared: COMPARISON in git-patman-json(5).

use super::{each, json_object};
use crate::output::Output;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::review::compare::{Compared, Comparison, OldReply, PatchDifference, Tag};
use crate::review::compare_range::NotCompared;
use crate::series::VersionNumber;
use crate::text::escape_controls;

json_object! {
    /// The comparison.
    pub struct ComparisonJson<'a> from comparison: &'a Comparison {
        series: &'a str = &comparison.series,
        old: u32 = comparison.old.get(),
        new: u32 = comparison.new.get(),
        patches: Vec<ComparedJson<'a>> = each(&comparison.patches),
        remarks: Vec<RemarkJson<'a>> = each(&comparison.remarks),
        cover_diff: Option<&'a str> = comparison.cover_diff.as_deref(),
        diff: &'a str = &comparison.diff,
        not_compared: Vec<NotComparedJson<'a>> = each(&comparison.not_compared),
    }
}

json_object! {
    /// A patch in both versions.
    pub struct ComparedJson<'a> from patch: &'a Compared {
        old: Option<u32> = patch.old,
        new: Option<u32> = patch.new,
        subject: &'a str = &patch.subject,
        state: &'static str = patch.state.word(),
        reordered: bool = patch.reordered,
        lines: Option<usize> = patch.lines,
        remarks: Vec<RemarkJson<'a>> = each(&patch.remarks),
        tags: Vec<TagJson<'a>> = each(&patch.tags),
    }
}

json_object! {
    /// A reply to the old version.
    pub struct RemarkJson<'a> from reply: &'a OldReply {
        patch: Option<u32> = reply.patch,
        from: &'a str = &reply.from,
        text: &'a [String] = &reply.text,
    }
}

json_object! {
    /// A trailer that a reply gave to the old version.
    pub struct TagJson<'a> from tag: &'a Tag {
        name: &'a str = &tag.name,
        value: &'a str = &tag.value,
        carried: bool = tag.carried,
    }
}

json_object! {
    /// A patch that cannot be compared.
    pub struct NotComparedJson<'a> from patch: &'a NotCompared {
        version: u32 = patch.version.get(),
        patch: u32 = patch.patch,
        why: &'a str = &patch.why,
    }
}

/// A line for each patch.
pub fn stat(comparison: &Comparison) -> Table {
    let mut table = table();
    comparison
        .patches
        .iter()
        .for_each(|patch| table.row(row(patch)));
    table
}

/// The whole comparison as text.
pub fn text(out: &Output, comparison: &Comparison) -> String {
    let heading = |text: &str| out.paint(Paint::Heading, text) + "\n";
    let mut text = heading(&format!(
        "{} {}..{}",
        comparison.series, comparison.old, comparison.new
    ));
    let mut table = table();
    for patch in &comparison.patches {
        table.row(row(patch));
        let empty = || [Cell::new(""), Cell::new("")];
        for remark in &patch.remarks {
            remark_lines(remark).for_each(|line| table.row(empty().into_iter().chain([line])));
        }
        for tag in &patch.tags {
            table.row(empty().into_iter().chain([tag_line(tag, comparison.new)]));
        }
    }
    text.push_str(&out.render(&table));
    if !comparison.remarks.is_empty() {
        text.push_str(&format!(
            "\n{}",
            heading(&format!("comments on {} as a whole", comparison.old))
        ));
        for remark in &comparison.remarks {
            text.push_str(&format!("  {}:\n", escape_controls(&remark.from)));
            remark
                .text
                .iter()
                .for_each(|line| text.push_str(&format!("    {}\n", escape_controls(line))));
        }
    }
    if let Some(diff) = &comparison.cover_diff {
        text.push_str(&format!("\n{}{diff}", heading("cover letter")));
    }
    if !comparison.diff.is_empty() {
        text.push_str(&format!("\n{}{}", heading("patches"), comparison.diff));
    }
    text
}

fn table() -> Table {
    Table::new(&[("", Align::Right), ("", Align::Left), ("", Align::Flexible)])
}

fn row(patch: &Compared) -> [Cell; 3] {
    let numbers = match (patch.old, patch.new) {
        (Some(old), Some(new)) if old == new => old.to_string(),
        (old, new) => {
            let shown =
                |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
            format!("{} -> {}", shown(old), shown(new))
        }
    };
    let (mut state, paint) = match (patch.state, patch.lines) {
        (PatchDifference::Same, _) if patch.reordered => {
            return [
                Cell::new(numbers),
                Cell::new("reordered"),
                Cell::new(&patch.subject),
            ];
        }
        (PatchDifference::Same, _) => ("same".to_owned(), Paint::Dim),
        (PatchDifference::Changed, None) => ("rewritten".to_owned(), Paint::Attention),
        (PatchDifference::Changed, Some(1)) => ("changed (1 line)".to_owned(), Paint::Attention),
        (PatchDifference::Changed, Some(lines)) => {
            (format!("changed ({lines} lines)"), Paint::Attention)
        }
        (PatchDifference::New, _) => ("new".to_owned(), Paint::Good),
        (PatchDifference::Dropped, _) => ("dropped".to_owned(), Paint::Bad),
    };
    if patch.reordered {
        state.push_str(", reordered");
    }
    [
        Cell::new(numbers),
        Cell::painted(state, paint),
        Cell::new(&patch.subject),
    ]
}

fn remark_lines(remark: &OldReply) -> impl Iterator<Item = Cell> {
    let lines = remark
        .text
        .iter()
        .map(|line| Cell::new(format!("    {line}")));
    [Cell::painted(format!("  {}:", remark.from), Paint::Dim)]
        .into_iter()
        .chain(lines)
}

fn tag_line(tag: &Tag, new: VersionNumber) -> Cell {
    let text = format!("  {}: {}", tag.name, tag.value);
    match tag.carried {
        true => Cell::painted(text, Paint::Good),
        false => Cell::painted(format!("{text} (not in {new})"), Paint::Attention),
    }
}
