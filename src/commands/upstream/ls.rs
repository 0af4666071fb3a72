// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream ls`: lists the upstreams.

use crate::commands::Requirements;
use crate::context::Context;
use crate::db::{patchwork, upstream};
use crate::error::Result;
use crate::view::each;
use crate::view::upstream::{UpstreamJson, lines, table};
use clap::Args;

/// List the upstreams
///
/// The default upstream is marked with an asterisk.
#[derive(Debug, Args)]
pub struct UpstreamLs {
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl UpstreamLs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let (db, out) = (context.db()?, context.out());
        let (upstreams, projects) = (upstream::list(&db)?, patchwork::list(&db)?);
        let lines = lines(&upstreams, &projects);
        if self.json {
            return out.json(&each::<_, UpstreamJson<'_>>(&lines));
        }
        if lines.is_empty() {
            out.note("there is no upstream yet");
            out.hint("to add one: git patman upstream add <name> <url>");
            return Ok(());
        }
        out.table(&table(&lines))
    }
}
