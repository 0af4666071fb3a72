// SPDX-License-Identifier: GPL-2.0-or-later
//! The branch of a version: its commits, the tags in their messages, and rewritten messages.
//!
//! - `range.rs` finds the commits of a branch that are the series;
//! - `branch_series.rs` reads them with their tags;
//! - `edits.rs` rewrites them with another version, link or Change-Ids;
//! - `commits.rs` finds the commits of any version, also archived or under review, and matches them with rows;
//! - `matching.rs` matches the patches of two versions, and `follow.rs` counts how they changed.

pub mod branch_series;
pub mod commits;
pub mod edits;
pub mod follow;
pub mod matching;
pub mod range;
