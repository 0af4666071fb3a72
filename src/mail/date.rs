// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses dates as git does when it commits: word by word, guessing the meaning of every number, and
//! failing only if no guess gives a date.

use crate::clock;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fmt;

/// A point in time with its time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970 in UTC.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

impl fmt::Display for Timestamp {
    /// Writes git's own format, `1700000000 +0100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        write!(
            f,
            "{} {sign}{:02}{:02}",
            self.seconds,
            minutes / 60,
            minutes % 60
        )
    }
}

impl Timestamp {
    /// Parses a `Date:` as `git am` does.
    ///
    /// A date without a zone is in the local zone. `None` if git calls the date invalid.
    pub fn parse(text: &str) -> Option<Timestamp> {
        parse_at(text.as_bytes(), clock::now())
    }
}

const DAY: i64 = 24 * 60 * 60;

/// The end of 2099 in UTC; git accepts no later date when it has to guess.
const LAST_SECOND: i64 = 4_102_444_799;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Sundays",
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
];

/// Time zone names known to git, with hours east of UTC, summer time included.
const ZONES: [(&str, i32); 44] = [
    ("IDLW", -12),
    ("NT", -11),
    ("CAT", -10),
    ("HST", -10),
    ("HDT", -9),
    ("YST", -9),
    ("YDT", -8),
    ("PST", -8),
    ("PDT", -7),
    ("MST", -7),
    ("MDT", -6),
    ("CST", -6),
    ("CDT", -5),
    ("EST", -5),
    ("EDT", -4),
    ("AST", -3),
    ("ADT", -2),
    ("WAT", -1),
    ("GMT", 0),
    ("UTC", 0),
    ("Z", 0),
    ("WET", 0),
    ("BST", 1),
    ("MET", 1),
    ("MEWT", 1),
    ("MEST", 2),
    ("CET", 1),
    ("MESZ", 2),
    ("CEST", 2),
    ("FWT", 1),
    ("FST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("WAST", 7),
    ("WADT", 8),
    ("CCT", 8),
    ("JST", 9),
    ("EAST", 10),
    ("EADT", 11),
    ("GST", 10),
    ("NZT", 12),
    ("NZST", 12),
    ("NZDT", 13),
    ("IDLE", 12),
];

/// The fields guessed so far; -1 means not set, and some guesses calculate with it.
#[derive(Debug, Clone, Copy)]
struct Guess {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    offset: Option<i32>,
    /// Whether the number was seconds since 1970, which no zone shifts.
    absolute: bool,
    now: i64,
}

fn parse_at(text: &[u8], now: i64) -> Option<Timestamp> {
    if let Some(exact) = text.strip_prefix(b"@").and_then(exact) {
        return Some(exact);
    }
    let mut guess = Guess {
        year: -1,
        month: -1,
        day: -1,
        hour: -1,
        minute: -1,
        second: -1,
        offset: None,
        absolute: false,
        now,
    };
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let taken = match first {
            0 | b'\n' => break,
            b if b.is_ascii_alphabetic() => guess.word(rest),
            b if b.is_ascii_digit() => guess.number(rest),
            b'-' | b'+' if tail.first().is_some_and(u8::is_ascii_digit) => guess.zone(rest),
            _ => 1,
        };
        rest = &rest[taken.max(1).min(rest.len())..];
    }
    guess.finish()
}

/// Parses `<seconds> +hhmm`, as in a commit object.
fn exact(text: &[u8]) -> Option<Timestamp> {
    let (seconds, digits) = digits(text);
    let [b' ', sign @ (b'-' | b'+'), zone @ ..] = &text[digits..] else {
        return None;
    };
    let (clock, width) = self::digits(zone);
    let ends = matches!(zone.get(width), None | Some(b'\n' | 0));
    if digits == 0 || width != 4 || !ends || seconds == i64::MAX {
        return None;
    }
    let minutes = i32::try_from(clock / 100 * 60 + clock % 100).ok()?;
    Some(Timestamp {
        seconds,
        offset_minutes: if *sign == b'-' { -minutes } else { minutes },
    })
}

/// The number at the start of `text`, and how many digits it has.
fn digits(text: &[u8]) -> (i64, usize) {
    let width = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let add = |sum: i64, b: &u8| sum.saturating_mul(10).saturating_add(i64::from(b - b'0'));
    (text[..width].iter().fold(0, add), width)
}

/// How many letters `text` has in common with `name`; 0 if they differ in the middle of a word.
fn common(text: &[u8], name: &str) -> usize {
    let same = text
        .iter()
        .zip(name.bytes())
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count();
    if text.get(same).is_some_and(u8::is_ascii_alphanumeric) {
        0
    } else {
        same
    }
}

