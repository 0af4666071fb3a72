// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review diff`: runs `git diff` on a version or on one patch.

use crate::commands::{Finished, Requirements};
use crate::complete;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::series::VersionNumber;
use clap::Args;
use clap_complete::ArgValueCompleter;
use std::ffi::OsString;

/// Run 'git diff' on a whole review or on one of its patches
#[derive(Debug, Args)]
pub struct ReviewDiff {
    /// The series, by its name or a unique part of it; can be omitted in its worktree
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(complete::reviews))]
    name: Option<String>,
    /// Show only the patch with this number; in the worktree of the series, NAME can be omitted
    #[arg(value_name = "PATCH", value_parser = number)]
    patch: Option<u32>,
    /// Show this version, instead of the newest that is applied here
    #[arg(long, value_name = "N", add = ArgValueCompleter::new(complete::versions))]
    version: Option<VersionNumber>,
    /// Options and paths for 'git diff', as in: git patman review diff <name> 2 -- --stat
    #[arg(value_name = "OPTION", last = true)]
    options: Vec<OsString>,
}

fn number(text: &str) -> std::result::Result<u32, String> {
    text.parse().map_err(|_| {
        format!("'{text}' is not the number of a patch; options for git must follow '--'")
    })
}

impl ReviewDiff {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS.with_terminal()
    }

    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<Finished> {
        let alone = self
            .name
            .as_deref()
            .filter(|_| self.patch.is_none())
            .and_then(|text| text.parse::<u32>().ok());
        let (name, patch) = match alone {
            Some(number) => (None, Some(number)),
            None => (self.name.as_deref(), self.patch),
        };
        let recorded = reviews.find(name).map_err(|error| match alone {
            Some(number) => Error::usage(format!(
                "specify the review of patch {number}, or run this in its worktree"
            ))
            .with_hint(format!("git patman review diff <name> {number}")),
            None => error,
        })?;
        let range = reviews.range(&recorded, self.version)?;
        let (from, to) = match patch {
            None => (range.base.to_string(), range.head.to_string()),
            Some(number) => {
                let commit = range.commit_of(number)?;
                (format!("{commit}^"), commit.to_string())
            }
        };
        let mut git = context.git_to_show("diff", context.out().is_paged());
        git.args([&from, &to]).args(&self.options);
        Ok(Finished::exec(git))
    }
}
