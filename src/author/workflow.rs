// SPDX-License-Identifier: GPL-2.0-or-later
//! When to return to each series (todos), and the log of past work.
//!
//! A series has at most one todo date. Todos are due by calendar day: a todo for today is due from the morning
//! on, whatever time of day it was set.

use super::Author;
use super::target::TargetChoice;
use crate::clock::local;
use crate::db::workflow::{self, WorkflowEntry};
use crate::error::{Error, Result};
use crate::text::shell_quote;
use jiff::civil::DateTime;

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

    /// Returns the workflow log (sent, reviewed, set), oldest first; with `all`, completed entries too.
    pub fn workflow(&self, all: bool) -> Result<Vec<WorkflowEntry>> {
        let mut rows = workflow::list(&self.db, all)?;
        rows.sort_by_key(|row| row.when.as_deref().and_then(local::parse));
        Ok(rows)
    }
}
