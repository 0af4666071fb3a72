// SPDX-License-Identifier: GPL-2.0-or-later
//! Reads the commits of a version and places its recorded patches at them. Every command that shows the commit of a patch
//! uses this.

use crate::diff::patch_ids_by_commit;
use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::series::placement::{
    CommitOrigin, PatchAndCommit, RowStatus, needs_content, place_commits,
};
use crate::series::{PatchIdentity, subject_of_message};
use crate::tags::edit::change_id;

/// One commit of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionCommit {
    /// Its name.
    pub id: Oid,
    /// Its subject.
    pub subject: String,
    /// Its Change-Id.
    pub change_id: Option<String>,
}

impl VersionCommit {
    /// What identifies it in every version, except what it changes.
    pub fn identity(&self) -> PatchIdentity {
        PatchIdentity {
            change_id: self.change_id.clone(),
            subject: self.subject.clone(),
            ..PatchIdentity::default()
        }
    }
}

/// The commits of a version, with its recorded patches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlacedCommits {
    /// The commits, the first patch first, without merges.
    pub commits: Vec<VersionCommit>,
    /// Recorded patches and commits side by side, in the order of the commits.
    pub lines: Vec<PatchAndCommit>,
}

impl PlacedCommits {
    /// The commit of a recorded patch.
    pub fn of_row(&self, row: usize) -> Option<&VersionCommit> {
        let line = self.lines.iter().find(|line| line.row == Some(row))?;
        self.commits.get(line.commit?)
    }

    /// The recorded patch of a commit.
    pub fn row_of(&self, commit: usize) -> Option<usize> {
        let line = self.lines.iter().find(|line| line.commit == Some(commit))?;
        line.row
    }

    /// Whether the recorded patches agree with the commits.
    pub fn is_scanned(&self) -> bool {
        self.lines.iter().all(|line| line.change == RowStatus::Same)
    }
}

/// Places the recorded patches of a version at its commits, which are given oldest first.
pub fn place(
    repo: &Repo,
    commits: &[Oid],
    rows: &[PatchIdentity],
    origin: CommitOrigin,
) -> Result<PlacedCommits> {
    let objects = repo.objects()?;
    let mut found = Vec::new();
    for &id in commits {
        // A merge is no patch.
        if objects.parents(id)?.len() > 1 {
            continue;
        }
        let message = objects.message_text(id)?;
        found.push(VersionCommit {
            id,
            subject: subject_of_message(&message),
            change_id: change_id(message.as_bytes()),
        });
    }
    let mut identities: Vec<PatchIdentity> = found.iter().map(VersionCommit::identity).collect();
    // Diffs are expensive, and rarely needed.
    if needs_content(rows, &identities) {
        let ids: Vec<Oid> = found.iter().map(|commit| commit.id).collect();
        let patch_ids = patch_ids_by_commit(&repo.changes_of(&ids)?);
        for (identity, id) in identities.iter_mut().zip(ids) {
            identity.patch_id = patch_ids.get(&id.to_string()).cloned();
        }
    }
    Ok(PlacedCommits {
        lines: place_commits(rows, &identities, origin),
        commits: found,
    })
}
