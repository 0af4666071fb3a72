// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow list`: lists the history of series.

use crate::author::Author;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use crate::view::each;
use crate::view::workflow::{WorkflowJson, table};
use clap::Args;

/// List the history of series: sent, reviewed, reminders set
///
/// The oldest entry comes first. Entries of series that no longer exist are omitted.
#[derive(Debug, Args)]
pub struct WorkflowList {
    /// Include entries that are no longer current, such as replaced reminders
    #[arg(short, long)]
    all: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl WorkflowList {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>) -> Result<()> {
        let out = context.out();
        let rows = author.workflow(self.all)?;
        if self.json {
            return out.json(&each::<_, WorkflowJson<'_>>(&rows));
        }
        if rows.is_empty() {
            out.note("there are no workflow entries");
            return Ok(());
        }
        out.table(&table(&rows, self.all))
    }
}
