// SPDX-License-Identifier: GPL-2.0-or-later
//! Decides when to retry a request, and how long to wait before. Temporary failures are retried three
//! times, each time after twice the pause, plus or minus a quarter, so that many clients do not return
//! at the same instant.

use std::time::Duration;

/// Maximum number of retries.
pub(super) const MAX_RETRIES: u32 = 3;
/// Maximum time that a server may ask the client to wait, in seconds.
pub(super) const MAX_RETRY_AFTER: u64 = 60;

/// Whether a failed request may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryPolicy {
    /// It will fail again.
    Never,
    /// Immediately: the connection was closed, perhaps because it had been idle.
    AtOnce,
    /// After a pause.
    Later,
}

/// Whether a status means that the server is busy, or will be back soon.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// The pause after `tried` attempts; `chance` is any number.
pub(super) fn pause(base: Duration, tried: u32, chance: u128) -> Duration {
    let whole = base * 2_u32.pow(tried.min(6));
    whole * 3 / 4 + whole * ((chance % 500) as u32) / 1000
}

/// The wait that a `Retry-After:` asks for, in seconds: a number, or a time in one of HTTP's three formats.
pub(super) fn after(value: &str, now: i64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    // The name of the day is redundant, and may be wrong.
    let (_, rest) = value.split_once(' ')?;
    let bare = rest.strip_suffix("GMT").unwrap_or(rest).trim();
    let forms = [
        "%d %b %Y %H:%M:%S",
        "%d-%b-%y %H:%M:%S",
        "%b %e %H:%M:%S %Y",
    ];
    let time = forms
        .iter()
        .find_map(|form| jiff::civil::DateTime::strptime(form, bare).ok())?;
    let then = time
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    Some(u64::try_from(then - now).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_name_seconds_or_a_time() {
        let now = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:57 GMT", Some(20)),
            ("Mon, 06 Nov 1994 08:49:57 GMT", Some(20)),
            ("Sunday, 06-Nov-94 08:49:57 GMT", Some(20)),
            ("Sun Nov  6 08:49:57 1994", Some(20)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(after(value, now), seconds, "{value}");
        }
    }

    #[test]
    fn each_pause_is_about_twice_the_last() {
        let base = Duration::from_secs(1);
        for tried in 0..3 {
            let (least, most) = (pause(base, tried, 0), pause(base, tried, 499));
            assert_eq!(least, base * 2_u32.pow(tried) * 3 / 4);
            assert!(most > least && most < base * 2_u32.pow(tried) * 5 / 4);
        }
    }
}
