// SPDX-License-Identifier: GPL-2.0-or-later
//! Progress on standard error, on a terminal.
//!
//! A task with a number of steps has a percentage, which is drawn once it takes over half a second. Other tasks have a
//! line each, with the time that has passed. A line is removed when its task ends.

use crate::events::TaskId;
use crate::text::escape_controls;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a task with steps may take before it is shown.
const HIDDEN: Duration = Duration::from_millis(500);

/// How often the time of a line is updated.
const TICK: Duration = Duration::from_millis(200);

/// The tasks that are under way.
#[derive(Debug, Default)]
pub(super) struct TaskLines {
    tasks: BTreeMap<TaskId, (ProgressBar, Instant)>,
    /// The lines of the tasks without steps, if there are any.
    lines: Option<MultiProgress>,
}

impl TaskLines {
    pub(super) fn begin(&mut self, task: TaskId, what: &str, steps: Option<usize>) {
        let what = escape_controls(what).into_owned();
        let bar = match steps {
            Some(steps) => {
                let hidden = ProgressDrawTarget::hidden();
                let bar = ProgressBar::with_draw_target(Some(steps as u64), hidden);
                let style = ProgressStyle::with_template("{msg}: {percent:>3}% ({pos}/{len})");
                bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                    .with_message(what)
            }
            None => {
                let on_stderr = || MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
                let lines = self.lines.get_or_insert_with(on_stderr);
                let style = ProgressStyle::with_template("{wide_msg} {elapsed}");
                let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
                let bar = ProgressBar::new_spinner().with_style(style);
                let bar = lines.add(bar.with_message(what));
                bar.enable_steady_tick(TICK);
                bar
            }
        };
        self.tasks.insert(task, (bar, Instant::now()));
    }

    pub(super) fn advance(&self, task: TaskId) {
        let Some((bar, begun)) = self.tasks.get(&task) else {
            return;
        };
        if bar.is_hidden() && begun.elapsed() > HIDDEN {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(1);
    }

    pub(super) fn end(&mut self, task: TaskId) {
        if let Some((bar, _)) = self.tasks.remove(&task) {
            bar.finish_and_clear();
        }
        if self.tasks.is_empty() {
            self.lines = None;
        }
    }

    /// Prints a message between the lines.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        match &self.lines {
            Some(lines) => lines.suspend(print),
            None => print(),
        }
    }
}
