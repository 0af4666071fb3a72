// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman`: keep, apply and review patch series that travel by mail.
//!
//! The module map, from the command line down; a module uses only modules listed below it:
//!
//! - [`cli`]: global options and the table of commands
//! - [`commands`]: one file per command, named as typed
//! - [`view`]: how values are shown: JSON, tables, lines
//! - [`complete`]: completion by the shells
//! - [`context`]: what a command may need, opened on first use
//! - [`output`]: the only module that prints
//! - [`listing`]: what is shown of series; nothing here changes anything
//! - [`author`]: the user's own series, out of the pieces below
//! - [`review`]: the life of a review, out of the pieces below
//! - [`identity`]: which repository this is, wherever it has been moved to
//! - [`base`]: which commit a version belongs on
//! - [`source`]: where mail comes from
//! - [`worktree`]: make, find, lock, keep and remove a review worktree
//! - [`apply`]: a version onto its base, in memory
//! - [`exec`]: a user's command, run to its end in a process group of its own
//! - [`mail`]: mails read, understood, and sorted into series
//! - [`tags`]: the tags of authors in commit messages, read and edited
//! - [`diff`]: a patch's files and hunks, parsed as git does
//! - [`db`]: the database: where it is, its schema, its rows
//! - [`settings`]: every git config key
//! - [`git`]: libgit2 and the `git` program
//! - [`series`]: the model: series, versions and patches as plain types, and the rules that compare them
//! - [`clock`]: the current time
//! - [`events`]: what the modules above report while they work
//! - [`text`]: how values are written in messages
//! - [`invisible`]: characters that are not seen, or that turn the text around them
//! - [`program`]: the only module that starts programs
//! - [`environment`]: every environment variable
//! - [`presence`]: whether a path exists
//! - [`error`]: what happened, why, and what to do next

pub mod apply;
pub mod author;
pub mod base;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod complete;
pub mod context;
pub mod db;
pub mod diff;
pub mod environment;
pub mod error;
pub mod events;
pub mod exec;
pub mod git;
pub mod identity;
pub mod invisible;
pub mod listing;
pub mod mail;
pub mod output;
pub mod presence;
pub mod program;
pub mod review;
pub mod series;
pub mod settings;
pub mod source;
pub mod tags;
pub mod text;
pub mod view;
pub mod worktree;
