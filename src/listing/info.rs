// SPDX-License-Identifier: GPL-2.0-or-later
//! All details of a series: its versions, their branches, their patches, and the differences between versions. It works for
//! the user's own series, for archived ones and for reviews.

mod commits;

use crate::author::Author;
use crate::clock;
use crate::db::listing::{self, ListQuery, PatchDetail};
use crate::db::patch::PatchRow;
use crate::db::series::{REVIEW, Series};
use crate::db::version::Version;
use crate::db::written_review::{self, WrittenComment};
use crate::error::Result;
use crate::review::version_commits::VersionCommit;
use crate::series::history::{PatchChange, PatchHistory, histories};
use crate::series::{PatchIdentity, SeriesIdentity, VersionNumber, title};
use crate::source::patchwork::url;
use crate::source::percent::encode_component;
use crate::source::server::{PatchworkServer, Servers};
use crate::worktree::{Registered, Worktrees};
use commits::VersionPlace;
use std::path::PathBuf;

/// A series, with all its versions or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesInfo {
    /// Its name.
    pub series: String,
    /// What identifies it.
    pub identity: Option<SeriesIdentity>,
    /// Its title.
    pub title: Option<String>,
    /// The upstream it is meant for.
    pub upstream: Option<String>,
    /// Whether it is another author's, under review.
    pub review: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// Its versions, the oldest first.
    pub versions: Vec<VersionInfo>,
}

/// A version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// Its number; none if the database holds something that is not a version.
    pub version: Option<u32>,
    /// Its title, where it has one of its own.
    pub title: Option<String>,
    /// The number of the series on Patchwork.
    pub link: Option<String>,
    /// Its page there.
    pub url: Option<String>,
    /// The cover letter, as Patchwork has it.
    pub cover: Option<CoverInfo>,
    /// When it was sent, in seconds since 1970.
    pub sent: Option<i64>,
    /// Its branch, if it is in this repository.
    pub branch: Option<String>,
    /// The tag that keeps it after it was archived, as the database has it.
    pub tag: Option<String>,
    /// The last commit, of the branch or the tag.
    pub head: Option<String>,
    /// Where the branch is checked out.
    pub worktree: Option<PathBuf>,
    /// Its patches.
    pub patches: Vec<PatchInfo>,
    /// The patches of the version before that are not in it.
    pub dropped: Vec<Dropped>,
    /// The user's notes.
    pub notes: Option<String>,
    /// The reviews that were written of it, where they were asked for.
    pub reviews: Option<Vec<PatchComment>>,
}

/// A cover letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverInfo {
    /// Its number on Patchwork.
    pub patchwork_id: Option<String>,
    /// Its subject there.
    pub subject: Option<String>,
    /// How many answers it has there.
    pub comments: Option<i64>,
}

/// A patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchInfo {
    /// Its number, from 1.
    pub seq: u32,
    /// Its subject.
    pub subject: String,
    /// Its state on Patchwork.
    pub state: Option<String>,
    /// How many answers it has there.
    pub comments: Option<i64>,
    /// Its number there.
    pub patchwork_id: Option<i64>,
    /// Its Change-Id.
    pub change_id: Option<String>,
    /// Its commit, where that is here.
    pub commit: Option<String>,
    /// What it is to the version before; none in the first.
    pub change: Option<PatchChange>,
    /// Its number in the version before.
    pub was: Option<u32>,
    /// Its subject there, if it was another.
    pub was_subject: Option<String>,
    /// Whether it has another place among the patches that are in both.
    pub reordered: bool,
}

/// A patch that is not in the next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Its number there.
    pub seq: u32,
    /// Its subject.
    pub subject: String,
}

/// The review of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchComment {
    /// The number of the patch; 0 for the cover letter.
    pub seq: u32,
    /// Whether the patch is approved.
    pub approved: bool,
    /// How far the mail of it is.
    pub status: Option<String>,
    /// When it was written, in seconds since 1970.
    pub date: Option<i64>,
    /// The text.
    pub body: String,
}

/// How a subject is shown: that of a mail without its prefix in brackets, that of a commit as it is.
type SubjectStyle = fn(&str) -> String;

/// The data of a version that its row does not have.
struct VersionDetails {
    row: Version,
    cover_comments: Option<i64>,
    patches: Vec<PatchRow>,
    found: VersionPlace,
    identities: Vec<PatchIdentity>,
}

