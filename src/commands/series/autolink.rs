// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series autolink`: finds a series on Patchwork.

use super::SeriesOption;
use crate::author::Author;
use crate::author::patchwork::autolink::{LinkCandidate, LinkChoice, choose, search};
use crate::author::patchwork::servers::{flags, patchwork, shown};
use crate::author::target::own;
use crate::context::Context;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::output::terminal_width;
use crate::view::autolink::candidates;
use clap::Args;
use std::time::{Duration, Instant};

/// Find a series on Patchwork and record its number
///
/// Searches the upstream's Patchwork server for a series with the same title, author, version and number of
/// patches; if several match, the newest is used. A partial match is never used automatically: on a terminal you
/// are asked to choose, otherwise the candidates are listed and nothing is changed.
///
/// The number is recorded, and written into the branch as Series-links.
#[derive(Debug, Args)]
pub struct Autolink {
    #[command(flatten)]
    update: super::LinkUpdate,
    /// Wait up to this many seconds until the series is on Patchwork
    #[arg(short = 'w', long, value_name = "SECONDS", default_value_t = 0)]
    autolink_wait: u64,
    /// Replace an existing link
    #[arg(short, long)]
    force: bool,
}

/// The first and the longest pause between searches.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

impl Autolink {
    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (series, version) = author.version(&which.chosen())?;
        own(&series)?;
        let name = shown(&series, &version);
        if let Some(link) = version.link.as_deref().filter(|_| !self.force) {
            out.note(format!("{name} is already linked to series {link}"));
            out.hint(format!(
                "to find another: git patman series {} autolink --force",
                flags(&series, &version)
            ));
            return Ok(());
        }
        let branch = super::branch(&series, &version);
        let servers = author.servers(series.upstream.as_deref(), &branch)?;
        let server = patchwork(&servers)?;
        let wanted = author.wanted(&series, &version)?;
        let client = context.client(false)?;
        let ask = || search(client, server, &wanted);
        let found = self.wait(out, &name, ask)?;
        let link = match choose(&found) {
            LinkChoice::Found(one, of) => {
                let newest = if of > 1 {
                    format!(", the newest of {of}")
                } else {
                    String::new()
                };
                out.note(format!(
                    "{name} is series {} on {}: same title, author, version and number of patches{newest}",
                    one.id, server.url
                ));
                one.id
            }
            LinkChoice::NeedsDecision(found) => match asked(out, author, found, &name)? {
                Some(link) => link,
                None => return Err(unsure(&series, &version, found, &server.url)),
            },
        };
        author.record_link(&series, &version, link, !self.update.no_update)
    }

    /// Searches until there is a match or the time given by the user has passed.
    fn wait(
        &self,
        out: &Output,
        name: &str,
        ask: impl Fn() -> Result<Vec<LinkCandidate>>,
    ) -> Result<Vec<LinkCandidate>> {
        let begun = Instant::now();
        let most = Duration::from_secs(self.autolink_wait);
        let mut pause = PAUSES.0;
        loop {
            let found = ask()?;
            let left = most.saturating_sub(begun.elapsed());
            if matches!(choose(&found), LinkChoice::Found(..)) || left.is_zero() {
                return Ok(found);
            }
            let next = pause.min(left);
            out.note(format!(
                "{name} is not on Patchwork yet: retrying in {} s, for another {} s; press Ctrl-C to stop",
                next.as_secs().max(1),
                left.as_secs().max(1)
            ));
            std::thread::sleep(next);
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}

/// Lets the user choose, if there is a terminal.
fn asked(
    out: &Output,
    author: &Author<'_>,
    found: &[LinkCandidate],
    name: &str,
) -> Result<Option<u64>> {
    if found.is_empty() || author.dry_run || !out.can_ask() {
        return Ok(None);
    }
    out.note(format!(
        "no series matches {name} completely; these match in part:"
    ));
    out.note(candidates(found, true).render(terminal_width(), false));
    let Some(answer) = out.ask("which one? (number in the first column, or nothing for none)")?
    else {
        return Ok(None);
    };
    let at = answer
        .parse::<usize>()
        .ok()
        .and_then(|at| at.checked_sub(1));
    let one = at
        .and_then(|at| found.get(at))
        .ok_or_else(|| Error::new(format!("'{answer}' is not one of them")))?;
    out.note(format!("linked {name} to series {}", one.summary.id));
    Ok(Some(one.summary.id))
}

/// The error that no series matches completely, with the partial matches.
fn unsure(series: &Series, version: &Version, found: &[LinkCandidate], url: &str) -> Error {
    let name = shown(series, version);
    let flags = flags(series, version);
    if found.is_empty() {
        return Error::new(format!("{url} has no series with the title of {name}"))
            .with_hint(format!(
                "to wait until it arrives: git patman series {flags} autolink --autolink-wait 300"
            ))
            .with_hint(format!(
                "to set its number: git patman series {flags} set-link <number>"
            ));
    }
    // 'hint: ' precedes each line.
    let near = candidates(found, false)
        .render(terminal_width().map(|width| width.saturating_sub(6)), false);
    Error::new(format!(
        "{url} has no series that matches {name} completely"
    ))
    .with_hint(format!("these match in part:\n{}", near.trim_end()))
    .with_hint(format!(
        "to link one of them: git patman series {flags} set-link {}",
        found[0].summary.id
    ))
}
