// SPDX-License-Identifier: GPL-2.0-or-later
//! The few colours of the program, by meaning, in the style of git's own listings.

use anstyle::{AnsiColor, Effects, Style};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    Plain,
    /// A commit or version, as git shows commits.
    Commit,
    /// All is well.
    Good,
    /// The user has to act.
    Attention,
    /// Something is missing or broken.
    Bad,
    /// Less important.
    Dim,
    /// The head of a section.
    Heading,
}

impl Paint {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Paint::Plain => Style::new(),
            Paint::Commit => colour(AnsiColor::Yellow),
            Paint::Good => colour(AnsiColor::Green),
            Paint::Attention => colour(AnsiColor::Yellow).effects(Effects::BOLD),
            Paint::Bad => colour(AnsiColor::Red),
            Paint::Dim => Style::new().effects(Effects::DIMMED),
            Paint::Heading => Style::new().effects(Effects::BOLD),
        }
    }

    /// The text in this colour where `on`, else as it is.
    pub fn apply(self, text: &str, on: bool) -> String {
        if !on || self == Paint::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}
