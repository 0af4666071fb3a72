// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series`: the user's own series, from the first commit to the last version.

mod add;
mod archive;
mod autolink;
mod autolink_all;
mod changes;
mod dec;
mod find;
mod gather;
mod gather_all;
mod get_link;
mod inc;
mod info;
mod ls;
mod mark;
mod open;
mod patch_table;
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
use crate::author::patchwork::report::Shown;
use crate::author::target::Chosen;
use crate::complete;
use crate::context::Context;
use crate::error::Result;
use crate::output::shell_operand;
use crate::series::VersionNumber;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;

/// Keep track of your own series, from the first commit until they are merged
///
/// A series has a branch for each version: 'video', then 'video2', 'video3'. With neither -s nor -V the branch that is checked
/// out says which is meant. What a command does to branches and to the database, 'git patman undo' takes back.
#[derive(Debug, Args)]
pub struct Series {
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    verb: Verb,
}

/// The series that a command is about, and whether it is only tried.
#[derive(Debug, Args)]
struct Which {
    /// The series, by its name or that of a branch of it; else the branch that is checked out
    #[arg(short, long, value_name = "SERIES", global = true, add = ArgValueCompleter::new(complete::series))]
    series: Option<String>,
    /// The version; else that of the branch
    #[arg(short = 'V', long = "series-version", alias = "version", value_name = "VERSION", global = true, add = ArgValueCompleter::new(complete::series_versions))]
    version: Option<VersionNumber>,
    /// Say what would be done, and change nothing
    #[arg(short = 'n', long, global = true)]
    dry_run: bool,
}

impl Which {
    /// What the user said of the series that is meant.
    fn chosen(&self) -> Chosen {
        Chosen {
            series: self.series.clone(),
            version: self.version,
        }
    }

    /// Says, behind what was told, that it was only tried.
    fn told(&self, author: &Author<'_>) {
        if self.dry_run {
            author.out.note("nothing was changed: this was a dry run");
        }
    }

    /// The same; else says how what was done is taken back.
    fn told_undo(&self, author: &Author<'_>, name: &str) {
        self.told(author);
        if !self.dry_run {
            author.out.hint(format!(
                "to take that back: git patman undo {name}",
                name = shell_operand(name)
            ));
        }
    }

    /// Whether a series was named.
    fn is_named(&self) -> bool {
        self.series.as_deref().is_some_and(|name| !name.is_empty())
    }
}

/// The branch of a version, by its short name.
fn branch(series: &crate::db::series::Series, version: &crate::db::version::Version) -> String {
    crate::author::target::branch_of(&series.name, version.number.unwrap_or(VersionNumber::FIRST))
}

/// What to do about commits without a Change-Id.
#[derive(Debug, Args)]
struct Marks {
    /// Give commits that have no Change-Id one
    #[arg(short = 'm', long)]
    mark: bool,
    /// Take commits that have no Change-Id as they are
    #[arg(short = 'M', long)]
    allow_unmarked: bool,
}

/// Where the series begins.
#[derive(Debug, Args)]
struct End {
    /// The commit that the first patch stands on; else where the branch has left its upstream
    #[arg(short = 'U', long, value_name = "COMMIT", add = ArgValueCompleter::new(complete::branches))]
    upstream: Option<String>,
}

/// Whether a link is written into the branch.
#[derive(Debug, Args)]
struct Update {
    /// Write the link into the branch too, as Series-links (the default)
    #[arg(short, long, overrides_with = "no_update")]
    update: bool,
    /// Leave the branch alone
    #[arg(long)]
    no_update: bool,
}

/// What is gathered.
#[derive(Debug, Args)]
struct Gathering {
    /// Leave the branch alone: gather no trailers
    #[arg(short = 'G', long)]
    no_gather_tags: bool,
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
    /// Ask no server: take what is kept of earlier answers
    #[arg(long)]
    offline: bool,
}

