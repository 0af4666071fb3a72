// SPDX-License-Identifier: GPL-2.0-or-later
//! Parses JSON from a server, with a limit on its size in memory: a value of two bytes may take a hundred.

use crate::error::{Error, Result, WithContext};
use serde::de::DeserializeOwned;

/// Maximum number of values in one response; a page of 250 series with 30 patches each has 50,000.
const MAX_VALUES: usize = 500_000;

/// Parses JSON; a response with more values than any Patchwork sends is refused unread.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if has_more_values(bytes, MAX_VALUES) {
        return Err(Error::new(format!("it has more than {MAX_VALUES} values")));
    }
    serde_json::from_slice(bytes).context(|| "the JSON is not as expected")
}

/// Whether there are more than `most` values, judging by the commas, braces and brackets outside strings.
fn has_more_values(bytes: &[u8], most: usize) -> bool {
    let (mut count, mut rest) = (0, bytes);
    while let Some((&first, tail)) = rest.split_first() {
        rest = match first {
            b'"' => behind_string(tail),
            _ => tail,
        };
        count += usize::from(matches!(first, b',' | b'[' | b'{'));
        if count > most {
            return true;
        }
    }
    false
}

/// The text after the end of the current string.
fn behind_string(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let is_end = rest[at] == b'"';
        rest = rest
            .get(at + if is_end { 1 } else { 2 }..)
            .unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_strings() {
        let text = br#"{"a": "[,[,\",[{", "b": [1, 2]}"#;
        assert!(!has_more_values(text, 4));
        assert!(has_more_values(text, 3));
        assert!(!has_more_values(b"\"[[[\\", 0));
    }

    #[test]
    fn an_answer_of_too_many_values_is_not_read() {
        let many = format!("[{}]", vec!["{}"; MAX_VALUES].join(","));
        let why = parse::<serde_json::Value>(many.as_bytes()).unwrap_err();
        assert_eq!(why.to_string(), "it has more than 500000 values");
        assert_eq!(parse::<Vec<u8>>(b"[1, 2]").unwrap(), [1, 2]);
    }
}
