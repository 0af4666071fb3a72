// SPDX-License-Identifier: GPL-2.0-or-later
//! The only module that uses git2 and that starts the `git` program.
//!
//! libgit2 finds and reads the repository and makes objects and refs; the `git` program does what has hooks, user
//! configuration or visible effects.

pub mod abbrev;
pub mod branch_config;
pub mod branches;
mod commit_graph;
pub mod commit_summary;
pub mod commits;
pub mod config;
pub mod credential;
pub mod discover;
pub mod file_lock;
pub mod history;
pub mod identity;
pub mod log;
pub mod objects;
pub mod overrides;
mod pack;
pub mod public_inbox;
mod raw_commit;
pub mod refs;
pub mod repository_id;
pub mod rewrite;
pub mod run;
pub mod scratch;
pub mod sharing;
mod staged;
pub mod tag;
pub mod tracked;
mod tracking;
pub mod trees;
mod unreachable;
pub mod worktrees;
pub mod write_atomic;

pub use discover::Repo;
pub use git2::Oid;
