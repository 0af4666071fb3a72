// SPDX-License-Identifier: GPL-2.0-or-later
//! Versions that were sent: which series on a Patchwork they are, their state there, and the trailers that replies give.
//!
//! - `link.rs` and `autolink.rs` find the series on a Patchwork; `servers.rs` selects the Patchwork;
//! - `gather.rs` fetches states and replies, for a recorded branch or, by `dest_branch.rs`, for any other; `matches.rs` finds the
//!   patches there that commits and rows are;
//! - `record.rs` writes them into the database and the branch; `report.rs` and `render.rs` show them.

pub mod autolink;
pub mod dest_branch;
pub mod gather;
pub mod link;
mod matches;
pub mod record;
pub mod render;
pub mod report;
pub mod servers;
