// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review trailers`: lists trailers from replies and adds them to the commits.

use super::Named;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::count::trailers;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::followups::{Followup, State};
use crate::review::report::Report;
use crate::series::{SeriesName, VersionNumber};
use clap::Args;
use serde::Serialize;

/// List trailers from replies, or add them to the commits
///
/// A trailer in a reply to a patch applies to that patch, a trailer in a reply to the cover letter to all patches,
/// and a trailer for an earlier version to the patch if it has not changed. It is accepted if its sender is the
/// person whom it names, by address or by name; refused trailers are listed with the reason. Objections are listed
/// and never added.
///
/// With --apply, new trailers are added to the commit messages on the review branch, after the existing trailers;
/// your own Signed-off-by stays last. The files and the index of the worktree do not change, and the previous
/// commits are kept under a ref.
#[derive(Debug, Args)]
pub struct Trailers {
    #[command(flatten)]
    named: Named,
    /// Add new trailers to the commits
    #[arg(long)]
    apply: bool,
    /// Also accept trailers that name a person other than the sender
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
                out.note(format!("the previous commits are kept as {kept}"));
            }
            None if listed.trailers.is_empty() => {
                out.note(format!("there are no trailers for {name} {version}"))
            }
            None if new == 0 => out.note(format!("there are no new trailers for {name} {version}")),
            None if self.apply => {
                out.warn(format!(
                    "not added: {} for patches without a commit",
                    trailers(new)
                ));
            }
            None => out.hint(format!(
                "to add new trailers: git patman review trailers {name} --apply"
            )),
        }
        if listed
            .trailers
            .iter()
            .any(|one| one.state == State::Refused)
        {
            out.hint("to accept refused trailers: --allow-mismatch");
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
        format!(", from {}", one.version)
    };
    match one.state {
        State::New if listed.kept.is_some() => Cell::painted(format!("added{origin}"), Paint::Good),
        State::New => Cell::painted(format!("new{origin}"), Paint::Good),
        State::There => Cell::painted(format!("already present{origin}"), Paint::Dim),
        State::Objection => Cell::painted(format!("objection{origin}"), Paint::Attention),
        State::Refused => Cell::painted(
            format!("refused: {}", one.why.as_deref().unwrap_or_default()),
            Paint::Bad,
        ),
    }
}
