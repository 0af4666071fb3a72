// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review trailers`: lists trailers from replies and adds them to the commits.

use super::ReviewName;
use crate::commands::Requirements;
use crate::error::Result;
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::output::colour::Paint;
use crate::output::count;
use crate::output::shell_quote;
use crate::output::table::{Align, Cell, Table};
use crate::review::Reviews;
use crate::review::report::ReviewReport;
use crate::series::{SeriesName, VersionNumber};
use clap::Args;
use serde::{Serialize, Serializer};

/// List trailers from replies, or add them to the commits
///
/// A trailer in a reply to a patch applies to that patch, a trailer in a reply to the cover letter to all patches,
/// and a trailer for an earlier version to the patch if it has not changed. It is accepted if it names the address of
/// its sender. A trailer that names only the sender's name is listed as unproved, one that names another person as
/// refused; neither is added without --allow-mismatch. Objections are listed and never added.
///
/// If a mailing list replaces From with its own address, the person behind it is accepted if the list is known: from
/// patman.list, from the upstream's Patchwork, or from a clone of its archive.
///
/// With --apply, new trailers are added to the commit messages on the review branch, after the existing trailers;
/// your own Signed-off-by stays last. The files and the index of the worktree do not change, and the previous
/// commits are kept under a ref.
#[derive(Debug, Args)]
pub struct Trailers {
    #[command(flatten)]
    named: ReviewName,
    /// Add new trailers to the commits
    #[arg(long)]
    apply: bool,
    /// Also accept trailers that are not proved to come from the sender of the reply
    #[arg(long)]
    allow_mismatch: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct TrailersJson {
    series: SeriesName,
    version: VersionNumber,
    head: Option<String>,
    kept: Option<String>,
    added: usize,
    #[serde(serialize_with = "as_json")]
    trailers: Vec<CollectedTrailer>,
}

impl Trailers {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

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
        let ReviewReport {
            series,
            version,
            head,
            ..
        } = report;
        let listed = TrailersJson {
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

    fn tell(&self, reviews: &Reviews<'_>, listed: &TrailersJson) {
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
                out.note(format!("the previous commits are kept as {kept}"));
            }
            None if listed.trailers.is_empty() => {
                out.note(format!("there are no trailers for {name} {version}"))
            }
            None if new == 0 => out.note(format!("there are no new trailers for {name} {version}")),
            None if self.apply => {
                out.warn(format!(
                    "not added: {} for patches without a commit",
                    count::trailers(new)
                ));
            }
            None => out.hint(format!(
                "to add new trailers: git patman review trailers {name} --apply",
                name = shell_quote(name)
            )),
        }
        let is_left_out = |one: &CollectedTrailer| {
            matches!(one.state, TrailerState::Unproved | TrailerState::Refused)
        };
        if !self.allow_mismatch && listed.trailers.iter().any(is_left_out) {
            out.hint("to accept unproved and refused trailers: --allow-mismatch");
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

fn table(listed: &TrailersJson) -> Table {
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

fn state(one: &CollectedTrailer, listed: &TrailersJson) -> Cell {
    let origin = if one.version == listed.version {
        String::new()
    } else {
        format!(", from {}", one.version)
    };
    match one.state {
        TrailerState::New if listed.kept.is_some() => {
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
