// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series`: the user's own series, from the first commit until they are merged.

mod add;
mod archive;
mod autolink;
mod autolink_all;
mod changes;
mod dec;
mod find;
mod gather;
mod gather_all;
mod gathered;
mod get_link;
mod inc;
mod info;
mod ls;
mod mark;
mod open;
mod patches;
mod progress;
mod rename;
mod rm;
mod rm_version;
mod save_notes;
mod scan;
mod set_link;
mod set_upstream;
mod show_notes;
mod status;
mod summary;
mod unarchive;
mod unmark;
mod version_change;

use crate::author::Author;
use crate::author::patchwork::report::CommentFilter;
use crate::author::target::TargetChoice;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::output::Output;
use crate::series::VersionNumber;
use crate::text::shell_operand;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;

/// Manage your own series, from the first commit until they are merged
///
/// Each version of a series has its own branch: 'video', then 'video2', 'video3'. Without -s and -V, a command
/// works on the series and version of the current branch. 'git patman undo' undoes changes to branches and to the
/// database.
#[derive(Debug, Args)]
pub struct SeriesCommand {
    #[command(flatten)]
    which: SeriesOption,
    #[command(subcommand)]
    verb: SeriesVerb,
}

/// The series that a command is about, and whether it is only tried.
#[derive(Debug, Args)]
struct SeriesOption {
    /// The series, by its name or by one of its branches [default: that of the current branch]
    #[arg(short, long, value_name = "SERIES", global = true, add = ArgValueCompleter::new(complete::series))]
    series: Option<String>,
    /// The version [default: that of the branch]
    #[arg(short = 'V', long = "series-version", alias = "version", value_name = "VERSION", global = true, add = ArgValueCompleter::new(complete::series_versions))]
    version: Option<VersionNumber>,
    /// Show what would be done, without changing anything
    #[arg(short = 'n', long, global = true)]
    dry_run: bool,
}

impl SeriesOption {
    /// The series and version that the options select.
    fn chosen(&self) -> TargetChoice {
        TargetChoice {
            series: self.series.clone(),
            version: self.version,
        }
    }

    /// Reports after a dry run that nothing was changed.
    fn told(&self, out: &Output) {
        if self.dry_run {
            out.note("nothing was changed: this was a dry run");
        }
    }

    /// The same; without a dry run, hints how to undo the change.
    fn told_undo(&self, out: &Output, name: &str) {
        self.told(out);
        if !self.dry_run {
            out.hint(format!(
                "to undo this: git patman undo {name}",
                name = shell_operand(name)
            ));
        }
    }

    /// Whether -s was given.
    fn is_named(&self) -> bool {
        self.series.as_deref().is_some_and(|name| !name.is_empty())
    }
}

/// The short name of the branch of a version.
fn branch(series: &crate::db::series::Series, version: &crate::db::version::Version) -> String {
    crate::author::target::branch_of(&series.name, version.number.unwrap_or(VersionNumber::FIRST))
}

/// What to do about commits without a Change-Id.
#[derive(Debug, Args)]
struct MarkOptions {
    /// Add a Change-Id to commits that have none
    #[arg(short = 'm', long)]
    mark: bool,
    /// Allow commits that have no Change-Id
    #[arg(short = 'M', long)]
    allow_unmarked: bool,
}

/// Where the series begins.
#[derive(Debug, Args)]
struct SeriesEnd {
    /// The parent of the first patch [default: where the branch forked from its upstream]
    #[arg(short = 'U', long, value_name = "COMMIT", add = ArgValueCompleter::new(complete::branches))]
    upstream: Option<String>,
}

/// Whether a link is written into the branch.
#[derive(Debug, Args)]
struct LinkUpdate {
    /// Also write the link into the branch, as Series-links (the default)
    #[arg(short, long, overrides_with = "no_update")]
    update: bool,
    /// Do not change the branch
    #[arg(long)]
    no_update: bool,
}

/// What is gathered.
#[derive(Debug, Args)]
struct Gathering {
    /// Do not add trailers to the branch
    #[arg(short = 'G', long)]
    no_gather_tags: bool,
    /// Also add trailers that are not proved to be from the sender of the reply
    #[arg(long)]
    allow_mismatch: bool,
    #[command(flatten)]
    comments: Comments,
}

/// Which comments are shown.
#[derive(Debug, Args)]
struct Comments {
    /// Show the comments on each patch
    #[arg(short = 'c', long)]
    show_comments: bool,
    /// Show the comments on the cover letter
    #[arg(short = 'C', long)]
    show_cover_comments: bool,
    /// Do not use the network; use cached responses only
    #[arg(long)]
    offline: bool,
}

impl Comments {
    fn shown(&self) -> CommentFilter {
        CommentFilter {
            patches: self.show_comments,
            cover: self.show_cover_comments,
        }
    }
}

