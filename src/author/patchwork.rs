// SPDX-License-Identifier: GPL-2.0-or-later
//! Versions that were sent: their series on a Patchwork server, the states and replies there and in the
//! archive, and the trailers in replies.
//!
//! - `link.rs` and `autolink.rs` link a version to its series on a Patchwork; `servers.rs` chooses the server;
//! - `gather.rs` asks for a recorded series, `dest_branch.rs` for any branch; `match_patches.rs` matches patches;
//! - `record.rs` writes the results to the database and the branch; `report.rs` and `render.rs` show them.

pub mod autolink;
pub mod dest_branch;
pub mod gather;
pub mod link;
pub mod match_patches;
pub mod record;
pub mod report;
pub mod servers;
