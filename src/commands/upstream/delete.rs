// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream delete`: deletes an upstream and its Patchwork project.

use super::UpstreamName;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::{patchwork, upstream};
use crate::error::Result;
use crate::source::server::unknown;
use clap::Args;

/// Delete an upstream and its Patchwork project
///
/// The git remote is not changed, and series keep the name of the upstream.
#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    named: UpstreamName,
}

impl Delete {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let (name, out) = (self.named.name.as_str(), context.out());
        let (row, project, series) = context.db()?.write(|write| {
            let row = upstream::find(write, name)?.ok_or_else(|| unknown(name))?;
            let (project, series) = (
                patchwork::find(write, Some(name))?,
                upstream::series(write, name)?,
            );
            upstream::delete(write, name)?;
            patchwork::delete(write, Some(name))?;
            Ok((row, project, series))
        })?;
        let project = project.map_or(String::new(), |one| {
            format!(" and its project '{}'", one.name)
        });
        out.note(format!("deleted upstream '{name}'{project}"));
        if row.is_default {
            out.note("it was the default upstream; now there is none");
            out.hint("to set another: git patman upstream default <name>");
        }
        if series > 0 {
            out.note(format!(
                "{series} series still {} this upstream",
                if series == 1 { "has" } else { "have" }
            ));
        }
        Ok(())
    }
}
