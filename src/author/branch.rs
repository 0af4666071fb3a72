// SPDX-License-Identifier: GPL-2.0-or-later
//! The branch of a version: its commits, the tags in their messages, and rewritten messages.
//!
//! - `range.rs` finds the commits of a branch that are the series;
//! - `branch_series.rs` reads them with their tags;
//! - `edits.rs` rewrites them with another version, link or Change-Ids;
//! - `commits.rs` finds the commits of any version, also archived or under review, placed at the rows of its patches;
//! - `earlier.rs` reads a version that a newer one is compared with.

pub mod branch_series;
pub mod commits;
pub mod earlier;
pub mod edits;
pub mod range;
