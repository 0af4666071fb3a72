// SPDX-License-Identifier: GPL-2.0-or-later
//! Time stamps behind the names in plain diffs: `2010-07-05 19:41:17.620000023 -0500`, or less of it.

/// The bytes of a time stamp at the end of a name line, with the white space before it; 0 when there is none.
pub fn stamp_len(line: &[u8]) -> usize {
    if !line.last().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let zone = cut(line, " +0000")
        .or_else(|| cut(line, " +00:00"))
        .unwrap_or(line);
    let time = cut(zone, " 00:00:00")
        .or_else(|| fraction(zone).and_then(|rest| cut(rest, " 00:00:00")))
        .unwrap_or(zone);
    let Some(date) = cut(time, "00-00-00") else {
        return 0;
    };
    let date = match date {
        [before @ .., a, b] if a.is_ascii_digit() && b.is_ascii_digit() => before,
        _ => date,
    };
    let name = match date {
        [name @ .., b'\t'] => name,
        [.., b' '] => {
            &date[..date
                .iter()
                .rposition(|&c| c != b' ')
                .map_or(0, |last| last + 1)]
        }
        _ => return 0,
    };
    line.len() - name.len()
}

/// Cuts `shape` from the end of the text: `0` matches a digit, `+` a sign, and any other character itself.
fn cut<'a>(text: &'a [u8], shape: &str) -> Option<&'a [u8]> {
    let (rest, end) = text.split_at(text.len().checked_sub(shape.len())?);
    let fits = end.iter().zip(shape.bytes()).all(|(&c, want)| match want {
        b'0' => c.is_ascii_digit(),
        b'+' => c == b'+' || c == b'-',
        _ => c == want,
    });
    fits.then_some(rest)
}

/// Cuts the fraction of a second, with its point, from the end of the text.
fn fraction(text: &[u8]) -> Option<&[u8]> {
    let point = text.iter().rposition(|c| !c.is_ascii_digit())?;
    (text[point] == b'.' && point + 1 < text.len()).then(|| &text[..point])
}

/// Whether the time stamp after the last tab is the epoch, which GNU diff uses for a missing file.
pub fn is_epoch(text: &[u8]) -> bool {
    let Some(tab) = memchr::memrchr(b'\t', text) else {
        return false;
    };
    let stamp = text[tab + 1..]
        .strip_suffix(b"\n")
        .unwrap_or(&text[tab + 1..]);
    let (day, clock) = if let Some(clock) = stamp.strip_prefix(b"1969-12-31 ") {
        (24 * 60, clock)
    } else if let Some(clock) = stamp.strip_prefix(b"1970-01-01 ") {
        (0, clock)
    } else {
        return false;
    };
    let (clock, zone, colon) = match (cut(clock, " +00:00"), cut(clock, " +0000")) {
        (Some(rest), _) => (rest, &clock[rest.len() + 1..], 1),
        (None, Some(rest)) => (rest, &clock[rest.len() + 1..], 0),
        (None, None) => return false,
    };
    let clock = match fraction(clock) {
        Some(rest) if clock[rest.len() + 1..].iter().all(|&c| c == b'0') => rest,
        Some(_) => return false,
        None => clock,
    };
    let two = |digits: &[u8]| i32::from(digits[0] - b'0') * 10 + i32::from(digits[1] - b'0');
    if cut(clock, "00:00:00") != Some(b"")
        || clock[0] > b'2'
        || clock[3] > b'5'
        || !clock.ends_with(b":00")
    {
        return false;
    }
    let (hours, minutes) = (&zone[1..3], &zone[3 + colon..]);
    if hours[0] > b'2' || minutes[0] > b'5' {
        return false;
    }
    let offset = two(hours) * 60 + two(minutes);
    let offset = if zone[0] == b'-' { -offset } else { offset };
    two(clock) * 60 + two(&clock[3..]) - offset == day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_cut_from_names() {
        for (text, name) in [
            ("f\t2010-07-05 19:41:17.620000023 -0500", "f"),
            ("f g\t2010-07-05 19:41:17 -05:00", "f g"),
            ("f\t2010-07-05 19:41:17", "f"),
            ("f  10-07-05", "f"),
            ("f 2010-07-05 19:41:17 +0100", "f"),
            ("f2010-07-05", "f2010-07-05"),
            ("2010-07-05", "2010-07-05"),
            ("f\tThu Jan  2 03:04:05 2020", "f\tThu Jan  2 03:04:05 2020"),
            ("v1.2 +0100", "v1.2 +0100"),
            ("", ""),
        ] {
            assert_eq!(&text[..text.len() - stamp_len(text.as_bytes())], name);
        }
    }

    #[test]
    fn the_epoch_is_told_in_any_zone() {
        for (text, epoch) in [
            ("f\t1970-01-01 00:00:00.000000000 +0000\n", true),
            ("f\t1970-01-01 01:00:00 +0100\n", true),
            ("f\t1969-12-31 19:00:00.000 -05:00\n", true),
            ("f\t1970-01-01 00:00:00.000000001 +0000\n", false),
            ("f\t1970-01-01 01:00:00 +0000\n", false),
            ("f\t1970-01-01 00:00:00\n", false),
            ("f 1970-01-01 00:00:00 +0000\n", false),
        ] {
            assert_eq!(is_epoch(text.as_bytes()), epoch, "{text}");
        }
    }
}
