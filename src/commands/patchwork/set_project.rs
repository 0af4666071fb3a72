// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman patchwork set-project`: finds a project on the Patchwork server and stores it.

use super::Of;
use crate::commands::Requirements;
use crate::context::Context;
use crate::db::patchwork::{self, ProjectRow};
use crate::error::{Error, Result};
use crate::source::patchwork::project;
use crate::source::server::{Servers, unknown};
use crate::text::shell_quote;
use crate::view::project::line;
use clap::Args;

/// Set the project of an upstream
///
/// Finds the project on the Patchwork server; if it does not exist, nothing is changed.
#[derive(Debug, Args)]
pub struct SetProject {
    /// The project: its name, its link name, or its mailing list
    #[arg(value_name = "PROJECT")]
    project: String,
    #[command(flatten)]
    of: Of,
}

impl SetProject {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let mut db = context.db()?;
        let given = self.of.upstream.as_deref();
        let servers = Servers::choose(&db, context.settings(), context.repo().ok(), given)?;
        let upstream = servers.upstream;
        let server = servers.patchwork.ok_or_else(|| match &upstream {
            Some(name) => Error::new(format!(
                "no Patchwork server is configured for upstream '{name}'"
            ))
            .with_hint(format!(
                "git patman upstream set {name} --patchwork-url <url>",
                name = shell_quote(name)
            )),
            None => Error::usage("specify the upstream of the project")
                .with_hint("to list the upstreams: git patman upstream ls"),
        })?;
        let found = project::find(context.client(false)?, &server.url, &self.project)?;
        let project = ProjectRow {
            name: found.name,
            id: found.id,
            link_name: found.link_name,
            upstream,
        };
        db.write(|write| {
            // It may have been deleted during the request.
            if let Some(name) = &project.upstream
                && crate::db::upstream::find(write, name)?.is_none()
                && !context.settings().has_upstream(name)
            {
                return Err(unknown(name));
            }
            patchwork::set(write, &project)
        })?;
        context
            .out()
            .note(format!("set project {}", line(&project)));
        Ok(())
    }
}
