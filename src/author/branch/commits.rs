// SPDX-License-Identifier: GPL-2.0-or-later
//! The commits of a version, wherever they are stored, matched with the patches of the database.
//!
//! The branch is the truth: after a rebase its commits may be new, fewer, or in another order. A row of the database follows
//! its commit by the rules of [`matching`], never by position, so that a state is never shown at the wrong commit.

use super::follow::facts_of;
use super::matching::{self, PatchIdentity, matched};
use crate::author::Author;
use crate::author::target::branch_of;
use crate::db::patch::PatchRow;
use crate::db::series::{REVIEW, Series};
use crate::db::version::{self, Version};
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::review::match_patches::moved;
use crate::review::refs;
use crate::series::SeriesName;
use crate::tags::edit::change_id;

/// Where the commits of a version are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitSource {
    /// A branch, by its short name.
    Branch(String),
    /// The tag of an archived version, by its short name.
    Tag(String),
    /// A ref below `refs/patman`, by its full name: the commits of a version under review.
    Kept(String),
}

impl CommitSource {
    /// The full name of the ref.
    pub fn full(&self) -> String {
        match self {
            CommitSource::Branch(name) => format!("refs/heads/{name}"),
            CommitSource::Tag(name) => format!("refs/tags/{name}"),
            CommitSource::Kept(name) => name.clone(),
        }
    }
}

impl std::fmt::Display for CommitSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CommitSource::Branch(name) => write!(f, "branch '{name}'"),
            CommitSource::Tag(name) => write!(f, "tag '{name}'"),
            CommitSource::Kept(name) => write!(f, "'{name}'"),
        }
    }
}

/// The error for a version whose commits are not in this repository.
pub fn not_here(series: &Series, version: &Version) -> Error {
    let name = &series.name;
    match (version.number, &version.archive_tag) {
        (Some(number), _) if series.source.as_deref() == Some(REVIEW) => {
            Error::new(format!("{number} of '{name}' is not applied here"))
        }
        (_, Some(tag)) if series.archived => Error::new(format!("there is no tag '{tag}'")),
        (Some(number), _) => {
            Error::new(format!("there is no branch '{}'", branch_of(name, number)))
        }
        (None, _) => Error::new(format!(
            "a version of '{name}' has no number and therefore no branch"
        )),
    }
}

/// One commit of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionCommit {
    /// Its name.
    pub id: Oid,
    /// The first paragraph of its message, in one line.
    pub subject: String,
    /// Its Change-Id.
    pub change_id: Option<String>,
}

/// How a patch of the database compares with the commits of the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    /// They agree.
    Same,
    /// The commit has another subject now.
    Renamed,
    /// The commit has another position in the version.
    Moved,
    /// The commit has no row: it was created after the version was scanned.
    New,
    /// The patch is no longer a commit of the version.
    Dropped,
}

impl RowStatus {
    /// The change in a word.
    pub fn word(self) -> &'static str {
        match self {
            RowStatus::Same => "same",
            RowStatus::Renamed => "renamed",
            RowStatus::Moved => "moved",
            RowStatus::New => "new",
            RowStatus::Dropped => "dropped",
        }
    }
}

/// A patch and its commit; either may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchAndCommit {
    /// The index of the row in the given list.
    pub row: Option<usize>,
    /// The index of the commit in [`BranchCommits::commits`].
    pub commit: Option<usize>,
    /// How they compare.
    pub change: RowStatus,
}

/// The commits of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchCommits {
    /// Where they are stored.
    pub place: CommitSource,
    /// The last of them.
    pub tip: Oid,
    /// The commits, the first patch first, without merges.
    pub commits: Vec<VersionCommit>,
    /// Patches and commits side by side, in the order of the commits; a patch without a commit follows its predecessor.
    pub lines: Vec<PatchAndCommit>,
}

impl BranchCommits {
    /// The commit of a row.
    pub fn of_row(&self, row: usize) -> Option<&VersionCommit> {
        self.lines
            .iter()
            .find(|line| line.row == Some(row))
            .and_then(|line| self.commits.get(line.commit?))
    }

    /// Whether the database says what the commits say.
    pub fn is_scanned(&self) -> bool {
        self.lines.iter().all(|line| line.change == RowStatus::Same)
    }
}

