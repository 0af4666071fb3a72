// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review shell`: starts the user's shell in a review worktree.

use super::ReviewName;
use crate::commands::{Finished, Requirements};
use crate::context::Context;
use crate::environment;
use crate::error::{Error, Result};
use crate::program;
use crate::review::Reviews;
use crate::review::exec::about::About;
use clap::Args;

/// Start a shell in the worktree of a review
///
/// Starts the shell that the variable SHELL names, with the same PATMAN_* variables as for checks; see
/// git-patman-config(5). The exit status is that of the shell.
#[derive(Debug, Args)]
pub struct Shell {
    #[command(flatten)]
    named: ReviewName,
}

impl Shell {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS.with_terminal()
    }

    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<Finished> {
        let out = context.out();
        let recorded = reviews.find(self.named.name.as_deref())?;
        let path = reviews.directory(&recorded)?;
        let shell = environment::shell();
        if program::is_relative(&shell.to_string_lossy()) {
            return Err(Error::new(format!(
                "the shell '{}' is a relative path",
                shell.to_string_lossy()
            ))
            .with_cause("it would be looked up among the files of the series")
            .with_hint("the shell is the one that SHELL names"));
        }
        let mut command = program::command(shell);
        command.current_dir(&path);
        let range = reviews.range(&recorded, None)?;
        let mbox = reviews.series_mbox(&recorded, &range)?;
        let head = reviews.head_at(&path)?.unwrap_or(range.head);
        let about = About {
            name: &range.name,
            version: range.version,
            patch: None,
            base: range.base,
            head,
            mbox: &mbox,
        };
        about.tell(&mut command);
        out.note(format!(
            "{} {} in {}",
            range.name,
            range.version,
            path.display()
        ));
        out.hint("leave with 'exit' or Ctrl-D");
        Ok(Finished::Exec {
            command: Box::new(command),
            hint: Some("set SHELL to the shell to use"),
        })
    }
}
