// SPDX-License-Identifier: GPL-2.0-or-later
//! What is shown of series: summaries, details, progress, the next step, and searches. Nothing here asks a server or changes
//! anything.
//!
//! All of it comes from the one query in [`crate::db::listing`] and from the branches of the repository. `overview.rs` has a
//! line for each series, `info.rs` all details of one, `find.rs` searches for a text; `progress.rs` decides what a version
//! needs, `next_step.rs` what its author can do, and `reminders.rs` which series are due.

pub mod find;
pub mod info;
pub mod next_step;
pub mod overview;
pub mod progress;
pub mod reminders;
