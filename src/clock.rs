// SPDX-License-Identifier: GPL-2.0-or-later
//! The only place that reads the current time, and the formats of times.

pub mod local;

use crate::environment;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970, UTC. `GIT_TEST_DATE_NOW`, git's own variable for its tests, sets it.
pub fn now() -> i64 {
    let real = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |t| i64::try_from(t.as_secs()).unwrap_or(i64::MAX))
    };
    environment::test_date_now().unwrap_or_else(real)
}

/// The real time in nanoseconds, to distinguish scratch names of one process.
pub fn unique() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos())
}

/// The real time, for computing the age of files.
pub fn system() -> SystemTime {
    SystemTime::now()
}

/// The time now, in the machine's time zone.
pub fn zoned() -> jiff::Zoned {
    let time = jiff::Timestamp::from_second(now()).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system())
}

/// The time of the day, as clocks show it: `15:04:05`.
pub fn of_day() -> String {
    zoned().strftime("%H:%M:%S").to_string()
}

/// A time that is written as [`local`] has it, in seconds since 1970; none for what is no time. A day alone is
/// its first second.
pub fn of_local(text: &str) -> Option<i64> {
    Some(
        local::parse(text)?
            .to_zoned(jiff::tz::TimeZone::system())
            .ok()?
            .timestamp()
            .as_second(),
    )
}

/// The day of a time, in the machine's time zone: `2026-11-22`.
pub fn day(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%d")
        .to_string()
}

/// The time zone's offset from UTC at `seconds`, in minutes.
pub fn local_offset(seconds: i64) -> i32 {
    jiff::Timestamp::from_second(seconds).map_or(0, |time| {
        jiff::tz::TimeZone::system().to_offset(time).seconds() / 60
    })
}

/// A time as digits alone, in UTC: `20260102030405`.
pub fn compact(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.to_string()
        .bytes()
        .filter(u8::is_ascii_digit)
        .take(14)
        .map(char::from)
        .collect()
}

/// How long ago `then` was, in git's words: `5 minutes ago`, `3 weeks ago`; `in the future` for one to come.
pub fn age(then: i64, now: i64) -> String {
    let seconds = now - then;
    if seconds < 0 {
        return "in the future".to_owned();
    }
    let (count, unit) = match seconds {
        s if s < 90 => (s, "second"),
        s if s < 90 * 60 => ((s + 30) / 60, "minute"),
        s if s < 36 * 3600 => ((s + 1800) / 3600, "hour"),
        s if s < 14 * 86400 => ((s + 43200) / 86400, "day"),
        s if s < 70 * 86400 => ((s + 302_400) / 604_800, "week"),
        s if s < 365 * 86400 => ((s + 1_296_000) / 2_592_000, "month"),
        s => ((s + 15_768_000) / 31_536_000, "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// A span of time as people write it: `90s`, `10m`, `2h`, `1d`, several of these in a row, or a number of seconds.
pub fn span(text: &str) -> Option<Duration> {
    let mut seconds = 0_u64;
    let mut rest = text.trim();
    loop {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let count: u64 = rest[..end].parse().ok()?;
        let mut behind = rest[end..].chars();
        let unit = match behind.next() {
            Some('s') | None => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86400,
            Some(_) => return None,
        };
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
        rest = behind.as_str();
        if rest.is_empty() {
            return Some(Duration::from_secs(seconds));
        }
    }
}

/// How long something took, in few characters: `0.3 s`, `42 s`, `3:05`, `1:02:03`.
pub fn short_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!(
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ),
    }
}

/// How long ago `then` was, in few characters: `5 min`, `3 h`, `2 d`, `6 wk`, `2 y`.
pub fn short_age(then: i64, now: i64) -> String {
    match (now - then).max(0) {
        s if s < 90 => format!("{s} s"),
        s if s < 90 * 60 => format!("{} min", (s + 30) / 60),
        s if s < 36 * 3600 => format!("{} h", (s + 1800) / 3600),
        s if s < 14 * 86400 => format!("{} d", (s + 43200) / 86400),
        s if s < 365 * 86400 => format!("{} wk", (s + 302_400) / 604_800),
        s => format!("{} y", (s + 15_768_000) / 31_536_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, short_span, span};
    use std::time::Duration;

    #[test]
    fn ages_have_one_unit() {
        for (seconds, words) in [
            (1, "1 second ago"),
            (89, "89 seconds ago"),
            (90, "2 minutes ago"),
            (7200, "2 hours ago"),
            (86400 * 3, "3 days ago"),
            (86400 * 20, "3 weeks ago"),
            (86400 * 100, "3 months ago"),
            (86400 * 800, "2 years ago"),
            (-5, "in the future"),
        ] {
            assert_eq!(age(1_000_000_000 - seconds, 1_000_000_000), words);
        }
    }

    #[test]
    fn spans_are_read_with_their_units() {
        for (text, seconds) in [
            ("90s", 90),
            ("10m", 600),
            ("2h", 7200),
            ("1h30m", 5400),
            ("45", 45),
            ("1d", 86400),
        ] {
            assert_eq!(span(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for bad in [
            "",
            "s",
            "10x",
            "-1",
            "1.5h",
            "99999999999999999999",
            "9999999999999999999d",
            "10 m",
        ] {
            assert_eq!(span(bad), None, "{bad}");
        }
    }

    #[test]
    fn spans_are_shown_in_few_characters() {
        for (milliseconds, text) in [
            (340, "0.3 s"),
            (42_900, "42 s"),
            (185_000, "3:05"),
            (3_723_000, "1:02:03"),
        ] {
            assert_eq!(short_span(Duration::from_millis(milliseconds)), text);
        }
    }
}
