// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman review start`: applies a series from mails in a worktree.

use crate::complete;
use crate::context::Context;
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::review::Reviews;
use crate::review::record::ReviewRow;
use crate::review::report::{ReviewReport, ReviewState};
use crate::review::selection::ReviewSelector;
use crate::review::start::StartRequest;
use crate::review::unread::News;
use crate::series::VersionNumber;
use crate::source::server::Servers;
use crate::source::{self, Source, SourceContext};
use crate::view::review::{ReviewJson, tell};
use clap::Args;
use clap_complete::ArgValueCompleter;

/// Apply a series in its own worktree and record it
///
/// SOURCE can be an mbox, a maildir, a directory of mails or patches, a single mail, or standard input; a series on
/// Patchwork, by its number or URL, or with --title by words in its title; or a thread in the archive of a list, by
/// the Message-ID or URL of any of its mails. The archive is a public-inbox such as lore, or a local clone of one
/// (DIR, DIR#<message id>, DIR#<words of the title>). An existing path takes precedence over a number.
///
/// The newest version is applied patch by patch, as by 'git am'. The commits are on a branch with the name of the
/// series, checked out in a worktree under .git/patman/worktrees. Your own checkout is not touched. A later version
/// of the same series updates the same worktree.
///
/// Dependencies of the series are found in the database, in the same mails, in the archive and on Patchwork, and
/// are applied first; they become part of the base.
///
/// From Patchwork, the mails and states of the series are fetched, and the replies if the archive of the list is
/// known or the series is small. The series is recorded as by patman, under the name <upstream>-<number>-review,
/// and patman can continue with it.
#[derive(Debug, Args)]
pub struct Start {
    /// An mbox, a maildir, a directory of mails, a single mail, or '-' for standard input; the number or URL of a
    /// series on Patchwork; a Message-ID, the URL of a mail in an archive, or a clone of an archive; or the name of a
    /// review, to apply its recorded mails
    #[arg(value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath, required_unless_present = "title")]
    source: Option<String>,
    /// Use the Patchwork server of this upstream, instead of the default upstream
    #[arg(short = 'U', long, value_name = "NAME", add = ArgValueCompleter::new(complete::upstreams))]
    upstream: Option<String>,
    /// SOURCE is the number of a patch on Patchwork: apply the series that contains it
    #[arg(long, requires = "source")]
    patch: bool,
    /// Do not use the network; use cached responses only
    #[arg(long)]
    offline: bool,
    /// Name of the review, instead of a name derived from the title
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Apply on this commit, instead of the base that the mails or the settings name
    #[arg(long, value_name = "COMMIT", add = ArgValueCompleter::new(complete::branches))]
    base: Option<String>,
    /// Apply on this commit; if repeated, on the first where the whole series applies
    ///
    /// The series is tried on each commit in memory, and the reason is shown if it does not apply. If it applies on
    /// none of them, the review stops on the first commit for you to resolve the conflict.
    #[arg(long, value_name = "COMMIT", conflicts_with = "base", add = ArgValueCompleter::new(complete::branches))]
    onto: Vec<String>,
    /// Apply this version, instead of the newest
    #[arg(long, value_name = "N")]
    version: Option<VersionNumber>,
    /// Apply the series with this text in its title, if the mails contain several; without SOURCE, search Patchwork for
    /// a series with these words in its title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// If patches are missing, apply those before the first gap
    #[arg(long)]
    partial: bool,
    /// Create the commits and the branch, but no worktree
    #[arg(long)]
    no_worktree: bool,
    /// Apply again if already applied, and save your changes and commits under refs/patman/kept/ first
    #[arg(short, long)]
    force: bool,
    /// Show what would be done, without changing anything
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Print the result as JSON; see git-patman-json(5)
    #[arg(long)]
    json: bool,
}

impl Start {
    pub(super) fn run(&self, context: &Context, reviews: &mut Reviews<'_>) -> Result<()> {
        let out = context.out();
        let request = self.request();
        if let Some(recorded) = self.recorded(context, reviews)? {
            out.detail(format!("using the recorded mails of {}", recorded.name));
            let report = reviews.start_stored(&recorded, &request)?;
            return self.end(out, reviews, report);
        }
        let repo = Some(context.repo()?);
        let servers = Servers::choose(
            reviews.upstreams(),
            context.settings(),
            repo,
            self.upstream.as_deref(),
        )?;
        let sources = context.sources(self.offline)?.with_servers(&servers);
        let source = self.source(&sources)?;
        let request = StartRequest {
            origin: Some(source.record()),
            sources: Some(sources),
            ..request
        };
        let report = reviews.start(source.fetch()?, &source.describe(), &request)?;
        self.end(out, reviews, report)
    }

    fn request(&self) -> StartRequest<'static> {
        let title = self.title.clone().filter(|_| self.source.is_some());
        StartRequest {
            wanted: ReviewSelector {
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
            sources: None,
        }
    }

    /// The review that SOURCE names, if SOURCE is not a file or any other kind of source.
    fn recorded(&self, context: &Context, reviews: &Reviews<'_>) -> Result<Option<ReviewRow>> {
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

    fn end(&self, out: &Output, reviews: &mut Reviews<'_>, mut report: ReviewReport) -> Result<()> {
        if !self.dry_run
            && let Some(recorded) = reviews.of_name(report.series.as_str())?
        {
            let newest = reviews.newest_mail(recorded.id)?;
            reviews.mark_seen(recorded.id, newest);
            report.news = News::of(&recorded, 0);
        }
        if self.json {
            out.json(&ReviewJson::from(&report))?;
        } else if !self.dry_run && report.state != ReviewState::Stopped {
            tell(out, &report);
        }
        if report.state == ReviewState::Stopped {
            Err(Error::silent(Exit::Stopped))
        } else {
            Ok(())
        }
    }
}

impl Start {
    fn source<'a>(&self, sources: &SourceContext<'a>) -> Result<Box<dyn Source + 'a>> {
        match (&self.source, &self.title) {
            (Some(source), _) if self.patch => source::patch(source, sources),
            (Some(source), _) => source::named(source, sources),
            (None, Some(title)) => source::titled(title, self.version, sources),
            (None, None) => Err(Error::usage(
                "specify a SOURCE, or --title with words to search for",
            )),
        }
    }
}
