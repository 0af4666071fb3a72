// SPDX-License-Identifier: GPL-2.0-or-later
//! A question to the user on a terminal: asked on standard error, answered on standard input.

use super::Output;
use crate::error::{Result, WithContext};
use crate::text::escape_controls;
use std::io::{self, BufRead, IsTerminal, Write};

impl Output {
    /// Whether standard input and standard error allow a question.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks, and returns the typed line, trimmed; `None` at the end of input.
    pub fn ask(&self, question: &str) -> Result<Option<String>> {
        // Nobody is left to ask when standard error is closed.
        drop(
            write!(io::stderr().lock(), "{} ", escape_controls(question))
                .and_then(|()| io::stderr().flush()),
        );
        let mut line = String::new();
        io::stdin()
            .lock()
            .read_line(&mut line)
            .context(|| "cannot read the answer")?;
        Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
    }
}
