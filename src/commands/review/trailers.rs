// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review trailers`: lists trailers from replies and adds them to the commits.

use super::ReviewName;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::output::Output;
use crate::review::Reviews;
use crate::review::amend::Amended;
use crate::text::count;
use crate::text::shell_quote;
use crate::view::trailers::{TrailersJson, table};
use clap::Args;

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

impl Trailers {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let recorded = reviews.find(self.named.name.as_deref())?;
        let amended = if self.apply {
            reviews.add_trailers(&recorded, self.allow_mismatch)?
        } else {
            let report = reviews.describe(&recorded)?;
            let trailers = reviews.collected_trailers(&recorded, &report, self.allow_mismatch)?;
            Amended {
                report,
                trailers,
                kept: None,
                added: 0,
            }
        };
        if self.json {
            out.json(&TrailersJson::from(&amended))?;
        } else if !amended.trailers.is_empty() {
            out.table(&table(&amended))?;
        }
        self.tell(out, &amended);
        Ok(())
    }

    fn tell(&self, out: &Output, amended: &Amended) {
        let (name, version) = (&amended.report.series, amended.report.version);
        let new = amended
            .trailers
            .iter()
            .filter(|one| one.state == TrailerState::New)
            .count();
        match &amended.kept {
            Some(kept) => {
                out.note(format!(
                    "{} added to {name} {version}",
                    count::trailers(amended.added)
                ));
                out.note(format!("the previous commits are backed up as {kept}"));
            }
            None if amended.trailers.is_empty() => {
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
        if !self.allow_mismatch && amended.trailers.iter().any(is_left_out) {
            out.hint("to accept unproved and refused trailers: --allow-mismatch");
        }
    }
}
