// SPDX-License-Identifier: GPL-2.0-or-later
//! Forgets clones that no longer exist, and reviews that an interrupted start left in the database.

use crate::db::Db;
use crate::db::series::SeriesId;
use crate::db::worktree;
use crate::error::Result;
use crate::review::clones::is_gone;
use crate::review::refs::SeriesRefs;
use crate::review::{Reviews, record};
use crate::worktree::branch_ref;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Reviews<'_> {
    /// Finds the rows of clones that no longer exist, and rows of this clone that an interrupted start left behind;
    /// removes them unless it is a dry run.
    pub(in crate::review) fn prune_clones(
        &mut self,
        rehearsal: bool,
        pruned: &mut Vec<String>,
    ) -> Result<()> {
        let mut gone: BTreeMap<PathBuf, Vec<SeriesId>> = BTreeMap::new();
        let here = self.repo.common_dir().to_owned();
        for row in worktree::all(&self.db)? {
            if row.common_dir == here && row.path.as_os_str().is_empty() {
                self.prune_claim(row.series, rehearsal, pruned)?;
            } else if row.common_dir != here && is_gone(&row.common_dir) {
                gone.entry(row.common_dir).or_default().push(row.series);
            }
        }
        for (clone, series) in gone {
            let reviews = if series.len() == 1 {
                "1 review".to_owned()
            } else {
                format!("{} reviews", series.len())
            };
            pruned.push(format!(
                "records of '{}' about {reviews}: that clone is gone",
                clone.display()
            ));
            if !rehearsal {
                forget(&mut self.db, &series, &clone)?;
            }
        }
        Ok(())
    }

    fn prune_claim(
        &mut self,
        series: SeriesId,
        rehearsal: bool,
        pruned: &mut Vec<String>,
    ) -> Result<()> {
        let Some(name) = record::find(&self.db, series)?.and_then(|one| one.series_name().ok())
        else {
            return Ok(());
        };
        // Whoever holds the lock is about to create part of the series here.
        let Ok(_lock) = self.worktrees.lock(&name) else {
            return Ok(());
        };
        let has_refs = !SeriesRefs::read(self.repo, &name)?.versions.is_empty();
        if has_refs || self.repo.find_ref(&branch_ref(&name))?.is_some() {
            return Ok(());
        }
        let place = record::place_of(&self.db, series, self.repo.common_dir())?;
        if place.is_none() && worktree::is_claimed(&self.db, series, self.repo.common_dir())? {
            pruned.push(format!(
                "row of '{name}': this clone does not have the review"
            ));
            if !rehearsal {
                forget(&mut self.db, &[series], self.repo.common_dir())?;
            }
        }
        Ok(())
    }
}

fn forget(db: &mut Db, series: &[SeriesId], common_dir: &Path) -> Result<()> {
    db.write(|write| {
        series
            .iter()
            .try_for_each(|one| worktree::remove(write, *one, common_dir).map(drop))
    })
}
