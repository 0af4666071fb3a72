// SPDX-License-Identifier: GPL-2.0-or-later
//! Which repository this is, wherever it has been moved to.
//!
//! Each has an id of its own ([`Repo::id`]), and a database knows at which directory it was last. Found at another one
//! while the old one is gone, it was moved, and its rows follow. Found at both, one was copied from the other (`cp -a`): the
//! one that the database does not know there is the younger, and gets another id. A clone is given its own.

use crate::clock;
use crate::db::{Db, repository};
use crate::error::Result;
use crate::git::{Repo, repository_id};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What is known of a repository in a database before a command uses both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The command only shows: only a repository that the database names already gets an id.
    Read,
    /// The command may write rows that name the repository.
    Write,
}

/// Sees to it that the rows of a repository name the directory where it is. In most cases that is one look at a file and at
/// a row. A database that cannot be written is left as it is.
pub fn settle(repo: &Repo, db: &mut Db, purpose: Use) -> Result<()> {
    if db.is_read_only() || db.is_in_memory() {
        return Ok(());
    }
    let here = repo.common_dir();
    let id = repo.id()?;
    let there = match &id {
        Some(id) => repository::path_of(db, id)?,
        None => None,
    };
    if there.as_deref() == Some(here) {
        return Ok(());
    }
    if there.is_none() && purpose == Use::Read && !repository::is_named(db, here)? {
        return Ok(());
    }
    let id = match (id, there) {
        (None, _) => repo.give_id(None)?,
        (Some(id), Some(there)) if is_at(&id, &there) => {
            if is_same(here, &there) {
                return Ok(());
            }
            repo.give_id(Some(&id))?
        }
        (Some(id), _) => id,
    };
    db.write(|write| repository::set(write, &id, here, clock::now()))
}

/// Whether the repository with that id is at a directory. One that cannot be looked at is.
fn is_at(id: &str, common_dir: &Path) -> bool {
    repository_id::id_in(common_dir).map_or(true, |found| found.as_deref() == Some(id))
}

/// Whether two paths lead to one directory, as through a link or a mount.
fn is_same(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    place(a).is_some_and(|a| Some(a) == place(b))
}
