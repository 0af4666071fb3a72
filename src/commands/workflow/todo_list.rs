// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman workflow todo-list`: lists the series with reminders that are due.

use crate::author::Author;
use crate::author::workflow::TodoEntry;
use crate::clock::local;
use crate::commands::Requirements;
use crate::error::Result;
use crate::output::colour::Paint;
use crate::output::table::{Align, Cell, Table};
use clap::Args;
use serde::Serialize;

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

/// A series in JSON.
#[derive(Debug, Serialize)]
struct TodoJson<'a> {
    series: &'a str,
    title: Option<&'a str>,
    due: Option<String>,
    days: Option<i64>,
}

impl TodoList {
    pub(super) fn requirements(&self) -> Requirements {
        Requirements::READS
    }

    pub(super) fn run(&self, author: &mut Author<'_>) -> Result<()> {
        let mut todos = author.todos()?;
        let set = todos.len();
        todos.retain(|todo| self.all || todo.is_due());
        if self.json {
            return author.out.json(&todos.iter().map(line).collect::<Vec<_>>());
        }
        if todos.is_empty() {
            author.out.note(if set == 0 {
                "no reminders are set"
            } else {
                "no reminder is due"
            });
            match set {
                0 => author
                    .out
                    .hint("to set one: git patman workflow todo -s <series> <days>"),
                _ => author
                    .out
                    .hint("to list later ones: git patman workflow todo-list --all"),
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
            let title = todo.entry.desc.as_deref().unwrap_or_default();
            table.row([
                Cell::new(&todo.entry.series),
                Cell::painted(due, paint(todo)),
                Cell::new(title),
            ]);
        }
        author.out.table(&table)
    }
}

fn line(todo: &TodoEntry) -> TodoJson<'_> {
    TodoJson {
        series: &todo.entry.series,
        title: todo.entry.desc.as_deref(),
        due: todo.when.map(local::written),
        days: todo.days,
    }
}

fn paint(todo: &TodoEntry) -> Paint {
    match todo.days {
        Some(days) if days > 0 => Paint::Dim,
        Some(0) => Paint::Attention,
        _ => Paint::Bad,
    }
}
