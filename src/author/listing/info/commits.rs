// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a version, as far as they are in this repository: on its branch, or kept by a tag or a ref of ours.
//!
//! A branch may have moved on since the database was told of its patches: each patch is looked for among as many commits
//! as the version has patches, by its Change-Id or subject.

use crate::author::Author;
use crate::author::branch::history::{Facts, matched};
use crate::author::target::branch_of;
use crate::db::patch::Patch;
use crate::db::series::{REVIEW, Series};
use crate::db::version::Version;
use crate::git::Oid;
use crate::series::VersionNumber;
use crate::tags::edit::change_id;

/// The most patches of a version whose commits are looked at: each costs a diff.
const MOST: usize = 500;

/// Where a version is in this repository.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Its branch.
    pub branch: Option<String>,
    /// Its last commit.
    pub head: Option<Oid>,
}

/// The commit of a patch.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    /// The commit.
    pub id: Oid,
    /// The Change-Id that it names.
    pub change_id: Option<String>,
    /// A name for what it changes.
    pub patch_id: Option<String>,
}

impl Author<'_> {
    /// Where a version is; `newest` is the newest of its series.
    pub(super) fn place_of(&self, series: &Series, row: &Version, newest: Option<VersionNumber>) -> Place {
        let Some(number) = row.number else { return Place::default() };
        if series.source.as_deref() == Some(REVIEW) {
            return self.place_of_review(series, row, number, newest);
        }
        let tag = || self.commit_at(&format!("refs/tags/{}", row.archive_tag.as_ref()?));
        let branch = branch_of(&series.name, number);
        match self.commit_at(&format!("refs/heads/{branch}")) {
            Some(head) => Place { branch: Some(branch), head: Some(head) },
            None => Place { branch: None, head: tag() },
        }
    }

    /// A review keeps each version that is applied here, and has one branch, at the newest; patman's has one for each link.
    fn place_of_review(
        &self,
        series: &Series,
        row: &Version,
        number: VersionNumber,
        newest: Option<VersionNumber>,
    ) -> Place {
        let kept = self.commit_at(&format!("refs/patman/{}/{number}", series.name));
        let linked = row.link.as_ref().map(|link| {
            let upstream = series.upstream.as_deref().unwrap_or("pw");
            format!("{upstream}-{link}-review")
        });
        let own = Some(series.name.clone()).filter(|_| newest == Some(number));
        let tip = |name: &String| self.commit_at(&format!("refs/heads/{name}"));
        let is_its = |name: &String| tip(name).is_some_and(|tip| kept.is_none_or(|kept| kept == tip));
        let branch = own.filter(is_its).or(linked.filter(is_its));
        Place { head: kept.or_else(|| branch.as_ref().and_then(tip)), branch }
    }

    fn commit_at(&self, name: &str) -> Option<Oid> {
        self.repo.commit_of_ref(name).ok().flatten()
    }

    /// The commit of each patch, looked for behind `head`.
    pub(super) fn placed(&self, head: Option<Oid>, patches: &[Patch]) -> Vec<Option<Commit>> {
        let none = || vec![None; patches.len()];
        let Some(head) = head.filter(|_| !patches.is_empty() && patches.len() <= MOST) else { return none() };
        let (commits, facts): (Vec<Commit>, Vec<Facts>) = self.last(head, patches.len()).into_iter().unzip();
        let wanted =
            |row: &Patch| Facts { change_id: row.change_id.clone(), patch_id: None, subject: row.subject.clone() };
        let wanted: Vec<Facts> = patches.iter().map(wanted).collect();
        let found = matched(&facts, &wanted).into_iter().map(|at| Some(commits[at?].clone()));
        let with_patch_id =
            |one: Commit| Commit { patch_id: self.repo.patch_id(one.id).map(|id| id.to_string()), ..one };
        found.map(|one| one.map(with_patch_id)).collect()
    }

    /// The last commits of a branch, the oldest first, as far as there are no merges.
    fn last(&self, head: Oid, count: usize) -> Vec<(Commit, Facts)> {
        let mut found = Vec::new();
        let Ok(objects) = self.repo.objects() else { return found };
        let mut next = Some(head);
        while let Some(id) = next.filter(|_| found.len() < count) {
            let Ok(message) = objects.message_text(id) else { break };
            let Ok(parents) = objects.parents(id) else { break };
            let [parent] = parents[..] else { break };
            let change_id = change_id(message.as_bytes());
            let subject = message.trim_start().lines().next().unwrap_or_default().trim().to_owned();
            let facts = Facts { change_id: change_id.clone(), patch_id: None, subject };
            found.push((Commit { id, change_id, patch_id: None }, facts));
            next = Some(parent);
        }
        found.reverse();
        found
    }
}
