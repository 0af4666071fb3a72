// SPDX-License-Identifier: GPL-2.0-or-later
//! Identifies a repository, even after it is moved.
//!
//! Each repository has its own id ([`Repo::id`]), and a database records its last directory. If it is found at
//! another directory and the old one is gone, it was moved, and its rows are updated. If both exist, one is a
//! copy (`cp -a`): the directory that the database does not
//! have is the copy, and it gets another id. A clone gets its own id.

use crate::clock;
use crate::db::{Db, repository};
use crate::error::Result;
use crate::git::{Repo, repository_id};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How a command uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The command only reads: only a repository that is already in the database gets an id.
    Read,
    /// The command may write rows that name the repository.
    Write,
}

/// Updates the rows of a repository to its current directory. In most cases this only checks a file and a row. A
/// read-only database is left unchanged.
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

/// Whether the repository with that id is at a directory. If the directory cannot be read, assume that it is.
fn is_at(id: &str, common_dir: &Path) -> bool {
    repository_id::id_in(common_dir).map_or(true, |found| found.as_deref() == Some(id))
}

/// Whether two paths lead to the same directory, for example through a link or a mount.
fn is_same(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    place(a).is_some_and(|a| Some(a) == place(b))
}
