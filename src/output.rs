// SPDX-License-Identifier: GPL-2.0-or-later
//! The only place that prints: data to standard output, everything else to standard error.
//!
//! Text that came from strangers is escaped before it reaches a terminal; a closed pipe ends the program quietly.

mod ask;
pub mod bar;
pub mod colour;
pub mod pager;
pub mod screen;
pub mod table;
mod tasks;

use crate::environment;
use crate::error::{Error, Result};
use crate::events::{Event, Events};
use crate::invisible::invisible;
use crate::settings::ColorWhen;
use crate::text::escape_controls;
use colour::Paint;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tasks::TaskLines;

/// How much to print on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Errors and warnings only (`-q`).
    Quiet,
    /// What a user expects.
    #[default]
    Normal,
    /// Each step (`-v`).
    Verbose,
}

/// What the user has chosen for the output.
#[derive(Debug, Clone)]
pub struct OutputChoices {
    /// Whether hints are shown.
    pub hints: bool,
    /// When to use colours.
    pub color: ColorWhen,
    /// The pager of listings; none if they are not paged.
    pub pager: Option<String>,
}

/// Where a command prints its output.
#[derive(Debug, Clone, Default)]
pub struct Output {
    verbosity: Verbosity,
    no_hints: bool,
    colour: bool,
    colour_errors: bool,
    pager: Option<String>,
    /// The progress that is shown, by this and all of its clones.
    tasks: Arc<Mutex<TaskLines>>,
}

impl Output {
    /// Creates an output with this verbosity.
    pub fn new(verbosity: Verbosity) -> Self {
        Output {
            verbosity,
            ..Output::default()
        }
    }

