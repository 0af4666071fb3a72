// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review compare`: compares two versions of a series.

use super::ReviewName;
use crate::commands::Requirements;
use crate::complete;
use crate::error::{Error, Result};
use crate::output::colour::Paint;
use crate::output::escape_controls;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::compare::{Compared, Comparison, OldReply, PatchDifference, Tag};
use crate::series::VersionNumber;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Compare two versions: what was requested, and what changed
///
/// Shows each patch with its change and with the comments on the older version, followed by the differences between
/// the cover letters and, as by 'git range-diff', between the patches. Nothing is fetched; a version that was never
/// applied here is compared from its recorded mails, even if its base is missing.
#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    named: ReviewName,
    /// The versions, such as v1..v3; a single version is compared with the newest [default: the newest two]
    #[arg(value_name = "VERSIONS", add = ArgValueCompleter::new(complete::versions))]
    versions: Option<String>,
    /// Print only a line for each patch
    #[arg(long)]
    stat: bool,
    /// Print the comparison as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

type Versions = (VersionNumber, Option<VersionNumber>);

impl Compare {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::CHANGES
    }

    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        // In a worktree the name can be omitted.
        let (name, versions) = match (&self.named.name, &self.versions) {
            (Some(name), None) if is_versions(name) => (None, Some(parse(name)?)),
            (name, versions) => (name.as_deref(), versions.as_deref().map(parse).transpose()?),
        };
        let recorded = reviews.find(name)?;
        let newest = reviews.newest_mail(recorded.id)?;
        let colour = reviews.out.has_colour() && !self.json;
        let comparison = reviews.compare(&recorded, versions, colour)?;
        for one in &comparison.not_compared {
            reviews.out.warn(format!(
                "cannot compare patch {} of {}: {}",
                one.patch, one.version, one.why
            ));
        }
        if self.json {
            reviews.out.json(&comparison)?;
        } else {
            let text = if self.stat {
                stat(reviews, &comparison)
            } else {
                render(reviews, &comparison)
            };
            reviews.out.listing(&text)?;
        }
        reviews.mark_seen(recorded.id, newest);
        Ok(())
    }
}

fn is_versions(text: &str) -> bool {
    text.starts_with('v') && parse(text).is_ok()
}

fn parse(text: &str) -> Result<Versions> {
    let (old, new) = text
        .split_once("..")
        .map_or((text, None), |(old, new)| (old, Some(new)));
    let versions = || {
        Ok((
            old.parse()?,
            new.filter(|new| !new.is_empty())
                .map(str::parse)
                .transpose()?,
        ))
    };
    versions().map_err(|_: Error| {
        Error::usage(format!(
            "'{text}' is not a version or range of versions, such as v1 or v1..v2"
        ))
    })
}

fn stat(reviews: &Reviews<'_>, comparison: &Comparison) -> String {
    let mut table = table();
    comparison
        .patches
        .iter()
        .for_each(|patch| table.row(row(patch)));
    reviews.out.render(&table)
}

fn render(reviews: &Reviews<'_>, comparison: &Comparison) -> String {
    let out = reviews.out;
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
