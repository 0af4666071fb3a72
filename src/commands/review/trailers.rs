// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review trailers`: what replies give to the patches of a review, and adding it to the commits.

use super::Named;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::count::trailers;
use crate::output::shell_quote;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::followups::{Followup, State};
use crate::review::report::Report;
use crate::series::{SeriesName, VersionNumber};
use clap::Args;
use serde::Serialize;

/// List the trailers that replies give, or add them to the commits of a review
///
/// A trailer in a reply to a patch is for that patch, one in a reply to the cover letter for all of them, and one that was
/// given to an earlier version for the patch that is still the same. It counts if its sender is the one whom it names, by
/// address or by name; what is refused is listed with the reason, as are objections, which are never added.
///
/// With --apply the new ones are added to the messages of the commits on the review branch, behind the trailers that are
/// there; your own Signed-off-by stays last. Files and index of the worktree do not change, and the commits as they were
/// are kept under a ref.
#[derive(Debug, Args)]
pub struct Trailers {
    #[command(flatten)]
    named: Named,
    /// Add what is new to the commits
    #[arg(long)]
    apply: bool,
    /// Also take trailers that name somebody else than the sender of the reply
    #[arg(long)]
    allow_mismatch: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Listed {
    series: SeriesName,
    version: VersionNumber,
    head: Option<String>,
    kept: Option<String>,
    added: usize,
    trailers: Vec<Followup>,
}

impl Trailers {
    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let (report, trailers, kept, added) = if self.apply {
            let amended = reviews.add_trailers(&recorded, self.allow_mismatch)?;
            (
                amended.report,
                amended.followups,
                amended.kept,
                amended.added,
            )
        } else {
            let report = reviews.describe(&recorded)?;
            let followups = reviews.followups(&recorded, &report, self.allow_mismatch)?;
            (report, followups, None, 0)
        };
        let Report {
            series,
            version,
            head,
            ..
        } = report;
        let listed = Listed {
            series,
            version,
            head,
            kept,
            added,
            trailers,
        };
        if self.json {
            reviews.out.json(&listed)?;
        } else if !listed.trailers.is_empty() {
            reviews.out.table(&table(&listed))?;
        }
        self.tell(reviews, &listed);
        Ok(())
    }

    fn tell(&self, reviews: &Reviews<'_>, listed: &Listed) {
        let (out, name, version) = (reviews.out, &listed.series, listed.version);
        let new = listed
            .trailers
            .iter()
            .filter(|one| one.state == State::New)
            .count();
        match &listed.kept {
            Some(kept) => {
                out.note(format!(
                    "{} added to {name} {version}",
                    trailers(listed.added)
                ));
                out.note(format!("the commits as they were are kept as {kept}"));
            }
            None if listed.trailers.is_empty() => {
                out.note(format!("no reply gives {name} {version} a trailer"))
            }
            None if new == 0 => out.note(format!("there is nothing new for {name} {version}")),
            None if self.apply => {
                out.warn(format!(
                    "{} for patches that have no commit: not added",
                    trailers(new)
                ));
            }
            None => out.hint(format!(
                "to add what is new: git patman review trailers {name} --apply",
                name = shell_quote(&name)
            )),
        }
        if listed
            .trailers
            .iter()
            .any(|one| one.state == State::Refused)
        {
            out.hint("to take what somebody else has sent: --allow-mismatch");
        }
    }
}

fn table(listed: &Listed) -> Table {
    let mut table = Table::new(&[
        ("PATCH", Align::Right),
        ("TRAILER", Align::Flexible),
        ("FROM", Align::Optional),
        ("STATE", Align::Flexible),
    ]);
    let mut in_order: Vec<&Followup> = listed.trailers.iter().collect();
    in_order.sort_by_key(|one| one.patch);
    for one in in_order {
        let trailer = if one.name == "NACK" {
            one.value.clone()
        } else {
            format!("{}: {}", one.name, one.value)
        };
        table.row([
            Cell::new(one.patch.to_string()),
            Cell::new(trailer),
            Cell::painted(&one.from, Paint::Dim),
            state(one, listed),
        ]);
    }
    table
}

fn state(one: &Followup, listed: &Listed) -> Cell {
    let origin = if one.version == listed.version {
        String::new()
    } else {
        format!(", given to {}", one.version)
    };
    match one.state {
        State::New if listed.kept.is_some() => Cell::painted(format!("added{origin}"), Paint::Good),
        State::New => Cell::painted(format!("new{origin}"), Paint::Good),
        State::There => Cell::painted(format!("there already{origin}"), Paint::Dim),
        State::Objection => Cell::painted(format!("objection{origin}"), Paint::Attention),
        State::Refused => Cell::painted(
            format!("refused: {}", one.why.as_deref().unwrap_or_default()),
            Paint::Bad,
        ),
    }
}