    /// Applies what the user has chosen for hints, colours and the pager.
    pub fn configure(&mut self, choices: OutputChoices) {
        self.no_hints = !choices.hints;
        let is_terminal = io::stdout().is_terminal();
        let colour = |is_terminal| match choices.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => is_terminal && !environment::is_plain(),
        };
        self.colour = colour(is_terminal || environment::is_pager_in_use());
        self.colour_errors = colour(io::stderr().is_terminal());
        self.pager = choices.pager.filter(|_| is_terminal);
    }

    /// Whether standard output has colours.
    pub fn has_colour(&self) -> bool {
        self.colour
    }

    /// The text in a colour, where standard output has colours.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        paint.apply(text, self.colour)
    }

    /// Writes a table, cut to the terminal's width on one.
    pub fn table(&self, table: &table::Table) -> Result<()> {
        self.listing(&self.render(table))
    }

    /// A table as text, cut to the terminal's width on one.
    pub fn render(&self, table: &table::Table) -> String {
        table.render(terminal_width(), self.colour)
    }

    /// Prints a trace line, if `GIT_PATMAN_TRACE` is set.
    pub fn trace(&self, text: impl AsRef<str>) {
        self.err("trace: ", Paint::Dim, text.as_ref());
    }

    /// Writes a listing, through the pager on a terminal.
    pub fn listing(&self, text: &str) -> Result<()> {
        match &self.pager {
            Some(pager) if !text.is_empty() => pager::show(self, pager, text),
            _ => self.data(text),
        }
    }

    /// Whether what is shown to people goes through a pager.
    pub fn is_paged(&self) -> bool {
        self.pager.is_some()
    }

    /// How much to print.
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Writes data, as it is, to standard output.
    pub fn data(&self, bytes: impl AsRef<[u8]>) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes.as_ref())
            .and_then(|()| out.flush())
            .or_else(|why| match why.kind() {
                io::ErrorKind::BrokenPipe => std::process::exit(0),
                _ => Err(Error::new("cannot write to standard output").with_cause(why)),
            })
    }

    /// Writes one JSON value and a newline to standard output.
    pub fn json(&self, value: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)
            .map_err(|why| Error::new("cannot write JSON").with_cause(why))?;
        text.push('\n');
        self.data(plain_json(text))
    }

    /// Prints a note about what was done; silent with `-q`.
    pub fn note(&self, text: impl AsRef<str>) {
        if self.verbosity >= Verbosity::Normal {
            self.err("", Paint::Plain, text.as_ref());
        }
    }

    /// Prints a step; only with `-v`.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.verbosity >= Verbosity::Verbose {
            self.err("", Paint::Plain, text.as_ref());
        }
    }

    /// Warns.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.err("warning: ", Paint::Attention, text.as_ref());
    }

    /// Prints a next step; silent with `-q` or `advice.patman=false`.
    pub fn hint(&self, text: impl AsRef<str>) {
        if self.verbosity >= Verbosity::Normal && !self.no_hints {
            self.err("hint: ", Paint::Attention, text.as_ref());
        }
    }

    /// Prints a failure with its hints.
    pub fn error(&self, error: &Error) {
        self.err("error: ", Paint::Bad, &error.to_string());
        error.hints().iter().for_each(|hint| self.hint(hint));
    }

    fn err(&self, prefix: &str, paint: Paint, text: &str) {
        let prefix = paint.apply(prefix, self.colour_errors);
        self.tasks().suspend(|| {
            let mut err = io::stderr().lock();
            for line in text.lines() {
                let line = cut(line);
                // If standard error is closed, there is no place to report an error.
                drop(writeln!(err, "{prefix}{}", escape_controls(&line)));
            }
        });
    }

    fn tasks(&self) -> MutexGuard<'_, TaskLines> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events for Output {
    /// Prints the event on standard error, unless `-q` or a setting hides it.
    fn emit(&self, event: Event) {
        let shows_tasks = self.verbosity > Verbosity::Quiet && io::stderr().is_terminal();
        match event {
            Event::Step(text) => self.detail(text),
            Event::Notice(text) => self.note(text),
            Event::Warning(text) => self.warn(text),
            Event::Hint(text) => self.hint(text),
            Event::Failure(error) => self.error(&error),
            Event::Trace(text) => self.trace(text),
            Event::TaskBegun { task, what, steps } if shows_tasks => {
                self.tasks().begin(task, &what, steps)
            }
            Event::TaskBegun { .. } => {}
            Event::TaskAdvanced(task) => self.tasks().advance(task),
            Event::TaskEnded(task) => self.tasks().end(task),
        }
    }
}

/// Shortens a line of a message: a server's text in it may have any length.
fn cut(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => Cow::Owned(format!("{}...", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

/// Longest line of a message, in characters; that of a path may be 4096.
const LONGEST_LINE: usize = 10_000;

/// The width of the terminal in cells; none in a pipe.
pub fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let actual = || rustix::termios::tcgetwinsize(io::stdout()).ok();
    environment::columns()
        .or_else(|| actual().map(|size| usize::from(size.ws_col)))
        .filter(|&width| width > 0)
        .or(Some(80))
}

/// Escapes characters that JSON allows unescaped but that a terminal may obey. They occur only inside strings.
fn plain_json(text: String) -> String {
    let hidden: Vec<(usize, char)> = invisible(&text).filter(|(_, c)| *c != '\n').collect();
    if hidden.is_empty() {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut end = 0;
    for (at, c) in hidden {
        escaped.push_str(&text[end..at]);
        end = at + c.len_utf8();
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped + &text[end..]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn json_holds_no_control_characters_and_says_the_same() {
        let text = "a\x1b[31m\u{7f}\u{9b}31m\u{202e}\u{61c}ü\u{e0041}\n";
        let json = plain_json(serde_json::to_string_pretty(&[text]).unwrap());
        assert!(
            json.contains("\\u009b31m\\u202e\\u061cü\\udb40\\udc41"),
            "{json}"
        );
        assert!(
            json.split('\n')
                .all(|line| invisible(line).next().is_none())
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
