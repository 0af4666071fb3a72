// SPDX-License-Identifier: GPL-2.0-or-later
//! All details of a series as JSON: `series info`.

use super::each;
use super::json_object;
use crate::listing::info::{CoverInfo, Dropped, PatchComment, PatchInfo, SeriesInfo, VersionInfo};
use crate::series::SeriesIdentity;
use std::path::Path;

json_object! {
    /// A series.
    pub struct SeriesInfoJson<'a> from info: &'a SeriesInfo {
        series: &'a str = &info.series,
        identity: Option<&'a str> = info.identity.as_ref().map(SeriesIdentity::as_str),
        title: Option<&'a str> = info.title.as_deref(),
        upstream: Option<&'a str> = info.upstream.as_deref(),
        review: bool = info.review,
        archived: bool = info.archived,
        versions: Vec<VersionInfoJson<'a>> = each(&info.versions),
    }
}

json_object! {
    /// A version.
    pub struct VersionInfoJson<'a> from one: &'a VersionInfo {
        version: Option<u32> = one.version,
        title: Option<&'a str> = one.title.as_deref(),
        link: Option<&'a str> = one.link.as_deref(),
        url: Option<&'a str> = one.url.as_deref(),
        cover: Option<CoverInfoJson<'a>> = one.cover.as_ref().map(CoverInfoJson::from),
        sent: Option<i64> = one.sent,
        branch: Option<&'a str> = one.branch.as_deref(),
        tag: Option<&'a str> = one.tag.as_deref(),
        head: Option<&'a str> = one.head.as_deref(),
        worktree: Option<&'a Path> = one.worktree.as_deref(),
        patches: Vec<PatchInfoJson<'a>> = each(&one.patches),
        dropped: Vec<DroppedJson<'a>> = each(&one.dropped),
        notes: Option<&'a str> = one.notes.as_deref(),
        reviews: Option<Vec<PatchCommentJson<'a>>> = one.reviews.as_deref().map(each),
    }
}

json_object! {
    /// A cover letter.
    pub struct CoverInfoJson<'a> from cover: &'a CoverInfo {
        patchwork_id: Option<&'a str> = cover.patchwork_id.as_deref(),
        subject: Option<&'a str> = cover.subject.as_deref(),
        comments: Option<i64> = cover.comments,
    }
}

json_object! {
    /// A patch.
    pub struct PatchInfoJson<'a> from patch: &'a PatchInfo {
        seq: u32 = patch.seq,
        subject: &'a str = &patch.subject,
        state: Option<&'a str> = patch.state.as_deref(),
        comments: Option<i64> = patch.comments,
        patchwork_id: Option<i64> = patch.patchwork_id,
        change_id: Option<&'a str> = patch.change_id.as_deref(),
        commit: Option<&'a str> = patch.commit.as_deref(),
        change: Option<&'static str> = patch.change.map(|change| change.word()),
        was: Option<u32> = patch.was,
        was_subject: Option<&'a str> = patch.was_subject.as_deref(),
        reordered: bool = patch.reordered,
    }
}

json_object! {
    /// A patch that is not in the version.
    pub struct DroppedJson<'a> from dropped: &'a Dropped {
        seq: u32 = dropped.seq,
        subject: &'a str = &dropped.subject,
    }
}

json_object! {
    /// The review of a patch.
    pub struct PatchCommentJson<'a> from comment: &'a PatchComment {
        seq: u32 = comment.seq,
        approved: bool = comment.approved,
        status: Option<&'a str> = comment.status.as_deref(),
        date: Option<i64> = comment.date,
        body: &'a str = &comment.body,
    }
}
