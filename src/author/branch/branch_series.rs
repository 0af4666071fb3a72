// SPDX-License-Identifier: GPL-2.0-or-later
//! A version as its branch has it: the commits with what identifies them, and the tags in their messages.

use super::range::BranchRange;
use crate::author::Author;
use crate::db::patch::NewPatch;
use crate::diff::patch_ids_by_commit;
use crate::error::{Error, Result};
use crate::git::{Oid, Repo};
use crate::series::{PatchIdentity, VersionNumber, subject_of_message};
use crate::tags::{self, Level, Problem, Tags};
use crate::text::shell_quote;

/// A version as its branch has it.
#[derive(Debug)]
pub struct BranchSeries {
    /// The commits of the branch.
    pub range: BranchRange,
    /// What the tags in their messages say.
    pub tags: Tags,
    /// The patches, in their order.
    pub patches: Vec<BranchCommit>,
}

/// A patch as a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchCommit {
    /// The commit.
    pub id: Oid,
    /// What identifies it in every version.
    pub identity: PatchIdentity,
    /// Its author.
    pub author: (String, String),
}

impl Author<'_> {
    /// Words for something that is done, or that would be done in a dry run.
    pub(in crate::author) fn says(&self, done: &'static str, would: &'static str) -> &'static str {
        if self.dry_run { would } else { done }
    }

    /// The version that `branch` has, after the commit `end` if given. Tags that cannot be read are an error, and so is a
    /// merge, which is not a patch.
    pub fn written(&self, branch: &str, end: Option<&str>) -> Result<BranchSeries> {
        self.read_range(self.range(branch, end)?)
    }

    /// The version that these commits are.
    pub fn read_range(&self, range: BranchRange) -> Result<BranchSeries> {
        let mut authors = Vec::with_capacity(range.commits.len());
        for &id in &range.commits {
            if self.repo.commit_summary(id)?.parents.len() > 1 {
                return Err(self.merge(&range, id, &self.repo.objects()?.message_text(id)?));
            }
            authors.push(self.repo.author_of(id)?);
        }
        let tags = self.tags_of(&range)?;
        let (bad, doubtful): (Vec<&Problem>, Vec<&Problem>) = tags
            .problems
            .iter()
            .partition(|problem| problem.level == Level::Error);
        doubtful
            .iter()
            .for_each(|problem| self.events.warn(problem.to_string()));
        refuse_problems(&range.branch, &bad)?;
        let patch_ids = patch_ids_by_commit(&self.repo.changes_of(&range.commits)?);
        let patches = (range.commits.iter().zip(authors).zip(&tags.commits))
            .map(|((&id, author), read)| BranchCommit {
                id,
                identity: PatchIdentity {
                    change_id: read.change_id.clone(),
                    patch_id: patch_ids.get(&id.to_string()).cloned(),
                    subject: read.subject.clone(),
                    ..PatchIdentity::default()
                },
                author,
            })
            .collect();
        Ok(BranchSeries {
            range,
            tags,
            patches,
        })
    }

    /// What the tags in the messages of these commits say, right or wrong.
    pub fn tags_of(&self, range: &BranchRange) -> Result<Tags> {
        Ok(tags::read(&self.messages_of(range)?))
    }

    /// The commits by their abbreviated names, each with its message.
    pub fn messages_of(&self, range: &BranchRange) -> Result<Vec<(String, String)>> {
        let objects = self.repo.objects()?;
        range
            .commits
            .iter()
            .map(|id| Ok((self.repo.short_id(*id), objects.message_text(*id)?)))
            .collect()
    }

    fn merge(&self, range: &BranchRange, id: Oid, message: &str) -> Error {
        let subject = subject_of_message(message);
        Error::new(format!(
            "branch '{}' has a merge, which cannot be a patch: {} {subject}",
            range.branch,
            self.repo.short_id(id)
        ))
        .with_hint(format!(
            "to remove it: git rebase {} {}",
            self.repo.short_id(range.base),
            shell_quote(&range.branch)
        ))
    }
}

/// Maximum number of problems in one error.
const MAX_PROBLEMS: usize = 5;

/// Fails where tags cannot be read, with what is wrong with them.
fn refuse_problems(branch: &str, problems: &[&Problem]) -> Result<()> {
    let Some(first) = problems.first() else {
        return Ok(());
    };
    let mut error = Error::new(format!("branch '{branch}': {first}"));
    for problem in problems.iter().skip(1).take(MAX_PROBLEMS) {
        error = error.with_hint(problem.to_string());
    }
    if problems.len() > MAX_PROBLEMS + 1 {
        error = error.with_hint(format!("and {} more", problems.len() - MAX_PROBLEMS - 1));
    }
    Err(error)
}

impl BranchSeries {
    /// The title of the cover letter, if there is one.
    pub fn title(&self) -> Option<&str> {
        self.tags
            .series
            .cover
            .as_ref()
            .map(|cover| cover.title.trim())
            .filter(|title| !title.is_empty())
    }

    /// The number that Series-links has for a version.
    pub fn link(&self, version: VersionNumber) -> Option<&str> {
        self.tags
            .series
            .links
            .get(&version.get())
            .map(String::as_str)
            .filter(|link| !link.is_empty())
    }

    /// The commits that have no Change-Id.
    pub fn unmarked(&self) -> Vec<&BranchCommit> {
        self.patches
            .iter()
            .filter(|patch| patch.identity.change_id.is_none())
            .collect()
    }

    /// What identifies the patches.
    pub fn identities(&self) -> Vec<PatchIdentity> {
        self.patches
            .iter()
            .map(|patch| patch.identity.clone())
            .collect()
    }

    /// The patches as rows, without anything from a Patchwork.
    pub fn rows(&self) -> Vec<NewPatch<'_>> {
        self.patches.iter().map(BranchCommit::row).collect()
    }
}

impl BranchCommit {
    /// The patch as a row.
    pub fn row(&self) -> NewPatch<'_> {
        NewPatch {
            subject: &self.identity.subject,
            change_id: self.identity.change_id.as_deref(),
            patch_id: self.identity.patch_id.as_deref(),
            author_name: Some(&self.author.0)
                .filter(|name| !name.is_empty())
                .map(String::as_str),
            author_email: Some(&self.author.1)
                .filter(|email| !email.is_empty())
                .map(String::as_str),
            ..NewPatch::default()
        }
    }

    /// The commit in a list of them: its abbreviated name and its subject.
    pub fn shown(&self, repo: &Repo) -> String {
        format!("{} {}", repo.short_id(self.id), self.identity.subject)
    }
}
