// SPDX-License-Identifier: GPL-2.0-or-later
//! What is wrong with a tag, and where.

use std::fmt;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The value that was read is probably correct.
    Warning,
    /// Text of the author is ignored or misread: the patch should not be mailed like that.
    Error,
}

/// Something wrong in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The commit, counted from 0.
    pub commit: usize,
    /// The beginning of its id.
    pub short: String,
    /// The line of the message, counted from 1.
    pub line: usize,
    /// How much it matters.
    pub level: Level,
    /// What is wrong, and what to write instead.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "commit {} line {}: {}", self.short, self.line, self.text)
    }
}
