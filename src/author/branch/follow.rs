// SPDX-License-Identifier: GPL-2.0-or-later
//! Compares the patches of two versions: which are unchanged, changed, new or dropped.

use super::matching::{PatchIdentity, matched};
use crate::author::Author;
use crate::author::target::branch_of;
use crate::db::patch;
use crate::db::series::Series;
use crate::db::version::Version;
use crate::diff::patch_ids_by_commit;
use crate::error::Result;
use crate::series::VersionNumber;

/// An earlier version, with what identifies its patches.
#[derive(Debug)]
pub struct EarlierVersion {
    /// Its number.
    pub number: VersionNumber,
    /// Its patches.
    pub facts: Vec<PatchIdentity>,
}

/// How many patches changed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FollowedPatches {
    /// They make the same change.
    pub same: usize,
    /// They make another change, or have another subject.
    pub changed: usize,
    /// They are new.
    pub new: usize,
    /// They were dropped.
    pub dropped: usize,
    /// Their content was not known before.
    pub unknown: usize,
}

impl FollowedPatches {
    /// Compares versions.
    pub fn new(old: &[PatchIdentity], new: &[PatchIdentity]) -> FollowedPatches {
        let mut followed = FollowedPatches::default();
        for (facts, was) in new.iter().zip(matched(old, new)) {
            match was.map(|at| &old[at]) {
                None => followed.new += 1,
                Some(was) if was.patch_id.is_none() => followed.unknown += 1,
                Some(was) if was.patch_id == facts.patch_id => followed.same += 1,
                Some(_) => followed.changed += 1,
            }
        }
        followed.dropped = old.len() + followed.new - new.len();
        followed
    }

    /// `2 as in v1, 1 changed, 1 new, 1 dropped`.
    pub fn since(&self, number: VersionNumber) -> String {
        let parts = [
            (self.same, format!("as in {number}")),
            (self.unknown, format!("from {number}")),
            (self.changed, "changed".to_owned()),
            (self.new, "new".to_owned()),
            (self.dropped, "dropped".to_owned()),
        ];
        let told = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"));
        told.collect::<Vec<_>>().join(", ")
    }
}

impl Author<'_> {
    /// A version of the database. The content of its patches is read from its branch if the rows, which patman may have
    /// written, do not record it and the branch still has these patches.
    pub fn before_of(&self, series: &Series, version: &Version) -> Result<EarlierVersion> {
        let number = version.number.unwrap_or(VersionNumber::FIRST);
        let rows = patch::list(&self.db, version.id)?;
        let mut facts: Vec<PatchIdentity> = rows.iter().map(facts_of).collect();
        if facts.iter().any(|one| one.patch_id.is_none())
            && let Ok(range) = self.range(&branch_of(&series.name, number), None)
            && range.commits.len() == facts.len()
        {
            let ids = patch_ids_by_commit(&self.repo.changes_of(&range.commits)?);
            for (one, commit) in facts.iter_mut().zip(&range.commits) {
                if one.patch_id.is_none()
                    && self.repo.commit_summary(*commit)?.subject == one.subject
                {
                    one.patch_id = ids.get(&commit.to_string()).cloned();
                }
            }
        }
        Ok(EarlierVersion { number, facts })
    }
}

/// What identifies a patch of the database.
pub fn facts_of(row: &patch::PatchRow) -> PatchIdentity {
    PatchIdentity {
        change_id: row.change_id.clone(),
        patch_id: row.patch_id.clone(),
        subject: row.subject.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_patches_is_counted() {
        let one = |id: &str, patch: Option<&str>| PatchIdentity {
            change_id: Some(id.to_owned()),
            patch_id: patch.map(str::to_owned),
            subject: id.to_owned(),
        };
        let old = [
            one("a", Some("1")),
            one("b", Some("2")),
            one("c", Some("3")),
            one("d", None),
        ];
        let new = [
            one("a", Some("1")),
            one("b", Some("9")),
            one("d", Some("4")),
            one("e", Some("5")),
        ];
        let followed = FollowedPatches::new(&old, &new);
        assert_eq!(
            followed,
            FollowedPatches {
                same: 1,
                changed: 1,
                new: 1,
                dropped: 1,
                unknown: 1
            }
        );
        let told = followed.since(VersionNumber::FIRST);
        assert_eq!(told, "1 as in v1, 1 from v1, 1 changed, 1 new, 1 dropped");
    }
}
