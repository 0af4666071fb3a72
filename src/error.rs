// SPDX-License-Identifier: GPL-2.0-or-later
//! One error type: what happened to which object, why, what to do next, and the exit status.
//!
//! Messages have git's form: lower case, no full stop, values in single quotes.

use std::fmt;

/// The result of anything that can fail for the user to read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How the process ends when a command fails; success is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The command failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The command stopped for the user to act: a conflict, a pending edit.
    Stopped = 3,
}

/// A failure as the user reads it.
#[derive(Debug, Clone)]
pub struct Error {
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    exit: Exit,
    is_silent: bool,
}

impl Error {
    /// A failure with exit status 1.
    pub fn new(message: impl Into<String>) -> Self {
        Error {
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            exit: Exit::Failed,
            is_silent: false,
        }
    }

    /// An exit status for a failure that the command has already reported.
    pub fn silent(exit: Exit) -> Self {
        Error {
            is_silent: true,
            ..Error::new("").with_exit(exit)
        }
    }

    /// Whether there is nothing left to print.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// A wrong command line, with exit status 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(message).with_exit(Exit::Usage)
    }

    /// The same failure with one more thing to try, as a command that can be pasted.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same failure with the reason of a lower layer, which follows the message after a colon.
    #[must_use]
    pub fn with_cause(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// The same failure with another exit status.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// This failure as the cause of a wider one, which takes over its hints and exit status.
    #[must_use]
    pub fn within(mut self, message: impl Into<String>) -> Self {
        let inner = std::mem::replace(&mut self.message, message.into());
        self.causes.insert(0, inner);
        self
    }

    /// The same failure for another that it is about too.
    #[must_use]
    pub fn again(&self) -> Self {
        Error {
            message: self.message.clone(),
            causes: self.causes.clone(),
            hints: self.hints.clone(),
            exit: self.exit,
            is_silent: self.is_silent,
        }
    }

    /// What happened, without causes and hints.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Why it happened, from the widest reason to the last.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// What to try next, one entry a line.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The status that the process exits with.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes
            .iter()
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Error {}

/// Adds the object that an error of a lower layer is about.
pub trait WithContext<T> {
    /// The same result, whose error begins with `message`.
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T>;
}

impl<T, E: fmt::Display> WithContext<T> for Result<T, E> {
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T> {
        self.map_err(|cause| Error::new(message()).with_cause(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_the_message_in_order() {
        let error = Error::new("inner")
            .with_cause("io")
            .within("outer")
            .with_hint("try");
        assert_eq!(error.to_string(), "outer: inner: io");
        assert_eq!(error.hints(), ["try"]);
    }
}
