// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman patchwork ls`: lists the projects of all upstreams.

use crate::commands::Requirements;
use crate::context::Context;
use crate::db::{patchwork, upstream};
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
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
            return out.json(&all);
        }
        if all.is_empty() {
            out.note("no Patchwork project is set");
            out.hint("to set one: git patman patchwork set-project <project>");
            return Ok(());
        }
        let upstreams = upstream::list(&db)?;
        let mut table = Table::new(&[
            ("PROJECT", Align::Flexible),
            ("ID", Align::Right),
            ("LINK NAME", Align::Left),
            ("UPSTREAM", Align::Left),
        ]);
        for one in &all {
            let upstream = match &one.upstream {
                None => Cell::painted("-", Paint::Dim),
                Some(name) if upstreams.iter().any(|upstream| upstream.name == *name) => {
                    Cell::new(name)
                }
                Some(name) => Cell::painted(format!("{name} (deleted)"), Paint::Bad),
            };
            table.row([
                Cell::new(&one.name),
                Cell::new(one.id.to_string()),
                Cell::new(&one.link_name),
                upstream,
            ]);
        }
        out.table(&table)
    }
}
