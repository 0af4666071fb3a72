// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow todo`: sets a reminder for a series.

use crate::author::Author;
use crate::author::target::TargetChoice;
use crate::clock::local;
use crate::commands::Requirements;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Set a reminder for a series
///
/// Replaces an existing reminder. 'git patman workflow todo-list' lists the reminders that are due.
#[derive(Debug, Args)]
pub struct WorkflowTodo {
    /// Number of days until the reminder is due; a negative number is overdue at once
    #[arg(
        value_name = "DAYS",
        default_value_t = 14,
        allow_negative_numbers = true
    )]
    days: i64,
    /// Remove the reminder
    #[arg(long)]
    clear: bool,
    /// The series [default: that of the current branch]
    #[arg(short, long, value_name = "SERIES", add = ArgValueCompleter::new(complete::series))]
    series: Option<String>,
}

impl WorkflowTodo {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::WRITES
    }

    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>) -> Result<()> {
        let out = context.out();
        let chosen = TargetChoice {
            series: self.series.clone(),
            version: None,
        };
        if self.clear {
            let (name, had) = author.clear_todo(&chosen)?;
            let words = if had {
                "removed the reminder for"
            } else {
                "there was no reminder for"
            };
            out.note(format!("{words} series '{name}'"));
            return Ok(());
        }
        let (name, when) = author.set_todo(&chosen, self.days)?;
        let due = local::due(when, local::now());
        out.note(format!(
            "set a reminder for series '{name}', due on {} ({due})",
            when.strftime("%a, %Y-%m-%d")
        ));
        Ok(())
    }
}
