// SPDX-License-Identifier: GPL-2.0-or-later
//! Finds reviews in other clones that share the database: those are never changed, and their records are kept.
//!
//! A clone that no longer exists is ignored; `prune` removes its rows and reports it.

use crate::db::Read;
use crate::db::series::SeriesId;
use crate::db::worktree::{self, Worktree};
use crate::error::{Error, Result};
use crate::series::SeriesName;
use crate::text::shell_quote;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A review in another clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherClone {
    /// The git directory of that clone.
    pub repository: PathBuf,
    /// The worktree there; `None` if there is only a branch.
    pub worktree: Option<PathBuf>,
}

impl OtherClone {
    fn of(row: Worktree) -> Option<Self> {
        let worktree = Some(row.path).filter(|path| !path.as_os_str().is_empty());
        (!is_gone(&row.common_dir)).then_some(OtherClone {
            repository: row.common_dir,
            worktree,
        })
    }

    /// The worktree, or the clone if there is no worktree.
    pub fn place(&self) -> &Path {
        self.worktree.as_deref().unwrap_or(&self.repository)
    }

    /// A directory for `git -C` in that clone.
    fn top(&self) -> &Path {
        let is_plain = self
            .repository
            .file_name()
            .is_some_and(|name| name == ".git");
        self.repository
            .parent()
            .filter(|_| is_plain)
            .unwrap_or(&self.repository)
    }
}

/// Whether a clone no longer exists; a clone that cannot be accessed still counts as present.
pub(super) fn is_gone(common_dir: &Path) -> bool {
    matches!(common_dir.symlink_metadata(), Err(why) if why.kind() == ErrorKind::NotFound)
}

/// The other clones that have a series.
pub fn others(db: &impl Read, series: SeriesId, common_dir: &Path) -> Result<Vec<OtherClone>> {
    Ok(worktree::others(db, series, common_dir)?
        .into_iter()
        .filter_map(OtherClone::of)
        .collect())
}

/// The other clones that have any series, by series.
pub fn all_others(
    db: &impl Read,
    common_dir: &Path,
) -> Result<BTreeMap<SeriesId, Vec<OtherClone>>> {
    let mut all: BTreeMap<SeriesId, Vec<OtherClone>> = BTreeMap::new();
    for row in worktree::all(db)?
        .into_iter()
        .filter(|row| row.common_dir != common_dir)
    {
        let series = row.series;
        all.entry(series).or_default().extend(OtherClone::of(row));
    }
    Ok(all)
}

/// A refusal to delete the record of a review that another clone has.
pub fn in_use(name: &SeriesName, other: &OtherClone) -> Error {
    Error::new(format!(
        "'{name}' is under review in another clone too: '{}'",
        other.place().display()
    ))
    .with_hint(format!(
        "to remove it here, and keep its record: git patman review remove {name}",
        name = shell_quote(name)
    ))
    .with_hint(format!(
        "to remove it there first: git -C {} patman review remove {name}",
        shell_quote(other.top()),
        name = shell_quote(name)
    ))
}
