// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow`: reminders for series, and their history.

mod list;
mod todo;
mod todo_list;

use crate::author::Author;
use crate::context::Context;
use crate::error::Result;
use clap::{Args, Subcommand};

/// Set reminders for series and show their history
#[derive(Debug, Args)]
pub struct Workflow {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Todo(todo::Todo),
    #[command(visible_alias = "tl")]
    TodoList(todo_list::TodoList),
    #[command(visible_aliases = ["wl", "ls"])]
    List(list::List),
}

impl Workflow {
    /// Whether the command only reads the database, so that it need not exist.
    pub fn only_reads(&self) -> bool {
        matches!(&self.verb, Verb::TodoList(_) | Verb::List(_))
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
            Verb::Todo(todo) => todo.run(&mut author),
            Verb::TodoList(todo_list) => todo_list.run(&mut author),
            Verb::List(list) => list.run(&mut author),
        }
    }
}
