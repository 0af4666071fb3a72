// SPDX-License-Identifier: GPL-2.0-or-later
//! When to return to each series (todos), and the log of past work.
//!
//! A series has at most one todo date. Todos are due by calendar day: a todo for today is due from the morning
//! on, whatever time of day it was set.

use super::Author;
use super::target::TargetChoice;
use crate::clock::local;
use crate::db::workflow::{self, TODO, WorkflowEntry};
use crate::error::{Error, Result};
use crate::text::escape_controls;
use crate::text::shell_quote;
use jiff::civil::DateTime;

/// A series and its todo date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TodoEntry {
    /// The row.
    pub entry: WorkflowEntry,
    /// The date; none if the database value is not a time.
    pub when: Option<DateTime>,
    /// The number of days until then; negative if overdue.
    pub days: Option<i64>,
}

impl TodoEntry {
    /// Whether the todo is due today or overdue. Without a valid date it is due, so that it is not forgotten.
    pub fn is_due(&self) -> bool {
        self.days.is_none_or(|days| days <= 0)
    }
}

impl Author<'_> {
    /// Sets the todo date of a series to so many days from now, replacing any earlier one. Returns its name and
    /// the time.
    pub fn set_todo(&mut self, chosen: &TargetChoice, days: i64) -> Result<(String, DateTime)> {
        let (series, _) = self.series(chosen)?;
        if series.archived {
            let name = &series.name;
            return Err(
                Error::new(format!("series '{name}' is archived")).with_hint(format!(
                    "to restore its branches: git patman series -s {name} unarchive",
                    name = shell_quote(name)
                )),
            );
        }
        let when = local::in_days(local::now(), days).ok_or_else(|| {
            Error::usage(format!("{days} days are too many"))
                .with_cause("the date must be in the years 1 to 9999")
        })?;
        self.db
            .write(|write| workflow::set_todo(write, series.id, &local::written(when)))?;
        Ok((series.name, when))
    }

    /// Removes the todo date. Returns the name of the series, and whether it had one.
    pub fn clear_todo(&mut self, chosen: &TargetChoice) -> Result<(String, bool)> {
        let (series, _) = self.series(chosen)?;
        let had = self
            .db
            .write(|write| workflow::clear_todo(write, series.id))?;
        Ok((series.name, had))
    }

    /// Returns the todos of all series that are not archived, earliest first.
    pub fn todos(&self) -> Result<Vec<TodoEntry>> {
        let now = local::now();
        let rows = workflow::list(&self.db, false)?.into_iter();
        let mut todos: Vec<TodoEntry> = rows
            .filter(|row| row.kind == TODO && !row.is_put_away)
            .map(|entry| {
                let when = entry.when.as_deref().and_then(local::parse);
                if when.is_none() {
                    let what =
                        escape_controls(entry.when.as_deref().unwrap_or("nothing")).into_owned();
                    self.events.warn(format!(
                        "the date of series '{}' is '{what}', which is none",
                        entry.series
                    ));
                }
                TodoEntry {
                    days: when.map(|when| local::days_between(now, when)),
                    when,
                    entry,
                }
            })
            .collect();
        todos.sort_by_key(|todo| todo.when);
        Ok(todos)
    }

    /// Returns the workflow log (sent, reviewed, set), oldest first; with `all`, completed entries too.
    pub fn workflow(&self, all: bool) -> Result<Vec<WorkflowEntry>> {
        let mut rows = workflow::list(&self.db, all)?;
        rows.sort_by_key(|row| row.when.as_deref().and_then(local::parse));
        Ok(rows)
    }
}
