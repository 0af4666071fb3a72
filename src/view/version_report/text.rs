// SPDX-License-Identifier: GPL-2.0-or-later
//! The report of a version as text: commit by commit, with the trailers in replies.

use crate::author::patchwork::gather::Look;
use crate::author::patchwork::report::{CommitReport, CoverReport, ReportedComment, VersionReport};
use crate::clock;
use crate::git::Repo;
use crate::mail::reply::reply_trailers;
use crate::mail::thread::ReplyTarget;
use crate::mail::trailers::collected::{CollectedTrailer, TrailerState};
use crate::output::colour::Paint;
use crate::output::{Output, table, terminal_width};
use crate::series::state::Standing;
use crate::series::title;
use crate::text::count;
use crate::text::escape_controls;
use crate::text::shell_quote;
use crate::view::patches::paint as state_paint;

/// The longest state that the column is aligned to.
const MAX_STATE_WIDTH: usize = 20;

/// The whole report, or only what is new if not `whole`.
pub fn text(out: &Output, repo: &Repo, report: &VersionReport, whole: bool) -> String {
    let mut lines = ReportLines {
        out,
        repo,
        text: String::new(),
    };
    let width = report
        .patches
        .iter()
        .filter_map(|one| Some(one.state.as_ref()?.chars().count()))
        .max();
    let width = width.unwrap_or_default().clamp(3, MAX_STATE_WIDTH);
    if whole {
        let heading = if report.title.is_empty() {
            String::new()
        } else {
            format!(": {}", report.title)
        };
        lines.add(&[(
            Paint::Heading,
            &format!("{} {}{heading}", report.series, report.version),
        )]);
        lines.add(&[(Paint::Dim, &report.url)]);
    }
    let of = |id: Option<u64>| report.comments.iter().filter(move |one| one.patch == id);
    if let Some(cover) = report
        .cover
        .as_ref()
        .filter(|_| whole || of(None).next().is_some())
    {
        lines.cover(cover, width);
        of(None).for_each(|one| lines.comment(one));
    }
    let news = |count: Option<u32>| count.is_some_and(|count| count > 0);
    let has_cover_news = report
        .cover
        .as_ref()
        .is_some_and(|cover| news(cover.new_comments));
    for (at, one) in report.patches.iter().enumerate() {
        let is_fresh = news(one.new_comments) || has_cover_news;
        let shown: Vec<&CollectedTrailer> = one
            .trailers
            .iter()
            .filter(|trailer| whole || is_news(trailer, is_fresh))
            .collect();
        let comments = || {
            report
                .comments
                .iter()
                .filter(|comment| one.id.is_some() && comment.patch == one.id)
        };
        if whole || !shown.is_empty() || comments().next().is_some() {
            lines.patch(at + 1, one, width);
            shown.into_iter().for_each(|one| lines.trailer(one));
            comments().for_each(|one| lines.comment(one));
        }
    }
    lines.text
}

/// Whether a trailer is shown among the news: always if it can be added, otherwise if it is in a new reply.
fn is_news(trailer: &CollectedTrailer, is_fresh: bool) -> bool {
    match trailer.state {
        TrailerState::New => true,
        TrailerState::Present | TrailerState::Own => is_fresh && trailer.why.is_some(),
        TrailerState::Unproved | TrailerState::Refused | TrailerState::Objection => is_fresh,
    }
}

/// Shows how many trailers and replies are new.
pub fn tell(out: &Output, look: &Look, requests: u64) {
    let new = look.count_new();
    let asked = count::requests(requests);
    match new {
        0 => out.note(format!("{}: no new trailers ({asked})", look.job.name)),
        _ => {
            let new = count::pluralize(new, "new trailer", "new trailers");
            out.note(format!("{}: {new} ({asked})", look.job.name));
        }
    }
    warn_of(out, look);
    if look.is_accepted() {
        out.note(format!("{}: all patches are accepted", look.job.name));
    }
}

/// Warns of differences between Patchwork and the branch.
pub fn warn_of(out: &Output, look: &Look) {
    let series = &look.followed.series;
    look.followed.notes.iter().for_each(|note| out.note(note));
    if look.followed.missing > 0 {
        let missing = count::patches(look.followed.missing as usize);
        out.warn(format!(
            "{missing} of series {} did not come to Patchwork",
            series.id
        ));
    }
    if let Some(recorded) = &look.job.recorded {
        let lost = |at: &usize| !look.of_rows.contains(&Some(*at));
        for patch in (0..series.patches.len())
            .filter(lost)
            .map(|at| &series.patches[at])
        {
            out.warn(format!(
                "patch {} '{}' is not recorded for {}",
                patch.id, patch.name, look.job.name
            ));
        }
        if recorded.rows.is_empty() {
            out.hint(format!(
                "to record them: git patman series -s {} scan",
                shell_quote(&recorded.series.name)
            ));
        }
        if look
            .followed
            .version()
            .is_some_and(|version| version != look.job.number)
        {
            out.warn(format!(
                "series {} is v{} on Patchwork",
                series.id, series.version
            ));
        }
    }
    for (at, patch) in series.patches.iter().enumerate() {
        let is_lost =
            !look.commits.is_empty() && !look.commits.iter().any(|commit| commit.patch == Some(at));
        let given = look
            .followed
            .answers
            .iter()
            .filter(|one| one.to == ReplyTarget::nth_patch(at));
        let count: usize = given
            .map(|one| reply_trailers(&one.message.text()).len())
            .sum();
        if is_lost && count > 0 {
            let them = if count == 1 {
                "a trailer".to_owned()
            } else {
                format!("{count} trailers")
            };
            out.warn(format!(
                "{them} for patch {} '{}', which is not a commit of the branch: not added",
                patch.id, patch.name
            ));
        }
    }
}