#[derive(Debug, Subcommand)]
enum SeriesVerb {
    #[command(visible_alias = "list")]
    Ls(ls::SeriesLs),
    Info(info::SeriesInfoArgs),
    Find(find::Find),
    Patches(patches::Patches),
    Summary(summary::SeriesSummaryArgs),
    #[command(visible_aliases = ["p", "pr", "prog"])]
    Progress(progress::SeriesProgressArgs),
    Add(add::SeriesAdd),
    Scan(scan::Scan),
    Inc(inc::Inc),
    Dec(dec::Dec),
    Rm(rm::SeriesRm),
    #[command(visible_alias = "rmv")]
    RmVersion(rm_version::RmVersion),
    Rename(rename::Rename),
    VersionChange(version_change::VersionChange),
    #[command(visible_alias = "ar")]
    Archive(archive::SeriesArchive),
    #[command(visible_alias = "unar")]
    Unarchive(unarchive::Unarchive),
    Mark(mark::SeriesMark),
    Unmark(unmark::Unmark),
    Changes(changes::SeriesChanges),
    SetLink(set_link::SetLink),
    GetLink(get_link::GetLink),
    #[command(visible_alias = "au")]
    Autolink(autolink::Autolink),
    AutolinkAll(autolink_all::AutolinkAll),
    #[command(visible_alias = "g")]
    Gather(gather::Gather),
    GatherAll(gather_all::GatherAll),
    #[command(visible_alias = "st")]
    Status(status::SeriesStatus),
    #[command(visible_alias = "o")]
    Open(open::SeriesOpen),
    SetUpstream(set_upstream::SetUpstream),
    SaveNotes(save_notes::SaveNotes),
    ShowNotes(show_notes::ShowNotes),
}

impl SeriesCommand {
    /// Whether the command only reads the database, as dry runs do, so that it need not exist.
    pub fn only_reads(&self) -> bool {
        let reads = matches!(
            &self.verb,
            SeriesVerb::Ls(_)
                | SeriesVerb::Info(_)
                | SeriesVerb::Find(_)
                | SeriesVerb::Patches(_)
                | SeriesVerb::Summary(_)
                | SeriesVerb::Progress(_)
                | SeriesVerb::GetLink(_)
                | SeriesVerb::Status(_)
                | SeriesVerb::Open(_)
                | SeriesVerb::ShowNotes(_)
        );
        reads || self.which.dry_run
    }

    /// Runs the subcommand.
    pub fn run(&self, context: &Context) -> Result<()> {
        let which = &self.which;
        let mut author = Author::new(
            context.repo()?,
            context.settings(),
            context.out(),
            context.db()?,
            which.dry_run,
        );
        author.recover();
        match &self.verb {
            SeriesVerb::Ls(ls) => ls.run(context, &mut author, which),
            SeriesVerb::Info(info) => info.run(context, &mut author, which),
            SeriesVerb::Find(find) => find.run(context, &mut author, which),
            SeriesVerb::Patches(patches) => patches.run(context, author, which),
            SeriesVerb::Summary(summary) => summary.run(context, &mut author, which),
            SeriesVerb::Progress(progress) => progress.run(context, &mut author, which),
            SeriesVerb::Add(add) => add.run(&mut author, which),
            SeriesVerb::Scan(scan) => scan.run(context, &mut author, which),
            SeriesVerb::Inc(inc) => inc.run(context, &mut author, which),
            SeriesVerb::Dec(dec) => dec.run(context, &mut author, which),
            SeriesVerb::Rm(rm) => rm.run(context, &mut author, which),
            SeriesVerb::RmVersion(rm_version) => rm_version.run(context, &mut author, which),
            SeriesVerb::Rename(rename) => rename.run(context, &mut author, which),
            SeriesVerb::VersionChange(version_change) => {
                version_change.run(context, &mut author, which)
            }
            SeriesVerb::Archive(archive) => archive.run(context, &mut author, which),
            SeriesVerb::Unarchive(unarchive) => unarchive.run(context, &mut author, which),
            SeriesVerb::Mark(mark) => mark.run(&mut author, which),
            SeriesVerb::Unmark(unmark) => unmark.run(&mut author, which),
            SeriesVerb::Changes(changes) => changes.run(context, &mut author, which),
            SeriesVerb::SetLink(set_link) => set_link.run(&mut author, which),
            SeriesVerb::GetLink(get_link) => get_link.run(context, &mut author, which),
            SeriesVerb::Autolink(autolink) => autolink.run(context, &mut author, which),
            SeriesVerb::AutolinkAll(autolink_all) => autolink_all.run(context, &mut author, which),
            SeriesVerb::Gather(gather) => gather.run(context, &mut author, which),
            SeriesVerb::GatherAll(gather_all) => gather_all.run(context, &mut author, which),
            SeriesVerb::Status(status) => status.run(context, &mut author, which),
            SeriesVerb::Open(open) => open.run(context, &mut author, which),
            SeriesVerb::SetUpstream(set_upstream) => set_upstream.run(context, &mut author, which),
            SeriesVerb::SaveNotes(save_notes) => save_notes.run(context, &mut author, which),
            SeriesVerb::ShowNotes(show_notes) => show_notes.run(context, &mut author, which),
        }
    }
}
