// SPDX-License-Identifier: GPL-2.0-or-later
//! A sent version on Patchwork, commit by commit: SERIES STATUS in git-patman-json(5).

mod text;

use super::{each, json_object};
use crate::author::patchwork::report::{CommitReport, CoverReport, ReportedComment, VersionReport};
use crate::mail::trailers::collected::CollectedTrailer;
pub use text::{tell, text, warn_of};

json_object! {
    /// The version.
    pub struct VersionReportJson<'a> from report: &'a VersionReport {
        series: &'a str = &report.series,
        version: u32 = report.version.get(),
        branch: Option<&'a str> = report.branch.as_deref(),
        link: u64 = report.link,
        url: &'a str = &report.url,
        title: &'a str = &report.title,
        missing: u32 = report.missing,
        accepted: bool = report.accepted,
        requests: u64 = report.requests,
        cover: Option<CoverReportJson<'a>> = report.cover.as_ref().map(CoverReportJson::from),
        patches: Vec<CommitReportJson<'a>> = each(&report.patches),
        comments: Vec<CommentJson<'a>> = each(&report.comments),
    }
}

json_object! {
    /// The cover letter.
    pub struct CoverReportJson<'a> from cover: &'a CoverReport {
        id: u64 = cover.id,
        name: Option<&'a str> = cover.name.as_deref(),
        comments: Option<u32> = cover.comments,
        new_comments: Option<u32> = cover.new_comments,
    }
}

json_object! {
    /// A commit and its patch.
    pub struct CommitReportJson<'a> from report: &'a CommitReport {
        commit: Option<&'a str> = report.commit.as_deref(),
        subject: &'a str = &report.subject,
        id: Option<u64> = report.id,
        state: Option<&'a str> = report.state.as_deref(),
        comments: Option<u32> = report.comments,
        new_comments: Option<u32> = report.new_comments,
        trailers: Vec<CommitTrailerJson<'a>> = each(&report.trailers),
    }
}

json_object! {
    /// A trailer for the commit.
    pub struct CommitTrailerJson<'a> from collected: &'a CollectedTrailer {
        name: &'a str = &collected.trailer.name,
        value: &'a str = &collected.trailer.value,
        notes: &'a [String] = &collected.notes,
        from: &'a str = &collected.from,
        to_cover: bool = collected.to_cover,
        state: &'static str = collected.state.word(),
        why: Option<&'a str> = collected.why.as_deref(),
    }
}

json_object! {
    /// A comment.
    pub struct CommentJson<'a> from comment: &'a ReportedComment {
        patch: Option<u64> = comment.patch,
        message_id: Option<&'a str> = comment.message_id.as_deref(),
        from: &'a str = &comment.from,
        date: Option<i64> = comment.date,
        text: &'a str = &comment.text,
    }
}
