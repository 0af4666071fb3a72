// SPDX-License-Identifier: GPL-2.0-or-later
//! Fetches the states of a version that was sent, and the replies to it with their trailers, from Patchwork and the archive.
//!
//! There are three steps, so that many series are fetched at the same time, and one that fails does not stop the others: a
//! [`GatherJob`] has what is recorded, [`GatherJob::fetch`] queries the servers and does nothing else, and [`Author::look`]
//! compares both. Nothing is written before all responses of a series have arrived, so a server that fails changes nothing.

use super::servers::{flags, link, patchwork, shown};
use crate::author::Author;
use crate::author::branch::range::BranchRange;
use crate::author::target::branch_of;
use crate::db::patch::{self, PatchRow};
use crate::db::series::Series;
use crate::db::version::Version;
use crate::diff::patch_ids_by_commit;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::mail::sender::MailingLists;
use crate::mail::thread::ReplyTarget;
use crate::mail::trailers::collected::{
    CollectedTrailer, Reply, SentVersion, Target, TrailerState, collect,
};
use crate::mail::trailers::trailers;
use crate::series::placement::{CommitOrigin, rows_of_commits};
use crate::series::{PatchIdentity, SameName, VersionNumber, match_patches, subject_of_message};
use crate::source::SourceContext;
use crate::source::http::Client;
use crate::source::patchwork::{self as source, FollowedSeries, PatchworkPatch};
use crate::source::server::{self, PatchworkServer, Servers};
use crate::tags::edit::change_id;
use std::path::Path;

/// Maximum number of patches whose diffs are fetched to match them by what they change.
const MAX_DIFFS: usize = 30;

/// What the database has of a version.
#[derive(Debug, Clone)]
pub struct RecordedPatches {
    /// The series.
    pub series: Series,
    /// The version.
    pub version: Version,
    /// Its patches.
    pub rows: Vec<PatchRow>,
}

/// A version to fetch.
#[derive(Debug)]
pub struct GatherJob {
    /// The series, by its name, or that of its branch.
    pub series: String,
    /// The series and the version: `video v2`.
    pub name: String,
    /// The version.
    pub number: VersionNumber,
    /// The number of its series on Patchwork.
    pub link: u64,
    /// The servers of its upstream.
    pub servers: Servers,
    /// Its Patchwork.
    pub patchwork: PatchworkServer,
    /// What the database has of it.
    pub recorded: Option<RecordedPatches>,
    /// Its commits, where they are on a branch.
    pub range: Option<BranchRange>,
    /// Whether trailers are added that are not proved to be their senders' own.
    pub allow_mismatch: bool,
    /// Why it is unknown which commits of the branch are the version.
    pub unclear: Option<Error>,
}

/// A commit of the branch.
#[derive(Debug, Clone)]
pub struct GatherCommit {
    /// Its name.
    pub id: Oid,
    /// Its subject.
    pub subject: String,
    /// The position of its patch on Patchwork.
    pub patch: Option<usize>,
    /// What replies give it.
    pub trailers: Vec<CollectedTrailer>,
}

/// What is recorded and what the servers sent, compared.
#[derive(Debug)]
pub struct Look {
    /// The version.
    pub job: GatherJob,
    /// What the servers sent.
    pub followed: FollowedSeries,
    /// The commits of the branch.
    pub commits: Vec<GatherCommit>,
    /// The mailing lists that are known.
    pub lists: MailingLists,
    /// For each row of the database, the position of its patch on Patchwork.
    pub of_rows: Vec<Option<usize>>,
}

impl GatherJob {
    /// Queries the servers; only for the states unless `answers`.
    pub fn fetch(&self, client: &Client, cwd: &Path, answers: bool) -> Result<FollowedSeries> {
        let around = SourceContext {
            cwd,
            servers: &self.servers,
            client,
        };
        source::follow(&around, &self.patchwork, self.link, answers)
    }
}

