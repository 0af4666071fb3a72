// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman patchwork`: the Patchwork projects of upstreams.

mod get_project;
mod ls;
mod rm;
mod set_project;

use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;

/// Set an upstream's Patchwork project
#[derive(Debug, Args)]
pub struct PatchworkCommand {
    #[command(subcommand)]
    verb: PatchworkVerb,
}

#[derive(Debug, Subcommand)]
enum PatchworkVerb {
    SetProject(set_project::SetProject),
    GetProject(get_project::GetProject),
    #[command(visible_alias = "list")]
    Ls(ls::PatchworkLs),
    Rm(rm::PatchworkRm),
}

impl PatchworkCommand {
    /// What the subcommand needs.
    pub fn requirements(&self) -> Requirements {
        match &self.verb {
            PatchworkVerb::SetProject(set) => set.requirements(),
            PatchworkVerb::GetProject(get) => get.requirements(),
            PatchworkVerb::Ls(ls) => ls.requirements(),
            PatchworkVerb::Rm(rm) => rm.requirements(),
        }
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        match &self.verb {
            PatchworkVerb::SetProject(set) => set.run(context),
            PatchworkVerb::GetProject(get) => get.run(context),
            PatchworkVerb::Ls(ls) => ls.run(context),
            PatchworkVerb::Rm(rm) => rm.run(context),
        }
    }
}

/// The upstream whose project a command is about.
#[derive(Debug, Args)]
struct Of {
    /// The upstream [default: the upstream whose remote the current branch tracks, the default upstream, or the only
    /// one]
    #[arg(value_name = "UPSTREAM", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: Option<String>,
}
