// SPDX-License-Identifier: GPL-2.0-or-later
//! Gathers states, replies and trailers of a version that was sent from Patchwork and the archive.
//!
//! Three steps, so that many series can be requested at once and a failure does not stop the others: a [`GatherJob`] has all
//! local facts, [`GatherJob::fetch`] only sends requests, and [`Author::look`] compares the two.
//! Nothing is written before all responses for a series have arrived: a server that fails in between changes nothing.

use super::servers::{flags, link, patchwork, shown};
use crate::author::Author;
use crate::author::branch::range::BranchRange;
use crate::author::target::branch_of;
use crate::db::patch::{self, PatchRow};
use crate::db::series::Series;
use crate::db::version::Version;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::mail::sender::MailingLists;
use crate::mail::thread::ReplyTarget;
use crate::mail::trailers::collected::{
    CollectedTrailer, Reply, SentVersion, Target, TrailerState, collect,
};
use crate::mail::trailers::trailers;
use crate::series::VersionNumber;
use crate::series::state::is_accepted;
use crate::source::SourceContext;
use crate::source::http::Client;
use crate::source::patchwork::{self as source, FollowedSeries};
use crate::source::server::{self, PatchworkServer, Servers};

/// A version in the database.
#[derive(Debug, Clone)]
pub struct RecordedPatches {
    /// The series.
    pub series: Series,
    /// The version.
    pub version: Version,
    /// Its patches.
    pub rows: Vec<PatchRow>,
}

/// A version to ask the servers about.
#[derive(Debug)]
pub struct GatherJob {
    /// The series, by its name, or that of its branch.
    pub series: String,
    /// The name of the version: `video v2`.
    pub name: String,
    /// The version.
    pub number: VersionNumber,
    /// The number of its series on Patchwork.
    pub link: u64,
    /// The servers to ask.
    pub servers: Servers,
    /// Its Patchwork.
    pub patchwork: PatchworkServer,
    /// The version in the database.
    pub recorded: Option<RecordedPatches>,
    /// Its commits, if it has a branch.
    pub range: Option<BranchRange>,
    /// Whether to add trailers that are not proved to be their senders' own.
    pub allow_mismatch: bool,
    /// Why its commits on the branch cannot be determined.
    pub unclear: Option<Error>,
}

/// A commit of the branch.
#[derive(Debug, Clone)]
pub struct GatherCommit {
    /// Its name.
    pub id: Oid,
    /// Its subject.
    pub subject: String,
    /// The index of its patch on Patchwork.
    pub patch: Option<usize>,
    /// The trailers in replies to it.
    pub trailers: Vec<CollectedTrailer>,
}

/// Local facts and the responses of servers, compared.
#[derive(Debug)]
pub struct Look {
    /// The version.
    pub job: GatherJob,
    /// The responses of the servers.
    pub followed: FollowedSeries,
    /// The commits of the branch.
    pub commits: Vec<GatherCommit>,
    /// The mailing lists that are known.
    pub lists: MailingLists,
    /// For each row of the database the index of its patch on Patchwork.
    pub of_rows: Vec<Option<usize>>,
}

impl GatherJob {
    /// The rows of its patches.
    pub(super) fn rows(&self) -> &[PatchRow] {
        let rows = self.recorded.as_ref().map(|one| one.rows.as_slice());
        rows.unwrap_or_default()
    }

    /// Asks the servers; without `answers` only for the states.
    pub fn fetch(&self, sources: &SourceContext<'_>, answers: bool) -> Result<FollowedSeries> {
        let sources = sources.with_servers(&self.servers);
        source::follow(&sources, &self.patchwork, self.link, answers)
    }
}

impl Author<'_> {
    /// What to ask the servers about a version of the database. It is an error if it has no link. An archived
    /// series and a deleted branch have no commits.
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

    /// Compares the responses of servers with commits and rows.
    pub fn look(&self, client: &Client, job: GatherJob, followed: FollowedSeries) -> Result<Look> {
        let matches = self.match_patchwork(client, &job, &followed.series.patches)?;
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
        let objects = self.repo.objects()?;
        let mut commits = Vec::new();
        for (commit, patch) in matches.commits.into_iter().zip(matches.of_commits) {
            // A trailer that the author gives is no review either.
            let own: Vec<String> = own_addresses
                .iter()
                .cloned()
                .chain([self.repo.commit_summary(commit.id)?.author])
                .collect();
            let number = patch.and_then(|at| ReplyTarget::nth_patch(at).number());
            let target = Target {
                patch: number.unwrap_or_default(),
                patch_id: None,
                present: trailers(&objects.message_text(commit.id)?),
                own,
            };
            commits.push(GatherCommit {
                id: commit.id,
                subject: commit.subject,
                patch,
                trailers: collect(&sent, job.number, &[target], job.allow_mismatch),
            });
        }
        Ok(Look {
            job,
            followed,
            commits,
            lists,
            of_rows: matches.of_rows,
        })
    }
}

impl Look {
    /// The trailers to add, by commit.
    pub fn new_trailers(&self) -> impl Iterator<Item = (&GatherCommit, Vec<&CollectedTrailer>)> {
        self.commits
            .iter()
            .map(move |commit| (commit, new_of(commit).collect::<Vec<_>>()))
            .filter(|(_, new)| !new.is_empty())
    }

    /// Whether there are trailers whose name is that of the sender, with another address.
    pub fn has_unproved(&self) -> bool {
        let mut all = self.commits.iter().flat_map(|commit| &commit.trailers);
        all.any(|one| one.state == TrailerState::Unproved)
    }

    /// The number of trailers to add.
    pub fn count_new(&self) -> usize {
        self.commits.iter().flat_map(new_of).count()
    }

    /// Refuses a series on Patchwork that has no patch of this version: the link is wrong.
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
            "to find the right one: git patman series {} autolink --force",
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
                .all(|patch| is_accepted(patch.state.as_deref()))
    }
}

/// The trailers to add to a commit.
fn new_of(commit: &GatherCommit) -> impl Iterator<Item = &CollectedTrailer> {
    commit
        .trailers
        .iter()
        .filter(|one| one.state == TrailerState::New)
}