impl Author<'_> {
    /// Collects the details of a series, or of one version of it, with the reviews of these patches, or of all if the list is
    /// empty.
    pub fn info(
        &self,
        series: &Series,
        only: Option<VersionNumber>,
        reviews: Option<&[u32]>,
    ) -> Result<SeriesInfo> {
        let query = ListQuery {
            patches: PatchDetail::Rows,
            dates: true,
            ..ListQuery::only(series.id)
        };
        let (mut identity, mut rows) = (None, Vec::new());
        for listed in listing::list(&self.db, query)? {
            identity = listed.identity;
            rows = listed.versions;
        }
        let newest = rows.iter().rev().find_map(|one| one.version.number);
        let server = self.patchwork_of(series);
        let review = series.source.as_deref() == Some(REVIEW);
        let subject: SubjectStyle = if review {
            title
        } else {
            |subject| subject.trim().to_owned()
        };
        let worktrees = Worktrees::new(self.repo, None, 0)
            .registered()
            .unwrap_or_default();
        let mut before: Option<VersionDetails> = None;
        let mut versions = Vec::new();
        for listed in rows {
            let (row, patches, sent) = (listed.version, listed.rows, listed.sent);
            let found = self.found(series, &row, &patches, newest);
            let known = VersionDetails {
                cover_comments: listed.cover_comments,
                identities: self.identities(&patches, found.commits.as_ref())?,
                row,
                patches,
                found,
            };
            if only.is_none() || known.row.number == only {
                let mut one =
                    self.version_info(&known, before.as_ref(), server.as_ref(), subject)?;
                one.sent = sent;
                one.worktree = checked_out(&worktrees, one.branch.as_deref());
                if let Some(wanted) = reviews {
                    let written = written_review::list(&self.db, known.row.id)?
                        .into_iter()
                        .filter_map(shown);
                    one.reviews = Some(
                        written
                            .filter(|one| wanted.is_empty() || wanted.contains(&one.seq))
                            .collect(),
                    );
                }
                versions.push(one);
            }
            before = Some(known);
        }
        Ok(SeriesInfo {
            series: series.name.clone(),
            identity,
            title: series.desc.clone(),
            upstream: series.upstream.clone(),
            review,
            archived: series.archived,
            versions,
        })
    }

    fn version_info(
        &self,
        known: &VersionDetails,
        before: Option<&VersionDetails>,
        server: Option<&PatchworkServer>,
        subject: SubjectStyle,
    ) -> Result<VersionInfo> {
        let VersionDetails { row, found, .. } = known;
        let comments = known.cover_comments;
        let has_cover = row.cover_id.is_some() || row.name.is_some();
        let (infos, dropped) = patches(known, before, subject);
        Ok(VersionInfo {
            version: row.number.map(VersionNumber::get),
            title: row.desc.clone(),
            url: row.link.as_deref().and_then(|link| page(server?, link)),
            link: row.link.clone(),
            cover: has_cover.then(|| CoverInfo {
                patchwork_id: row.cover_id.clone(),
                subject: row.name.clone(),
                comments: comments.filter(|_| row.cover_id.is_some()),
            }),
            sent: None,
            branch: found.branch.clone(),
            tag: row.archive_tag.clone(),
            head: found.commits.as_ref().map(|known| known.tip.to_string()),
            worktree: None,
            patches: infos,
            dropped,
            notes: row.notes.clone(),
            reviews: None,
        })
    }

    /// The Patchwork that the series is on, as far as it is known.
    fn patchwork_of(&self, series: &Series) -> Option<PatchworkServer> {
        Servers::choose(&self.db, self.settings, None, series.upstream.as_deref())
            .ok()?
            .patchwork
    }
}

/// The patches of a version, each with how it came from the version before, and those that are dropped.
fn patches(
    known: &VersionDetails,
    before: Option<&VersionDetails>,
    subject: SubjectStyle,
) -> (Vec<PatchInfo>, Vec<Dropped>) {
    let mut infos: Vec<PatchInfo> = known
        .patches
        .iter()
        .enumerate()
        .map(|(at, row)| info(row, known.found.of_row(at), subject))
        .collect();
    let Some(before) = before else {
        return (infos, Vec::new());
    };
    let steps = histories(&before.identities, &known.identities);
    for (one, step) in infos.iter_mut().zip(&steps) {
        let was = step.was.map(|at| &before.patches[at]);
        one.change = Some(step.change);
        one.was = was.map(|row| row.seq.saturating_add(1));
        one.was_subject = was
            .filter(|_| step.is_renamed)
            .map(|row| subject(&row.subject));
        one.reordered = step.is_moved;
    }
    let is_dropped = |at: &usize| {
        !steps
            .iter()
            .any(|step: &PatchHistory| step.was == Some(*at))
    };
    let dropped = (0..before.patches.len())
        .filter(is_dropped)
        .map(|at| &before.patches[at]);
    let dropped = dropped.map(|row| Dropped {
        seq: row.seq.saturating_add(1),
        subject: subject(&row.subject),
    });
    (infos, dropped.collect())
}

fn info(row: &PatchRow, commit: Option<&VersionCommit>, subject: SubjectStyle) -> PatchInfo {
    PatchInfo {
        seq: row.seq.saturating_add(1),
        subject: subject(&row.subject),
        state: row.state.clone(),
        comments: row.comments,
        patchwork_id: row.patchwork_id,
        change_id: row.change_id.clone(),
        commit: commit.map(|one| one.id.to_string()),
        change: None,
        was: None,
        was_subject: None,
        reordered: false,
    }
}

fn shown(written: WrittenComment) -> Option<PatchComment> {
    Some(PatchComment {
        seq: written.seq?,
        approved: written.is_approved,
        status: written.status,
        date: written.timestamp.as_deref().and_then(clock::of_local),
        body: written.body,
    })
}

/// The page of a series on a Patchwork, with all its patches, whatever their states.
fn page(server: &PatchworkServer, link: &str) -> Option<String> {
    let project = encode_component(&server.project.as_ref()?.link_name);
    let number = url::number(link)?;
    Some(format!(
        "{}/project/{project}/list/?series={number}&state=*&archive=both",
        server.url
    ))
}

fn checked_out(worktrees: &[Registered], branch: Option<&str>) -> Option<PathBuf> {
    let full = format!("refs/heads/{}", branch?);
    worktrees
        .iter()
        .find(|one| one.branch.as_deref() == Some(&full))
        .map(|one| one.path.clone())
}