impl Guess {
    fn word(&mut self, text: &[u8]) -> usize {
        for (month, name) in (0..).zip(MONTHS) {
            let taken = common(text, name);
            if taken >= 3 {
                self.month = month;
                return taken;
            }
        }
        if let Some(taken) = WEEKDAYS
            .iter()
            .map(|name| common(text, name))
            .find(|&taken| taken >= 3)
        {
            return taken;
        }
        for (name, hours) in ZONES {
            let taken = common(text, name);
            if taken >= 3 || taken == name.len() {
                self.offset.get_or_insert(hours * 60);
                return taken;
            }
        }
        for (name, base) in [("PM", 12), ("AM", 0)] {
            if common(text, name) == 2 {
                self.hour = self.hour % 12 + base;
                return 2;
            }
        }
        if text[0] == b'T' && text.get(1).is_some_and(u8::is_ascii_digit) && self.hour == -1 {
            self.minute = 0;
            self.second = 0;
            return 1;
        }
        text.iter().take_while(|b| b.is_ascii_alphabetic()).count()
    }

    fn number(&mut self, text: &[u8]) -> usize {
        let (number, width) = digits(text);
        if number >= 100_000_000
            && self.is_blank()
            && let Some(moment) = jiff::Timestamp::from_second(number)
                .ok()
                .map(|t| TimeZone::UTC.to_datetime(t))
        {
            self.set_moment(moment);
            return width;
        }
        if let Some(&separator @ (b':' | b'.' | b'/' | b'-')) = text.get(width)
            && text.get(width + 1).is_some_and(u8::is_ascii_digit)
            && let Some(taken) = self.several(number, separator, text, width)
        {
            return taken;
        }
        if width == 8 {
            self.set_date(number / 10000, number % 10000 / 100, number % 100, false);
            return width;
        }
        if width == 6 {
            let set = self.set_time(number / 10000, number % 10000 / 100, number % 100);
            return if set {
                width + fraction(&text[width..])
            } else {
                width
            };
        }
        if self.hour == -1 && self.minute == 0 && self.second == 0 {
            let (hour, minute) = if width == 4 {
                (number / 100, number % 100)
            } else {
                (number, 0)
            };
            if (width == 4 || width == 2) && !self.is_blank() && self.set_time(hour, minute, 0) {
                return width;
            }
            self.minute = -1;
            self.second = -1;
        }
        self.lone_number(number, width);
        width
    }

    /// Reads a number without context as a year, a zone, a day or a month.
    fn lone_number(&mut self, number: i64, width: usize) {
        if width == 4 {
            if number <= 1400 && self.offset.is_none() {
                self.offset = i32::try_from(number / 100 * 60 + number % 100).ok();
            } else if number > 1900 && number < 2100 {
                self.year = number - 1900;
            }
            return;
        }
        if width > 2 {
            return;
        }
        if (1..32).contains(&number) && self.day < 0 {
            self.day = number;
            return;
        }
        if width == 2 && self.year < 0 {
            if number < 10 && self.day >= 0 {
                self.year = number + 100;
                return;
            }
            if number >= 70 {
                self.year = number;
                return;
            }
        }
        if (1..13).contains(&number) && self.month < 0 {
            self.month = number - 1;
        }
    }

    /// Reads `10:20:30`, `2024-01-31`, `31.1.2024` or `1/31/24`; returns the length, or `None` if it is
    /// none of these.
    fn several(&mut self, first: i64, separator: u8, text: &[u8], width: usize) -> Option<usize> {
        let (second, more) = digits(&text[width + 1..]);
        let mut end = width + 1 + more;
        let mut third = -1;
        if text.get(end) == Some(&separator) && text.get(end + 1).is_some_and(u8::is_ascii_digit) {
            let (number, more) = digits(&text[end + 1..]);
            third = number;
            end += 1 + more;
        }
        if separator == b':' {
            if !self.set_time(first, second, third.max(0)) {
                return None;
            }
            let date_is_known = self.year != -1 && self.month != -1 && self.day != -1;
            return Some(if date_is_known {
                end + fraction(&text[end..])
            } else {
                end
            });
        }
        let dotted = separator == b'.';
        let found = (first > 70
            && (self.set_date(first, second, third, false)
                || self.set_date(first, third, second, false)))
            || (!dotted && self.set_date(third, first, second, true))
            || self.set_date(third, second, first, true)
            || (dotted && self.set_date(third, first, second, true));
        found.then_some(end)
    }

    /// Sets a date if it is valid; a date of ambiguous order (`refuse_future`) must not be more than
    /// ten days in the future.
    fn set_date(&mut self, year: i64, month: i64, day: i64, refuse_future: bool) -> bool {
        if !(1..13).contains(&month) || !(1..32).contains(&day) {
            return false;
        }
        let mut with = Guess {
            month: month - 1,
            day,
            ..*self
        };
        match year {
            -1 if !refuse_future => {
                *self = with;
                return false;
            }
            -1 => with.year = this_year(self.now),
            1970..2100 => with.year = year - 1900,
            71..100 => with.year = year,
            ..38 => with.year = year + 100,
            _ => {
                if !refuse_future {
                    *self = with;
                }
                return false;
            }
        }
        if refuse_future
            && with
                .seconds()
                .is_some_and(|seconds| self.now + 10 * DAY < seconds)
        {
            return false;
        }
        if refuse_future && year == -1 {
            with.year = self.year;
        }
        *self = with;
        true
    }

