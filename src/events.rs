// SPDX-License-Identifier: GPL-2.0-or-later
//! What the domain reports while it works.
//!
//! Everything below the commands returns its results as values and prints nothing. What the user should learn meanwhile
//! (a step, a warning, the progress of a download) is an [`Event`], which goes to the [`Events`] that the caller passed:
//! the command line prints it, another interface can draw it, and a test collects it in [`Collector`]. Several threads
//! may report at once.

use crate::error::Error;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// One report. Its text may contain line breaks and anything that a mail contained: who shows it escapes it.
#[derive(Debug, Clone)]
pub enum Event {
    /// A step of the work, for users who want to follow it (`-v`).
    Step(String),
    /// What was done, or found.
    Notice(String),
    /// Something may be wrong; the work continues.
    Warning(String),
    /// What the user can do next, as a command that can be pasted.
    Hint(String),
    /// A part of the work failed; the rest continues.
    Failure(Error),
    /// A detail for developers (`GIT_PATMAN_TRACE`).
    Trace(String),
    /// A task began that may take time.
    TaskBegun {
        /// The task, in the events that follow.
        task: TaskId,
        /// What is done: a verb such as `Fetching`, or a line of text.
        what: String,
        /// The number of its steps; `None` if it has none, as one of several tasks that run at once.
        steps: Option<usize>,
    },
    /// One more step of a task is done.
    TaskAdvanced(TaskId),
    /// A task ended.
    TaskEnded(TaskId),
}

/// Identifies a task among those that are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(u64);

/// Receives the events of the domain.
pub trait Events: Debug + Send + Sync {
    /// Receives one event.
    fn emit(&self, event: Event);
}

impl dyn Events + '_ {
    /// Reports a step, shown with `-v`.
    pub fn step(&self, text: impl Into<String>) {
        self.emit(Event::Step(text.into()));
    }

    /// Reports what was done or found.
    pub fn notice(&self, text: impl Into<String>) {
        self.emit(Event::Notice(text.into()));
    }

    /// Warns.
    pub fn warn(&self, text: impl Into<String>) {
        self.emit(Event::Warning(text.into()));
    }

    /// Suggests what to do next.
    pub fn hint(&self, text: impl Into<String>) {
        self.emit(Event::Hint(text.into()));
    }

    /// Reports a failure that does not end the work.
    pub fn fail(&self, error: Error) {
        self.emit(Event::Failure(error));
    }

    /// Reports a detail for developers, shown with `GIT_PATMAN_TRACE`.
    pub fn trace(&self, text: impl Into<String>) {
        self.emit(Event::Trace(text.into()));
    }

    /// Warns with the message of an error, followed by its hints.
    pub fn warn_of(&self, error: &Error) {
        self.warn(error.to_string());
        error.hints().iter().for_each(|hint| self.hint(hint));
    }

    /// Begins a task, such as `Fetching`, that has this number of steps.
    pub fn progress(&self, what: &str, steps: usize) -> Task<'_> {
        self.begin(what, Some(steps))
    }

    /// Begins a task without steps, one of several that run at once.
    pub fn task(&self, what: &str) -> Task<'_> {
        self.begin(what, None)
    }

    fn begin(&self, what: &str, steps: Option<usize>) -> Task<'_> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = TaskId(NEXT.fetch_add(1, Ordering::Relaxed));
        self.emit(Event::TaskBegun {
            task: id,
            what: what.to_owned(),
            steps,
        });
        Task { events: self, id }
    }
}

/// A task that is under way; it ends when this is dropped.
#[derive(Debug)]
pub struct Task<'e> {
    events: &'e dyn Events,
    id: TaskId,
}

impl Task<'_> {
    /// Reports that one more step is done.
    pub fn advance(&self) {
        self.events.emit(Event::TaskAdvanced(self.id));
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.events.emit(Event::TaskEnded(self.id));
    }
}

/// Collects events, for tests and for callers that show none.
#[derive(Debug, Default)]
pub struct Collector(Mutex<Vec<Event>>);

impl Collector {
    /// The messages so far, in their order, such as `warning: the index is missing`; tasks are left out.
    pub fn messages(&self) -> Vec<String> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let message = |event: &Event| match event {
            Event::Step(text) => Some(format!("step: {text}")),
            Event::Notice(text) => Some(format!("notice: {text}")),
            Event::Warning(text) => Some(format!("warning: {text}")),
            Event::Hint(text) => Some(format!("hint: {text}")),
            Event::Failure(error) => Some(format!("error: {error}")),
            Event::Trace(text) => Some(format!("trace: {text}")),
            Event::TaskBegun { .. } | Event::TaskAdvanced(_) | Event::TaskEnded(_) => None,
        };
        events.iter().filter_map(message).collect()
    }
}

impl Events for Collector {
    fn emit(&self, event: Event) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_ends_when_it_is_dropped() {
        let collector = Collector::default();
        let events: &dyn Events = &collector;
        let task = events.progress("Fetching", 2);
        task.advance();
        events.warn_of(&Error::new("no answer").with_hint("try again"));
        drop(task);
        assert_eq!(
            collector.messages(),
            ["warning: no answer", "hint: try again"]
        );
        let all = collector.0.into_inner().unwrap_or_default();
        assert!(matches!(all.as_slice(), [
            Event::TaskBegun { task: begun, steps: Some(2), .. },
            Event::TaskAdvanced(advanced),
            Event::Warning(_),
            Event::Hint(_),
            Event::TaskEnded(ended),
        ] if begun == advanced && advanced == ended));
    }
}
