// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series ls`: lists the series.

use super::SeriesOption as Named;
use crate::author::Author;
use crate::context::Context;
use crate::db::listing::{Archived, ListQuery, SeriesFilter};
use crate::error::Result;
use crate::listing::overview::{SeriesSummary, numbers};
use crate::output::Output;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::view::each;
use crate::view::list::SeriesJson;
use clap::Args;

/// List your series
///
/// Lists the series by name, with the number of accepted patches of the newest version ('-' if it has no link to
/// Patchwork) and the numbers of all versions. With -s only that series is listed, even if it is a review or
/// archived.
#[derive(Debug, Args)]
pub struct SeriesLs {
    /// Include archived series
    #[arg(short = 'A', long)]
    include_archived: bool,
    /// List only reviews
    #[arg(short, long)]
    reviews: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl SeriesLs {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        named: &Named,
    ) -> Result<()> {
        let out = context.out();
        let lines = self.lines(author, named)?;
        if self.json {
            return out.json(&each::<_, SeriesJson<'_>>(&lines));
        }
        if lines.is_empty() {
            return self.nothing(out, author);
        }
        out.table(&table(&lines))
    }

    fn lines(&self, author: &Author<'_>, named: &Named) -> Result<Vec<SeriesSummary>> {
        if named.is_named() {
            let (series, _) = author.series(&named.chosen())?;
            return author.overview(ListQuery::only(series.id));
        }
        let archived = if self.include_archived {
            Archived::With
        } else {
            Archived::Without
        };
        author.overview(ListQuery::of(self.owner(), archived))
    }

    fn owner(&self) -> SeriesFilter {
        if self.reviews {
            SeriesFilter::Reviews
        } else {
            SeriesFilter::Own
        }
    }

    fn nothing(&self, out: &Output, author: &Author<'_>) -> Result<()> {
        let away = match self.include_archived {
            true => 0,
            false => author
                .overview(ListQuery::of(self.owner(), Archived::Only))?
                .len(),
        };
        out.note(match (away, self.reviews) {
            (0, false) => "there are no series yet".to_owned(),
            (0, true) => "there are no reviews yet".to_owned(),
            (1, false) => "there are no series except for 1 archived".to_owned(),
            (1, true) => "there are no reviews except for 1 archived".to_owned(),
            (away, false) => format!("there are no series except for {away} archived"),
            (away, true) => format!("there are no reviews except for {away} archived"),
        });
        out.hint(match (away, self.reviews) {
            (0, false) => "to add the current branch: git patman series add",
            (0, true) => "to start a review: git patman review start <source>",
            (_, false) => "to include archived ones: git patman series ls -A",
            (_, true) => "to include archived ones: git patman series ls -r -A",
        });
        Ok(())
    }
}

fn table(lines: &[SeriesSummary]) -> Table {
    let has_marks = lines.iter().any(|line| line.mark().is_some());
    let mut columns = vec![
        ("NAME", Align::Flexible),
        ("TITLE", Align::Flexible),
        ("ACCEPTED", Align::Right),
        ("UPSTREAM", Align::Flexible),
        ("VERSIONS", Align::Left),
    ];
    if has_marks {
        columns.push(("NOTE", Align::Left));
    }
    let mut table = Table::new(&columns);
    for line in lines {
        let mut cells = vec![
            Cell::painted(
                if line.series.is_empty() {
                    "-"
                } else {
                    &line.series
                },
                if line.archived {
                    Paint::Dim
                } else {
                    Paint::Plain
                },
            ),
            Cell::new(line.title.as_deref().unwrap_or("-")),
            accepted(line),
            Cell::new(line.upstream.as_deref().unwrap_or("-")),
            Cell::painted(numbers(&line.versions), Paint::Commit),
        ];
        if has_marks {
            let paint = if line.versions.is_empty() {
                Paint::Bad
            } else {
                Paint::Dim
            };
            cells.push(Cell::painted(line.mark().unwrap_or_default(), paint));
        }
        table.row(cells);
    }
    table
}

/// The number of accepted patches of the newest version and their total.
fn accepted(line: &SeriesSummary) -> Cell {
    let Some(newest) = line.newest() else {
        return Cell::new("-");
    };
    let (accepted, patches) = (newest.accepted, newest.patches);
    match newest.link {
        None => Cell::painted(format!("-/{patches}"), Paint::Dim),
        Some(_) if patches > 0 && accepted == patches => {
            Cell::painted(format!("{accepted}/{patches}"), Paint::Good)
        }
        Some(_) => Cell::new(format!("{accepted}/{patches}")),
    }
}