struct ReportLines<'o> {
    out: &'o Output,
    repo: &'o Repo,
    text: String,
}

impl ReportLines<'_> {
    /// Adds a line of pieces, cut to the width of a terminal.
    fn add(&mut self, pieces: &[(Paint, &str)]) {
        let mut left = terminal_width().unwrap_or(usize::MAX);
        for (paint, text) in pieces {
            let text = escape_controls(text);
            let text = if left == usize::MAX {
                text.into_owned()
            } else {
                table::cut(&text, left)
            };
            left = left.saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_str()));
            self.text += &self.out.paint(*paint, &text);
        }
        self.text.push('\n');
    }

    fn cover(&mut self, cover: &CoverReport, width: usize) {
        let name = title(cover.name.as_deref().unwrap_or_default());
        let count = comments(cover.comments, cover.new_comments);
        let head = format!("  0 {:width$}  {:10}  ", "cover", "");
        self.add(&[
            (Paint::Plain, &head),
            (Paint::Plain, &name),
            (Paint::Attention, &count),
        ]);
    }

    fn patch(&mut self, at: usize, one: &CommitReport, width: usize) {
        let commit = one.commit.as_deref();
        let short = commit.map_or("-".to_owned(), |commit| self.repo.short_hex(commit));
        let state = one.state.as_deref().unwrap_or("-");
        let paint = state_paint(Standing::of(one.state.as_deref()));
        let count = comments(one.comments, one.new_comments);
        let alone = match (&one.commit, one.id) {
            (None, _) => "  (no commit of the branch)",
            (_, None) => "  (not on Patchwork)",
            _ => "",
        };
        self.add(&[
            (Paint::Plain, &format!("{at:3} ")),
            (paint, &format!("{state:width$}  ")),
            (Paint::Commit, &format!("{short:7}  ")),
            (Paint::Plain, &one.subject),
            (Paint::Attention, &count),
            (Paint::Bad, alone),
        ]);
    }

    fn trailer(&mut self, one: &CollectedTrailer) {
        let (mark, paint) = match one.state {
            TrailerState::New => ("+", Paint::Good),
            TrailerState::Present | TrailerState::Own => (" ", Paint::Dim),
            TrailerState::Unproved => ("?", Paint::Attention),
            TrailerState::Refused => ("!", Paint::Bad),
            TrailerState::Objection => ("!", Paint::Attention),
        };
        let what = one.text();
        let mut rest = String::new();
        if one.to_cover {
            rest += "  (to the cover letter)";
        }
        if let Some(via) = &one.via {
            rest += &format!("  (via {via})");
        }
        match (one.state, &one.why) {
            (TrailerState::Own, _) => rest += "  (your own)",
            (TrailerState::Objection, _) => rest += &format!("  (objection of {})", one.from),
            (_, Some(why)) => rest += &format!("  ({why})"),
            _ => {}
        }
        self.add(&[
            (paint, &format!("      {mark} {what}")),
            (Paint::Dim, &rest),
        ]);
        for note in &one.notes {
            self.add(&[(paint, &format!("      {mark} {note}"))]);
        }
    }

    fn comment(&mut self, one: &ReportedComment) {
        let when = one
            .date
            .map(|date| format!(", {}", clock::age(date, clock::now())))
            .unwrap_or_default();
        self.text.push('\n');
        self.add(&[(Paint::Heading, &format!("      {}{when}", one.from))]);
        for line in one.text.trim_end().lines() {
            let paint = if line.trim_start().starts_with('>') {
                Paint::Dim
            } else {
                Paint::Plain
            };
            let line = escape_controls(line);
            self.text += &self.out.paint(paint, format!("      {line}").trim_end());
            self.text.push('\n');
        }
        self.text.push('\n');
    }
}

/// The number of replies and of new ones, in words.
fn comments(count: Option<u32>, new: Option<u32>) -> String {
    let Some(count) = count.filter(|count| *count > 0) else {
        return String::new();
    };
    let new = new
        .filter(|new| *new > 0)
        .map(|new| format!(", {new} new"))
        .unwrap_or_default();
    format!(
        "  [{count} comment{}{new}]",
        if count == 1 { "" } else { "s" }
    )
}
