// SPDX-License-Identifier: GPL-2.0-or-later
//! The checked name of a series.

use crate::error::{Error, Result};
use crate::invisible::{code_point, first_invisible};
use std::fmt;

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
}
