// SPDX-License-Identifier: GPL-2.0-or-later
//! Rows of `traffic`: requests to servers and bytes received in each hour, as patman counts and shows them.

use super::{Db, Read, at};
use crate::error::Result;
use jiff::{Span, Zoned};
use std::time::Duration;

/// How many days the hourly counts are kept, as in patman.
const KEPT: i64 = 90;
/// How long to wait for another process before a count is dropped: the user must not notice.
const PATIENCE: Duration = Duration::from_millis(500);

/// The requests to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Scheme, host and port.
    pub url: String,
    /// Requests, including retries.
    pub requests: u64,
    /// Bytes received.
    pub bytes: u64,
}

/// Adds to the counts of the hour of `now`, and deletes old hours.
pub fn add(db: &mut Db, counts: &[Count], now: Zoned) -> Result<()> {
    db.set_patience(PATIENCE)?;
    db.write(|write| {
        for count in counts {
            let sql = "INSERT INTO traffic (hour, url, requests, bytes) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (hour, url) DO UPDATE SET requests = coalesce(requests, 0) + excluded.requests,
                    bytes = coalesce(bytes, 0) + excluded.bytes";
            at(write, write.conn().execute(sql, (hour(&now), &count.url, whole(count.requests), whole(count.bytes))))?;
        }
        let oldest = now.checked_sub(Span::new().days(KEPT)).unwrap_or_else(|_| now.clone());
        at(write, write.conn().execute("DELETE FROM traffic WHERE hour < ?1", [hour(&oldest)]))?;
        Ok(())
    })
}

/// The hour in local time, as patman writes it.
fn hour(time: &Zoned) -> String {
    time.strftime("%Y-%m-%d %H").to_string()
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
