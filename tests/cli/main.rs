// SPDX-License-Identifier: GPL-2.0-or-later
//! Each command end to end, through the real program, as sessions: the command line, its output and its exit status.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod abbrev;
mod completion;
mod db;
mod db_merge;
mod db_users;
mod discovery;
mod examples;
#[path = "../servers/patchwork.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod fake_patchwork;
mod help;
mod hostile;
mod hostile_mails;
mod hostile_servers;
mod install;
mod listing;
mod moved;
mod odd_branches;
mod odd_names;
mod pages;
mod patchwork;
mod programs;
#[path = "../servers/public_inbox.rs"]
mod public_inbox;
#[path = "../http/server.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod raw_server;
mod review_archive;
mod review_base;
mod review_check;
mod review_clones;
mod review_compare;
mod review_conflict;
mod review_exec;
mod review_finish;
mod review_git;
mod review_inbox;
mod review_killed;
mod review_list;
mod review_own_work;
mod review_patchwork;
mod review_pool;
mod review_prune;
mod review_remove;
mod review_start;
mod review_states;
mod review_trailers;
mod review_update;
mod sandbox;
mod scene;
mod series_add;
mod series_archive;
mod series_autolink;
mod series_changes;
mod series_dec;
mod series_find;
mod series_gather;
mod series_inc;
mod series_info;
mod series_killed;
mod series_link;
mod series_ls;
mod series_mark;
mod series_notes;
mod series_patches;
mod series_progress;
mod series_rename;
mod series_rm;
mod series_scan;
mod series_status;
mod series_summary;
mod shared;
mod shipped_database;
mod trusted_repositories;
mod undo;
mod upstream;
mod workflow;