impl Author<'_> {
    /// The commits of a version, with `patches`, its rows; `None` if this repository does not have them.
    pub fn commits_of(
        &self,
        series: &Series,
        version: &Version,
        patches: &[PatchRow],
    ) -> Result<Option<BranchCommits>> {
        let Some((place, tip, ids)) = self.kept(series, version, patches.len())? else {
            return Ok(None);
        };
        let objects = self.repo.objects()?;
        let mut commits = Vec::new();
        for id in ids {
            if objects.parents(id)?.len() > 1 {
                continue;
            }
            let message = objects.message_text(id)?;
            commits.push(VersionCommit {
                id,
                subject: subject(&message),
                change_id: change_id(message.as_bytes()),
            });
        }
        let old: Vec<PatchIdentity> = patches.iter().map(facts_of).collect();
        let needs_diffs = patches.iter().any(|patch| patch.patch_id.is_some());
        let facts = |commit: &VersionCommit| PatchIdentity {
            change_id: commit.change_id.clone(),
            patch_id: if needs_diffs {
                self.repo.patch_id(commit.id).map(|id| id.to_string())
            } else {
                None
            },
            subject: commit.subject.clone(),
        };
        let new: Vec<PatchIdentity> = commits.iter().map(facts).collect();
        let lines = side_by_side(&old, &new);
        Ok(Some(BranchCommits {
            place,
            tip,
            commits,
            lines,
        }))
    }

    /// Where a version is stored, its last commit, and its commits, oldest first, including merges.
    fn kept(
        &self,
        series: &Series,
        version: &Version,
        count: usize,
    ) -> Result<Option<(CommitSource, Oid, Vec<Oid>)>> {
        let Some(number) = version.number else {
            return Ok(None);
        };
        let is_review = series.source.as_deref() == Some(REVIEW);
        if let Some(name) = SeriesName::new(&series.name).ok().filter(|_| is_review) {
            let known = refs::SeriesRefs::read(self.repo, &name)?.of(number);
            if let Some(tip) = known.head {
                let commits = match known.base {
                    Some(base) => self.repo.commits_between(base, tip)?,
                    None => self.newest(tip, count)?,
                };
                return Ok(Some((
                    CommitSource::Kept(refs::head(&name, number)),
                    tip,
                    commits,
                )));
            }
        }
        // All versions of a review use one branch, which is at the newest version.
        let branch = match is_review {
            true => version::newest(&self.db, series.id)?
                .filter(|newest| newest.id == version.id)
                .map(|_| series.name.clone()),
            false => Some(branch_of(&series.name, number)),
        };
        let mut places: Vec<CommitSource> = branch
            .clone()
            .map(CommitSource::Branch)
            .into_iter()
            .collect();
        places.extend(version.archive_tag.clone().map(CommitSource::Tag));
        if series.archived {
            // A branch with that name does not belong to the series.
            places.reverse();
        }
        for place in places {
            if let Some(tip) = self.repo.commit_of_ref(&place.full())? {
                let branch = branch.as_deref().unwrap_or(&series.name);
                let commits =
                    self.own_commits(branch, tip, version.details.base.as_deref(), count)?;
                return Ok(Some((place, tip, commits)));
            }
        }
        Ok(None)
    }

    /// The commits of a version that ends at `tip`: those that are not in its upstream, or those after the recorded base,
    /// whichever are fewer; if neither can be determined, or the upstream now has all of them, the newest `count`.
    fn own_commits(
        &self,
        branch: &str,
        tip: Oid,
        base: Option<&str>,
        count: usize,
    ) -> Result<Vec<Oid>> {
        let left = self.begin_of(branch, tip).ok();
        let recorded = match base {
            Some(hex) => self.repo.commit_of_hex(hex)?,
            None => None,
        };
        let mut fewest: Option<Vec<Oid>> = None;
        for base in left.into_iter().chain(recorded) {
            if base != tip && self.repo.is_ancestor(base, tip)? {
                let commits = self.repo.commits_between(base, tip)?;
                if !commits.is_empty()
                    && fewest
                        .as_ref()
                        .is_none_or(|fewest| commits.len() < fewest.len())
                {
                    fewest = Some(commits);
                }
            }
        }
        match fewest {
            Some(commits) => Ok(commits),
            None => self.newest(tip, count),
        }
    }
}