impl Author<'_> {
    /// Prepares a recorded version; it must have a link. Without its branch, as in an archived series, there are no commits.
    pub fn job(&self, series: &Series, version: &Version) -> Result<GatherJob> {
        let link = link(series, version)?;
        let number = version.number.unwrap_or(VersionNumber::FIRST);
        let branch = branch_of(&series.name, number);
        let servers = self.servers(series.upstream.as_deref(), &branch)?;
        let is_there = !series.archived
            && self
                .repo
                .commit_of_ref(&format!("refs/heads/{branch}"))?
                .is_some();
        let (range, unclear) = match is_there.then(|| self.range(&branch, None)) {
            None => (None, None),
            Some(Ok(range)) => (Some(range), None),
            Some(Err(why)) => (None, Some(why)),
        };
        Ok(GatherJob {
            series: series.name.clone(),
            name: shown(series, version),
            number,
            link,
            patchwork: patchwork(&servers)?.clone(),
            servers,
            recorded: Some(RecordedPatches {
                series: series.clone(),
                version: version.clone(),
                rows: patch::list(&self.db, version.id)?,
            }),
            range,
            allow_mismatch: false,
            unclear,
        })
    }

    /// Compares what the servers sent with commits and rows.
    pub fn look(&self, client: &Client, job: GatherJob, followed: FollowedSeries) -> Result<Look> {
        let objects = self.repo.objects()?;
        let ids = job
            .range
            .as_ref()
            .map(|range| range.commits.clone())
            .unwrap_or_default();
        let rows = job
            .recorded
            .as_ref()
            .map(|one| one.rows.clone())
            .unwrap_or_default();
        let mut messages = Vec::new();
        for id in &ids {
            messages.push(objects.message_text(*id)?);
        }
        let of_rows: Vec<PatchIdentity> = rows.iter().map(PatchRow::identity).collect();
        let mut ours: Vec<PatchIdentity> = messages
            .iter()
            .map(|message| PatchIdentity {
                change_id: change_id(message.as_bytes()),
                subject: subject_of_message(message),
                ..PatchIdentity::default()
            })
            .collect();
        let rows_of_commits = rows_of_commits(&of_rows, &ours, CommitOrigin::Branch);
        for (commit, row) in ours.iter_mut().zip(&rows_of_commits) {
            commit.message_id = row.and_then(|row| of_rows[row].message_id.clone());
        }
        let mut theirs: Vec<PatchIdentity> = followed.series.patches.iter().map(identity).collect();
        // A subject that comes twice would give the trailers of one patch to the other.
        let matched = |theirs: &[PatchIdentity], ours: &[PatchIdentity]| {
            match_patches(theirs, ours, SameName::Skipped)
        };
        let mut found = matched(&theirs, &ours);
        let both = (followed.series.patches.as_slice(), ids.as_slice());
        if self.add_patch_ids(client, &job, both, &found, (&mut theirs, &mut ours))? {
            found = matched(&theirs, &ours);
        }
        let mut patches_of_rows = matched(&theirs, &of_rows);
        for (row, patch) in rows_of_commits.iter().zip(&found) {
            if let (Some(row), Some(patch)) = (row, patch)
                && patches_of_rows[*row].is_none()
                && !patches_of_rows.contains(&Some(*patch))
            {
                patches_of_rows[*row] = Some(*patch);
            }
        }
        let mut lists = server::mailing_lists(&self.db, self.settings, Some(self.repo))?;
        lists.extend(followed.list.clone());
        let lists = MailingLists::new(lists);
        let own_addresses = self.settings.own_addresses();
        let sent = [SentVersion {
            number: job.number,
            patch_ids: Vec::new(),
            replies: followed
                .answers
                .iter()
                .map(|one| Reply::read(&one.message, one.to, &lists))
                .collect(),
        }];
        let mut commits = Vec::new();
        for ((id, message), (known, patch)) in
            ids.iter().zip(&messages).zip(ours.iter().zip(&found))
        {
            // A trailer of the commit's author is no review.
            let own: Vec<String> = own_addresses
                .iter()
                .cloned()
                .chain([self.repo.facts(*id)?.author])
                .collect();
            let target = Target {
                patch: patch.map_or(0, |at| {
                    ReplyTarget::nth_patch(at).number().unwrap_or_default()
                }),
                patch_id: None,
                present: trailers(message),
                own,
            };
            commits.push(GatherCommit {
                id: *id,
                subject: known.subject.clone(),
                patch: *patch,
                trailers: collect(&sent, job.number, &[target], job.allow_mismatch),
            });
        }
        Ok(Look {
            job,
            followed,
            commits,
            lists,
            of_rows: patches_of_rows,
        })
    }

    /// Adds what they change to the patches and the commits that are not matched. Returns whether there are any of both.
    fn add_patch_ids(
        &self,
        client: &Client,
        job: &GatherJob,
        (patches, commits): (&[PatchworkPatch], &[Oid]),
        found: &[Option<usize>],
        (theirs, ours): (&mut [PatchIdentity], &mut [PatchIdentity]),
    ) -> Result<bool> {
        let left: Vec<usize> = (0..patches.len())
            .filter(|at| !found.contains(&Some(*at)))
            .take(MAX_DIFFS)
            .collect();
        let unmatched: Vec<usize> = (0..commits.len())
            .filter(|at| found[*at].is_none())
            .collect();
        if left.is_empty() || unmatched.is_empty() {
            return Ok(false);
        }
        let numbers: Vec<u64> = left.iter().map(|at| patches[*at].id).collect();
        let fetched = source::patch_ids(client, &job.patchwork, &numbers);
        for (at, patch_id) in left.into_iter().zip(fetched) {
            theirs[at].patch_id = patch_id;
        }
        let ids: Vec<Oid> = unmatched.iter().map(|at| commits[*at]).collect();
        let patch_ids = patch_ids_by_commit(&self.repo.changes_of(&ids)?);
        for at in unmatched {
            ours[at].patch_id = patch_ids.get(&commits[at].to_string()).cloned();
        }
        Ok(true)
    }
}

