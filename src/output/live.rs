// SPDX-License-Identifier: GPL-2.0-or-later
//! Several lines of progress on standard error, on a terminal: one for each thing that is under way.

use super::{Verbosity, escape_controls};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};

/// Lines that come and go; they are wiped when this is dropped.
#[derive(Debug)]
pub struct Live {
    lines: Option<(MultiProgress, BTreeMap<usize, ProgressBar>)>,
}

impl Live {
    pub(super) fn begin(verbosity: Verbosity) -> Self {
        let shown = verbosity > Verbosity::Quiet && stderr().is_terminal();
        let target = || MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Live {
            lines: shown.then(|| (target(), BTreeMap::new())),
        }
    }

    /// Shows what `key` is at, with the time that it has taken so far.
    pub fn show(&mut self, key: usize, text: &str) {
        let Some((all, lines)) = &mut self.lines else {
            return;
        };
        let bar = lines.entry(key).or_insert_with(|| {
            let style = ProgressStyle::with_template("{wide_msg} {elapsed}");
            all.add(
                ProgressBar::new_spinner()
                    .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())),
            )
        });
        bar.reset_elapsed();
        bar.set_message(escape_controls(text).into_owned());
        bar.tick();
    }

    /// Removes the line of `key`.
    pub fn clear(&mut self, key: usize) {
        let Some((_, lines)) = &mut self.lines else {
            return;
        };
        if let Some(bar) = lines.remove(&key) {
            bar.finish_and_clear();
        }
    }

    /// Shows the time that has passed.
    pub fn tick(&self) {
        self.lines
            .iter()
            .flat_map(|(_, lines)| lines.values())
            .for_each(ProgressBar::tick);
    }

    /// Prints other output between the lines.
    pub fn aside(&self, print: impl FnOnce()) {
        match &self.lines {
            Some((all, _)) => all.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some((_, lines)) = &mut self.lines {
            lines.values().for_each(ProgressBar::finish_and_clear);
        }
    }
}
