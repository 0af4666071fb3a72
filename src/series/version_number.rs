// SPDX-License-Identifier: GPL-2.0-or-later
//! The number of a version.

use crate::error::{Error, Result};
use std::fmt;

/// The number of a version of a series, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNumber(u32);

impl VersionNumber {
    /// Version 1, which a subject does not name.
    pub const FIRST: VersionNumber = VersionNumber(1);

    /// The version of that number, at least 1.
    pub fn new(number: u32) -> Option<Self> {
        (number >= 1).then_some(VersionNumber(number))
    }

    /// The number, from 1.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl std::str::FromStr for VersionNumber {
    type Err = Error;

    /// Reads `3` or `v3`.
    fn from_str(text: &str) -> Result<Self> {
        let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let number = if digits.bytes().all(|b| b.is_ascii_digit()) {
            digits.parse().ok()
        } else {
            None
        };
        number.and_then(VersionNumber::new).ok_or_else(|| {
            Error::usage(format!(
                "'{text}' is not a version: give a number from 1, as in 'v2'"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_from_one() {
        assert_eq!(
            "v3".parse::<VersionNumber>().map(VersionNumber::get).ok(),
            Some(3)
        );
        for bad in ["0", "v", "", "+1", "v1.1", "-1"] {
            assert!(bad.parse::<VersionNumber>().is_err(), "{bad:?}");
        }
    }
}
