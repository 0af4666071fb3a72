// SPDX-License-Identifier: GPL-2.0-or-later
//! The branch of a version: its commits, the tags in their messages, and the messages made anew.
//!
//! - `range.rs` says which commits of a branch are the series;
//! - `written.rs` reads them with their tags;
//! - `edits.rs` makes them anew with another version, link or Change-Ids;
//! - `commits.rs` finds the commits of any version, be it archived or under review, and which is which row;
//! - `history.rs` says which patch of a version is which of another, and `follow.rs` counts what became of them.

pub mod branch_series;
pub mod commits;
pub mod edits;
pub mod follow;
pub mod matching;
pub mod range;
