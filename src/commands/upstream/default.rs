// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman upstream default`: shows or sets the default upstream.

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::db::upstream;
use crate::error::{Error, Exit, Result};
use crate::source::server::unknown;
use crate::text::escape_controls;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Show, set or unset the default upstream
///
/// Without NAME, prints the default upstream; if there is none, prints nothing and exits with status 1.
#[derive(Debug, Args)]
pub struct Default {
    /// The new default upstream
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::upstreams), conflicts_with = "unset")]
    name: Option<String>,
    /// Unset the default upstream
    #[arg(short, long)]
    unset: bool,
}

impl Default {
    pub(super) fn requirements(&self) -> Requirements {
        if self.name.is_none() && !self.unset {
            Requirements::READS
        } else {
            Requirements::WRITES
        }
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let (mut db, out) = (context.db()?, context.out());
        let before = upstream::list(&db)?
            .into_iter()
            .find(|one| one.is_default)
            .map(|one| one.name);
        if let Some(name) = &self.name {
            if !db.write(|write| upstream::set_default(write, Some(name)))? {
                return Err(unknown(name));
            }
            out.note(format!("the default upstream is '{name}'"));
            return Ok(());
        }
        if self.unset {
            db.write(|write| upstream::set_default(write, None))?;
            match before {
                Some(before) => out.note(format!("'{before}' is no longer the default upstream")),
                None => out.note("there was no default upstream"),
            }
            return Ok(());
        }
        let Some(name) = before else {
            out.note("there is no default upstream");
            out.hint("to set one: git patman upstream default <name>");
            return Err(Error::silent(Exit::Failed));
        };
        out.data(format!("{}\n", escape_controls(&name)))
    }
}