impl Comments {
    fn shown(&self) -> Shown {
        Shown {
            patches: self.show_comments,
            cover: self.show_cover_comments,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(visible_alias = "list")]
    Ls(ls::Ls),
    Info(info::Info),
    Find(find::Find),
    Patches(patches::Patches),
    Summary(summary::Summary),
    #[command(visible_aliases = ["p", "pr", "prog"])]
    Progress(progress::Progress),
    Add(add::Add),
    Scan(scan::Scan),
    Inc(inc::Inc),
    Dec(dec::Dec),
    Rm(rm::Rm),
    #[command(visible_alias = "rmv")]
    RmVersion(rm_version::RmVersion),
    Rename(rename::Rename),
    VersionChange(version_change::VersionChange),
    #[command(visible_alias = "ar")]
    Archive(archive::Archive),
    #[command(visible_alias = "unar")]
    Unarchive(unarchive::Unarchive),
    Mark(mark::Mark),
    Unmark(unmark::Unmark),
    Changes(changes::Changes),
    SetLink(set_link::SetLink),
    GetLink(get_link::GetLink),
    #[command(visible_alias = "au")]
    Autolink(autolink::Autolink),
    AutolinkAll(autolink_all::AutolinkAll),
    #[command(visible_alias = "g")]
    Gather(gather::Gather),
    GatherAll(gather_all::GatherAll),
    #[command(visible_alias = "st")]
    Status(status::Status),
    #[command(visible_alias = "o")]
    Open(open::Open),
    SetUpstream(set_upstream::SetUpstream),
    SaveNotes(save_notes::SaveNotes),
    ShowNotes(show_notes::ShowNotes),
}

impl Series {
    /// Whether nothing is written to the database, so that none need be there; a dry run writes nothing.
    pub fn only_reads(&self) -> bool {
        let reads = matches!(
            &self.verb,
            Verb::Ls(_)
                | Verb::Info(_)
                | Verb::Find(_)
                | Verb::Patches(_)
                | Verb::Summary(_)
                | Verb::Progress(_)
                | Verb::GetLink(_)
                | Verb::Status(_)
                | Verb::Open(_)
                | Verb::ShowNotes(_)
        );
        reads || self.which.dry_run
    }

    /// Runs the verb.
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
            Verb::Ls(ls) => ls.run(&mut author, which),
            Verb::Info(info) => info.run(&mut author, which),
            Verb::Find(find) => find.run(&mut author, which),
            Verb::Patches(patches) => patches.run(context, author, which),
            Verb::Summary(summary) => summary.run(&mut author, which),
            Verb::Progress(progress) => progress.run(&mut author, which),
            Verb::Add(add) => add.run(&mut author, which),
            Verb::Scan(scan) => scan.run(&mut author, which),
            Verb::Inc(inc) => inc.run(&mut author, which),
            Verb::Dec(dec) => dec.run(&mut author, which),
            Verb::Rm(rm) => rm.run(&mut author, which),
            Verb::RmVersion(rm_version) => rm_version.run(&mut author, which),
            Verb::Rename(rename) => rename.run(&mut author, which),
            Verb::VersionChange(version_change) => version_change.run(&mut author, which),
            Verb::Archive(archive) => archive.run(&mut author, which),
            Verb::Unarchive(unarchive) => unarchive.run(&mut author, which),
            Verb::Mark(mark) => mark.run(&mut author, which),
            Verb::Unmark(unmark) => unmark.run(&mut author, which),
            Verb::Changes(changes) => changes.run(&mut author, which),
            Verb::SetLink(set_link) => set_link.run(&mut author, which),
            Verb::GetLink(get_link) => get_link.run(&mut author, which),
            Verb::Autolink(autolink) => autolink.run(context, &mut author, which),
            Verb::AutolinkAll(autolink_all) => autolink_all.run(context, &mut author, which),
            Verb::Gather(gather) => gather.run(context, &mut author, which),
            Verb::GatherAll(gather_all) => gather_all.run(context, &mut author, which),
            Verb::Status(status) => status.run(context, &mut author, which),
            Verb::Open(open) => open.run(context, &mut author, which),
            Verb::SetUpstream(set_upstream) => set_upstream.run(&mut author, which),
            Verb::SaveNotes(save_notes) => save_notes.run(context, &mut author, which),
            Verb::ShowNotes(show_notes) => show_notes.run(&mut author, which),
        }
    }
}
