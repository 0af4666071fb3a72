// SPDX-License-Identifier: GPL-2.0-or-later
//! Which patch on a Patchwork each commit of a version is, and each row of the database.
//!
//! A subject that comes twice matches nothing here: the trailers of one patch would be added to the other. Patches that are
//! left are matched by what they change.

use super::gather::GatherJob;
use crate::author::Author;
use crate::db::patch::PatchRow;
use crate::diff::patch_ids_by_commit;
use crate::error::Result;
use crate::git::Oid;
use crate::review::version_commits::{self, VersionCommit};
use crate::series::placement::CommitOrigin;
use crate::series::{PatchIdentity, SameName, match_patches};
use crate::source::http::Client;
use crate::source::patchwork::{self as source, PatchworkPatch};

/// Maximum number of patches whose diffs are fetched to match them by what they change.
const MAX_DIFFS: usize = 30;

/// The patches on a Patchwork that belong to commits and rows.
pub(super) struct PatchworkMatches {
    /// The commits, without merges.
    pub commits: Vec<VersionCommit>,
    /// For each commit, the position of its patch on Patchwork.
    pub of_commits: Vec<Option<usize>>,
    /// For each row, the position of its patch on Patchwork.
    pub of_rows: Vec<Option<usize>>,
}

impl Author<'_> {
    /// Matches the patches of a series on Patchwork with the commits and rows of a version.
    pub(super) fn match_patchwork(
        &self,
        client: &Client,
        job: &GatherJob,
        patches: &[PatchworkPatch],
    ) -> Result<PatchworkMatches> {
        let rows: Vec<PatchIdentity> = job.rows().iter().map(PatchRow::identity).collect();
        let ids = job.range.as_ref().map(|range| range.commits.as_slice());
        let ids = ids.unwrap_or_default();
        let placed = version_commits::place(self.repo, ids, &rows, CommitOrigin::Branch)?;
        let rows_of_commits: Vec<Option<usize>> = (0..placed.commits.len())
            .map(|commit| placed.row_of(commit))
            .collect();
        let mut ours: Vec<PatchIdentity> = (placed.commits.iter().zip(&rows_of_commits))
            .map(|(commit, row)| PatchIdentity {
                message_id: row.and_then(|row| rows[row].message_id.clone()),
                ..commit.identity()
            })
            .collect();
        let mut theirs: Vec<PatchIdentity> = patches
            .iter()
            .map(|patch| PatchIdentity::of_mail(patch.message_id.as_str(), &patch.name))
            .collect();
        let mut of_commits = matched(&theirs, &ours);
        let left = unmatched_patches(&theirs, &of_commits);
        if !left.is_empty() && of_commits.contains(&None) {
            let numbers: Vec<u64> = left.iter().map(|at| patches[*at].id).collect();
            let patch_ids = source::patch_ids(client, &job.patchwork, &numbers);
            for (at, patch_id) in left.into_iter().zip(patch_ids) {
                theirs[at].patch_id = patch_id;
            }
            self.add_patch_ids(&mut ours, &placed.commits, &of_commits)?;
            of_commits = matched(&theirs, &ours);
        }
        let mut of_rows = matched(&theirs, &rows);
        for (row, patch) in rows_of_commits.iter().zip(&of_commits) {
            if let (Some(row), Some(patch)) = (row, patch)
                && of_rows[*row].is_none()
                && !of_rows.contains(&Some(*patch))
            {
                of_rows[*row] = Some(*patch);
            }
        }
        Ok(PatchworkMatches {
            commits: placed.commits,
            of_commits,
            of_rows,
        })
    }

    /// Adds to the commits without a patch what they change.
    fn add_patch_ids(
        &self,
        identities: &mut [PatchIdentity],
        commits: &[VersionCommit],
        of_commits: &[Option<usize>],
    ) -> Result<()> {
        let left: Vec<usize> = (0..commits.len())
            .filter(|at| of_commits[*at].is_none())
            .collect();
        let ids: Vec<Oid> = left.iter().map(|at| commits[*at].id).collect();
        let patch_ids = patch_ids_by_commit(&self.repo.changes_of(&ids)?);
        for at in left {
            identities[at].patch_id = patch_ids.get(&commits[at].id.to_string()).cloned();
        }
        Ok(())
    }
}

fn matched(theirs: &[PatchIdentity], ours: &[PatchIdentity]) -> Vec<Option<usize>> {
    match_patches(theirs, ours, SameName::Skipped)
}

/// The positions of the patches that no commit has, as many as are fetched.
fn unmatched_patches(theirs: &[PatchIdentity], of_commits: &[Option<usize>]) -> Vec<usize> {
    (0..theirs.len())
        .filter(|at| !of_commits.contains(&Some(*at)))
        .take(MAX_DIFFS)
        .collect()
}
