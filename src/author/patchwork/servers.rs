// SPDX-License-Identifier: GPL-2.0-or-later
//! The servers to ask about a series of the user's, and several requests at a time.

use crate::author::Author;
use crate::db::series::{REVIEW, Series};
use crate::db::version::Version;
use crate::error::{Error, Result};
use crate::source::patchwork::url::number;
use crate::source::percent::encode_component;
use crate::source::server::{PatchworkServer, Servers};
use crate::text::shell_quote;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of jobs that run at once; the client limits the requests.
const MOST_AT_ONCE: usize = 4;

impl Author<'_> {
    /// The servers of a series: those of its upstream, of the remote that its branch tracks, or of the default
    /// upstream, in that order. The current branch does not matter.
    pub fn servers(&self, upstream: Option<&str>, branch: &str) -> Result<Servers> {
        let (db, settings) = (&self.db, self.settings);
        if upstream.is_some() {
            return Servers::choose(db, settings, Some(self.repo), upstream);
        }
        let followed = self.repo.remote_of(branch);
        let known = followed.filter(|remote| {
            settings.has_upstream(remote)
                || crate::db::upstream::find(db, remote).is_ok_and(|row| row.is_some())
        });
        let mut servers = Servers::choose(db, settings, None, known.as_deref())?;
        if servers.archive.is_some() {
            // A relative path starts at the top of the repository.
            servers = Servers::choose(db, settings, Some(self.repo), servers.upstream.as_deref())?;
        }
        Ok(servers)
    }
}

/// The Patchwork of an upstream; it is an error if it has none.
pub fn patchwork(servers: &Servers) -> Result<&PatchworkServer> {
    servers
        .patchwork
        .as_ref()
        .ok_or_else(|| match &servers.upstream {
            Some(name) => Error::new(format!(
                "no Patchwork server is configured for upstream '{name}'"
            ))
            .with_hint(format!(
                "name one: git patman upstream set {name} --patchwork-url <url>",
                name = shell_quote(name)
            )),
            None => Error::new("no Patchwork server is configured").with_hint(
                "to set it: git config patman.patchworkUrl https://patchwork.example.com",
            ),
        })
}

/// Refuses a review.
pub fn not_a_review(series: &Series) -> Result<()> {
    if series.source.as_deref() != Some(REVIEW) {
        return Ok(());
    }
    let name = &series.name;
    Err(
        Error::new(format!("'{name}' is a review, not one of your series")).with_hint(format!(
            "to see the trailers in replies to it: git patman review trailers {name}",
            name = shell_quote(name)
        )),
    )
}

/// The number of a version's series on Patchwork.
pub fn link(series: &Series, version: &Version) -> Result<u64> {
    let flags = flags(series, version);
    match &version.link {
        None => Err(Error::new(format!(
            "{} is not linked to a series on Patchwork",
            shown(series, version)
        ))
        .with_hint(format!(
            "to find it there: git patman series {flags} autolink"
        ))),
        Some(link) => number(link).ok_or_else(|| {
            Error::new(format!(
                "the link of {} is not a number: '{link}'",
                shown(series, version)
            ))
            .with_hint(format!(
                "to set the right one: git patman series {flags} set-link <number>"
            ))
        }),
    }
}

/// The page of a series with all its patches; `None` if the project is not known.
pub fn page(server: &PatchworkServer, id: u64) -> Option<String> {
    let project = encode_component(&server.project.as_ref()?.link_name);
    Some(format!(
        "{}/project/{project}/list/?series={id}&state=*&archive=both",
        server.url
    ))
}

/// A version in words: `video v2`.
pub fn shown(series: &Series, version: &Version) -> String {
    match version.number {
        Some(number) => format!("{} {number}", series.name),
        None => series.name.clone(),
    }
}

/// The options that name a version to a command.
pub fn flags(series: &Series, version: &Version) -> String {
    match version.number.map(|number| number.get()) {
        None | Some(1) => format!("-s {}", shell_quote(&series.name)),
        Some(number) => format!("-s {} -V {number}", shell_quote(&series.name)),
    }
}

/// The results of `ask` for each, in their order, several at a time.
pub fn all<A: Sync, T: Send + Sync>(
    asked: &[A],
    ask: impl Fn(&A) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    let next = AtomicUsize::new(0);
    let slots: Vec<OnceLock<Result<T>>> = asked.iter().map(|_| OnceLock::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..asked.len().min(MOST_AT_ONCE) {
            scope.spawn(|| {
                while let Some((slot, one)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| slots.get(at).zip(asked.get(at)))
                {
                    slot.get_or_init(|| ask(one));
                }
            });
        }
    });
    let lost = || Err(Error::new("a request was lost"));
    slots
        .into_iter()
        .map(|slot| slot.into_inner().unwrap_or_else(lost))
        .collect()
}
