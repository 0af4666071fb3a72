// SPDX-License-Identifier: GPL-2.0-or-later
//! The user's own series: which is meant, the commits of its branch, and all that is done to them.
//!
//! A series has one branch a version: `<name>` for the first, `<name><N>` for the others, as with patman, which works on the
//! same database and branches. The branches are the truth about the commits; the database follows them.

pub mod add;
pub mod archive;
pub mod autolink;
pub mod change;
pub mod changes;
pub mod commits;
pub mod dec;
pub mod dest;
pub mod edits;
pub mod find;
pub mod follow;
pub mod forget;
pub mod gather;
pub mod history;
pub mod inc;
pub mod info;
pub mod link;
pub mod listed;
pub mod mark;
pub mod notes;
mod numbering;
pub mod offers;
pub mod overview;
pub mod pairs;
pub mod placed;
pub mod progress;
pub mod range;
pub mod record;
pub mod rename;
pub mod renumber;
pub mod report;
pub mod scan;
pub mod servers;
pub mod state;
pub mod target;
pub mod todo;
pub mod unarchive;
pub mod undo;
pub mod versions;
pub mod workflow;
pub mod written;

use crate::db::Db;
use crate::git::Repo;
use crate::output::Output;
use crate::settings::Settings;

/// Everything that the work on one's own series needs.
#[derive(Debug)]
pub struct Author<'c> {
    /// The repository.
    pub repo: &'c Repo,
    /// The settings in force.
    pub settings: &'c Settings,
    /// Where words go.
    pub out: &'c Output,
    /// The database.
    pub db: Db,
    /// Whether nothing is to be changed, only told.
    pub dry_run: bool,
}

impl<'c> Author<'c> {
    /// The user's series, seen from one repository.
    pub fn new(repo: &'c Repo, settings: &'c Settings, out: &'c Output, db: Db, dry_run: bool) -> Self {
        Author { repo, settings, out, db, dry_run }
    }
}
