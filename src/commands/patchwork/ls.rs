// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman patchwork ls`: lists the projects of all upstreams.

use crate::commands::Requirements;
use crate::context::Context;
use crate::db::{patchwork, upstream};
use crate::error::Result;
use crate::view::each;
use crate::view::project::{self, ProjectJson};
use clap::Args;

/// List the projects of all upstreams
#[derive(Debug, Args)]
pub struct PatchworkLs {
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl PatchworkLs {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let (db, out) = (context.db()?, context.out());
        let all = patchwork::list(&db)?;
        if self.json {
            return out.json(&each::<_, ProjectJson<'_>>(&all));
        }
        if all.is_empty() {
            out.note("no Patchwork project is set");
            out.hint("to set one: git patman patchwork set-project <project>");
            return Ok(());
        }
        out.table(&project::table(&all, &upstream::list(&db)?))
    }
}