    fn set_time(&mut self, hour: i64, minute: i64, second: i64) -> bool {
        let fits =
            (0..=24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
        if fits {
            (self.hour, self.minute, self.second) = (hour, minute, second);
        }
        fits
    }

    fn set_moment(&mut self, moment: DateTime) {
        self.year = i64::from(moment.year()) - 1900;
        self.month = i64::from(moment.month()) - 1;
        self.day = i64::from(moment.day());
        self.hour = i64::from(moment.hour());
        self.minute = i64::from(moment.minute());
        self.second = i64::from(moment.second());
        self.absolute = true;
    }

    /// Reads `+0100`, `-08:00` or `+01`; anything else is skipped.
    fn zone(&mut self, text: &[u8]) -> usize {
        let (number, width) = digits(&text[1..]);
        let mut end = 1 + width;
        let (hour, minute) = match width {
            4 => (number / 100, number % 100),
            2 if text.get(end) == Some(&b':') => {
                let (minute, more) = digits(&text[end + 1..]);
                end += 1 + more;
                (number, if more == 2 { minute } else { 99 })
            }
            2 => (number, 0),
            _ => (number, 99),
        };
        if minute < 60 && hour < 24 {
            let minutes = i32::try_from(hour * 60 + minute).unwrap_or_default();
            self.offset = Some(if text[0] == b'-' { -minutes } else { minutes });
        }
        end
    }

    fn is_blank(&self) -> bool {
        [
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
        ]
        .iter()
        .all(|&part| part < 0)
    }

    /// Seconds since 1970 as if the date were in UTC, from 1970 to 2099.
    fn seconds(&self) -> Option<i64> {
        const DAYS_BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let years = self.year - 70;
        if !(0..=129).contains(&years) || self.hour < 0 || self.minute < 0 || self.second < 0 {
            return None;
        }
        let before = DAYS_BEFORE.get(usize::try_from(self.month).ok()?)?;
        let leap_day_is_past = self.month >= 2 && (years + 2) % 4 == 0;
        let days = years * 365 + (years + 1) / 4 + before + self.day - i64::from(!leap_day_is_past);
        Some(days * DAY + self.hour * 3600 + self.minute * 60 + self.second)
    }

    fn finish(self) -> Option<Timestamp> {
        let told = self.seconds().filter(|&seconds| seconds != -1)?;
        // Git marks a missing zone with -1, so one minute west of UTC counts as missing too.
        let offset = match self.offset.filter(|&minutes| minutes != -1) {
            Some(minutes) => minutes,
            None => local_offset(told),
        };
        let seconds = if self.absolute {
            told
        } else {
            told - i64::from(offset) * 60
        };
        (0..=LAST_SECOND).contains(&seconds).then_some(Timestamp {
            seconds,
            offset_minutes: offset,
        })
    }
}

/// The length of a fraction of a second, such as `.123`.
fn fraction(text: &[u8]) -> usize {
    match text {
        [b'.', rest @ ..] if digits(rest).1 > 0 => 1 + digits(rest).1,
        _ => 0,
    }
}

fn this_year(now: i64) -> i64 {
    jiff::Timestamp::from_second(now).map_or(-1, |t| {
        i64::from(TimeZone::UTC.to_datetime(t).year()) - 1900
    })
}

/// The offset of the local zone, in minutes east of UTC, at a given local time.
fn local_offset(told: i64) -> i32 {
    let zoned = jiff::Timestamp::from_second(told)
        .map(|t| TimeZone::UTC.to_datetime(t))
        .and_then(|clock| TimeZone::system().to_zoned(clock));
    zoned.map_or(0, |zoned| zoned.offset().seconds() / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        parse_at(text.as_bytes(), 1_700_000_000)
            .map(|t| t.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn dates_of_mail_are_read() {
        assert_eq!(read("Mon, 1 Jan 2024 10:00:00 +0100"), "1704099600 +0100");
        assert_eq!(read("1 Jan 24 10:00:00 -0130 (EST)"), "");
        assert_eq!(read("1 Jan 2024 10:00 GMT"), "1704103200 +0000");
        assert_eq!(read("2024-01-01T10:00:00Z"), "1704103200 +0000");
        assert_eq!(read("@1704103200 -0130"), "1704103200 -0130");
        assert_eq!(read("1704103200"), "1704103200 +0000");
        assert_eq!(read("01/31/2023 10:00:00 +0000"), "1675159200 +0000");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for bad in [
            "",
            "x",
            "Mon",
            "10:00",
            "32 Jan 1960 10:00:00 +0000",
            "1 Jan 1970 00:00:00 +0100",
        ] {
            assert_eq!(read(bad), "", "{bad:?}");
        }
    }
}
