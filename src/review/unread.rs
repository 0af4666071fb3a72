// SPDX-License-Identifier: GPL-2.0-or-later
//! The new versions and replies of a review that the user has not seen.
//!
//! A version is news until its review is started; replies are news until the review is shown or compared, or one of its
//! versions is started.

use super::Reviews;
use super::record::ReviewRow;
use crate::db::series::SeriesId;
use crate::db::unread;
use crate::error::Result;
use crate::series::VersionNumber;
use std::time::Duration;

/// How long to wait for another transaction before recording what was shown.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Versions whose review has not started, newer than any whose review has, the oldest first.
    pub versions: Vec<VersionNumber>,
    /// How many replies have not been shown.
    pub replies: u32,
}

impl News {
    /// The news of a review with this number of unread replies.
    pub fn of(recorded: &ReviewRow, replies: u32) -> News {
        let begun = recorded
            .versions
            .iter()
            .filter(|one| !one.is_waiting)
            .map(|one| one.number)
            .max();
        let waiting = recorded
            .versions
            .iter()
            .filter(|one| one.is_waiting && Some(one.number) > begun);
        News {
            versions: waiting.map(|one| one.number).collect(),
            replies,
        }
    }

    /// Whether there is no news.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.replies == 0
    }
}

impl Reviews<'_> {
    /// The newest mail of a review that can be shown now, for [`Reviews::mark_seen`].
    pub fn newest_mail(&self, series: SeriesId) -> Result<i64> {
        unread::newest_mail(&self.db, series)
    }

    /// Records that the user has seen the mails of a review up to `mail`. If that cannot be recorded at once, or the
    /// database cannot be written, they remain news.
    pub fn mark_seen(&mut self, series: SeriesId, mail: i64) {
        let seen = unread::seen(&self.db, series);
        if self.db.is_read_only() || !matches!(seen, Ok(seen) if seen.unwrap_or_default() < mail) {
            return;
        }
        let noted = self.db.with_patience(PATIENCE, |db| {
            db.write(|write| unread::set_seen(write, series, mail))
        });
        if let Err(error) = noted {
            self.events
                .step(format!("Cannot record what was shown: {error}"));
        }
    }
}
