// SPDX-License-Identifier: GPL-2.0-or-later
//! The user's own series: which is meant, the commits of its branch, and all that is done to them.
//!
//! A series has one branch a version: `<name>` for the first, `<name><N>` for the others, as with patman, which works on the
//! same database and branches. The branches are the truth about the commits; the database follows them.
//!
//! - [`target`]: which series and version is meant
//! - [`branch`]: the commits of a version, the tags in their messages, and rewritten messages
//! - [`change`]: refs, HEAD, settings and rows changed together; [`undo`] undoes such a change
//! - [`add`], [`scan`], [`mark`], [`changes`], [`notes`]: what is done to one version
//! - [`versions`]: versions created, removed, renamed, renumbered, forgotten and archived
//! - [`patchwork`]: states, replies and trailers of the versions that were sent
//! - [`workflow`]: when to look at which again

pub mod add;
pub mod branch;
pub mod change;
pub mod changes;
pub mod mark;
pub mod notes;
pub mod patchwork;
pub mod scan;
pub mod target;
pub mod undo;
pub mod versions;
pub mod workflow;

use crate::db::Db;
use crate::events::Events;
use crate::git::Repo;
use crate::settings::Settings;

/// Everything that the work on one's own series needs.
#[derive(Debug)]
pub struct Author<'c> {
    /// The repository.
    pub repo: &'c Repo,
    /// The settings in force.
    pub settings: &'c Settings,
    /// Receives what is reported during the work.
    pub events: &'c dyn Events,
    /// The database.
    pub db: Db,
    /// Whether to show the changes without making them.
    pub dry_run: bool,
}

impl<'c> Author<'c> {
    /// The user's series, seen from one repository.
    pub fn new(
        repo: &'c Repo,
        settings: &'c Settings,
        events: &'c dyn Events,
        db: Db,
        dry_run: bool,
    ) -> Self {
        Author {
            repo,
            settings,
            events,
            db,
            dry_run,
        }
    }
}
