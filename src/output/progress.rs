// SPDX-License-Identifier: GPL-2.0-or-later
//! One line of progress on standard error, on a terminal, for work that takes over half a second.

use super::Verbosity;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// Work that is under way; its line is wiped when it is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    since: Instant,
}

impl Progress {
    /// Begins `what`, a word such as `Applying`, in `steps` steps.
    pub(super) fn begin(what: &str, steps: u64, verbosity: Verbosity) -> Self {
        let shown = verbosity > Verbosity::Quiet && stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{msg}: {percent:>3}% ({pos}/{len})");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(what.to_owned());
            bar
        });
        Progress {
            bar,
            since: Instant::now(),
        }
    }

    /// One more step is done.
    pub fn step(&self) {
        let Some(bar) = &self.bar else { return };
        if bar.is_hidden() && self.since.elapsed() > Duration::from_millis(500) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
