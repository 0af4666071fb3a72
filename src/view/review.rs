// SPDX-License-Identifier: GPL-2.0-or-later
//! A review: REVIEW in git-patman-json(5).

use super::{each, json_object};
use crate::apply::ApplyMethod;
use crate::db::outcome::ReviewOutcome;
use crate::output::Output;
use crate::review::clones::OtherClone;
use crate::review::merged::{Merged, MergedAs};
use crate::review::report::{PatchReport, ReviewReport, ReviewState};
use crate::review::resolve_base;
use crate::review::unread::News;
use crate::series::VersionNumber;
use crate::text::count::{patches, pluralize};
use crate::text::shell_quote;
use std::path::Path;

json_object! {
    /// A review.
    pub struct ReviewJson<'a> from review: &'a ReviewReport {
        series: &'a str = review.series.as_str(),
        identity: Option<&'a str> = review.identity.as_deref(),
        version: u32 = review.version.get(),
        title: &'a str = &review.title,
        base: Option<&'a str> = review.base.as_deref(),
        base_why: Option<&'a str> = review.base_why.as_deref(),
        head: Option<&'a str> = review.head.as_deref(),
        branch: Option<&'a str> = review.branch.as_deref(),
        worktree: Option<&'a Path> = review.worktree.as_deref(),
        path: &'static str = review.path.word(),
        elsewhere: Vec<OtherCloneJson<'a>> = each(&review.elsewhere),
        state: &'static str = review.state.word(),
        patches: Vec<PatchJson<'a>> = each(&review.patches),
        missing: &'a [u32] = &review.missing,
        started: Option<i64> = review.started,
        merged: Vec<MergedJson<'a>> = each(&review.merged),
        outcome: Option<&'static str> = review.outcome.map(ReviewOutcome::word),
        finished: Option<i64> = review.finished,
        news: NewsJson = NewsJson::from(&review.news),
    }
}

json_object! {
    /// Another clone that has the review.
    pub struct OtherCloneJson<'a> from clone: &'a OtherClone {
        repository: &'a Path = &clone.repository,
        worktree: Option<&'a Path> = clone.worktree.as_deref(),
    }
}

json_object! {
    /// A patch.
    pub struct PatchJson<'a> from patch: &'a PatchReport {
        seq: u32 = patch.seq,
        subject: &'a str = &patch.subject,
        author: &'a str = &patch.author,
        commit: Option<&'a str> = patch.commit.as_deref(),
        tree: Option<&'a str> = patch.tree.as_deref(),
        how: Option<&'static str> = patch.how.map(ApplyMethod::word),
    }
}

json_object! {
    /// A branch that contains patches of the review.
    pub struct MergedJson<'a> from merged: &'a Merged {
        branch: &'a str = &merged.branch,
        patches: usize = merged.patches,
        total: usize = merged.total,
        commits: Vec<MergedAsJson> = each(&merged.commits),
    }
}

json_object! {
    /// A patch in that branch.
    pub struct MergedAsJson from merged: &MergedAs {
        seq: u32 = merged.seq,
        commit: String = merged.commit.to_string(),
    }
}

json_object! {
    /// New mails.
    pub struct NewsJson from news: &News {
        versions: Vec<u32> = news.versions.iter().map(|version| version.get()).collect(),
        replies: u32 = news.replies,
    }
}

/// The news in words, empty if there is none: `v3 has arrived, 2 replies`.
pub fn news(news: &News) -> String {
    let numbers: Vec<String> = news.versions.iter().map(VersionNumber::to_string).collect();
    let versions = match numbers.as_slice() {
        [] => None,
        [one] => Some(format!("{one} has arrived")),
        [before @ .., last] => Some(format!("{} and {last} have arrived", before.join(", "))),
    };
    let replies = (news.replies > 0).then(|| pluralize(news.replies as usize, "reply", "replies"));
    versions
        .into_iter()
        .chain(replies)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Reports how a review was applied, its worktree, and the next command.
pub fn tell(out: &Output, report: &ReviewReport) {
    let done = report
        .patches
        .iter()
        .filter(|patch| patch.commit.is_some())
        .count();
    let there = report.patches.len() - done;
    let already = if there > 0 {
        format!(", {there} already in the base")
    } else {
        String::new()
    };
    if report.is_old {
        out.note(format!(
            "{} {} is already applied",
            report.series, report.version
        ));
    } else {
        let how = resolve_base::how(report.patches.iter().map(|patch| patch.how));
        let how = if how.is_empty() {
            how
        } else {
            format!(" ({how})")
        };
        out.note(format!(
            "{} {}: {} applied{how}{already}: {}",
            report.series,
            report.version,
            patches(done),
            report.title
        ));
    }
    if report.state == ReviewState::Partial {
        let missing: Vec<String> = report.missing.iter().map(u32::to_string).collect();
        out.warn(format!(
            "the series is not complete: missing {}",
            missing.join(", ")
        ));
    }
    let Some(path) = &report.worktree else { return };
    out.note(format!("worktree: {}", path.display()));
    out.hint(format!(
        "to go there: cd \"$(git patman review path {})\"",
        shell_quote(&report.series)
    ));
}
