// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series set-upstream`: sets the upstream of a series.

use super::SeriesOption;
use crate::author::Author;
use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::db::upstream;
use crate::error::Result;
use crate::source::server;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Set the upstream of a series
///
/// It can be an upstream that 'git patman upstream ls' lists, a remote, or an upstream that is only defined by
/// settings.
#[derive(Debug, Args)]
pub struct SetUpstream {
    /// The upstream
    #[arg(value_name = "UPSTREAM", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: String,
}

impl SetUpstream {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(
        &self,
        context: &Context,
        author: &mut Author<'_>,
        which: &SeriesOption,
    ) -> Result<()> {
        let out = context.out();
        let (series, _) = author.series(&which.chosen())?;
        let (name, upstream) = (&series.name, self.upstream.as_str());
        if !is_known(author, upstream)? {
            return Err(server::unknown(upstream));
        }
        if !author.set_upstream(&series, upstream)? {
            out.note(format!("series '{name}' already has upstream '{upstream}'"));
            return Ok(());
        }
        let would = if author.dry_run {
            "would have"
        } else {
            "now has"
        };
        let before = series
            .upstream
            .as_ref()
            .map_or(String::new(), |before| format!(", instead of '{before}'"));
        out.note(format!(
            "series '{name}' {would} upstream '{upstream}'{before}"
        ));
        Ok(())
    }
}

fn is_known(author: &Author<'_>, upstream: &str) -> Result<bool> {
    Ok(!upstream.is_empty()
        && (upstream::find(&author.db, upstream)?.is_some()
            || author.repo.has_remote(upstream)
            || author.settings.has_upstream(upstream)))
}
