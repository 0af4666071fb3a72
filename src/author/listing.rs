// SPDX-License-Identifier: GPL-2.0-or-later
//! What is told of series: at a glance, in full, and what is to be done; nothing here asks a server or changes anything.
//!
//! - `overview.rs` has the series at a glance, `find.rs` looks for one, `info.rs` has everything that is known of one;
//! - `state.rs` says what the states of patches mean, `progress.rs` what a version needs, `todo.rs` what its author can do.

pub mod find;
pub mod info;
pub mod overview;
pub mod progress;
pub mod state;
pub mod todo;
