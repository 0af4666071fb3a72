// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman patchwork rm`: removes a project.

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::db::patchwork;
use crate::error::{Error, Result};
use crate::view::project;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Remove the project of an upstream
///
/// Without UPSTREAM, removes the project without an upstream that old databases may contain.
#[derive(Debug, Args)]
pub struct PatchworkRm {
    /// The upstream
    #[arg(value_name = "UPSTREAM", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: Option<String>,
}

impl PatchworkRm {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context) -> Result<()> {
        let upstream = self.upstream.as_deref();
        let project = context.db()?.write(|write| {
            let project = patchwork::find(write, upstream)?;
            patchwork::delete(write, upstream)?;
            Ok(project)
        })?;
        let project = project.ok_or_else(|| {
            let error = match upstream {
                Some(name) => Error::new(format!("no project is set for upstream '{name}'")),
                None => Error::new("no project without an upstream is set"),
            };
            error.with_hint("to list the projects: git patman patchwork ls")
        })?;
        context
            .out()
            .note(format!("removed project {}", project::line(&project)));
        Ok(())
    }
}
