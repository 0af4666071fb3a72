// SPDX-License-Identifier: GPL-2.0-or-later
//! The reminders of series. They are due by calendar day: a reminder for today is due all day, whatever time it was set at.

use crate::author::Author;
use crate::clock::local;
use crate::db::listing::{
    self, Archived, ListQuery, ListedSeries, PatchDetail, SeriesFilter, VersionFilter,
};
use crate::error::Result;
use crate::text::escape_controls;
use jiff::civil::DateTime;

/// A series and its reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSeries {
    /// The series.
    pub listed: ListedSeries,
    /// When the reminder is due; none if the database value is not a time.
    pub when: Option<DateTime>,
    /// The number of days until then; negative if overdue.
    pub days: Option<i64>,
}

impl DueSeries {
    /// Whether it is due today or overdue. Without a valid date it is due, so that it is not forgotten.
    pub fn is_due(&self) -> bool {
        self.days.is_none_or(|days| days <= 0)
    }
}

impl Author<'_> {
    /// The series with a reminder that are not archived, earliest first.
    pub fn reminders(&self) -> Result<Vec<DueSeries>> {
        let now = local::now();
        let query = ListQuery {
            versions: VersionFilter::Newest,
            patches: PatchDetail::None,
            dates: true,
            ..ListQuery::of(SeriesFilter::All, Archived::Without)
        };
        let mut due = Vec::new();
        for listed in listing::list(&self.db, query)? {
            let Some(reminder) = &listed.reminder else {
                continue;
            };
            let when = reminder.text.as_deref().and_then(local::parse);
            if when.is_none() {
                let text = reminder.text.as_deref().unwrap_or("nothing");
                self.events.warn(format!(
                    "the date of series '{}' is '{}', which is none",
                    listed.series.name,
                    escape_controls(text)
                ));
            }
            due.push(DueSeries {
                days: when.map(|when| local::days_between(now, when)),
                when,
                listed,
            });
        }
        due.sort_by_key(|one| one.when);
        Ok(due)
    }
}
