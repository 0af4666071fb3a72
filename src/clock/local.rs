// SPDX-License-Identifier: GPL-2.0-or-later
//! Times as patman's workflow writes them: in the machine's time zone, without an offset, `2026-12-06 09:45:20`.

use jiff::Span;
use jiff::civil::DateTime;

/// How the times are written.
const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// The time now, as the clock on the wall shows it.
pub fn now() -> DateTime {
    super::zoned().datetime()
}

/// The time so many seconds after 1970, as the clock on the wall shows it then.
pub fn at(seconds: i64) -> DateTime {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).datetime()
}

/// A time that was written, with seconds or without, with a fraction of them too; none where it is none.
pub fn parse(text: &str) -> Option<DateTime> {
    text.trim().parse().ok()
}

/// The time so many days later, or earlier for a negative number, at the same time of the day; none beyond the years 1 to
/// 9999, which are all that patman can read.
pub fn in_days(from: DateTime, days: i64) -> Option<DateTime> {
    let later = from.checked_add(Span::new().try_days(days).ok()?).ok()?;
    (1..=9999).contains(&later.year()).then_some(later)
}

/// The time as it is written.
pub fn written(time: DateTime) -> String {
    time.strftime(FORMAT).to_string()
}

/// How many days of the calendar lie between: 0 for any time of the same day, negative for days before.
pub fn days_between(from: DateTime, to: DateTime) -> i64 {
    from.date()
        .until(to.date())
        .map_or(0, |span| i64::from(span.get_days()))
}

/// When a time is, in few characters, seen from now: `17:42`, `Fri 17:42`, `12d ago`, `in 3d`, `in 7w`, `2y ago`.
pub fn when(time: DateTime, now: DateTime) -> String {
    match days_between(now, time) {
        0 => time.strftime("%H:%M").to_string(),
        -6..=-1 => time.strftime("%a %H:%M").to_string(),
        days if days < 0 => format!("{} ago", span(-days)),
        days => format!("in {}", span(days)),
    }
}

/// When a thing is due, in few characters: `3d overdue`, `today`, `in 5d`.
pub fn due(time: DateTime, now: DateTime) -> String {
    match days_between(now, time) {
        0 => "today".to_owned(),
        days if days < 0 => format!("{}d overdue", -days),
        days => format!("in {days}d"),
    }
}

fn span(days: i64) -> String {
    match days {
        0..14 => format!("{days}d"),
        14..728 => format!("{}w", days / 7),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
    use super::*;

    fn time(text: &str) -> DateTime {
        parse(text).unwrap()
    }

    #[test]
    fn times_are_told_as_seen_from_now() {
        let now = time("2026-11-22 12:00:00");
        for (text, words, due_words) in [
            ("2026-11-22 09:45:00", "09:45", "today"),
            ("2026-11-22 23:59:59", "23:59", "today"),
            ("2026-11-21 23:00:00", "Sat 23:00", "1d overdue"),
            ("2026-11-16 00:00:00", "Mon 00:00", "6d overdue"),
            ("2026-11-15 23:00:00", "7d ago", "7d overdue"),
            ("2026-11-01 12:00:00", "3w ago", "21d overdue"),
            ("2023-11-01 12:00:00", "3y ago", "1117d overdue"),
            ("2026-11-23 00:00:00", "in 1d", "in 1d"),
            ("2026-12-06 12:00:00", "in 2w", "in 14d"),
            ("9999-12-31 12:00:00", "in 7978y", "in 2912117d"),
        ] {
            assert_eq!(
                (
                    when(time(text), now).as_str(),
                    due(time(text), now).as_str()
                ),
                (words, due_words),
                "{text}"
            );
        }
    }

    #[test]
    fn days_are_added_to_the_day_at_the_same_time_of_it() {
        // The night in which clocks are set back has one hour more.
        let now = time("2026-10-24 09:45:20");
        assert_eq!(written(in_days(now, 1).unwrap()), "2026-10-25 09:45:20");
        assert_eq!(written(in_days(now, -2).unwrap()), "2026-10-22 09:45:20");
        for days in [i64::MAX, i64::MIN, 9_999_999, 2_921_940, -740_000, -800_000] {
            assert_eq!(in_days(now, days), None, "{days}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "garbage",
            "2026-13-01 00:00:00",
            "2026-11-22 25:00:00",
            "99999-01-01 00:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(
            parse("2026-11-06 09:45:30.123").is_some()
                && parse("2026-11-10T10:00:00.123456").is_some()
        );
    }
}
