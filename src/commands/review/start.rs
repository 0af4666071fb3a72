// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review start`: from a mail file to a worktree.

use crate::complete;
use crate::context::Context;
use crate::error::{Error, Exit, Result};
use crate::output::count::patches;
use crate::output::shell_quote;
use crate::review::Reviews;
use crate::review::ground;
use crate::review::news::News;
use crate::review::record::Recorded;
use crate::review::report::{Report, State};
use crate::review::selection::Wanted;
use crate::review::start::Request;
use crate::series::VersionNumber;
use crate::source::server::Servers;
use crate::source::{self, Around, Source};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Apply a series from mail in a worktree of its own, and record it
///
/// The mails may be an mbox, a maildir, a directory of mails or patches, one mail, or standard input. They may come from
/// a Patchwork, where the series is named by its number, by a URL, or with --title alone by words of its title; or from
/// an archive of a list, by the Message-ID or the URL of any mail of the thread: the archive is a public-inbox such as
/// lore, or a clone of one (DIR, DIR#<message id>, DIR#<words of the title>). A path that exists comes before a number. The newest version that is there is applied, patch by patch, as 'git am' would;
/// the commits are on a branch with the name of the series, checked out in a worktree below .git/patman/worktrees. Your
/// own checkout is not touched. A later version of the same series moves the same worktree on.
///
/// What the series says it needs below it is looked for in the database, among the same mails, and in the archive and on
/// the Patchwork that are known, and is applied first; it becomes a part of the base.
///
/// From a Patchwork come the mails of the series, their states there and, where an archive of the list is known or the
/// series is small, the answers to them. A series from a Patchwork is recorded as patman records it, under the name
/// <upstream>-<number>-review, and patman goes on with it.
#[derive(Debug, Args)]
pub struct Start {
    /// An mbox, a maildir, a directory of mails, one mail, '-' for standard input; the number or the URL of a series on
    /// Patchwork; a Message-ID, the URL of a mail in an archive, or a clone of an archive; or the name of a review, whose
    /// recorded mails are applied
    #[arg(value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath, required_unless_present = "title")]
    source: Option<String>,
    /// Ask the Patchwork of this upstream, instead of the default one's
    #[arg(short = 'U', long, value_name = "NAME", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: Option<String>,
    /// SOURCE is the number of a patch: take the series that it is in
    #[arg(long, requires = "source")]
    patch: bool,
    /// Ask no server: take what is kept of earlier answers
    #[arg(long)]
    offline: bool,
    /// Review the series under this name, instead of one made of its title
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Apply it to this commit, instead of what the mails or the settings say
    #[arg(long, value_name = "COMMIT", add = ArgValueCompleter::new(complete::branches))]
    base: Option<String>,
    /// Apply it to this commit; given several times, to the first that all of it applies to
    ///
    /// Each is tried in memory, and where and why it does not apply is told. Where it applies to none of them, the first is
    /// taken, and the review stops there for you to resolve.
    #[arg(long, value_name = "COMMIT", conflicts_with = "base", add = ArgValueCompleter::new(complete::branches))]
    onto: Vec<String>,
    /// Take this version, instead of the newest
    #[arg(long, value_name = "N")]
    version: Option<VersionNumber>,
    /// Take the series with this text in its title, where the mails hold several; with no SOURCE, look for a series with
    /// these words in its title on Patchwork
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Where patches are missing, apply those before the gap
    #[arg(long)]
    partial: bool,
    /// Apply only: make commits and branch, and no worktree
    #[arg(long)]
    no_worktree: bool,
    /// Apply again what is applied, and put changes and commits of yours aside under a ref
    #[arg(short, long)]
    force: bool,
    /// Say what would be done, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Print the result as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Start {
    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let request = self.request();
        if let Some(recorded) = self.recorded(context, reviews)? {
            reviews.out.detail(format!(
                "The mails of {} are those in the database",
                recorded.name
            ));
            let report = reviews.start_stored(&recorded, &request)?;
            return self.end(reviews, report);
        }
        let repo = Some(context.repo()?);
        let servers = Servers::choose(
            reviews.upstreams(),
            context.settings(),
            repo,
            self.upstream.as_deref(),
        )?;
        let around = Around {
            cwd: context.cwd(),
            servers: &servers,
            client: context.client(self.offline)?,
        };
        let source = self.source(&around)?;
        let request = Request {
            origin: Some(source.record()),
            around: Some(around),
            ..request
        };
        let report = reviews.start(source.gather()?, &source.describe(), &request)?;
        self.end(reviews, report)
    }

    fn request(&self) -> Request<'static> {
        let title = self.title.clone().filter(|_| self.source.is_some());
        Request {
            wanted: Wanted {
                title,
                version: self.version,
                partial: self.partial,
                mail: None,
            },
            origin: None,
            name: self.name.clone(),
            base: self.base.clone(),
            onto: self.onto.clone(),
            worktree: !self.no_worktree,
            dry_run: self.dry_run,
            force: self.force,
            around: None,
        }
    }

    /// The review that SOURCE names, if it is no file and nothing else that a source may be.
    fn recorded(&self, context: &Context, reviews: &Reviews<'_>) -> Result<Option<Recorded>> {
        let Some(given) = self
            .source
            .as_deref()
            .filter(|_| !self.patch && self.name.is_none())
        else {
            return Ok(None);
        };
        if source::may_be_elsewhere(given, context.cwd()) {
            return Ok(None);
        }
        reviews.of_name(given)
    }

    fn end(&self, reviews: &mut Reviews<'_>, mut report: Report) -> Result<()> {
        if !self.dry_run
            && let Some(recorded) = reviews.of_name(report.series.as_str())?
        {
            let newest = reviews.newest_mail(recorded.id)?;
            reviews.mark_seen(recorded.id, newest);
            report.news = News::of(&recorded, 0);
        }
        let out = reviews.out;
        if self.json {
            out.json(&report)?;
        } else if !self.dry_run && report.state != State::Stopped {
            tell(reviews, &report);
        }
        if report.state == State::Stopped {
            Err(Error::silent(Exit::Stopped))
        } else {
            Ok(())
        }
    }
}

impl Start {
    fn source<'a>(&self, around: &Around<'a>) -> Result<Box<dyn Source + 'a>> {
        match (&self.source, &self.title) {
            (Some(source), _) if self.patch => source::patch(source, around),
            (Some(source), _) => source::named(source, around),
            (None, Some(title)) => source::titled(title, self.version, around),
            (None, None) => Err(Error::usage(
                "give a SOURCE, or --title with words to look for",
            )),
        }
    }
}

/// What was done, where it is, and what to do next.
pub(super) fn tell(reviews: &Reviews<'_>, report: &Report) {
    let out = reviews.out;
    let done = report
        .patches
        .iter()
        .filter(|patch| patch.commit.is_some())
        .count();
    let there = report.patches.len() - done;
    let already = if there > 0 {
        format!(", {there} in the base already")
    } else {
        String::new()
    };
    if report.is_old {
        out.note(format!(
            "{} {} is applied already",
            report.series, report.version
        ));
    } else {
        let how = ground::how(report.patches.iter().map(|patch| patch.how));
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
    if report.state == State::Partial {
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
