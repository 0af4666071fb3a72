// SPDX-License-Identifier: GPL-2.0-or-later
//! Series, versions and patches as plain types; names that have been checked have types of their own.

use crate::error::{Error, Result};
use crate::invisible::{code_point, first_invisible};
use serde::{Serialize, Serializer};
use std::fmt;

/// The number of a version of a series, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
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

/// The name of a series that is also the name of its branch, its worktree's directory and its lock file.
///
/// It is a single path component and a single component of a ref name, does not begin with `-` or `.`, and holds no
/// [`invisible`](crate::invisible) character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesName(String);

impl SeriesName {
    /// Longest name, in bytes, so that `<name>.lock` fits every file system.
    pub const MAX_LEN: usize = 200;

    /// Checks a name.
    pub fn new(name: &str) -> Result<Self> {
        let bad = |why: &str| {
            Err(Error::usage(format!(
                "'{name}' is not a series name: {why}"
            )))
        };
        if name.is_empty() {
            return bad("it is empty");
        }
        if name.len() > Self::MAX_LEN {
            return bad("it is longer than 200 bytes");
        }
        if name.starts_with(['-', '.'])
            || name.ends_with('.')
            || name.to_ascii_lowercase().ends_with(".lock")
        {
            return bad("it must not begin with '-' or '.', nor end with '.' or '.lock'");
        }
        if name.contains("..") || name.contains("@{") || name == "@" || name == "HEAD" {
            return bad("git does not allow it as the name of a branch");
        }
        let forbidden = |c: char| c.is_whitespace() || "/\\~^:?*[\"'<>|$`&;!".contains(c);
        if let Some(c) = first_invisible(name) {
            return bad(&format!("it holds {}, which is not shown", code_point(c)));
        }
        if let Some(c) = name.chars().find(|&c| forbidden(c)) {
            return bad(&format!("it holds {:?}", c));
        }
        Ok(SeriesName(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::ffi::OsStr> for SeriesName {
    fn as_ref(&self) -> &std::ffi::OsStr {
        self.0.as_ref()
    }
}

impl fmt::Display for SeriesName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SeriesName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An address as mail has it: a name to show, which may be empty, and the address itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Person {
    /// The name, decoded to UTF-8.
    pub name: String,
    /// The address without angle brackets.
    pub email: String,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_directory_or_the_ref_are_refused() {
        for bad in [
            "",
            ".git",
            "..",
            "a/b",
            "a\\b",
            "-n",
            "a..b",
            "x.lock",
            "x.LOCK",
            "a b",
            "a\x1bb",
            "HEAD",
            "@",
            "x.",
            "a\u{200b}b",
            "a\u{202e}b",
            "a\u{3164}b",
        ] {
            assert!(SeriesName::new(bad).is_err(), "{bad:?}");
        }
        for good in ["us-100-review", "dm-naïve", "a.b", "x_y"] {
            assert_eq!(
                SeriesName::new(good).map(|n| n.to_string()).ok().as_deref(),
                Some(good)
            );
        }
    }

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
