// SPDX-License-Identifier: GPL-2.0-or-later
//! What became of versions that were sent: which series on a Patchwork they are, what is said of them there and in the
//! archive, and the trailers that answers give.
//!
//! - `link.rs` and `autolink.rs` say which series on a Patchwork a version is; `servers.rs` which Patchwork is asked;
//! - `gather.rs` asks, for a branch that the database knows or, by `dest.rs`, for any: `pairs.rs` says which patch is which;
//! - `record.rs` writes it into the database and the branch; `report.rs` and `listed.rs` show it.

pub mod autolink;
pub mod dest_branch;
pub mod gather;
pub mod link;
pub mod match_patches;
pub mod record;
pub mod report;
pub mod servers;
