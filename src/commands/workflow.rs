// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow`: reminders for series, and their history.

mod list;
mod todo;
mod todo_list;

use crate::author::Author;
use crate::commands::Requirements;
use crate::context::Context;
use crate::error::Result;
use clap::{Args, Subcommand};

/// Set reminders for series and show their history
#[derive(Debug, Args)]
pub struct Workflow {
    #[command(subcommand)]
    verb: WorkflowVerb,
}

#[derive(Debug, Subcommand)]
enum WorkflowVerb {
    Todo(todo::WorkflowTodo),
    #[command(visible_alias = "tl")]
    TodoList(todo_list::TodoList),
    #[command(visible_aliases = ["wl", "ls"])]
    List(list::WorkflowList),
}

impl Workflow {
    /// What the subcommand needs.
    pub fn requirements(&self) -> Requirements {
        match &self.verb {
            WorkflowVerb::Todo(todo) => todo.requirements(),
            WorkflowVerb::TodoList(todo_list) => todo_list.requirements(),
            WorkflowVerb::List(list) => list.requirements(),
        }
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        let mut author = Author::new(
            context.repo()?,
            context.settings(),
            context.out(),
            context.db()?,
            false,
        );
        match &self.verb {
            WorkflowVerb::Todo(todo) => todo.run(context, &mut author),
            WorkflowVerb::TodoList(todo_list) => todo_list.run(context, &mut author),
            WorkflowVerb::List(list) => list.run(context, &mut author),
        }
    }
}
