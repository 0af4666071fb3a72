// SPDX-License-Identifier: GPL-2.0-or-later
//! `git patman series patches`: the patches of a version, as the database and its branch have them.

use super::Which;
use super::patch_table::{Cover, PatchLine, lines, table};
use crate::author::Author;
use crate::author::branch::commits::{Commits, Place};
use crate::author::listing::progress::{tally, told};
use crate::author::target::branch_of;
use crate::context::Context;
use crate::db::patch::{self, Patch};
use crate::db::progress;
use crate::db::series::{REVIEW, Series};
use crate::db::version::Version;
use crate::error::{Error, Result};
use crate::exec::become_command;
use crate::git::run::Git;
use crate::output::colour::Paint;
use crate::output::printable;
use crate::output::shell_quote;
use crate::series::VersionNumber;
use clap::Args;
use serde::Serialize;

/// List the patches of a version, with what a Patchwork says of each
///
/// Each patch is shown with the commit that it is now: after a rebase too, whatever was reordered, renamed or dropped since the
/// version was scanned, which is told. It may be a version of a review, or of a series that is archived.
#[derive(Debug, Args)]
pub struct Patches {
    /// Show each commit, and which files it touches
    #[arg(short = 't', long)]
    commit: bool,
    /// Show each patch
    #[arg(short, long)]
    patch: bool,
    /// Print JSON; see git-patman-json(5)
    #[arg(long, conflicts_with_all = ["commit", "patch"])]
    json: bool,
}

/// The patches of a version, as JSON has them.
#[derive(Debug, Serialize)]
struct Report<'a> {
    series: &'a str,
    version: Option<VersionNumber>,
    title: Option<&'a str>,
    link: Option<&'a str>,
    cover: Cover,
    #[serde(rename = "ref")]
    place: Option<String>,
    head: Option<String>,
    patches: Vec<PatchLine>,
}

impl Patches {
    pub(super) fn run(&self, context: &Context, author: Author<'_>, which: &Which) -> Result<()> {
        let (series, version) = author.version(&which.chosen())?;
        let patches = patch::list(&author.db, version.id)?;
        let commits = author
            .commits_of(&series, &version, &patches)
            .unwrap_or_else(|error| {
                author.out.warn(format!(
                    "the commits of {} cannot be read: {error}",
                    words(&series, &version)
                ));
                None
            });
        if self.commit || self.patch {
            let Some(commits) = commits.filter(|commits| !commits.commits.is_empty()) else {
                return Err(nowhere(&series, &version));
            };
            let paged = author.out.is_paged();
            drop(author);
            return Err(self.show(context, &commits, paged));
        }
        let lines = lines(&patches, commits.as_ref());
        let cover = Cover::of(&version, progress::cover_comments(&author.db, version.id)?);
        if self.json {
            return author.out.json(&Report {
                series: &series.name,
                version: version.number,
                title: series.desc.as_deref().or(version.desc.as_deref()),
                link: version.link.as_deref(),
                cover,
                place: commits.as_ref().map(|commits| commits.place.full()),
                head: commits.as_ref().map(|commits| commits.tip.to_string()),
                patches: lines,
            });
        }
        author.out.listing(
            &(head(&author, &series, &version, &patches)
                + &author.out.render(&table(&cover, &lines))),
        )?;
        tell(&author, &series, &version, commits.as_ref());
        Ok(())
    }

    /// Becomes `git show` of the commits, which so has the user's pager and colours.
    fn show(&self, context: &Context, commits: &Commits, paged: bool) -> Error {
        let mut git = Git::shown(context.cwd(), paged);
        git.arg("show");
        if self.commit {
            git.arg("--stat");
        }
        if self.patch {
            git.arg("--patch");
        }
        git.args(commits.commits.iter().map(|commit| commit.id.to_string()));
        become_command(git.arg("--"))
    }
}

/// Which version it is, and the states of its patches at a glance.
pub(super) fn head(
    author: &Author<'_>,
    series: &Series,
    version: &Version,
    patches: &[Patch],
) -> String {
    let title = series
        .desc
        .as_deref()
        .or(version.desc.as_deref())
        .unwrap_or_default();
    let states = tally(patches.iter().map(|patch| patch.state.as_deref()));
    let count = match patches.len() {
        0 => "no patches".to_owned(),
        1 => format!("1 patch: {}", told(&states)),
        count => format!("{count} patches: {}", told(&states)),
    };
    let name = author
        .out
        .paint(Paint::Heading, &printable(&words(series, version)));
    let first = format!("{name}  {}", printable(title));
    format!("{}\n{}\n", first.trim_end(), printable(&count))
}

/// Says where the branch and the database differ, and what to do about it.
fn tell(author: &Author<'_>, series: &Series, version: &Version, commits: Option<&Commits>) {
    let Some(commits) = commits else {
        let error = nowhere(series, version);
        author
            .out
            .note(format!("{error}: what the database has is shown"));
        return;
    };
    if commits.is_scanned() {
        return;
    }
    author
        .out
        .note(format!("{} is not what was scanned", commits.place));
    if matches!(commits.place, Place::Branch(_))
        && series.source.as_deref() != Some(REVIEW)
        && !series.archived
    {
        let version = version
            .number
            .filter(|number| *number != VersionNumber::FIRST);
        let version = version.map_or(String::new(), |number| format!(" -V {}", number.get()));
        author.out.hint(format!(
            "to take its commits over: git patman series -s {}{version} scan",
            shell_quote(&series.name)
        ));
    }
}

/// A version in words: `video v2`.
fn words(series: &Series, version: &Version) -> String {
    version.number.map_or_else(
        || series.name.clone(),
        |number| format!("{} {number}", series.name),
    )
}

/// The commits of a version are not in this repository.
pub(super) fn nowhere(series: &Series, version: &Version) -> Error {
    let name = &series.name;
    match (version.number, &version.archive_tag) {
        (Some(number), _) if series.source.as_deref() == Some(REVIEW) => {
            Error::new(format!("{number} of '{name}' is not applied here"))
        }
        (_, Some(tag)) if series.archived => Error::new(format!("there is no tag '{tag}'")),
        (Some(number), _) => {
            Error::new(format!("there is no branch '{}'", branch_of(name, number)))
        }
        (None, _) => Error::new(format!(
            "a version of '{name}' has no number, and so no branch"
        )),
    }
}