/// What identifies a patch on a Patchwork.
fn identity(patch: &PatchworkPatch) -> PatchIdentity {
    PatchIdentity::of_mail(patch.message_id.as_str(), &patch.name)
}

impl Look {
    /// The trailers to add, by commit.
    pub fn new_trailers(&self) -> impl Iterator<Item = (&GatherCommit, Vec<&CollectedTrailer>)> {
        self.commits
            .iter()
            .map(move |commit| (commit, new_of(commit).collect::<Vec<_>>()))
            .filter(|(_, new)| !new.is_empty())
    }

    /// Whether there are trailers with the sender's name but another address.
    pub fn has_unproved(&self) -> bool {
        let mut all = self.commits.iter().flat_map(|commit| &commit.trailers);
        all.any(|one| one.state == TrailerState::Unproved)
    }

    /// How many trailers to add.
    pub fn count_new(&self) -> usize {
        self.commits.iter().flat_map(new_of).count()
    }

    /// Refuses a series on Patchwork that has no patch of the version: the link is wrong.
    pub fn check(&self) -> Result<()> {
        let Some(recorded) = &self.job.recorded else {
            return Ok(());
        };
        let is_known = self.of_rows.iter().any(Option::is_some)
            || self.commits.iter().any(|one| one.patch.is_some());
        if is_known || recorded.rows.is_empty() && self.commits.is_empty() {
            return Ok(());
        }
        let (name, id) = (&self.job.name, self.job.link);
        Err(Error::new(format!(
            "series {id} on {} has no patch of {name}",
            self.job.patchwork.url
        ))
        .with_cause(format!("it is '{}'", self.followed.title))
        .with_hint(format!(
            "find the right one: git patman series {} autolink --force",
            flags(&recorded.series, &recorded.version)
        )))
    }

    /// Whether all patches are accepted.
    pub fn is_accepted(&self) -> bool {
        let patches = &self.followed.series.patches;
        self.followed.missing == 0
            && !patches.is_empty()
            && patches
                .iter()
                .all(|patch| patch.state.as_deref() == Some("accepted"))
    }
}

/// The trailers of a commit to add.
fn new_of(commit: &GatherCommit) -> impl Iterator<Item = &CollectedTrailer> {
    commit
        .trailers
        .iter()
        .filter(|one| one.state == TrailerState::New)
}
