// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review open`: opens a review worktree in the user's editor.

use super::ReviewName;
use crate::commands::{Finished, Requirements};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::git::run::{Git, forget_repository};
use crate::program;
use crate::review::Reviews;
use clap::Args;

/// Open the worktree of a review in your editor
///
/// The editor is set by 'patman.editor'; the default is git's editor. Its argument is the directory of the
/// worktree.
#[derive(Debug, Args)]
pub struct ReviewOpen {
    #[command(flatten)]
    named: ReviewName,
}

impl ReviewOpen {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS.with_terminal()
    }

    pub(super) fn run(&self, context: &Context, reviews: &Reviews<'_>) -> Result<Finished> {
        let recorded = reviews.find(self.named.name.as_deref())?;
        let path = reviews.directory(&recorded)?;
        let editor = match context.settings().editor()? {
            Some(editor) => editor.to_owned(),
            None => {
                let said = Git::here(context.cwd()).args(["var", "GIT_EDITOR"]).ok();
                let said = said.map_err(|error| error.within("no editor is configured"));
                said.map_err(|error| {
                    error.with_hint("to set one: git config patman.editor <command>")
                })?
                .text()
            }
        };
        if program::is_relative(&editor) {
            return Err(
                Error::new(format!("the editor '{editor}' is a relative path"))
                    .with_cause("it would be looked up among the files of the series")
                    .with_hint("to set another: git config patman.editor <command>"),
            );
        }
        // As git starts an editor: the value is a shell command, which may contain options and quotes.
        let mut command = program::shell(format!("{editor} \"$@\""));
        command.current_dir(&path).arg(&editor).arg(&path);
        forget_repository(&mut command);
        Ok(Finished::exec(command))
    }
}
