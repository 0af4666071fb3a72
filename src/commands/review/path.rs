// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review path`: where the worktree is, for `cd` and scripts.

use super::Named;
use crate::error::{Error, Result};
use crate::review::Reviews;
use crate::review::report::PathState;
use clap::Args;
use std::os::unix::ffi::OsStrExt;

/// Print the directory of a review's worktree
#[derive(Debug, Args)]
pub struct Path {
    #[command(flatten)]
    named: Named,
}

impl Path {
    pub(super) fn run(&self, reviews: &Reviews<'_>) -> Result<()> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let report = reviews.describe(&recorded)?;
        match (report.path, &report.worktree) {
            (PathState::Present, Some(path)) => reviews.out.data([path.as_os_str().as_bytes(), b"\n"].concat()),
            (PathState::Missing, Some(path)) => {
                Err(Error::new(format!("the worktree '{}' was deleted", path.display()))
                    .with_hint("start the series again to make it anew"))
            }
            _ => {
                let error = Error::new(format!("the review '{}' has no worktree here", recorded.name))
                    .with_hint("start the series again to make one");
                let there = report.elsewhere.iter().find_map(|other| other.worktree.as_ref());
                Err(match there {
                    Some(path) => error.with_hint(format!("another clone has one: cd '{}'", path.display())),
                    None => error,
                })
            }
        }
    }
}
