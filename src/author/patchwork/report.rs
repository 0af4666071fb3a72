// SPDX-License-Identifier: GPL-2.0-or-later
//! The report of a version that was sent, for text and JSON.

use super::gather::Look;
use crate::author::Author;
use crate::db::version;
use crate::error::Result;
use crate::mail::Message;
use crate::mail::sender::sender;
use crate::mail::trailers::collected::CollectedTrailer;
use crate::series::VersionNumber;
use crate::source::patchwork::To;

/// The report of a version.
#[derive(Debug, Clone)]
pub struct VersionReport {
    /// The series, by its name, or that of its branch.
    pub series: String,
    /// The version.
    pub version: VersionNumber,
    /// The branch, if the version has one.
    pub branch: Option<String>,
    /// The number of the series on Patchwork.
    pub link: u64,
    /// The page that shows it.
    pub url: String,
    /// Its title there.
    pub title: String,
    /// How many of its patches have not arrived on Patchwork.
    pub missing: u32,
    /// Whether all patches are accepted.
    pub accepted: bool,
    /// The number of requests.
    pub requests: u64,
    /// The cover letter.
    pub cover: Option<CoverReport>,
    /// The commits, then patches on Patchwork without a commit.
    pub patches: Vec<CommitReport>,
    /// The replies to show.
    pub comments: Vec<ReportedComment>,
}

/// The cover letter on Patchwork.
#[derive(Debug, Clone)]
pub struct CoverReport {
    /// Its number.
    pub id: u64,
    /// Its subject.
    pub name: Option<String>,
    /// The number of replies.
    pub comments: Option<u32>,
    /// The number of replies since the last `gather`.
    pub new_comments: Option<u32>,
}

/// A commit and its patch on Patchwork; either may be missing.
#[derive(Debug, Clone)]
pub struct CommitReport {
    /// The commit.
    pub commit: Option<String>,
    /// Its subject, or that of the patch.
    pub subject: String,
    /// The number of the patch on Patchwork.
    pub id: Option<u64>,
    /// Its state there.
    pub state: Option<String>,
    /// The number of replies.
    pub comments: Option<u32>,
    /// The number of replies since the last `gather`.
    pub new_comments: Option<u32>,
    /// The trailers in replies to the commit.
    pub trailers: Vec<CollectedTrailer>,
}

/// A reply.
#[derive(Debug, Clone)]
pub struct ReportedComment {
    /// The number of the patch that it replies to; `None` for the cover letter.
    pub patch: Option<u64>,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// Who sent it, as `Name <address>`.
    pub from: String,
    /// When, in seconds since 1970.
    pub date: Option<i64>,
    /// Its text.
    pub text: String,
}

/// Which replies to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommentFilter {
    /// Those to patches.
    pub patches: bool,
    /// Those to the cover letter.
    pub cover: bool,
}

impl Author<'_> {
    /// The report of a version.
    pub fn report(
        &self,
        look: &Look,
        shown: CommentFilter,
        requests: u64,
    ) -> Result<VersionReport> {
        let series = &look.followed.series;
        let recorded = look.job.recorded.as_ref();
        let counted = match recorded {
            Some(one) => version::cover_comments(&self.db, one.version.id)?,
            None => None,
        };
        let cover = series.cover.as_ref().map(|(id, _)| CoverReport {
            id: *id,
            name: series.name.clone(),
            comments: series.cover_comments,
            new_comments: newer(series.cover_comments, counted),
        });
        let before = |at: usize| {
            let row = look.of_rows.iter().position(|of| *of == Some(at))?;
            recorded?.rows.get(row)?.comments
        };
        let line = |at: Option<usize>| {
            let patch = at.and_then(|at| series.patches.get(at));
            let comments = patch.and_then(|patch| patch.comments);
            CommitReport {
                commit: None,
                subject: patch.map(|patch| patch.name.clone()).unwrap_or_default(),
                id: patch.map(|patch| patch.id),
                state: patch.and_then(|patch| patch.state.clone()),
                comments,
                new_comments: newer(comments, at.and_then(before)),
                trailers: Vec::new(),
            }
        };
        let of_commits = look.commits.iter().map(|commit| CommitReport {
            commit: Some(commit.id.to_string()),
            subject: commit.subject.clone(),
            trailers: commit.trailers.clone(),
            ..line(commit.patch)
        });
        let is_alone = |at: &usize| !look.commits.iter().any(|commit| commit.patch == Some(*at));
        let alone = (0..series.patches.len())
            .filter(is_alone)
            .map(|at| line(Some(at)));
        Ok(VersionReport {
            series: look.job.series.clone(),
            version: look.job.number,
            branch: look.job.range.as_ref().map(|range| range.branch.clone()),
            link: series.id,
            url: series.url.clone(),
            title: look.followed.title.clone(),
            missing: look.followed.missing,
            accepted: look.is_accepted(),
            requests,
            cover,
            patches: of_commits.chain(alone).collect(),
            comments: comments(look, shown),
        })
    }
}

/// The number of replies since they were counted.
fn newer(now: Option<u32>, before: Option<i64>) -> Option<u32> {
    let before = u32::try_from(before.unwrap_or_default()).unwrap_or_default();
    now.map(|now| now.saturating_sub(before))
}

fn comments(look: &Look, shown: CommentFilter) -> Vec<ReportedComment> {
    let comment = |mail: &Message, patch: Option<u64>| ReportedComment {
        patch,
        message_id: mail.message_id().map(|id| id.to_string()),
        from: sender(mail, &look.lists).to_string(),
        date: mail.date().map(|date| date.seconds),
        text: mail.text().trim_matches('\n').to_owned(),
    };
    let asked = look.followed.answers.iter().filter(|one| match one.to {
        To::Cover => shown.cover,
        To::Patch(_) => shown.patches,
    });
    let id = |to: To| match to {
        To::Cover => None,
        To::Patch(at) => look.followed.series.patches.get(at).map(|patch| patch.id),
    };
    asked.map(|one| comment(&one.mail, id(one.to))).collect()
}
