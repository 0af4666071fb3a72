// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review trailers`: what replies give to the patches of a review, and adding it to the commits.

use super::Named;
use crate::error::Result;
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::output::colour::Paint;
use crate::output::count;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::report::Report;
use crate::series::{SeriesName, VersionNumber};
use clap::Args;
use serde::{Serialize, Serializer};

/// List the trailers that replies give, or add them to the commits of a review
///
/// A trailer in a reply to a patch is for that patch, one in a reply to the cover letter for all of them, and one that was
/// given to an earlier version for the patch that is still the same. It counts if its sender has the
/// address that it names. What has only the sender's name is listed as unproved, what names somebody else as refused, and
/// neither is added without --allow-mismatch; objections are never added.
///
/// Where a mailing list puts its own address into From, the person behind it counts if the list is known: by patman.list, by
/// its Patchwork, or by a clone of its archive.
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
    /// Also take trailers that are not proved to be from the sender of the reply
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
    #[serde(serialize_with = "as_json")]
    trailers: Vec<CollectedTrailer>,
}

impl Trailers {
    pub(super) fn run(&self, reviews: &mut Reviews<'_>) -> Result<()> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let (report, trailers, kept, added) = if self.apply {
            let amended = reviews.add_trailers(&recorded, self.allow_mismatch)?;
            (
                amended.report,
                amended.trailers,
                amended.kept,
                amended.added,
            )
        } else {
            let report = reviews.describe(&recorded)?;
            let collected = reviews.collected_trailers(&recorded, &report, self.allow_mismatch)?;
            (report, collected, None, 0)
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
            .filter(|one| one.state == TrailerState::New)
            .count();
        match &listed.kept {
            Some(kept) => {
                out.note(format!(
                    "{} added to {name} {version}",
                    count::trailers(listed.added)
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
                    count::trailers(new)
                ));
            }
            None => out.hint(format!(
                "to add what is new: git patman review trailers {name} --apply"
            )),
        }
        let is_left_out = |one: &CollectedTrailer| {
            matches!(one.state, TrailerState::Unproved | TrailerState::Refused)
        };
        if !self.allow_mismatch && listed.trailers.iter().any(is_left_out) {
            out.hint("to take what somebody else has sent: --allow-mismatch");
        }
    }
}

/// A trailer as git-patman-json(5) describes it.
#[derive(Serialize)]
struct TrailerJson<'t> {
    patch: u32,
    name: &'t str,
    value: &'t str,
    notes: &'t [String],
    from: &'t str,
    version: VersionNumber,
    state: TrailerState,
    why: Option<&'t str>,
}

fn as_json<S: Serializer>(all: &[CollectedTrailer], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(|one| TrailerJson {
        patch: one.patch,
        name: &one.trailer.name,
        value: &one.trailer.value,
        notes: &one.notes,
        from: &one.from,
        version: one.version,
        state: one.state,
        why: one.why.as_deref(),
    }))
}

fn table(listed: &Listed) -> Table {
    let mut table = Table::new(&[
        ("PATCH", Align::Right),
        ("TRAILER", Align::Flexible),
        ("FROM", Align::Optional),
        ("STATE", Align::Flexible),
    ]);
    let mut in_order: Vec<&CollectedTrailer> = listed.trailers.iter().collect();
    in_order.sort_by_key(|one| one.patch);
    for one in in_order {
        table.row([
            Cell::new(one.patch.to_string()),
            Cell::new(one.text()),
            Cell::painted(&one.from, Paint::Dim),
            state(one, listed),
        ]);
    }
    table
}

fn state(one: &CollectedTrailer, listed: &Listed) -> Cell {
    let origin = if one.version == listed.version {
        String::new()
    } else {
        format!(", given to {}", one.version)
    };
    match one.state {
        TrailerState::New if listed.kept.is_some() => {
            Cell::painted(format!("added{origin}"), Paint::Good)
        }
        TrailerState::New => Cell::painted(format!("new{origin}"), Paint::Good),
        TrailerState::Present => {
            let other = one.why.as_ref();
            let other = other.map_or(String::new(), |why| format!(": {why}"));
            Cell::painted(format!("there already{origin}{other}"), Paint::Dim)
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