/// Patches and commits side by side.
fn side_by_side(rows: &[PatchIdentity], commits: &[PatchIdentity]) -> Vec<PatchAndCommit> {
    let found = matched(rows, commits);
    let mut moves = moved(&found.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
    let mut lines: Vec<PatchAndCommit> = Vec::new();
    for (commit, row) in found.iter().enumerate() {
        let is_moved = row.is_some() && moves.next().unwrap_or_default();
        let change = match row {
            None => RowStatus::New,
            Some(row)
                if matching::title(&rows[*row].subject)
                    != matching::title(&commits[commit].subject) =>
            {
                RowStatus::Renamed
            }
            Some(_) if is_moved => RowStatus::Moved,
            Some(_) => RowStatus::Same,
        };
        lines.push(PatchAndCommit {
            row: *row,
            commit: Some(commit),
            change,
        });
    }
    for row in (0..rows.len()).filter(|row| !found.contains(&Some(*row))) {
        let before = row
            .checked_sub(1)
            .and_then(|before| lines.iter().position(|line| line.row == Some(before)));
        let at = before.map_or(0, |before| before + 1);
        lines.insert(
            at,
            PatchAndCommit {
                row: Some(row),
                commit: None,
                change: RowStatus::Dropped,
            },
        );
    }
    lines
}

/// The first paragraph of a message, in one line.
fn subject(message: &str) -> String {
    let lines = message.lines().skip_while(|line| line.trim().is_empty());
    let words: Vec<&str> = lines
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(names: &str) -> Vec<PatchIdentity> {
        let one = |name: &str| match name.split_once('=') {
            Some((id, subject)) => PatchIdentity {
                change_id: Some(id.to_owned()),
                patch_id: None,
                subject: subject.to_owned(),
            },
            None => PatchIdentity {
                subject: name.to_owned(),
                ..PatchIdentity::default()
            },
        };
        names.split_whitespace().map(one).collect()
    }

    /// The lines in few words: row, commit, change.
    fn lines(rows: &str, commits: &str) -> String {
        let place = |at: Option<usize>| at.map_or("-".to_owned(), |at| at.to_string());
        let show = |line: &PatchAndCommit| {
            format!(
                "{}/{} {}",
                place(line.row),
                place(line.commit),
                line.change.word()
            )
        };
        side_by_side(&facts(rows), &facts(commits))
            .iter()
            .map(show)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn rows_follow_their_commits() {
        assert_eq!(lines("a b c", "a b c"), "0/0 same, 1/1 same, 2/2 same");
        assert_eq!(lines("a b c", "a c"), "0/0 same, 1/- dropped, 2/1 same");
        assert_eq!(lines("a b c", "b c"), "0/- dropped, 1/0 same, 2/1 same");
        assert_eq!(lines("a b", "a x b"), "0/0 same, -/1 new, 1/2 same");
        assert_eq!(lines("a b c", "c a b"), "2/0 moved, 0/1 same, 1/2 same");
        assert_eq!(
            lines("a b c d", "b a c x"),
            "1/0 moved, 0/1 same, 2/2 same, 3/- dropped, -/3 new"
        );
        assert_eq!(lines("1=a 2=b", "1=a 2=B"), "0/0 same, 1/1 renamed");
        assert_eq!(lines("1=a 2=b", "2=a 1=b"), "1/0 renamed, 0/1 renamed");
        assert_eq!(
            lines("a b c d", ""),
            "0/- dropped, 1/- dropped, 2/- dropped, 3/- dropped"
        );
        assert_eq!(lines("", "a"), "-/0 new");
        assert_eq!(lines("a a", "a a a"), "0/0 same, 1/1 same, -/2 new");
    }

    #[test]
    fn a_subject_is_the_first_paragraph() {
        assert_eq!(
            subject("\ndm: Fix\n it \n\nBody\nChange-Id: I1\n"),
            "dm: Fix it"
        );
        assert_eq!(subject(""), "");
    }
}
