// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman patchwork get-project`: shows the project of an upstream.

use super::Of;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::patchwork;
use crate::error::{Error, Result};
use crate::source::server::meant;
use crate::text::escape_controls;
use crate::text::shell_operand;
use crate::view::project::{self, ProjectJson};
use clap::Args;

/// Show the project of an upstream
#[derive(Debug, Args)]
pub struct GetProject {
    #[command(flatten)]
    of: Of,
    /// Print the project as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl GetProject {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let db = context.db()?;
        let given = self.of.upstream.as_deref();
        // patman does not delete the project of a deleted upstream.
        let project = match given
            .map(|given| patchwork::find(&db, Some(given)))
            .transpose()?
            .flatten()
        {
            Some(project) => Some(project),
            None => {
                let upstream = meant(&db, context.settings(), context.repo().ok(), given)?;
                let own = patchwork::find(&db, upstream.as_ref().map(|one| one.name.as_str()))?;
                let url = upstream.as_ref().and_then(|one| one.patchwork_url.as_ref());
                if own.is_none() && url.is_none() {
                    patchwork::find(&db, None)?
                } else {
                    own
                }
            }
        };
        let project = project.ok_or_else(|| {
            let of = given.map_or(String::new(), |name| format!(" for upstream '{name}'"));
            let operand = given.map_or(String::new(), |name| format!(" {}", shell_operand(name)));
            Error::new(format!("no project{of} is set")).with_hint(format!(
                "to set it: git patman patchwork set-project <project>{operand}"
            ))
        })?;
        if self.json {
            return context.out().json(&ProjectJson::from(&project));
        }
        context
            .out()
            .data(format!("{}\n", escape_controls(&project::line(&project))))
    }
}
