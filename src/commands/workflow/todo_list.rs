// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow todo-list`: lists the series with reminders that are due.

use crate::author::Author;
use crate::clock::local;
use crate::context::Context;
use crate::error::Result;
use crate::listing::reminders::DueSeries;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use crate::view::each;
use crate::view::list::ReminderJson;
use clap::Args;

/// List the series with reminders that are due
///
/// The longest overdue come first. A reminder for today is due all day.
#[derive(Debug, Args)]
pub struct TodoList {
    /// Include reminders that are not due yet
    #[arg(long)]
    all: bool,
    /// Print the list as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl TodoList {
    pub(super) fn run(&self, context: &Context, author: &mut Author<'_>) -> Result<()> {
        let out = context.out();
        let mut todos = author.reminders()?;
        let set = todos.len();
        todos.retain(|todo| self.all || todo.is_due());
        if self.json {
            return out.json(&each::<_, ReminderJson<'_>>(&todos));
        }
        if todos.is_empty() {
            out.note(if set == 0 {
                "no reminders are set"
            } else {
                "no reminder is due"
            });
            match set {
                0 => out.hint("to set one: git patman workflow todo -s <series> <days>"),
                _ => out.hint("to list later ones: git patman workflow todo-list --all"),
            }
            return Ok(());
        }
        let now = local::now();
        let mut table = Table::new(&[
            ("SERIES", Align::Flexible),
            ("DUE", Align::Right),
            ("TITLE", Align::Flexible),
        ]);
        for todo in &todos {
            let due = todo
                .when
                .map_or("no date".to_owned(), |when| local::due(when, now));
            let title = todo.listed.series.desc.as_deref().unwrap_or_default();
            table.row([
                Cell::new(&todo.listed.series.name),
                Cell::painted(due, paint(todo)),
                Cell::new(title),
            ]);
        }
        out.table(&table)
    }
}

fn paint(todo: &DueSeries) -> Paint {
    match todo.days {
        Some(days) if days > 0 => Paint::Dim,
        Some(0) => Paint::Attention,
        _ => Paint::Bad,
    }
}
